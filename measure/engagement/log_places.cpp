#include "measure/engagement/log_places.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "base/hash.h"

namespace abm::measure {
namespace {

constexpr uint64_t kPrintBytes = 1024;  // lines differ in their request ids: these tell any two logs apart
constexpr size_t kMostPlaces = 4096;

using PrintBuffer = std::array<char, kPrintBytes>;

/// Up to kPrintBytes from `offset` on; fewer if the file ends.
std::string_view bytes_of(int fd, uint64_t offset, uint64_t size, PrintBuffer& buffer) {
  size_t got = 0;
  while (got < size) {
    const ssize_t more = ::pread(fd, buffer.data() + got, size - got, static_cast<off_t>(offset + got));
    if (more < 0 && errno == EINTR) continue;
    if (more <= 0) break;
    got += static_cast<size_t>(more);
  }
  return {buffer.data(), got};
}

uint64_t print_of(int fd, uint64_t offset, uint64_t size) {
  PrintBuffer buffer;
  return hash64(bytes_of(fd, offset, size, buffer));
}

uint64_t tail_start(uint64_t offset) noexcept {
  return offset - std::min(offset, kPrintBytes);
}

}  // namespace

Result<LogPlaces> LogPlaces::load(EngagementStore& store) {
  LogPlaces places;
  auto select = store.database().prepare(
      "SELECT id, name, device, inode, size, changed_ns, compressed, offset, head_size, head, tail FROM place "
      "ORDER BY id");
  if (!select) return select.error();
  for (;;) {
    const auto row = select->step();
    if (!row) return row.error();
    if (!*row) return places;
    LogPlace& place = places.places_.emplace_back();
    const auto number = [&](int column) { return static_cast<uint64_t>(select->integer(column)); };
    place.id = select->integer(0);
    place.file = {std::string(select->text(1)), number(2),     number(3), number(4),
                  select->integer(5),           number(6) != 0};
    place.offset = number(7);
    place.head_size = std::min(number(8), kPrintBytes);
    place.head = number(9);
    place.tail = number(10);
  }
}

const LogPlace* LogPlaces::find(uint64_t device, uint64_t inode) const {
  const auto found = std::find_if(places_.rbegin(), places_.rend(), [&](const LogPlace& place) {
    return place.file.device == device && place.file.inode == inode && inode != 0;
  });
  return found == places_.rend() ? nullptr : &*found;
}

bool LogPlaces::is_unchanged(const LogFile& file) const {
  const LogPlace* const place = find(file.device, file.inode);
  return place != nullptr && place->file.size == file.size && place->file.changed_ns == file.changed_ns;
}

uint64_t LogPlaces::place_of(int fd, const LogFile& file) const {
  PrintBuffer buffer;
  const std::string_view head = bytes_of(fd, 0, kPrintBytes, buffer);
  uint64_t best = 0;
  for (const LogPlace& place : places_) {
    if (place.file.compressed || place.offset <= best || place.offset > file.size ||
        place.head_size > head.size() || hash64(head.substr(0, place.head_size)) != place.head)
      continue;
    if (print_of(fd, tail_start(place.offset), place.offset - tail_start(place.offset)) == place.tail)
      best = place.offset;
  }
  return best;
}

Result<void> LogPlaces::set(EngagementStore& store, int fd, const LogFile& file, uint64_t offset) {
  LogPlace place;
  place.file = file;
  place.offset = offset;
  place.head_size = std::min(file.compressed ? kPrintBytes : offset, kPrintBytes);
  place.head = print_of(fd, 0, place.head_size);
  if (!file.compressed) place.tail = print_of(fd, tail_start(offset), offset - tail_start(offset));
  const LogPlace* const before = find(file.device, file.inode);
  const bool same = before != nullptr && before->file.compressed == file.compressed &&
                    before->offset <= offset && print_of(fd, 0, before->head_size) == before->head;
  Database& database = store.database();
  if (same) {
    place.id = before->id;
  } else if (before != nullptr) {
    // Another log has come to its place (copytruncate, a reused inode): its copy is known by its bytes.
    auto forget = database.prepare("UPDATE place SET inode = 0 WHERE id = ?1");
    if (!forget) return forget.error();
    forget->bind(1, before->id);
    if (auto done = forget->run(); !done) return done;
    places_[static_cast<size_t>(before - places_.data())].file.inode = 0;
  }
  auto insert = database.prepare(
      "INSERT OR REPLACE INTO place VALUES (nullif(?1, 0), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
  if (!insert) return insert.error();
  const auto bind = [&](int parameter, uint64_t value) {
    insert->bind(parameter, static_cast<int64_t>(value));
  };
  insert->bind(1, place.id);
  insert->bind_text(2, file.name);
  bind(3, file.device);
  bind(4, file.inode);
  bind(5, file.size);
  insert->bind(6, file.changed_ns);
  insert->bind(7, file.compressed ? 1 : 0);
  bind(8, place.offset);
  bind(9, place.head_size);
  bind(10, place.head);
  bind(11, place.tail);
  if (auto done = insert->run(); !done) return done;
  if (same) {
    places_[static_cast<size_t>(before - places_.data())] = place;
    return {};
  }
  place.id = insert->last_id();
  places_.push_back(place);
  if (places_.size() <= kMostPlaces) return {};
  places_.erase(places_.begin());
  auto prune = database.prepare("DELETE FROM place WHERE id < ?1");
  if (!prune) return prune.error();
  prune->bind(1, places_.front().id);
  return prune->run();
}

}  // namespace abm::measure
