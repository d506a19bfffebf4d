// Account side → postings; page side → lists within them; each candidate's full condition; the
// strongest rule for each slot.
#include "rules/match/matcher.h"

#include <algorithm>
#include <bit>
#include <new>

#include "rules/match/account_side.h"
#include "rules/match/evaluate.h"
#include "rules/match/lot.h"
#include "rules/match/page_facts.h"
#include "rules/program/index_key.h"

namespace abm::rules {
namespace {

/// may_match says yes when the account sides of this many rules leave it open: it must not cost
/// a walk over all of them.
constexpr size_t kMaxAsked = 1024;

class ProgramMatcher final : public Matcher {
 public:
  ProgramMatcher(const Program& program, int64_t now) noexcept
      : program_(program), t_(program.tables()), now_(now), accounts_(program) {}

  bool allocate() noexcept {
    const size_t slots = t_.slots.size(), signals = program_.signal_rules();
    best_.reset(new (std::nothrow) Best[slots + 1]);
    touched_.reset(new (std::nothrow) uint32_t[slots + 1]);
    winners_.reset(new (std::nothrow) Winner[slots + 1]);
    rules_.reset(new (std::nothrow) MatchedRule[slots + 1]);
    signals_.reset(new (std::nothrow) uint32_t[signals + 1]);
    segment_names_.reset(new (std::nothrow) std::string_view[t_.segments.size() + 1]);
    marked_.reset(new (std::nothrow) uint64_t[t_.rules.size() / 64 + 1]());
    return best_ && touched_ && winners_ && rules_ && signals_ && segment_names_ && marked_ &&
           accounts_.allocate();
  }

  Decision match(const Visit& visit) noexcept override;
  bool may_match(const accounts::AccountView& account, Confidence confidence) noexcept override;
  std::span<const std::string_view> defined_segments(const accounts::AccountView& account) noexcept override;

 private:
  /// The strongest rule so far for one slot, if `visit` is the current one.
  struct Best {
    uint64_t visit = 0;
    uint32_t rank = 0;
    Winner winner;
  };

  void consider_posting(Reached reached, PageFacts& page, const Visit& visit,
                        const Evaluator& evaluator) noexcept;
  [[nodiscard]] format::Range page_list(uint32_t posting, uint32_t kind, uint64_t value) const noexcept;
  void consider(format::Range filed, const Visit& visit, const Evaluator& evaluator) noexcept;
  [[nodiscard]] bool could_win(const format::Filed& filed) const noexcept;
  void claim_slots(uint32_t rule) noexcept;
  Decision decide() noexcept;
  /// Marks a rule; false if it was already marked.
  bool mark(uint32_t rule) noexcept {
    const uint64_t bit = uint64_t{1} << (rule % 64);
    const bool fresh = (marked_[rule / 64] & bit) == 0;
    marked_[rule / 64] |= bit;
    return fresh;
  }
  void unmark(uint32_t rule) noexcept { marked_[rule / 64] = 0; }

  const Program& program_;
  const ProgramTables& t_;
  const int64_t now_;  ///< of may_match()
  AccountSides accounts_;
  std::unique_ptr<Best[]> best_;         ///< by slot
  std::unique_ptr<uint32_t[]> touched_;  ///< slots with a winner
  std::unique_ptr<Winner[]> winners_;
  std::unique_ptr<MatchedRule[]> rules_;
  std::unique_ptr<uint32_t[]> signals_;
  std::unique_ptr<std::string_view[]> segment_names_;
  std::unique_ptr<uint64_t[]> marked_;  ///< one bit per rule; all clear between visits
  std::string_view lot_owner_;          ///< of the visit
  uint64_t visit_ = 0;
  size_t touched_count_ = 0, signal_count_ = 0;
};

format::Range ProgramMatcher::page_list(uint32_t posting, uint32_t kind, uint64_t value) const noexcept {
  const uint64_t key = page_table_key(posting, kind, value);
  const size_t mask = t_.page_table.size() - 1;
  for (size_t probe = 0; probe < t_.page_table.size(); ++probe) {
    const format::PageEntry& entry = t_.page_table[(key + probe) & mask];
    if (entry.rules.count == 0) break;
    if (entry.key == key) return entry.rules;
  }
  return {};
}

void ProgramMatcher::consider_posting(Reached reached, PageFacts& page, const Visit& visit,
                                      const Evaluator& evaluator) noexcept {
  if (reached.any_page) consider(t_.postings[reached.posting].any_page, visit, evaluator);
  if (reached.page_kinds == 0) return;
  for (uint32_t kinds = reached.page_kinds & page.key_kinds(); kinds != 0; kinds &= kinds - 1) {
    const auto kind = static_cast<uint32_t>(std::countr_zero(kinds));
    const format::Range filed = page_list(reached.posting, kind, page.key(kind));
    if (filed.count != 0) consider(filed, visit, evaluator);
  }
}

bool ProgramMatcher::could_win(const format::Filed& filed) const noexcept {
  for (uint64_t slots = filed.slots; slots != 0; slots &= slots - 1) {
    const auto slot = static_cast<size_t>(std::countr_zero(slots));
    if (slot >= std::min<size_t>(format::kAnySlot, t_.slots.size())) return true;
    if (best_[slot].visit != visit_ || filed.rank < best_[slot].rank) return true;
  }
  return false;
}

void ProgramMatcher::consider(format::Range range, const Visit& visit, const Evaluator& evaluator) noexcept {
  for (const format::Filed& filed : t_.filed.subspan(range.begin, range.count)) {
    if (!could_win(filed)) continue;
    const format::Rule& rule = t_.rules[filed.rule];
    if (static_cast<uint8_t>(visit.confidence) < rule.needs) continue;
    if (visit.now < rule.from || visit.now >= rule.until) continue;
    if (!evaluator.holds(rule.tests)) continue;
    if (rule.has_signal != 0 && mark(filed.rule)) signals_[signal_count_++] = filed.rule;
    claim_slots(filed.rule);
  }
}

void ProgramMatcher::claim_slots(uint32_t index) noexcept {
  const format::Rule& rule = t_.rules[index];
  if (rule.variants.count == 0) return;
  const bool kept_back = held_out(t_, rule, lot_owner_);
  const uint32_t variant = rule.plain != 0 ? 0 : pick_variant(t_, rule, lot_owner_);
  const format::Range rewrites = t_.variants[rule.variants.begin + variant].rewrites;
  for (uint32_t i = rewrites.begin; i < rewrites.begin + rewrites.count; ++i) {
    const uint32_t slot = t_.rewrites[i].slot;
    Best& best = best_[slot];
    if (best.visit == visit_ && best.rank <= rule.rank) continue;
    if (best.visit != visit_) touched_[touched_count_++] = slot;
    best.visit = visit_;
    best.rank = rule.rank;
    best.winner = {slot, index, rule.plain != 0 ? -1 : static_cast<int32_t>(variant), i, kept_back};
  }
}

Decision ProgramMatcher::decide() noexcept {
  for (size_t i = 0; i < signal_count_; ++i) unmark(signals_[i]);
  std::sort(signals_.get(), signals_.get() + signal_count_);
  std::sort(touched_.get(), touched_.get() + touched_count_);
  size_t rules = 0;
  bool treated = touched_count_ == 0;
  for (size_t i = 0; i < touched_count_; ++i) {
    const Winner& winner = winners_[i] = best_[touched_[i]].winner;
    treated = treated || !winner.held_out;
    if (mark(winner.rule)) rules_[rules++] = {winner.rule, winner.variant, winner.held_out};
  }
  for (size_t i = 0; i < rules; ++i) unmark(rules_[i].rule);
  return {.arm = in_control(program_, lot_owner_) ? Arm::kControl
                 : treated                        ? Arm::kTreated
                                                  : Arm::kHoldout,
          .winners = {winners_.get(), touched_count_},
          .rules = {rules_.get(), rules},
          .signals = {signals_.get(), signal_count_}};
}

Decision ProgramMatcher::match(const Visit& visit) noexcept {
  ++visit_;
  touched_count_ = signal_count_ = 0;
  lot_owner_ = lot_owner(program_, *visit.account);
  PageFacts page(visit.host, visit.path, visit.query, visit.language);
  const Evaluator evaluator(t_, visit, page);
  for (const Reached& reached : accounts_.find(*visit.account, visit.confidence).postings) {
    consider_posting(reached, page, visit, evaluator);
  }
  return decide();
}

bool ProgramMatcher::may_match(const accounts::AccountView& account, Confidence confidence) noexcept {
  const AccountSide side = accounts_.find(account, confidence);
  if (side.may_match != nullptr && *side.may_match >= 0) return *side.may_match != 0;
  Visit visit;
  visit.account = &account;
  visit.confidence = confidence;
  PageFacts no_page({}, {}, {}, {});
  const Evaluator evaluator(t_, visit, no_page);
  size_t asked = 0;
  const auto may_match_one = [&](uint32_t index) {
    const format::Rule& rule = t_.rules[index];
    return ++asked > kMaxAsked || (now_ < rule.until && static_cast<uint8_t>(confidence) >= rule.needs &&
                                   evaluator.may_hold_on_some_page(rule.tests));
  };
  const bool found = std::any_of(side.postings.begin(), side.postings.end(), [&](const Reached& reached) {
    const format::Range any_page = t_.postings[reached.posting].any_page,
                        paged = t_.postings[reached.posting].paged;
    const auto filed = t_.filed.subspan(any_page.begin, any_page.count);
    const auto on_pages = t_.refs.subspan(paged.begin, paged.count);
    return std::any_of(filed.begin(), filed.end(),
                       [&](const format::Filed& f) { return may_match_one(f.rule); }) ||
           std::any_of(on_pages.begin(), on_pages.end(), may_match_one);
  });
  if (side.may_match != nullptr) *side.may_match = found ? 1 : 0;
  return found;
}

std::span<const std::string_view> ProgramMatcher::defined_segments(
    const accounts::AccountView& account) noexcept {
  const std::span<const uint32_t> segments = accounts_.find(account, Confidence::kHigh).segments;
  for (size_t i = 0; i < segments.size(); ++i) segment_names_[i] = t_[t_.segments[segments[i]].name];
  return {segment_names_.get(), segments.size()};
}

}  // namespace

std::unique_ptr<Matcher> Matcher::create(const Program& program, int64_t now) noexcept {
  std::unique_ptr<ProgramMatcher> matcher(new (std::nothrow) ProgramMatcher(program, now));
  if (!matcher || !matcher->allocate()) return nullptr;
  return matcher;
}

}  // namespace abm::rules
