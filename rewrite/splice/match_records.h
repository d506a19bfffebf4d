// The records of matched elements, and the lists that they wait in. Records are named by their index.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "rewrite/tree/element_span.h"

namespace abm::rewrite {

using RecordIndex = uint16_t;
inline constexpr RecordIndex kNoIndex = 0xFFFF;

/// One matched element for one edit. The records of one element are chained by `same`, and the first stands
/// for all of them in a list.
struct MatchRecord {
  enum class State : uint8_t {
    kWaiting,  ///< in the queue: nothing of the element has left
    kInside,   ///< on the stack: its start has left, edits at its end have not
    kDone,     ///< in no list: freed once its end is told
  };

  ElementSpan span;
  RecordIndex same = kNoIndex;
  RecordIndex link = kNoIndex;  ///< the next one in the list that this one is in
  uint16_t edit = 0;
  State state = State::kWaiting;
  bool ended : 1 = false;  ///< the span is complete
  bool alive : 1 = true;   ///< the edit still applies to this element
};

/// Last in, first out.
class RecordStack {
 public:
  explicit RecordStack(MatchRecord* records) noexcept : records_(records) {}

  /// kNoIndex: empty.
  [[nodiscard]] RecordIndex top() const noexcept { return top_; }
  void push(RecordIndex record) noexcept {
    records_[record].link = top_;
    top_ = record;
  }
  void pop() noexcept { top_ = records_[top_].link; }

 private:
  MatchRecord* records_;
  RecordIndex top_ = kNoIndex;
};

/// First in, first out.
class RecordQueue {
 public:
  explicit RecordQueue(MatchRecord* records) noexcept : records_(records) {}

  /// kNoIndex: empty.
  [[nodiscard]] RecordIndex front() const noexcept { return front_; }
  void push(RecordIndex record) noexcept {
    records_[record].link = kNoIndex;
    if (front_ == kNoIndex) {
      front_ = record;
    } else {
      records_[back_].link = record;
    }
    back_ = record;
  }
  void pop() noexcept { front_ = records_[front_].link; }

 private:
  MatchRecord* records_;
  RecordIndex front_ = kNoIndex;
  RecordIndex back_ = kNoIndex;  // where the queue is not empty
};

/// Hands out records, those given back first: most pages need few, and memory never touched stays untouched.
class RecordPool {
 public:
  explicit RecordPool(std::span<MatchRecord> records) noexcept : records_(records), free_(records.data()) {}

  /// A fresh record; kNoIndex when all are in use.
  [[nodiscard]] RecordIndex take() noexcept {
    RecordIndex record = free_.top();
    if (record != kNoIndex) {
      free_.pop();
    } else if (used_ != records_.size()) {
      record = used_++;
    } else {
      return kNoIndex;
    }
    records_[record] = {};
    return record;
  }
  /// Takes back the records of one element.
  void put(RecordIndex first) noexcept {
    for (RecordIndex record = first; record != kNoIndex; record = records_[record].same) free_.push(record);
  }

 private:
  std::span<MatchRecord> records_;
  RecordStack free_;
  RecordIndex used_ = 0;  // records from here on were never used
};

}  // namespace abm::rewrite
