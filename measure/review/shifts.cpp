#include "measure/review/shifts.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/folding.h"

namespace abm::measure {
namespace {

using Way = ReviewShift::Way;

const Move* move_of(const Standing& standing, Move::What what) {
  const auto found = std::find_if(standing.moves.begin(), standing.moves.end(),
                                  [what](const Move& move) { return move.what == what; });
  return found == standing.moves.end() ? nullptr : &*found;
}

std::string value_of(const Standing& standing, Move::What what) {
  switch (what) {
    case Move::What::kStage:
      return standing.stage;
    case Move::What::kTier:
      return std::string(accounts::to_string(standing.tier));
    case Move::What::kPlay:
      return standing.play;
  }
  return "";
}

/// Stages by their place in `stages:`, the highest first; no stage is below all of them.
std::optional<size_t> stage_rank(const std::string& stage, const generation::MovesInput& moves) {
  if (stage.empty()) return moves.stages.size();
  const auto found = std::find_if(moves.stages.begin(), moves.stages.end(), [&stage](const auto& entry) {
    return equal_without_case(entry.name, stage);
  });
  if (found == moves.stages.end()) return std::nullopt;
  return static_cast<size_t>(found - moves.stages.begin());
}

Way way_of(const ReviewShift& shift, const generation::MovesInput& moves) {
  if (shift.what == Move::What::kTier) {
    const auto from = accounts::tier_from(shift.from), to = accounts::tier_from(shift.to);
    return to > from ? Way::kUp : Way::kDown;
  }
  if (shift.what == Move::What::kPlay) return Way::kOther;
  const auto from = stage_rank(shift.from, moves), to = stage_rank(shift.to, moves);
  if (!from.has_value() || !to.has_value()) return Way::kOther;
  return *to < *from ? Way::kUp : Way::kDown;
}

std::string move_reason(const Move& move, Day today) {
  if (move.facts.empty()) return "site.yaml says so of every account";
  const std::string on = move.held_on == today ? "" : fmt::format("on {}: ", to_string(move.held_on));
  return on + move.facts;
}

/// A move that was, and is no longer.
std::string ended_reason(const Move& was) {
  const std::string facts = was.facts.empty() ? "" : fmt::format(" ({})", was.facts);
  return fmt::format("what moved it to {}{} no longer holds", was.to, facts);
}

}  // namespace

const std::string& list_stage(const Standing& standing) {
  const Move* const move = move_of(standing, Move::What::kStage);
  return move == nullptr ? standing.stage : move->from;
}

accounts::Tier list_tier(const Standing& standing) {
  const Move* const move = move_of(standing, Move::What::kTier);
  return move == nullptr ? standing.tier : accounts::tier_from(move->from).value_or(standing.tier);
}

std::vector<ReviewShift> shifts_of(const Standing& now, const Standing* before,
                                   const generation::MovesInput& moves, Day today) {
  std::vector<ReviewShift> shifts;
  for (const Move::What what : {Move::What::kTier, Move::What::kStage, Move::What::kPlay}) {
    const Move* const move = move_of(now, what);
    ReviewShift shift;
    shift.what = what;
    shift.to = value_of(now, what);
    shift.from = before != nullptr ? value_of(*before, what) : move != nullptr ? move->from : shift.to;
    if (equal_without_case(shift.from, shift.to)) continue;
    shift.way = way_of(shift, moves);
    const Move* const was = before == nullptr ? nullptr : move_of(*before, what);
    if (move != nullptr) {
      shift.why = move_reason(*move, today);
      shift.until = move->until;
      // That a lower stage holds does not say why the higher one is over.
      if (was != nullptr && was->rule < move->rule && what != Move::What::kTier)
        shift.why = fmt::format("{}; {}", ended_reason(*was), shift.why);
    } else if (was != nullptr && equal_without_case(was->from, shift.to)) {
      shift.why = ended_reason(*was);
    } else {
      shift.why = "the account list says so";
    }
    shifts.push_back(std::move(shift));
  }
  return shifts;
}

}  // namespace abm::measure
