#include "module/gzip/text_deflater.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <random>

namespace abm::module {
namespace {

// A window and tables for texts of that size.
constexpr int kTextWindowBits = 13, kTextMemoryLevel = 6;
constexpr size_t kShareOfBudget = 32;
constexpr size_t kKeptOverhead = 192;  // of list, table and strings, about
// What does not come again and is that short: a block of it as it is takes hardly more room, and no time.
constexpr size_t kShort = 64;
// All that deflate() may give at once (zlib's deflate.c: deflateBound for such a window), and what a flush
// adds.
constexpr size_t kOut =
    TextDeflater::kMostText + TextDeflater::kMostText / 8 + TextDeflater::kMostText / 64 + 64;

}  // namespace

size_t TextDeflater::memory(const MemoryBudget& budget) noexcept {
  return RawDeflate::memory(kTextWindowBits, kTextMemoryLevel) + kOut + budget.max() / kShareOfBudget;
}

TextDeflater::TextDeflater(const std::shared_ptr<MemoryBudget>& budget)
    : charge_(budget),
      by_text_(0, TextHash{std::random_device()() | uint64_t{std::random_device()()} << 32}),
      out_(new char[kOut]) {
  if (!charge_.set(memory(*budget))) return;
  room_ = budget->max() / kShareOfBudget;
  static_cast<void>(stream_.open(1, kTextWindowBits, kTextMemoryLevel, MemorySource::heap()));
}

std::string_view TextDeflater::deflate(std::string_view text, bool lasting, int level) noexcept {
  if (!stream_.is_open() || (!lasting && text.size() <= kShort)) return store(text);
  if (lasting) {
    const auto known = by_text_.find(text);
    if (known != by_text_.end()) {
      texts_.splice(texts_.begin(), texts_, known->second);
      return known->second->deflated;
    }
  }
  stream_.restart(level);
  size_t size = 0;
  stream_.write(text, Z_SYNC_FLUSH, out_.get(), kOut, [&](std::string_view bytes) { size = bytes.size(); });
  const std::string_view deflated(out_.get(), size);
  if (!lasting) return deflated;
  try {
    keep(text, deflated);
  } catch (...) {
    return deflated;
  }
  return deflated;
}

std::string_view TextDeflater::store(std::string_view text) noexcept {
  write_stored_header(out_.get(), text.size());
  std::memcpy(out_.get() + kStoredHeader, text.data(), text.size());
  return {out_.get(), kStoredHeader + text.size()};
}

void TextDeflater::keep(std::string_view text, std::string_view deflated) {
  const auto cost = [](const Kept& kept) { return kept.text.size() + kept.deflated.size() + kKeptOverhead; };
  Kept kept{std::string(text), std::string(deflated)};
  const size_t wanted = cost(kept);
  if (wanted > room_ / 4) return;
  while (kept_bytes_ + wanted > room_) {
    kept_bytes_ -= cost(texts_.back());
    by_text_.erase(texts_.back().text);
    texts_.pop_back();
  }
  texts_.push_front(std::move(kept));
  try {
    by_text_.emplace(texts_.front().text, texts_.begin());
  } catch (...) {
    texts_.pop_front();
    throw;
  }
  kept_bytes_ += wanted;
}

}  // namespace abm::module
