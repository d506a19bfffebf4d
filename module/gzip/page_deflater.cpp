#include "module/gzip/page_deflater.h"

#include <algorithm>
#include <array>
#include <utility>

namespace abm::module {
namespace {

constexpr int kPageWindowBits = RawDeflate::kUsualWindowBits,
              kPageMemoryLevel = RawDeflate::kUsualMemoryLevel;
// Header and trailer of a member (RFC 1952 2.3), and the block that ends its stream.
constexpr uint32_t kMemberSize = 10 + 8 + 2;
// What a request has to compress by itself, between two pieces, costs its size and a block's own bytes.
constexpr uint32_t kBlockSize = 5;

constexpr size_t kRoom = 4096;

}  // namespace

size_t PageDeflater::memory(size_t page) noexcept {
  return RawDeflate::memory(kPageWindowBits, kPageMemoryLevel) + page / 2 + 16384;
}

PageDeflater::PageDeflater(const rewrite::RememberedPage& page, int level,
                           std::shared_ptr<MemoryBudget> budget)
    : page_(page), working_memory_(budget), pieces_(plan_pieces(page)), data_(std::move(budget)) {
  if (!working_memory_.set(RawDeflate::memory(kPageWindowBits, kPageMemoryLevel)) ||
      !stream_.open(level, kPageWindowBits, kPageMemoryLevel, MemorySource::heap())) {
    state_ = State::kRefused;
  }
}

PageDeflater::State PageDeflater::advance(size_t bytes) {
  if (state_ != State::kWorking) return state_;
  return state_ = measuring_ ? measure(bytes) : compress(bytes);
}

PageDeflater::State PageDeflater::measure(size_t bytes) {
  const std::string_view next = page_.bytes.substr(measured_, bytes);
  measured_ += next.size();
  const bool all = measured_ == page_.bytes.size();
  std::array<char, kRoom> room;
  stream_.write(next, all ? Z_FINISH : Z_NO_FLUSH, room.data(), room.size(),
                [&](std::string_view out) { sizes_.at_once += static_cast<uint32_t>(out.size()); });
  if (!all) return State::kWorking;
  sizes_.at_once += kMemberSize - 2;
  measuring_ = false;
  stream_.restart(RawDeflate::kBestLevel);
  if (pieces_.empty()) return finish();
  done_ = pieces_.front().begin;
  return State::kWorking;
}

PageDeflater::State PageDeflater::compress(size_t bytes) {
  const PageRange& piece = pieces_[piece_];
  if (segments_.empty() || segments_.back().end == done_ || done_ == piece.begin) begin_segment();
  DeflatedSegment& segment = segments_.back();
  const std::string_view next = page_.bytes.substr(done_, std::min<size_t>(bytes, segment.end - done_));
  done_ += static_cast<uint32_t>(next.size());
  const bool ends = done_ == segment.end;
  segment.crc = crc_of(segment.crc, next);
  if (!stream_.append_to(data_, next, ends ? Z_SYNC_FLUSH : Z_NO_FLUSH)) return State::kRefused;
  if (!ends) return State::kWorking;
  segment.size = static_cast<uint32_t>(data_.view().size()) - segment.data;
  if (done_ != piece.end) return State::kWorking;
  if (++piece_ == pieces_.size()) return finish();
  stream_.restart(RawDeflate::kBestLevel);
  done_ = pieces_[piece_].begin;
  return State::kWorking;
}

void PageDeflater::begin_segment() {
  const PageRange& piece = pieces_[piece_];
  const uint32_t size = segment_size(piece.end - done_);
  segments_.push_back({done_, done_ + size, piece.begin, static_cast<uint32_t>(data_.view().size()), 0, 0,
                       static_cast<uint32_t>(crc32_combine_gen(static_cast<z_off_t>(size)))});
}

PageDeflater::State PageDeflater::finish() noexcept {
  sizes_.in_pieces = kMemberSize + static_cast<uint32_t>(data_.view().size());
  const auto add_text = [&](uint32_t begin, uint32_t end) {
    if (begin != end) sizes_.in_pieces += kBlockSize + (end - begin);
  };
  uint32_t end = 0;
  for (const PageRange& piece : pieces_) {
    add_text(end, piece.begin);
    end = piece.end;
  }
  add_text(end, static_cast<uint32_t>(page_.bytes.size()));
  stream_.close();
  data_.trim();
  return State::kDone;
}

std::shared_ptr<const DeflatedPage> PageDeflater::take() {
  Charge charge = data_.new_charge();
  segments_.shrink_to_fit();
  auto page = std::make_shared<DeflatedPage>(std::move(data_), std::move(charge));
  page->segments = std::move(segments_);
  if (!page->charge.set(sizeof(DeflatedPage) + page->segments.size() * sizeof(DeflatedSegment)))
    return nullptr;
  return page;
}

}  // namespace abm::module
