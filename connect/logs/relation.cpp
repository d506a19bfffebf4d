#include "connect/logs/relation.h"

#include <algorithm>

#include "base/file.h"

namespace abm::connect {
namespace {

class Candidate {
 public:
  Candidate(int fd, uint64_t size) : fd_(fd), size_(size) {}

  [[nodiscard]] bool starts_like(const Mark& mark) const {
    return mark.head.tells() && mark.head.size <= size_ && begins_with(fd_, mark.head);
  }
  [[nodiscard]] bool holds(const Place& place) const {
    return place.offset > 0 && place.offset <= size_ && place_at(fd_, place.offset) == place;
  }
  /// Where it goes on after all complete lines of the other, which is shorter, and is itself read to its end.
  [[nodiscard]] std::optional<Place> behind(int other, const Place& read) const {
    const auto other_size = file_size(other, "");
    if (!other_size || *other_size > size_ || *other_size < read.offset) return std::nullopt;
    const auto there = place_at(other, *other_size);
    if (!there || place_at(fd_, *other_size) != there) return std::nullopt;
    return place_at(fd_, std::max(read.offset, line_start(other, *other_size)));
  }
  /// All its bytes are in the other, too, which is still being read. The other's size is taken now, so that a
  /// copy in progress cannot be ahead of it.
  [[nodiscard]] bool is_part_of(int other) const {
    const auto other_size = file_size(other, "");
    if (size_ == 0 || !other_size || *other_size < size_) return false;
    const auto here = place_at(fd_, size_);
    return here.has_value() && here == place_at(other, size_);
  }

 private:
  int fd_;
  uint64_t size_;
};

}  // namespace

Related relate(int fd, uint64_t size, const std::vector<Known>& known) {
  const Candidate candidate(fd, size);
  Related result;
  for (const Known& other : known) {
    if (other.fd >= 0 && candidate.is_part_of(other.fd)) return {Relation::kCopy, {}};
    const Mark& mark = *other.mark;
    const bool alike = candidate.starts_like(mark);
    const bool holds = candidate.holds(mark.read) || (alike && mark.read.offset == 0);
    if (!alike && !holds) continue;
    const auto behind = other.fd >= 0 ? candidate.behind(other.fd, mark.read) : std::nullopt;
    if (behind || holds) {
      const Place place = behind ? *behind : mark.read;
      if (result.relation != Relation::kContinue || place.offset > result.place.offset) {
        result = {Relation::kContinue, place};
      }
    }
    if (mark.read.offset > size) return {Relation::kCopy, {}};  // all of it has been read elsewhere
    if (result.relation == Relation::kNone) result.relation = Relation::kDiverged;
  }
  return result;
}

}  // namespace abm::connect
