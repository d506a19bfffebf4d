// A miss costs one probe for each value the program has keys for; a hit costs one comparison.
#include "rules/match/account_side.h"

#include <algorithm>
#include <new>

#include "rules/match/evaluate.h"
#include "rules/program/index_key.h"

namespace abm::rules {
namespace {

using accounts::TextField;

constexpr std::pair<Subject, TextField> kKeyTexts[] = {
    {Subject::kAccount, TextField::kId},      {Subject::kIndustry, TextField::kIndustry},
    {Subject::kCountry, TextField::kCountry}, {Subject::kRegion, TextField::kRegion},
    {Subject::kStage, TextField::kStage},     {Subject::kPlay, TextField::kPlay},
    {Subject::kOwner, TextField::kOwner},     {Subject::kParent, TextField::kParent}};
// One posting per text, tier, feed segment and attribute, and the one that everybody has.
constexpr size_t kMaxKeys = std::size(kKeyTexts) + 2 + accounts::kMaxSegments + accounts::kMaxAttributes;

}  // namespace

bool AccountSides::allocate() noexcept {
  capacity_ = kMaxKeys + t_.segments.size();
  entries_.reset(new (std::nothrow) Entry[kRemembered]);
  postings_.reset(new (std::nothrow) Reached[capacity_]);
  segments_.reset(new (std::nothrow) uint32_t[t_.segments.size() + 1]);
  segment_seen_.reset(new (std::nothrow) uint64_t[t_.segments.size() / 64 + 1]());
  return entries_ && postings_ && segments_ && segment_seen_;
}

void AccountSides::add_posting(uint32_t posting) noexcept {
  if (posting_count_ == capacity_) return;
  const format::Posting& record = t_.postings[posting];
  postings_[posting_count_++] = {posting, static_cast<uint16_t>(record.page_kinds),
                                 record.any_page.count != 0};
}

void AccountSides::add_posting_of(uint64_t key) noexcept {
  const size_t mask = t_.account_table.size() - 1;
  for (size_t probe = 0; probe <= mask; ++probe) {
    const format::AccountEntry& entry = t_.account_table[(key + probe) & mask];
    if (entry.posting == format::kNone) return;
    if (entry.key == key) return add_posting(entry.posting);
  }
}

void AccountSides::add_keys(const accounts::AccountView& account) noexcept {
  posting_count_ = 0;
  if (t_.account_table.empty()) return;
  const auto wanted = [this](Subject subject) {
    return (t_.account_subjects >> static_cast<unsigned>(subject) & 1) != 0;
  };
  for (const auto& [subject, field] : kKeyTexts) {
    if (!wanted(subject)) continue;
    const std::string_view text = account.text(field);
    if (!text.empty()) add_posting_of(account_side_key(subject, folded_hash(text)));
  }
  if (wanted(Subject::kSegment)) {
    const uint32_t count = std::min<uint32_t>(account.segment_count(), accounts::kMaxSegments);
    for (uint32_t i = 0; i < count; ++i) {
      add_posting_of(account_side_key(Subject::kSegment, folded_hash(account.segment(i))));
    }
  }
  if (wanted(Subject::kAttribute)) {
    const uint32_t count = std::min<uint32_t>(account.attribute_count(), accounts::kMaxAttributes);
    for (uint32_t i = 0; i < count; ++i) {
      add_posting_of(attribute_key(account.attribute_name(i), account.attribute_value(i)));
    }
  }
  if (wanted(Subject::kTier)) {
    add_posting_of(account_side_key(Subject::kTier, static_cast<uint64_t>(account.tier())));
  }
}

void AccountSides::add_segments(const accounts::AccountView& account, Confidence confidence) noexcept {
  segment_count_ = 0;
  if (t_.segments.empty()) return;
  Visit visit;
  visit.account = &account;
  visit.confidence = confidence;
  PageFacts no_page({}, {}, {}, {});
  const Evaluator evaluator(t_, visit, no_page);
  const size_t own_keys = posting_count_;
  for (size_t i = 0; i <= own_keys; ++i) {
    const format::Range candidates = t_.postings[i < own_keys ? postings_[i].posting : 0].segments;
    for (const uint32_t segment : t_.refs.subspan(candidates.begin, candidates.count)) {
      uint64_t& seen = segment_seen_[segment / 64];
      const uint64_t bit = uint64_t{1} << (segment % 64);
      if ((seen & bit) != 0 || !evaluator.holds(t_.segments[segment].tests)) continue;
      seen |= bit;
      segments_[segment_count_++] = segment;
      if (t_.segments[segment].posting != format::kNone) add_posting(t_.segments[segment].posting);
    }
  }
  std::sort(segments_.get(), segments_.get() + segment_count_);
  for (size_t i = 0; i < segment_count_; ++i) segment_seen_[segments_[i] / 64] = 0;
}

AccountSide AccountSides::find(const accounts::AccountView& account, Confidence confidence) noexcept {
  // Keyed by both, so that asking with another confidence does not evict the account.
  Entry& entry = entries_[mix(account.ordinal(), static_cast<uint64_t>(confidence)) % kRemembered];
  const char* const id = account.id().data();
  if (entry.id != id || entry.ordinal != account.ordinal() || entry.confidence != confidence) {
    // The most specific comes first: once it has won, the rest is skipped unread. Everybody has posting 0.
    add_keys(account);
    add_segments(account, confidence);
    add_posting(0);
    const bool numbers_fit = t_.segments.size() <= UINT16_MAX;
    if (!numbers_fit || posting_count_ > entry.postings.size() || segment_count_ > entry.segments.size()) {
      return {{postings_.get(), posting_count_}, {segments_.get(), segment_count_}, nullptr};
    }
    entry.id = id;
    entry.ordinal = account.ordinal();
    entry.confidence = confidence;
    entry.may_match = -1;
    entry.posting_count = static_cast<uint8_t>(posting_count_);
    entry.segment_count = static_cast<uint8_t>(segment_count_);
    std::copy_n(postings_.get(), posting_count_, entry.postings.begin());
    for (size_t i = 0; i < segment_count_; ++i) entry.segments[i] = static_cast<uint16_t>(segments_[i]);
  }
  for (size_t i = 0; i < entry.segment_count; ++i) segments_[i] = entry.segments[i];
  return {
      {entry.postings.data(), entry.posting_count}, {segments_.get(), entry.segment_count}, &entry.may_match};
}

}  // namespace abm::rules
