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
  crc_ = crc_of(crc_, bytes);
}

void GzipJoin::write(std::string_view bytes, bool lasting) noexcept {
  if (bytes.empty()) return;
  begin();
  size_ += bytes.size();
  if (answer_ != nullptr) {
    if (follow(bytes)) return;
    leave_answer();
  }
  write_part(bytes, lasting);
}

/// Takes from `bytes` what the answer has there. False: something else is left.
bool GzipJoin::follow(std::string_view& bytes) noexcept {
  const auto& parts = answer_->script.parts();
  while (!bytes.empty() && answer_part_ != parts.size()) {
    const std::string_view part = answer_->script.bytes_of(parts[answer_part_], page_);
    const std::string_view next = part.substr(in_answer_part_, bytes.size());
    if (next.data() != bytes.data() && !bytes.starts_with(next)) return false;
    bytes.remove_prefix(next.size());
    followed_ += static_cast<uint32_t>(next.size());
    in_answer_part_ += static_cast<uint32_t>(next.size());
    if (in_answer_part_ == part.size()) ++answer_part_, in_answer_part_ = 0;
  }
  const auto& segments = answer_->segments;
  for (; answer_segment_ != segments.size() && segments[answer_segment_].end <= followed_; ++answer_segment_)
    emit_block(answer_->data_of(segments[answer_segment_]), segments[answer_segment_]);
  return bytes.empty();
}

/// What was written and has not left is written in the other way.
void GzipJoin::leave_answer() noexcept {
  const DeflatedAnswer* const answer = answer_;
  if (answer == nullptr) return;
  const uint32_t left = left_of_answer();
  answer_ = nullptr;
  if (deflated_ == nullptr) leave_page();
  uint32_t begin = 0;
  for (const AnswerScript::Part& part : answer->script.parts()) {
    const uint32_t end = begin + part.size;
    const uint32_t from = std::clamp(left, begin, end), to = std::clamp(followed_, begin, end);
    write_part(answer->script.bytes_of(part, page_).substr(from - begin, to - from), true);
    begin = end;
  }
}

uint32_t GzipJoin::left_of_answer() const noexcept {
  return answer_segment_ != 0 ? answer_->segments[answer_segment_ - 1].end : 0;
}

void GzipJoin::emit_block(std::string_view blocks, const DeflatedSegment& segment) noexcept {
  out_.emit(Owner::kRemembered, blocks);
  crc_ = static_cast<uint32_t>(crc32_combine_op(crc_, segment.crc, segment.crc_step));
  reused_ += segment.end - segment.begin;
}

void GzipJoin::write_part(std::string_view bytes, bool lasting) noexcept {
  if (bytes.empty()) return;
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
      emit_block(deflated_->data_of(segment), segment);
      done_ = segment.end;
    } else {
      add_page_text(std::min(segment.end, run_end_));
      if (done_ != segment.end) return;
    }
  }
  add_page_text(run_end_);
}

void GzipJoin::add_page_text(uint32_t end) noexcept {
  if (end == done_) return;
  add_text(page_.substr(done_, end - done_), true);
  done_ = end;
}

// What follows is not the page's next byte.
void GzipJoin::end_run() noexcept {
  add_page_text(run_end_);
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
  leave_answer();
  if (left_page_) return;  // it has
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
  if (answer_ != nullptr && followed_ != left_of_answer()) leave_answer();
  if (left_page_) return compress({}, Z_SYNC_FLUSH);
  add_page_text(run_end_);  // in the middle of a segment
  end_text();
}

void GzipJoin::finish() noexcept {
  begin();
  if (answer_ != nullptr && answer_segment_ != answer_->segments.size()) leave_answer();
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
