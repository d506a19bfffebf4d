// Opens an index file: sealed copy, validation, libmaxminddb, then the two tables that shorten lookups.
#include <algorithm>
#include <optional>
#include <utility>

#include "base/file.h"
#include "base/hash.h"
#include "ipdb/index.h"
#include "ipdb/index_state.h"
#include "ipdb/mmdb_format.h"
#include "ipdb/mmdb_validator.h"

namespace abm::ipdb {
namespace {

constexpr size_t kTopEntries = 1u << 16;
constexpr size_t kMaxAccountBytes = 64;  // an account id is [a-z0-9][a-z0-9._-]{0,63}

std::string_view text_of(MMDB_entry_s entry, const char* name) {
  MMDB_entry_data_s data;
  if (MMDB_get_value(&entry, &data, name, nullptr) != MMDB_SUCCESS || !data.has_data) return {};
  return data.type == MMDB_DATA_TYPE_UTF8_STRING ? std::string_view(data.utf8_string, data.data_size)
                                                 : std::string_view();
}

// Decodes one of our records. Each must be a map of its own: with pointers to one map, a small file could ask
// for a large table.
std::optional<StoredRecord> decode(const MMDB_s& db, uint32_t offset) {
  const std::string_view data(reinterpret_cast<const char*>(db.data_section), db.data_section_size);
  const auto field = mmdb::read_field(data, offset);
  if (!field || field->type != mmdb::Type::kMap) return std::nullopt;
  MMDB_entry_s entry{&db, offset};
  StoredRecord record;
  record.exclusion = exclusion_from(text_of(entry, "exclude"));
  if (record.exclusion != Exclusion::kNone) return record;
  const std::string_view account = text_of(entry, "account");
  const auto confidence = confidence_from(text_of(entry, "confidence"));
  const Source source = source_from(text_of(entry, "source"));
  MMDB_entry_data_s key;
  if (MMDB_get_value(&entry, &key, "key", nullptr) != MMDB_SUCCESS || !key.has_data) return std::nullopt;
  if (key.type != MMDB_DATA_TYPE_UINT64 || account.empty() || account.size() > kMaxAccountBytes)
    return std::nullopt;
  if (key.uint64 != hash64(account) || !confidence || source == Source::kNone) return std::nullopt;
  record.key = key.uint64;
  record.account_at = static_cast<uint32_t>(account.data() - reinterpret_cast<const char*>(db.file_content));
  record.account_bytes = static_cast<uint8_t>(account.size());
  record.confidence = *confidence;
  record.source = source;
  return record;
}

}  // namespace

struct IndexLoader::State {
  explicit State(MmdbValidator checked) : validator(std::move(checked)) {}

  Result<void> open_validated();
  void fill_top(size_t entry);

  Fd fd;
  Mapping mapping;
  MmdbValidator validator;
  std::unique_ptr<IndexState> index = std::make_unique<IndexState>();
  uint32_t ipv4_root = 0;
  uint64_t next_record = 0;
  size_t next_top = 0;
  size_t released = 0;  // of the mapping
};

IndexLoader::IndexLoader(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
IndexLoader::IndexLoader(IndexLoader&&) noexcept = default;
IndexLoader& IndexLoader::operator=(IndexLoader&&) noexcept = default;
IndexLoader::~IndexLoader() = default;

Result<IndexLoader> IndexLoader::start(int fd) {
  auto own = sealed_mmdb(fd);
  if (!own) return own.error();
  auto size = file_size(own->get(), "index");
  if (!size) return size.error();
  auto mapping = Mapping::map(own->get(), *size);
  if (!mapping) return mapping.error();
  auto validator = MmdbValidator::start(mapping->bytes());
  if (!validator) return validator.error();
  auto state = std::make_unique<State>(std::move(*validator));
  state->fd = std::move(*own);
  state->mapping = std::move(*mapping);
  return IndexLoader(std::move(state));
}

Result<void> IndexLoader::State::open_validated() {
  if (auto opened = index->file.open(fd.get()); !opened) return opened;
  index->records = RecordTable(validator.summary().records);
  index->ipv4_top = PagedArray<TopEntry>(kTopEntries);
  const auto& metadata = index->metadata();
  for (unsigned i = 0; metadata.ip_version == 6 && i < mmdb::kIpv4Depth && ipv4_root < metadata.node_count;
       ++i) {
    ipv4_root = mmdb::read_record(index->tree(), ipv4_root, 0, metadata.record_size);
  }
  return {};
}

void IndexLoader::State::fill_top(size_t entry) {
  const uint8_t bytes[2] = {static_cast<uint8_t>(entry >> 8), static_cast<uint8_t>(entry)};
  const auto& metadata = index->metadata();
  uint32_t value = ipv4_root;
  unsigned depth = 0;
  for (; value < metadata.node_count && depth < 16; ++depth) {
    value = mmdb::read_record(index->tree(), value, mmdb::bit_at(bytes, depth), metadata.record_size);
  }
  index->ipv4_top[entry] = {value, static_cast<uint8_t>(depth)};
}

Result<bool> IndexLoader::step(uint64_t work) {
  State& s = *state_;
  if (!s.index->file.is_open()) {
    auto done = s.validator.step(work);
    if (!done || !*done) return done;
    if (auto opened = s.open_validated(); !opened) return opened.error();
    return false;
  }
  // A record takes four searches in a small map, an entry of the top table up to sixteen tree records;
  // freeing a page of memory takes about 200 ns.
  constexpr uint64_t kRecordWork = 32, kTopWork = 8, kReleasedBytes = 256;
  work = std::max(work, kRecordWork);
  const OffsetSet& records = s.validator.records();
  while (!records.ends_before(s.next_record)) {
    if (work < kRecordWork) return false;
    if (!records.next(s.next_record, work) || work < kRecordWork) continue;
    work -= kRecordWork;
    const auto offset = static_cast<uint32_t>(s.next_record++);
    if (const auto record = decode(s.index->file.db(), offset)) s.index->records.add(offset, *record);
  }
  for (; s.next_top < kTopEntries; ++s.next_top) {
    if (work < kTopWork) return false;
    work -= kTopWork;
    s.fill_top(s.next_top);
  }
  const size_t bytes = std::min<uint64_t>(work, SIZE_MAX / kReleasedBytes) * kReleasedBytes;
  return s.validator.release(bytes) && release_pages(s.mapping.bytes(), s.released, bytes);
}

Index IndexLoader::take() && {
  std::unique_ptr<State> state = std::move(state_);
  return Index(std::move(state->index));
}

}  // namespace abm::ipdb
