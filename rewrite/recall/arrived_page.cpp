#include "rewrite/recall/arrived_page.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace abm::rewrite {

bool ArrivedPage::take(std::string_view chunk) noexcept {
  const size_t kept_size = kept_size_, passed_count = passed_count_;
  const uint64_t end = end_, remembered_end = remembered_end_;
  const bool in_gap = in_gap_;
  if (match(chunk)) return true;
  kept_size_ = kept_size, passed_count_ = passed_count;
  end_ = end, remembered_end_ = remembered_end;
  in_gap_ = in_gap;
  if (in_gap) passed_[passed_count - 1].end = end;
  return false;
}

bool ArrivedPage::match(std::string_view chunk) noexcept {
  while (!chunk.empty()) {
    if (in_gap_) {
      const PageGap& gap = page_.gaps[passed_count_ - 1];
      const size_t at = end_of_gap(gap.kind, chunk);
      const std::string_view changing = chunk.substr(0, at);
      if (!keep(changing)) return false;
      passed_[passed_count_ - 1].end = end_ += changing.size();
      if (!fits_tag(gap)) return false;
      if (at == std::string_view::npos) return true;
      const ArrivedPage::Passed& passed = passed_[passed_count_ - 1];
      if (passed.begin == passed.end && !may_be_empty(gap.kind)) return false;
      in_gap_ = false;
      remembered_end_ = gap.end;
      chunk.remove_prefix(at);
      continue;
    }
    const bool more_gaps = passed_count_ != page_.gaps.size();
    const uint64_t stop = more_gaps ? page_.gaps[passed_count_].begin : page_.bytes.size();
    const std::string_view next =
        page_.bytes.substr(remembered_end_, std::min(stop - remembered_end_, chunk.size()));
    if (next.empty() && !more_gaps) return false;
    if (next.data() != chunk.data() && !chunk.starts_with(next)) return false;
    chunk.remove_prefix(next.size());
    end_ += next.size();
    remembered_end_ += next.size();
    if (more_gaps && remembered_end_ == stop) {
      passed_[passed_count_++] = {end_, end_, kept_size_};
      in_gap_ = true;
    }
  }
  return true;
}

bool ArrivedPage::keep(std::string_view bytes) noexcept {
  const Passed& gap = passed_[passed_count_ - 1];
  if (gap.end - gap.begin + bytes.size() > kMostInGap || kept_size_ + bytes.size() > kMostInGaps)
    return false;
  if (bytes.empty()) return true;
  if (kept_capacity_ - kept_size_ < bytes.size()) {
    constexpr size_t kFirstCapacity = 512;
    const size_t wanted = std::max({kFirstCapacity, 2 * kept_capacity_, kept_size_ + bytes.size()});
    SourceArray<char> grown = get_array<char>(memory_, wanted);
    if (grown == nullptr) return false;
    if (kept_size_ != 0) std::memcpy(grown.get(), kept_.get(), kept_size_);
    kept_ = std::move(grown);
    kept_capacity_ = wanted;
  }
  std::memcpy(kept_.get() + kept_size_, bytes.data(), bytes.size());
  kept_size_ += bytes.size();
  return true;
}

/// A tag that grows longer than max_tag is scanned in another way. (What of it has not come yet is taken to
/// be as long as before, so that it is known in time.)
bool ArrivedPage::fits_tag(const PageGap& gap) const noexcept {
  if (gap.tag_end == 0) return true;
  uint64_t size = gap.tag_end - gap.tag_begin;
  for (size_t i = passed_count_; i-- > 0 && page_.gaps[i].tag_begin == gap.tag_begin;)
    size += passed_[i].end - passed_[i].begin;
  return size <= max_tag_;
}

uint64_t ArrivedPage::offset_of(uint64_t remembered) const noexcept {
  size_t closed = passed_count_ - (in_gap_ ? 1 : 0);
  while (closed != 0 && page_.gaps[closed - 1].end > remembered) --closed;
  return closed == 0 ? remembered : passed_[closed - 1].end + (remembered - page_.gaps[closed - 1].end);
}

ArrivedPage::Piece ArrivedPage::piece(uint64_t from, uint64_t to) const noexcept {
  size_t gap = passed_count_;  // the last one that begins at or before `from`
  while (gap != 0 && passed_[gap - 1].begin > from) --gap;
  if (gap != 0 && from < passed_[gap - 1].end) {
    const Passed& in = passed_[gap - 1];
    return {{kept_.get() + in.kept_at + (from - in.begin), std::min(to, in.end) - from}, false};
  }
  const uint64_t stop = gap == passed_count_ ? end_ : passed_[gap].begin;
  const uint64_t at = gap == 0 ? from : page_.gaps[gap - 1].end + (from - passed_[gap - 1].end);
  return {page_.bytes.substr(at, std::min(to, stop) - from), true};
}

}  // namespace abm::rewrite
