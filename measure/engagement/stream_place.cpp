#include "measure/engagement/stream_place.h"

namespace abm::measure {

Result<ReadOfStream> read_of_stream(EngagementStore& store, std::string_view name) {
  auto select = store.database().prepare("SELECT created, sequence FROM stream_place WHERE name = ?1");
  if (!select) return select.error();
  select->bind_text(1, name);
  const auto row = select->step();
  if (!row) return row.error();
  if (!*row) return ReadOfStream();
  return ReadOfStream{std::string(select->text(0)), static_cast<uint64_t>(select->integer(1))};
}

Result<void> set_read_of_stream(EngagementStore& store, std::string_view name, const ReadOfStream& read) {
  auto insert = store.database().prepare("INSERT OR REPLACE INTO stream_place VALUES (?1, ?2, ?3)");
  if (!insert) return insert.error();
  insert->bind_text(1, name);
  insert->bind_text(2, read.created);
  insert->bind(3, static_cast<int64_t>(read.sequence));
  return insert->run();
}

}  // namespace abm::measure
