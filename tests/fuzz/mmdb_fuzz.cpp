// Any bytes as an index: refused, or Index and libmaxminddb give the same answers wherever we look.
#include <maxminddb.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/hash.h"
#include "ipdb/index.h"
#include "ipdb/mmdb_validator.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

std::string_view text_of(MMDB_lookup_result_s& found, const char* name) {
  MMDB_entry_data_s data;
  if (MMDB_get_value(&found.entry, &data, name, nullptr) != MMDB_SUCCESS || !data.has_data) return {};
  if (data.type != MMDB_DATA_TYPE_UTF8_STRING) return {};
  return {data.utf8_string, data.data_size};
}

void compare(const abm::ipdb::Index& index, const MMDB_s& db, const abm::IpAddress& ip) {
  const abm::ipdb::Match match = index.lookup(ip);
  require(match.network.contains(ip));
  require(match.identified() == (match.key != 0 || !match.account.empty()));
  int gai = 0, status = 0;
  auto found = MMDB_lookup_string(&db, ip.to_string().c_str(), &gai, &status);
  if (status != MMDB_SUCCESS || !found.found_entry) {
    require(!match.identified() && match.exclusion == abm::ipdb::Exclusion::kNone);
    return;
  }
  if (match.identified()) {
    require(text_of(found, "account") == match.account);
    require(abm::hash64(match.account) == match.key);
    require(text_of(found, "source") == abm::ipdb::to_string(match.source));
    require(text_of(found, "confidence") == abm::to_string(match.confidence));
  } else if (match.exclusion != abm::ipdb::Exclusion::kNone) {
    require(text_of(found, "exclude") == abm::ipdb::to_string(match.exclusion));
  }
  // A reader that wants everything must not come to harm either.
  MMDB_entry_data_list_s* list = nullptr;
  require(MMDB_get_entry_data_list(&found.entry, &list) == MMDB_SUCCESS);
  MMDB_free_entry_data_list(list);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto summary = abm::ipdb::validate_mmdb(bytes);
  const auto fd = abm::sealed_copy("fuzz", bytes);
  require(fd.ok());
  const auto index = abm::ipdb::Index::open(fd->get());
  if (!summary) {
    require(!index.ok());
    return 0;
  }
  if (!index) return 0;  // libmaxminddb may be stricter about metadata that we do not use
  MMDB_s db;
  require(MMDB_open(("/proc/self/fd/" + std::to_string(fd->get())).c_str(), MMDB_MODE_MMAP, &db) ==
          MMDB_SUCCESS);
  // Fixed addresses, and some chosen by the input: its own first bytes.
  for (const char* ip : {"0.0.0.0", "164.121.3.4", "192.0.2.1", "198.51.100.7", "255.255.255.255",
                         "2620:0:1cfe::1", "2001:0:a479:304::1", "2002:a479:304::1", "ffff::1", "::1"}) {
    compare(*index, db, *abm::IpAddress::parse(ip));
  }
  for (size_t at = 0; at + 16 <= size && at < 64; at += 7) {
    compare(*index, db, abm::IpAddress::v4(data + at));
    compare(*index, db, abm::IpAddress::v6(data + at));
  }
  MMDB_close(&db);
  return 0;
}
