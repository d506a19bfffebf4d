#include "rules/match/lot.h"

#include "rules/program/arms.h"

namespace abm::rules {

std::string_view lot_owner(const Program& program, const accounts::AccountView& account) noexcept {
  return program.draws_by_family() ? account.family() : account.id();
}

bool in_control(const Program& program, std::string_view owner) noexcept {
  return program.control_buckets() != 0 &&
         bucket("control", program.control_salt(), owner) < program.control_buckets();
}

bool held_out(const ProgramTables& tables, const format::Rule& rule, std::string_view owner) noexcept {
  return rule.holdout != 0 && bucket("holdout", tables[rule.id], owner) < rule.holdout;
}

uint32_t pick_variant(const ProgramTables& tables, const format::Rule& rule,
                      std::string_view owner) noexcept {
  const uint64_t place = bucket("variant", tables[rule.id], owner);
  for (uint32_t i = 0; i + 1 < rule.variants.count; ++i) {
    const format::Variant& variant = tables.variants[rule.variants.begin + i];
    if (place * variant.share_total < uint64_t{variant.share_end} * kBuckets) return i;
  }
  return rule.variants.count - 1;
}

}  // namespace abm::rules
