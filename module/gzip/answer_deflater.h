// Compresses an answer as a whole, in slices, so that nobody waits for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "module/gzip/deflated_answer.h"
#include "module/gzip/raw_deflate.h"

namespace abm::module {

class AnswerDeflater {
 public:
  /// `page` outlives this. Throws std::bad_alloc.
  AnswerDeflater(std::string_view page, AnswerScript script, std::shared_ptr<MemoryBudget> budget);

  /// What the budget has to have left, at most, for all of it.
  [[nodiscard]] static size_t memory(const AnswerScript& script) noexcept;

  enum class State : uint8_t {
    kWorking,
    kDone,
    kRefused,  ///< no memory
  };
  /// Compresses at most `bytes` more. Throws std::bad_alloc.
  State advance(size_t bytes);
  /// Once, after kDone. nullptr: no memory. Throws std::bad_alloc.
  [[nodiscard]] std::shared_ptr<const DeflatedAnswer> take();

 private:
  std::string_view page_;
  AnswerScript script_;
  Charge working_memory_;  // of stream_
  RawDeflate stream_;
  PageBytes data_;
  std::vector<DeflatedSegment> segments_;
  size_t part_ = 0;       // of the script, the one that is compressed
  uint32_t in_part_ = 0;  // bytes of it that are
  uint32_t done_ = 0;     // of the answer
  State state_ = State::kWorking;
};

}  // namespace abm::module
