#include "module/gzip/gzip_join.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace abm::module {
namespace {

using rewrite::Owner;

// RFC 1952 2.3: deflate, no flags, no time, and the system that nginx's own says, Unix.
constexpr std::string_view kHeader("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
// The last block of a stream: nothing, by the fixed table.
constexpr std::string_view kLastBlock("\x03\0", 2);

}  // namespace

void GzipJoin::begin() noexcept {
  if (begun_) return;
  begun_ = true;
  out_.emit(Owner::kScratch, kHeader);
}

void GzipJoin::add_crc(std::string_view bytes) noexcept {
  if (bytes.empty()) return;  // zlib takes no bytes at all for the begin of a new sum
  crc_ = static_cast<uint32_t>(crc32_z(crc_, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

void GzipJoin::write(std::string_view bytes, bool lasting) noexcept {
  if (bytes.empty()) return;
  begin();
  size_ += bytes.size();
  if (left_page_) return compress(bytes, Z_NO_FLUSH);
  const bool of_page =
      deflated_ != nullptr && bytes.data() >= page_.data() && bytes.data() < page_.data() + page_.size();
  if (!of_page) {
    end_run();
    add_text(bytes, lasting);
    return;
  }
  const auto offset = static_cast<uint32_t>(bytes.data() - page_.data());
  if (offset != run_end_ || run_begin_ == run_end_) {
    end_run();
    run_begin_ = done_ = offset;
    segment_ = first_segment_behind(offset);
  }
  run_end_ = offset + static_cast<uint32_t>(bytes.size());
  take_segments();
}

size_t GzipJoin::first_segment_behind(uint32_t offset) const noexcept {
  const auto& segments = deflated_->segments;
  const auto at = std::ranges::upper_bound(segments, offset, {}, &DeflatedSegment::end);
  return static_cast<size_t>(at - segments.begin());
}

// As far as the run is there.
void GzipJoin::take_segments() noexcept {
  const auto& segments = deflated_->segments;
  for (; segment_ != segments.size() && done_ != run_end_; ++segment_) {
    const DeflatedSegment& segment = segments[segment_];
    if (done_ < segment.begin) add_page_text(std::min(segment.begin, run_end_));
    if (done_ == segment.begin && run_begin_ <= segment.piece_begin) {
      if (run_end_ < segment.end) return;
      end_text();
      out_.emit(Owner::kRemembered, deflated_->data_of(segment));
      crc_ = static_cast<uint32_t>(crc32_combine_op(crc_, segment.crc, segment.crc_step));
      reused_ += segment.end - segment.begin;
      done_ = segment.end;
    } else {
      add_page_text(std::min(segment.end, run_end_));
      if (done_ != segment.end) return;
    }
  }
  add_page_text(run_end_);
}

void GzipJoin::add_page_text(uint32_t end) noexcept {
  add_text(page_.substr(done_, end - done_), true);
  done_ = end;
}

// What follows is not the page's next byte.
void GzipJoin::end_run() noexcept {
  if (done_ != run_end_) add_page_text(run_end_);
  run_begin_ = run_end_ = done_ = 0;
}

void GzipJoin::add_text(std::string_view text, bool lasting) noexcept {
  if (text_ == nullptr) text_ = get_array<char>(memory_, TextDeflater::kMostText);
  if (text_ == nullptr) {
    add_crc(text);
    return store(text);
  }
  while (!text.empty()) {
    if (text_size_ == TextDeflater::kMostText) end_text();
    const std::string_view now = text.substr(0, TextDeflater::kMostText - text_size_);
    std::memcpy(text_.get() + text_size_, now.data(), now.size());
    text_size_ += now.size();
    text_lasting_ = text_lasting_ && lasting;
    text.remove_prefix(now.size());
  }
}

void GzipJoin::end_text() noexcept {
  if (text_size_ == 0) return;
  const std::string_view text(text_.get(), text_size_);
  add_crc(text);
  if (texts_ != nullptr) {
    out_.emit(Owner::kScratch, texts_->deflate(text, text_lasting_, level_));
  } else {
    store(text);
  }
  text_size_ = 0;
  text_lasting_ = true;
}

/// For lack of memory: bytes leave as they are.
void GzipJoin::store(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    std::array<char, kStoredHeader> header;
    const std::string_view now = bytes.substr(0, kMostStored);
    write_stored_header(header.data(), now.size());
    out_.emit(Owner::kScratch, {header.data(), header.size()});
    out_.emit(Owner::kScratch, now);
    bytes.remove_prefix(now.size());
  }
}

void GzipJoin::leave_page() noexcept {
  if (left_page_) return;
  end_run();
  end_text();
  left_page_ = true;
  static_cast<void>(
      stream_.open(level_, RawDeflate::kUsualWindowBits, RawDeflate::kUsualMemoryLevel, memory_));
}

void GzipJoin::compress(std::string_view bytes, int flush) noexcept {
  add_crc(bytes);
  if (stream_.is_open()) {
    std::array<char, 4096> room;
    stream_.write(bytes, flush, room.data(), room.size(),
                  [&](std::string_view out) { out_.emit(Owner::kScratch, out); });
    return;
  }
  store(bytes);
  if (flush == Z_FINISH) out_.emit(Owner::kScratch, kLastBlock);
}

void GzipJoin::flush() noexcept {
  begin();
  if (left_page_) return compress({}, Z_SYNC_FLUSH);
  if (done_ != run_end_) add_page_text(run_end_);  // in the middle of a segment
  end_text();
}

void GzipJoin::finish() noexcept {
  begin();
  if (left_page_) {
    compress({}, Z_FINISH);
  } else {
    end_run();
    end_text();
    out_.emit(Owner::kScratch, kLastBlock);
  }
  std::array<char, 8> trailer;
  for (size_t i = 0; i < 4; ++i) {
    trailer[i] = static_cast<char>(crc_ >> 8 * i);
    trailer[4 + i] = static_cast<char>(size_ >> 8 * i);
  }
  out_.emit(Owner::kScratch, {trailer.data(), trailer.size()});
}

}  // namespace abm::module
