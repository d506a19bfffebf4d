#include "module/gzip/answer_cache.h"

#include <algorithm>
#include <new>
#include <utility>

namespace abm::module {
namespace {

constexpr size_t kLeastShare = 512 * 1024;  // half of it is zlib's while something is compressed

}  // namespace

AnswerCache::AnswerCache(std::shared_ptr<MemoryBudget> budget)
    : share_(budget),
      budget_(std::make_shared<MemoryBudget>(share_.set(memory(*budget)) ? share_.bytes() : 0)),
      own_charge_(budget_) {
  static_cast<void>(own_charge_.set(std::min(budget_->max(), sizeof(*this))));
}

size_t AnswerCache::memory(const MemoryBudget& budget) noexcept {
  const size_t share = budget.max() / kShare;
  return share >= kLeastShare ? share : 0;
}

std::shared_ptr<const DeflatedAnswer> AnswerCache::find(const std::shared_ptr<const PageVersion>& version,
                                                        uint64_t edits) noexcept {
  const auto at = by_key_.find(Key{version.get(), edits});
  if (at == by_key_.end()) return nullptr;
  const Answers::iterator kept = at->second;
  if (kept->version.lock() != version) {
    drop(kept);
    return nullptr;
  }
  answers_.splice(answers_.begin(), answers_, kept);
  return kept->answer;
}

bool AnswerCache::wants(const std::shared_ptr<const PageVersion>& version, uint64_t edits) noexcept {
  if (budget_->max() == 0) return false;
  const uint64_t hash = KeyHash()(Key{version.get(), edits});
  uint64_t& place = first_sights_[hash % kFirstSights];
  if (std::exchange(place, hash) != hash || lessons_.size() == kMostLessons) return false;
  return std::ranges::none_of(
      lessons_, [&](const Lesson& lesson) { return lesson.version == version && lesson.edits == edits; });
}

bool AnswerCache::compress(std::shared_ptr<const PageVersion> version, uint64_t edits, AnswerScript script) {
  if (lessons_.size() == kMostLessons || by_key_.contains(Key{version.get(), edits})) return false;
  lessons_.emplace_back(std::move(version), edits, std::move(script));
  return true;
}

bool AnswerCache::work(size_t bytes) {
  if (lessons_.empty()) return false;
  Lesson& lesson = lessons_.front();
  AnswerDeflater::State state = AnswerDeflater::State::kRefused;
  try {
    if (!lesson.deflater && make_room(AnswerDeflater::memory(lesson.script)))
      lesson.deflater.emplace(lesson.version->page.bytes, std::move(lesson.script), budget_);
    if (lesson.deflater) state = lesson.deflater->advance(bytes);
    if (state == AnswerDeflater::State::kWorking) return true;
    if (state == AnswerDeflater::State::kDone) keep(lesson.version, lesson.edits, lesson.deflater->take());
  } catch (...) {
    lessons_.pop_front();
    throw;
  }
  lessons_.pop_front();
  return !lessons_.empty();
}

bool AnswerCache::make_room(size_t bytes) noexcept {
  if (bytes > budget_->max() - own_charge_.bytes()) return false;  // however much is dropped
  while (bytes > budget_->left() && !answers_.empty()) drop(std::prev(answers_.end()));
  return bytes <= budget_->left();
}

void AnswerCache::keep(const std::shared_ptr<const PageVersion>& version, uint64_t edits,
                       std::shared_ptr<const DeflatedAnswer> answer) {
  if (answer == nullptr) return;
  const Key key{version.get(), edits};
  if (const auto before = by_key_.find(key); before != by_key_.end()) drop(before->second);
  answers_.push_front({key, version, std::move(answer)});
  try {
    by_key_.emplace(key, answers_.begin());
  } catch (...) {
    answers_.pop_front();
    throw;
  }
}

void AnswerCache::drop(Answers::iterator kept) noexcept {
  by_key_.erase(kept->key);
  answers_.erase(kept);
}

}  // namespace abm::module
