// Rulesets, accounts and visits made by hand or at random, and the whole path from them to a matcher.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/snapshot.h"
#include "accounts/snapshot_writer.h"
#include "rules/ast.h"
#include "rules/match/matcher.h"
#include "rules/program/program.h"

namespace abm::rules::samples {

Condition test(Subject subject, std::vector<std::string> values, std::string name = "");
Condition range(Subject subject, std::optional<int64_t> min, std::optional<int64_t> max = std::nullopt);
Condition all(std::vector<Condition> children);
Condition any(std::vector<Condition> children);
Condition negated(Condition child);

/// A template: text between `{{` and `}}` is a placeholder for `place`, with an optional
/// `|default` after its name.
rewrite::Template text(std::string_view source, rewrite::Place place = rewrite::Place::kText);
SlotRewrite content(uint32_t slot, std::string_view source);
Slot slot(std::string name);
Rule rule(std::string id, Condition when, std::vector<SlotRewrite> rewrite);
/// Slots s0, s1 … and one file, rules.yaml.
Ruleset ruleset(uint32_t slots, std::vector<Rule> rules);

accounts::Account account(std::string id);
std::string snapshot_bytes(const std::vector<accounts::Account>& accounts);

/// Compiled and opened. Everything points into it: must not be moved.
class Site {
 public:
  Site(const Ruleset& ruleset, const std::vector<accounts::Account>& accounts);
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  [[nodiscard]] const Program& program() const { return *program_; }
  [[nodiscard]] Matcher& matcher() { return *matcher_; }
  [[nodiscard]] accounts::AccountView account(uint32_t ordinal) const { return snapshot_->at(ordinal); }
  [[nodiscard]] uint32_t accounts() const { return snapshot_->size(); }

 private:
  std::string program_bytes_, snapshot_bytes_;
  std::optional<Program> program_;
  std::optional<accounts::Snapshot> snapshot_;
  std::unique_ptr<Matcher> matcher_;
};

/// Few names for everything, so that conditions and visits often meet.
class Generator {
 public:
  explicit Generator(uint32_t seed) : random_(seed) {}
  Ruleset ruleset(size_t rules);
  std::vector<accounts::Account> accounts(size_t count);
  /// Its texts belong to the generator; the caller sets `account`.
  Visit visit();
  size_t below(size_t limit) { return random_() % limit; }

 private:
  std::string word();
  std::string any_case(std::string text);
  std::vector<std::string> words(const std::vector<std::string>& from, size_t most);
  Condition condition(int depth, bool account_only, bool segments);
  Condition one_test(bool account_only, bool segments);
  std::vector<SlotRewrite> rewrites();

  std::mt19937 random_;
  std::string host_, path_, query_, language_;
};

}  // namespace abm::rules::samples
