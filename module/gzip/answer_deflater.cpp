#include "module/gzip/answer_deflater.h"

#include <algorithm>
#include <array>
#include <utility>

namespace abm::module {
namespace {

constexpr int kAnswerWindowBits = RawDeflate::kUsualWindowBits,
              kAnswerMemoryLevel = RawDeflate::kUsualMemoryLevel;

}  // namespace

size_t AnswerDeflater::memory(const AnswerScript& script) noexcept {
  return RawDeflate::memory(kAnswerWindowBits, kAnswerMemoryLevel) + script.size() / 2 + script.memory() +
         16384;
}

AnswerDeflater::AnswerDeflater(std::string_view page, AnswerScript script,
                               std::shared_ptr<MemoryBudget> budget)
    : page_(page), script_(std::move(script)), working_memory_(budget), data_(std::move(budget)) {
  if (script_.size() == 0 ||
      !working_memory_.set(RawDeflate::memory(kAnswerWindowBits, kAnswerMemoryLevel)) ||
      !stream_.open(RawDeflate::kBestLevel, kAnswerWindowBits, kAnswerMemoryLevel, MemorySource::heap())) {
    state_ = State::kRefused;
  }
}

AnswerDeflater::State AnswerDeflater::advance(size_t bytes) {
  if (state_ != State::kWorking) return state_;
  if (segments_.empty() || segments_.back().end == done_) {
    const uint32_t size = segment_size(static_cast<uint32_t>(script_.size()) - done_);
    segments_.push_back({done_, done_ + size, 0, static_cast<uint32_t>(data_.view().size()), 0, 0,
                         static_cast<uint32_t>(crc32_combine_gen(static_cast<z_off_t>(size)))});
  }
  DeflatedSegment& segment = segments_.back();
  const AnswerScript::Part& part = script_.parts()[part_];
  const std::string_view next =
      script_.bytes_of(part, page_).substr(in_part_, std::min<size_t>(bytes, segment.end - done_));
  done_ += static_cast<uint32_t>(next.size());
  in_part_ += static_cast<uint32_t>(next.size());
  if (in_part_ == part.size) ++part_, in_part_ = 0;
  const bool ends = done_ == segment.end;
  segment.crc = crc_of(segment.crc, next);
  if (!stream_.append_to(data_, next, ends ? Z_SYNC_FLUSH : Z_NO_FLUSH)) return state_ = State::kRefused;
  if (!ends) return state_;
  segment.size = static_cast<uint32_t>(data_.view().size()) - segment.data;
  return state_ = done_ == script_.size() ? State::kDone : State::kWorking;
}

std::shared_ptr<const DeflatedAnswer> AnswerDeflater::take() {
  stream_.close();
  data_.trim();
  script_.trim();
  segments_.shrink_to_fit();
  Charge charge = data_.new_charge();
  constexpr size_t kOfListAndTable = 192;  // where it is kept
  const size_t size = sizeof(DeflatedAnswer) + kOfListAndTable + script_.memory() +
                      segments_.size() * sizeof(DeflatedSegment);
  if (!charge.set(size)) return nullptr;
  auto answer = std::make_shared<DeflatedAnswer>(std::move(script_), std::move(data_), std::move(charge));
  answer->segments = std::move(segments_);
  return answer;
}

}  // namespace abm::module
