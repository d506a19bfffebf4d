#include "measure/visits/shown_text.h"

#include "base/arena.h"
#include "rewrite/template/edit_text.h"
#include "rules/match/render.h"

namespace abm::measure {
namespace {

constexpr size_t kMaxOpened = 8;

/// The winner that the log names; std::nullopt: the program has no such rule, variant or slot.
std::optional<rules::Winner> find_winner(const rules::Program& program, const measure::ShownRule& shown,
                                         std::string_view slot) {
  const rules::ProgramTables& t = program.tables();
  for (uint32_t index = 0; index < program.rule_count(); ++index) {
    if (program.rule(index).id != shown.id) continue;
    const rules::format::Rule& rule = t.rules[index];
    for (uint32_t variant = 0; variant < rule.variants.count; ++variant) {
      if (rule.plain == 0 && program.variant_id(index, variant) != shown.variant) continue;
      const rules::format::Range rewrites = t.variants[rule.variants.begin + variant].rewrites;
      for (uint32_t i = rewrites.begin; i < rewrites.begin + rewrites.count; ++i) {
        if (program.slot_name(t.rewrites[i].slot) != slot) continue;
        return rules::Winner{t.rewrites[i].slot, index, rule.plain != 0 ? -1 : static_cast<int32_t>(variant),
                             i, false};
      }
    }
  }
  return std::nullopt;
}

}  // namespace

const generation::Generation* ShownTexts::open(uint64_t number) {
  if (data_.empty()) return nullptr;
  const auto place = opened_.find(number);
  if (place != opened_.end()) return place->second.get();
  if (opened_.size() == kMaxOpened) opened_.erase(opened_.begin());  // the oldest
  auto opened = generation::Generation::open(data_, number);
  return (opened_[number] = opened ? *opened : nullptr).get();
}

std::optional<accounts::AccountView> ShownTexts::account(const measure::VisitLine& line) {
  const auto named = static_cast<uint64_t>(line.generation);
  if (!data_.empty() && named > looked_for_) {
    looked_for_ = named;
    if (auto opened = generation::Generation::open(data_)) current_ = *opened;
  }
  return current_ == nullptr ? std::nullopt : current_->accounts().find_id(line.account);
}

std::string ShownTexts::describe(const measure::VisitLine& line, const measure::ShownRule& shown,
                                 std::string_view slot) {
  const generation::Generation* const generation = open(static_cast<uint64_t>(line.generation));
  if (generation == nullptr) return {};
  const auto account = generation->accounts().find_id(line.account);
  const auto winner = find_winner(generation->rules(), shown, slot);
  if (!account.has_value() || !winner.has_value()) return {};
  Arena memory;
  const rules::RenderResult rendered = rules::render_edits({.program = &generation->rules(),
                                                            .account = &*account,
                                                            .path = line.path,
                                                            .charset = rewrite::Charset::kUtf8,
                                                            .winners = {&*winner, 1},
                                                            .memory = memory.source()});
  return rendered.ok && !rendered.edits.empty() ? rewrite::describe(rendered.edits[0]) : std::string();
}

}  // namespace abm::measure
