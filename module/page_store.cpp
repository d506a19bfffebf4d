// Bounded by what is charged to one budget; what was not seen for the longest time goes first.
#include "module/page_store.h"

#include <algorithm>
#include <iterator>
#include <new>
#include <random>
#include <utility>

namespace abm::module {
namespace {

constexpr size_t kFirstSights = 8192;        // 64 KB; a place goes to the next key whose hash it is
constexpr size_t kShareOfLessons = 12;       // of the memory: for what learning takes, and malloc's own needs
constexpr uint32_t kMostMisses = 32;         // then its versions are dropped
constexpr uint32_t kLongestWait = 1024;      // sights
constexpr uint32_t kSteadyHits = 16;         // in a row: then it is learned as soon as it parts
constexpr uint32_t kMostArgumentMisses = 3;  // more than those met by hits: then the URL counts
constexpr size_t kEntryOverhead = 256;       // of list, table and texts, about
constexpr uint32_t kMostUnused = 512;        // at most one of some 130 is learned then
constexpr size_t kForgottenAtOnce = 64;
constexpr size_t kMostLookedAt = 4096;     // the status is answered between requests
constexpr size_t kShareOfCompression = 2;  // of the memory, at most
constexpr size_t kMostPassedBy = 32;       // pages in use, where room is made

constexpr std::string_view kNoMemory = "there is no memory left";

std::string with_arguments(std::string_view key, std::string_view arguments) {
  std::string whole;
  whole.reserve(key.size() + 1 + arguments.size());
  return whole.append(key).append("?").append(arguments);
}

}  // namespace

PageStore::PageStore(size_t max_bytes)
    : budget_(std::make_shared<MemoryBudget>(max_bytes)),
      max_page_(max_bytes / 4),  // one page must not drive out all others
      seed_(std::random_device()() | uint64_t{std::random_device()()} << 32),
      own_charge_(budget_),
      by_key_(0, KeyHash{seed_}),
      to_check_(entries_.end()) {
  if (own_charge_.set(kFirstSights * sizeof(uint64_t) + max_bytes / kShareOfLessons))
    first_sights_.resize(kFirstSights);
}

PageStore::Entry* PageStore::find(std::string_view key) noexcept {
  const auto at = by_key_.find(key);
  if (at == by_key_.end()) return nullptr;
  if (to_check_ == at->second) ++to_check_;
  entries_.splice(entries_.begin(), entries_, at->second);
  return &entries_.front();
}

PageStore::Entry* PageStore::find(std::string_view key, std::string_view arguments, std::string& own_key) {
  Entry* entry = find(key);
  if (entry == nullptr || !entry->by_arguments) {
    own_key = key;
    return entry;
  }
  own_key = with_arguments(key, arguments);
  return find(own_key);
}

bool PageStore::is_second_sight(std::string_view key) noexcept {
  if (first_sights_.empty()) return false;
  const uint64_t hash = hash64(key, seed_);
  uint64_t& place = first_sights_[hash % kFirstSights];
  return std::exchange(place, hash) == hash;
}

bool PageStore::add(std::string_view key) {
  Charge charge(budget_);
  const size_t size = sizeof(Entry) + key.size() + kEntryOverhead;
  if (!make_room(size) || !charge.set(size)) return false;
  Entry& entry = entries_.emplace_front(std::move(charge));
  try {
    entry.key = key;
    by_key_.emplace(entry.key, entries_.begin());
  } catch (...) {
    entries_.pop_front();
    throw;
  }
  return true;
}

PageStore::Sight PageStore::see(std::string_view key, std::string_view arguments) {
  std::string own_key;
  Entry* const entry = find(key, arguments, own_key);
  if (entry == nullptr) return {{}, is_second_sight(own_key) && pays() && add(own_key)};
  Sight sight{entry->versions, false};
  if (entry->learning || !entry->missed) return sight;
  if (entry->wait != 0) {
    --entry->wait;
  } else if (pays()) {
    // Many may see it before the first of them has all of it, and some never will.
    sight.wanted = true;
    entry->wait = entry->until_again;
    entry->until_again = std::min(2 * entry->until_again, kLongestWait);
  }
  return sight;
}

/// Where more pages come in turn than there is room for, each would be learned and dropped before it comes
/// again: then only some are, so that these stay until they come again.
bool PageStore::pays() noexcept {
  constexpr uint32_t kUnusedPerSkip = 4;
  return ++wants_ % (unused_ / kUnusedPerSkip + 1) == 0;
}

/// Pages that are in use would free nothing: they count as seen just now.
bool PageStore::make_room(size_t bytes) noexcept {
  if (bytes > budget_->max() - own_charge_.bytes()) return false;  // however much is dropped
  const auto in_use = [](const Entry& entry) {
    return std::ranges::any_of(entry.versions, [](const auto& version) { return version.use_count() > 1; });
  };
  for (size_t passed = 0; bytes > budget_->left() && !entries_.empty() && passed < kMostPassedBy;) {
    const auto at = std::prev(entries_.end());
    if (in_use(*at)) {
      if (to_check_ == at) ++to_check_;
      entries_.splice(entries_.begin(), entries_, at);
      ++passed;
      continue;
    }
    if (at->recalled) {
      unused_ -= unused_ != 0 ? 1 : 0;
    } else if (!at->versions.empty() && unused_ < kMostUnused) {
      ++unused_;
    }
    drop(at);
  }
  return bytes <= budget_->left();
}

void PageStore::drop(Entries::iterator entry) noexcept {
  if (to_check_ == entry) ++to_check_;
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

bool PageStore::append(PageBytes& page, std::string_view bytes, size_t announced) noexcept {
  const size_t wanted = page.view().size() + bytes.size();
  if (std::max(wanted, announced) > max_page_) return false;
  if (wanted > page.capacity()) {
    const size_t room = std::min(std::max({wanted, announced, 2 * page.capacity()}), max_page_);
    if (!make_room(page.takes(room) - page.capacity()) || !page.reserve(room)) return false;
  }
  page.append(bytes);
  return true;
}

void PageStore::served(std::string_view key, std::string_view arguments, const Served& how) {
  if (how.version == nullptr) return;
  std::string own_key;
  Entry* const entry = find(key, arguments, own_key);
  if (entry == nullptr) return;
  if (how.recall != rewrite::Recall::kWhole) return miss(*entry, own_key != key, hash64(arguments), how);
  entry->misses = 0;
  entry->refusal = {};
  entry->recalled = true;
  if (++entry->hits >= kSteadyHits) {
    entry->backoff = entry->until_again = 1;
    entry->wait = 0;
  }
  entry->argument_misses -= entry->argument_misses != 0 ? 1 : 0;
  const auto at = std::ranges::find(entry->versions, how.version, [](const auto& v) { return v.get(); });
  if (at != entry->versions.end()) std::rotate(entry->versions.begin(), at, std::next(at));
}

void PageStore::miss(Entry& entry, bool for_these_arguments, uint64_t arguments, const Served& how) noexcept {
  ++entry.misses;
  entry.hits = 0;
  entry.missed = true;
  entry.parted_at = how.parted_at;
  if (!for_these_arguments && how.version->arguments != arguments &&
      ++entry.argument_misses == kMostArgumentMisses) {
    entry.by_arguments = true;
    entry.misses = 0;
  }
  if (entry.by_arguments || entry.misses % kMostMisses == 0) entry.versions.clear();
}

void PageStore::learn(std::string_view key, std::string_view arguments, SeenPage page) {
  std::string own_key;
  Entry* const entry = find(key, arguments, own_key);
  if (entry == nullptr || entry->learning || lessons_.size() == kMostLessons) return;
  lessons_.push_back(std::make_unique<PageLesson>(std::move(own_key), hash64(arguments), std::move(page),
                                                  entry->versions, max_page_));
  entry->learning = true;
}

bool PageStore::work(size_t bytes) {
  if (!lessons_.empty()) {
    try {
      advance_lesson(*lessons_.front(), bytes);
    } catch (...) {  // what it has come to is not known
      if (Entry* const entry = find(lessons_.front()->key())) refuse(*entry, kNoMemory);
      lessons_.pop_front();
      throw;
    }
  }
  if (lessons_.empty() && !compressions_.empty()) compress_some(bytes / kScannedPerCompressed);
  const bool more = forget_some();
  return more || !lessons_.empty() || !compressions_.empty();
}

bool PageStore::compress(std::shared_ptr<const PageVersion> version, int level, bool always) {
  if (version->gzip.state != PiecesOfPage::State::kNone || compressions_.size() == kMostLessons) return false;
  const PageVersion& of = *version;
  compressions_.emplace_back(std::move(version), level, always);
  of.gzip.state = PiecesOfPage::State::kAsked;
  return true;
}

void PageStore::compress_some(size_t bytes) {
  Compression& one = compressions_.front();
  PiecesOfPage& gzip = one.version->gzip;
  PageDeflater::State state = PageDeflater::State::kRefused;
  try {
    const size_t wanted = PageDeflater::memory(one.version->page.bytes.size());
    // For a moment, but what is dropped for it has to be learned again.
    if (!one.deflater && wanted <= budget_->max() / kShareOfCompression && make_room(wanted))
      one.deflater.emplace(one.version->page, one.level, budget_);
    if (one.deflater) state = one.deflater->advance(bytes);
    if (state == PageDeflater::State::kWorking) return;
    if (state == PageDeflater::State::kDone) {
      gzip.sizes = one.deflater->sizes();
      const bool fits = one.always || gzip.sizes.in_pieces <= kMostLarger * gzip.sizes.at_once;
      if (fits) gzip.pieces = one.deflater->take();
      gzip.state = !fits                    ? PiecesOfPage::State::kLarger
                   : gzip.pieces != nullptr ? PiecesOfPage::State::kMade
                                            : PiecesOfPage::State::kRefused;
    } else {
      gzip.state = PiecesOfPage::State::kRefused;
    }
  } catch (...) {
    gzip.state = PiecesOfPage::State::kRefused;
    compressions_.pop_front();
    throw;
  }
  compressions_.pop_front();
}

void PageStore::advance_lesson(PageLesson& lesson, size_t bytes) {
  PageLesson::State state = lesson.advance(bytes);
  static_cast<void>(make_room(lesson.uncharged()));
  if (state != PageLesson::State::kRefused && !lesson.charge()) state = lesson.refuse(kNoMemory);
  if (state == PageLesson::State::kWorking) return;
  end_lesson(lesson, state);
  lessons_.pop_front();
}

void PageStore::refuse(std::string_view key, std::string_view arguments, std::string_view why) {
  std::string own_key;
  Entry* const entry = find(key, arguments, own_key);
  if (entry != nullptr && !entry->learning) refuse(*entry, why);
}

void PageStore::refuse(Entry& entry, std::string_view why) noexcept {
  ++ended_.refused;
  entry.refusal = why;
  entry.missed = true;
  entry.learning = false;
  entry.wait = kLongestWait;
}

void PageStore::end_lesson(PageLesson& lesson, PageLesson::State state) {
  Entry* const entry = find(lesson.key());
  if (entry == nullptr) return;
  entry->learning = entry->missed = false;
  if (entry->by_arguments) return;  // each URL has an entry of its own by now
  entry->until_again = 1;
  entry->wait = entry->backoff - 1;
  entry->backoff = std::min(2 * entry->backoff, kLongestWait);
  if (state == PageLesson::State::kRefused) return refuse(*entry, lesson.refusal());
  std::shared_ptr<const PageVersion> version = lesson.take();
  entry->refusal = {};
  if (state == PageLesson::State::kChanging) {
    ++ended_.changing;
    std::erase_if(entry->versions, [&](const auto& v) { return v.get() == lesson.replaced(); });
  } else {
    ++ended_.learned;
  }
  entry->versions.insert(entry->versions.begin(), std::move(version));
  if (entry->versions.size() > kMostVersions) entry->versions.pop_back();
}

void PageStore::keep_only(std::vector<std::string> prefixes) noexcept {
  kept_prefixes_ = std::move(prefixes);
  to_check_ = entries_.begin();
  checking_ = true;
}

bool PageStore::forget_some() noexcept {
  for (size_t n = 0; n < kForgottenAtOnce && checking_; ++n) {
    if (to_check_ == entries_.end()) {
      checking_ = false;
      break;
    }
    const bool kept = std::ranges::any_of(
        kept_prefixes_, [&](const std::string& prefix) { return to_check_->key.starts_with(prefix); });
    if (kept) {
      ++to_check_;
    } else {
      drop(to_check_);
    }
  }
  return checking_;
}

size_t PageStore::versions() const noexcept {
  size_t count = 0;
  for (const Entry& entry : entries_) count += entry.versions.size();
  return count;
}

std::vector<PageStore::Unspliced> PageStore::unspliced(size_t most) const {
  size_t to_look_at = kMostLookedAt;
  std::vector<Unspliced> found;
  for (const Entry& entry : entries_) {
    if (found.size() == most || to_look_at-- == 0) break;
    const auto larger = std::ranges::find_if(entry.versions, [](const auto& version) {
      return version->gzip.state == PiecesOfPage::State::kLarger;
    });
    if (larger != entry.versions.end()) found.push_back({entry.key, (*larger)->gzip.sizes});
  }
  return found;
}

std::vector<PageStore::Unrecalled> PageStore::unrecalled(size_t most) const {
  constexpr uint32_t kMissesToReport = 3;
  size_t to_look_at = kMostLookedAt;
  std::vector<Unrecalled> found;
  for (const Entry& entry : entries_) {
    if (found.size() == most || to_look_at-- == 0) break;
    if (entry.misses >= kMissesToReport || !entry.refusal.empty())
      found.push_back({entry.key, entry.refusal, entry.misses, entry.parted_at});
  }
  return found;
}

}  // namespace abm::module
