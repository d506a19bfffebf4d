// Answers that were compressed as a whole, for visitors who get the same: those of one segment, mostly.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <unordered_map>

#include "module/gzip/answer_deflater.h"
#include "module/page_version.h"

namespace abm::module {

/// One worker's. Has a fixed part of the budget, so that pages, which take all of it in time, do not drive
/// answers out; what was not used for the longest time goes first.
class AnswerCache {
 public:
  static constexpr size_t kShare = 4;  ///< one in so many bytes of the budget

  /// Throws std::bad_alloc.
  explicit AnswerCache(std::shared_ptr<MemoryBudget> budget);

  /// What the budget has to have left for it; 0: too small a budget.
  [[nodiscard]] static size_t memory(const MemoryBudget& budget) noexcept;

  /// `edits`: a hash of the winning edits' bytes, a guess at what the answer will be; who takes it compares.
  /// nullptr: there is none.
  [[nodiscard]] std::shared_ptr<const DeflatedAnswer> find(const std::shared_ptr<const PageVersion>& version,
                                                           uint64_t edits) noexcept;
  /// Notes that such an answer is sent. True: it has been before, and is worth keeping.
  [[nodiscard]] bool wants(const std::shared_ptr<const PageVersion>& version, uint64_t edits) noexcept;
  /// Compresses it, later. True: there is work() to do. Throws std::bad_alloc.
  bool compress(std::shared_ptr<const PageVersion> version, uint64_t edits, AnswerScript script);
  /// Compresses at most `bytes` of what waits. True: there is more to do. Throws std::bad_alloc.
  bool work(size_t bytes);

  [[nodiscard]] size_t size() const noexcept { return answers_.size(); }

 private:
  struct Key {
    const PageVersion* version;
    uint64_t edits;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const noexcept {
      return (reinterpret_cast<uintptr_t>(key.version) >> 4) * 0x9e3779b97f4a7c15u ^ key.edits;
    }
  };
  struct Kept {
    Key key;
    std::weak_ptr<const PageVersion> version;  // another one may come to lie where it was
    std::shared_ptr<const DeflatedAnswer> answer;
  };
  struct Lesson {
    std::shared_ptr<const PageVersion> version;
    uint64_t edits;
    AnswerScript script;
    std::optional<AnswerDeflater> deflater;  // once it has begun
  };
  using Answers = std::list<Kept>;  // used last first

  [[nodiscard]] bool make_room(size_t bytes) noexcept;
  void keep(const std::shared_ptr<const PageVersion>& version, uint64_t edits,
            std::shared_ptr<const DeflatedAnswer> answer);
  void drop(Answers::iterator kept) noexcept;

  static constexpr size_t kFirstSights = 1024, kMostLessons = 4;

  Charge share_;
  std::shared_ptr<MemoryBudget> budget_;  // of the share
  Charge own_charge_;
  Answers answers_;
  std::unordered_map<Key, Answers::iterator, KeyHash> by_key_;
  std::deque<Lesson> lessons_;
  std::array<uint64_t, kFirstSights> first_sights_{};  // hashes of keys
};

}  // namespace abm::module
