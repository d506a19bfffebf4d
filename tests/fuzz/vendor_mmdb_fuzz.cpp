// Any bytes as a vendor's MMDB: refused by name and reason, or, for every address we look at, the index says
// what libmaxminddb reads from the file itself; and without the addresses that belong to nobody, it says the
// same or nothing. The first byte picks the key and what it matches.
#include <maxminddb.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/embedded_ipv4.h"
#include "base/file.h"
#include "base/text.h"
#include "ipdb/domain.h"
#include "ipdb/index.h"
#include "ipdb/mmdb_file.h"
#include "ipdb/network_builder.h"
#include "ipdb/network_text.h"
#include "ipdb/organization_name.h"
#include "ipdb/special_networks.h"

namespace {

using namespace abm;
using namespace abm::ipdb;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Question {
  const char* key;
  std::array<const char*, 4> path;
  const char* match;
};
constexpr Question kQuestions[] = {
    {"k", {"k"}, "id"},           {"k.0", {"k", "0"}, "domain"},  {"a.k", {"a", "k"}, "asn"},
    {"k", {"k"}, "organization"}, {"account", {"account"}, "id"},
};
constexpr std::array<const char*, 2> kConfidence = {"c", nullptr};

struct Company {
  std::string id, domain, organization;
  uint32_t asn;
};
const Company kCompanies[] = {{"deere", "deere.com", "Deere & Company", 1},
                              {"acme", "acme.co.uk", "Acme", 64500}};

std::optional<MMDB_entry_data_s> value_of(MMDB_entry_s entry, const char* const* path) {
  MMDB_entry_data_s data;
  if (MMDB_aget_value(&entry, &data, path) != MMDB_SUCCESS || !data.has_data) return std::nullopt;
  return data;
}

std::string_view text_of(const MMDB_entry_data_s& data) {
  return data.type == MMDB_DATA_TYPE_UTF8_STRING ? std::string_view(data.utf8_string, data.data_size)
                                                 : std::string_view();
}

template <typename Number>
std::optional<Number> whole(std::string_view text) {
  Number value{};
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> number_of(const MMDB_entry_data_s& data) {
  switch (data.type) {
    case MMDB_DATA_TYPE_UINT16:
      return data.uint16;
    case MMDB_DATA_TYPE_UINT32:
      return data.uint32;
    case MMDB_DATA_TYPE_UINT64:
      return static_cast<double>(data.uint64);
    case MMDB_DATA_TYPE_INT32:
      return data.int32;
    case MMDB_DATA_TYPE_DOUBLE:
      return data.double_value;
    case MMDB_DATA_TYPE_FLOAT:
      return data.float_value;
    default:
      return std::nullopt;
  }
}

bool is_company(const Company& company, const MMDB_entry_data_s& data, std::string_view match) {
  std::string_view text = text_of(data);
  if (match == "id") return text == company.id;
  if (match == "organization") return organization_key(text) == organization_key(company.organization);
  if (match == "domain") return registrable_domain(text) == company.domain;
  if (data.type != MMDB_DATA_TYPE_UTF8_STRING) return number_of(data) == company.asn;
  if (text.size() > 2 && equals_ignoring_case(text.substr(0, 2), "as")) text.remove_prefix(2);
  return whole<uint32_t>(text) == company.asn;
}

std::string_view confidence_of(const std::optional<MMDB_entry_data_s>& data) {
  if (!data) return "low";
  const std::string_view text = text_of(*data);
  if (confidence_from(text)) return text;
  const auto score = data->type == MMDB_DATA_TYPE_UTF8_STRING ? whole<double>(text) : number_of(*data);
  if (!score || !(*score >= 34 && *score <= 100)) return "low";
  return *score >= 67 ? "high" : "medium";
}

struct Indexes {
  Index all, usual;  // of what the file says, and without networks that belong to nobody
};

void compare(const Indexes& indexes, const MMDB_s& db, const Question& question, const IpAddress& ip) {
  // What an alias repeats is ours to answer, not the vendor's.
  if (!no_place_for({ip, static_cast<uint8_t>(ip.is_v4 ? 32 : 128)}).empty()) return;
  const Match match = indexes.all.lookup(ip), usual = indexes.usual.lookup(ip);
  if (embeds_another_party(embedded_ipv4(ip))) {  // NAT64 and the like: not even where the file claims it
    require(match.account.empty() && usual.account.empty());
    return;
  }
  if (!usual.account.empty()) {
    require(usual.account == match.account && usual.confidence == match.confidence);
    require(!belongs_to_nobody({ip, static_cast<uint8_t>(ip.is_v4 ? 32 : 128)}));
  }
  int gai = 0, status = 0;
  const auto found = MMDB_lookup_string(&db, ip.to_string().c_str(), &gai, &status);
  const bool ipv6_in_v4 = status == MMDB_IPV6_LOOKUP_IN_IPV4_DATABASE_ERROR;
  require(gai == 0 && (status == MMDB_SUCCESS || ipv6_in_v4));
  const Company* expected = nullptr;
  if (!ipv6_in_v4 && found.found_entry) {
    const auto data = value_of(found.entry, question.path.data());
    for (const Company& company : kCompanies) {
      if (data && is_company(company, *data, question.match)) expected = &company;
    }
  }
  require(match.account == (expected == nullptr ? std::string_view() : expected->id));
  if (expected == nullptr) return;
  require(abm::to_string(match.confidence) == confidence_of(value_of(found.entry, kConfidence.data())));
  require(match.source == Source::kMmdb);
}

std::optional<Index> index_of(const NetworkInputs& inputs, const NetworkOptions& options) {
  Diagnostics diagnostics;
  const auto built = build_networks(inputs, options, diagnostics);
  if (!built) {
    require(diagnostics.first_error().starts_with("v.mmdb: "));
    return std::nullopt;
  }
  const auto file = sealed_copy("index", built->bytes);
  require(file.ok());
  auto index = Index::open(file->get());
  require(index.ok());
  return std::move(*index);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const Question& question = kQuestions[data[0] % std::size(kQuestions)];
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto fd = sealed_copy("fuzz", bytes);
  require(fd.ok());
  NetworkInputs inputs;
  const std::vector<std::string> none;
  for (const Company& company : kCompanies) {
    const std::vector<std::string> organizations{company.organization}, domains{company.domain};
    const std::vector<uint32_t> asns{company.asn};
    inputs.accounts.add({.id = company.id,
                         .networks = none,
                         .asns = asns,
                         .organizations = organizations,
                         .domains = domains,
                         .line = 1});
  }
  inputs.sources.push_back({.kind = NetworkSource::Kind::kMmdb,
                            .path = "/proc/self/fd/" + std::to_string(fd->get()),
                            .name = "v.mmdb",
                            .key = question.key,
                            .match = question.match,
                            .confidence = "c"});
  NetworkOptions options;
  options.max_as_addresses = UINT64_MAX;
  options.limits.max_vendor_steps = 1u << 20;
  std::optional<Index> usual = index_of(inputs, options);
  options.special = SpecialNetworks::kAllowed;
  std::optional<Index> all = index_of(inputs, options);
  require(usual.has_value() == all.has_value());
  if (!all) return 0;
  const Indexes indexes{std::move(*all), std::move(*usual)};
  MmdbHandle handle;
  if (!handle.open(fd->get())) return 0;  // libmaxminddb may be stricter about metadata that we do not use
  for (const char* ip : {"0.0.0.0", "10.1.2.3", "164.121.3.4", "128.0.0.0", "255.255.255.255",
                         "2620:0:1cfe::1", "8000::", "ffff::1", "0:0:1::", "64:ff9b::a01:203"}) {
    compare(indexes, handle.db(), question, *IpAddress::parse(ip));
  }
  for (size_t at = 1; at + 16 <= size && at < 64; at += 7) {
    compare(indexes, handle.db(), question, IpAddress::v4(data + at));
    compare(indexes, handle.db(), question, IpAddress::v6(data + at));
  }
  return 0;
}
