#include "generation/retention.h"

#include <algorithm>
#include <limits>
#include <map>
#include <unordered_map>

namespace abm::generation {
namespace {

constexpr int64_t kSecondsOfDay = 86'400;

/// By index: when another generation replaced it. A rollback may have brought one back later, so that the
/// next by number was not the last to replace it.
std::vector<int64_t> ends_of_use(const std::vector<StoredGeneration>& stored) {
  std::map<uint64_t, int64_t> replaced_at;
  for (const StoredGeneration& one : stored) {
    int64_t& at = replaced_at[one.replaces];
    at = std::max(at, one.created_at);
  }
  std::vector<int64_t> ends(stored.size());
  int64_t next = std::numeric_limits<int64_t>::max();  // of the next one that says when it was made
  for (size_t i = stored.size(); i-- != 0;) {
    ends[i] = next;
    if (stored[i].created_at != 0) next = stored[i].created_at;
    if (const auto found = replaced_at.find(stored[i].number); found != replaced_at.end())
      ends[i] = std::max(ends[i], found->second);
  }
  return ends;
}

/// Counts each inode once, for as long as any generation has it.
class DiskUse {
 public:
  void add(const StoredGeneration& one) {
    for (const StoredFile& file : one.files) {
      if (links_[file.inode]++ == 0) bytes_ += file.bytes;
    }
  }
  void remove(const StoredGeneration& one) {
    for (const StoredFile& file : one.files) {
      if (--links_[file.inode] == 0) bytes_ -= file.bytes;
    }
  }
  [[nodiscard]] uint64_t bytes() const noexcept { return bytes_; }

 private:
  std::unordered_map<uint64_t, uint64_t> links_;
  uint64_t bytes_ = 0;
};

}  // namespace

uint64_t stored_bytes(const std::vector<StoredGeneration>& generations) {
  DiskUse use;
  for (const StoredGeneration& one : generations) use.add(one);
  return use.bytes();
}

Forgetting choose_forgotten(const std::vector<StoredGeneration>& stored, uint64_t current, uint64_t held,
                            const Retention& keep, int64_t now) {
  Forgetting out;
  const size_t count = std::max<size_t>(keep.count, 1);
  const std::vector<int64_t> ends = ends_of_use(stored);
  DiskUse use;
  for (const StoredGeneration& one : stored) use.add(one);
  size_t left = stored.size();
  for (size_t i = 0; i + count < stored.size(); ++i) {
    if (stored[i].number == current || stored[i].number == held) continue;
    const bool old = keep.days == 0 || now - ends[i] > keep.days * kSecondsOfDay;
    const bool too_many = left > kMostGenerations;
    const bool too_large = keep.bytes != 0 && use.bytes() > keep.bytes;
    if (!old && !too_many && !too_large) continue;
    if (!old) {
      ++out.early;
      out.limit = too_large ? "keep: size" : "the limit of 10,000 generations";
    }
    out.numbers.push_back(stored[i].number);
    use.remove(stored[i]);
    --left;
  }
  return out;
}

}  // namespace abm::generation
