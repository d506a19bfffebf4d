#include "tools/provenance.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/new_file.h"
#include "generation/primary.h"
#include "tools/git.h"

namespace abm::tools {
namespace {

using generation::count_of;
using generation::NamedCounts;
using generation::NamedTexts;
using generation::text_of;

constexpr size_t kShortCommit = 12;  // digits shown to people

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string();
}

/// As people call what is counted.
constexpr std::string_view shown_name(std::string_view count) noexcept {
  return count == generation::kCountClaims ? "networks" : count;
}

/// What became the primary comparison with this generation; "" if it is the one before's.
std::string primary_change(const generation::GenerationInfo& info) {
  const auto primary = generation::primary_of(info.made);
  if (!primary.has_value() || primary->generation != info.number) return {};
  if (primary->before.empty()) return "primary " + primary->what;
  return fmt::format("primary {} → {}", primary->before, primary->what.empty() ? "none" : primary->what);
}

/// The count that would show a change of a part, if anything of it was added or removed.
struct PartCounts {
  std::string_view part;
  std::vector<std::string_view> counts;
  std::string_view otherwise;
};

}  // namespace

NamedTexts provenance() {
  NamedTexts made;
  const std::string name = user_name(::geteuid());
  made.emplace_back(generation::kMadeUser, name.empty() ? fmt::format("{}", ::geteuid()) : name);
  // Set by sudo for the program that it starts: a hint, not a proof.
  if (const char* person = std::getenv("SUDO_USER"); person != nullptr && person != made.back().second)
    made.emplace_back(generation::kMadeSudoUser, person);
  if (std::string host = host_name(); !host.empty())
    made.emplace_back(generation::kMadeHost, std::move(host));
  return made;
}

void add_commit(const generation::Site& site, const generation::ReadFiles& files, NamedTexts& made) {
  auto commit = commit_of_rules(site, files);
  if (!commit.has_value()) return;
  made.emplace_back(generation::kMadeCommit, std::move(commit->id));
  made.emplace_back(generation::kMadeWorkTree,
                    commit->clean ? generation::kWorkTreeClean : generation::kWorkTreeChanged);
}

std::string who_text(const NamedTexts& made) {
  const std::string_view user = text_of(made, generation::kMadeUser);
  const std::string_view person = text_of(made, generation::kMadeSudoUser);
  const std::string_view host = text_of(made, generation::kMadeHost);
  const std::string_view commit = text_of(made, generation::kMadeCommit);
  std::string text(user);
  if (!person.empty()) text += fmt::format(" ({} by sudo)", person);
  if (!host.empty()) text += fmt::format("@{}", host);
  if (!commit.empty()) {
    const std::string_view tree = text_of(made, generation::kMadeWorkTree);
    text += fmt::format("{}commit {}{}", text.empty() ? "" : ", ", commit.substr(0, kShortCommit),
                        tree.empty() ? "" : fmt::format(" ({})", tree));
  }
  return text;
}

std::string tests_text(const NamedTexts& made, const NamedCounts& counts) {
  const std::string_view tests = text_of(made, generation::kMadeTests);
  if (tests.empty()) return {};
  if (tests == generation::kTestsNone) return "no tests";
  if (tests == generation::kTestsSkipped) return "tests skipped";
  const uint64_t number = count_of(counts, generation::kCountTests).value_or(0);
  return fmt::format("{} test{} {}", number, number == 1 ? "" : "s", tests);
}

std::string count_change(std::string_view name, uint64_t before, uint64_t after) {
  return fmt::format("{} {} → {}", shown_name(name), before, after);
}

std::string change_text(const generation::GenerationInfo& info) {
  static const std::array<PartCounts, generation::kParts> kPartCounts = {
      {{"ipdb.mmdb", {generation::kCountClaims}, "networks changed"},
       {"accounts.bin", {generation::kCountAccounts}, "accounts changed"},
       {"rules.bin", {generation::kCountRules, generation::kCountFragments}, "rules changed"}}};
  std::vector<std::string> told;
  if (info.rules_from != 0) told.push_back(fmt::format("rules of generation {}", info.rules_from));
  const bool first = info.replaces == 0 && info.format > generation::Manifest::kOldestServed;
  std::vector<std::string_view> differing;
  for (const auto& [name, count] : info.counts) {
    if (first && name == generation::kCountTests) continue;  // tests_text() says it
    const auto before = count_of(info.counts_before, name);
    if (first) {
      told.push_back(fmt::format("{} {}", shown_name(name), count));
    } else if (before.has_value() && *before != count) {
      told.push_back(count_change(name, *before, count));
      differing.push_back(name);
    }
  }
  // What kept its number, but not its content.
  const std::string_view changed = text_of(info.made, generation::kMadeChanged);
  for (const PartCounts& part : kPartCounts) {
    const bool counted = std::any_of(part.counts.begin(), part.counts.end(), [&](std::string_view name) {
      return std::find(differing.begin(), differing.end(), name) != differing.end();
    });
    if (changed.find(part.part) != changed.npos && !counted) told.emplace_back(part.otherwise);
  }
  if (const std::string primary = primary_change(info); !primary.empty()) told.push_back(primary);
  if (told.empty()) return info.format < generation::Manifest::kFormat ? "not told" : "nothing";
  return fmt::format("{}", fmt::join(told, ", "));
}

void write_story(Json& json, const NamedTexts& made, const NamedCounts& counts,
                 const NamedCounts& counts_before) {
  const auto write_counts = [&json](std::string_view key, const NamedCounts& of) {
    json.key(key).begin_object();
    for (const auto& [name, count] : of) json.key(name).number(count);
    json.end_object();
  };
  json.key("made").begin_object();
  for (const auto& [name, text] : made) json.key(name).string(text);
  json.end_object();
  write_counts("counts", counts);
  write_counts("counts_before", counts_before);
}

}  // namespace abm::tools
