#include "tools/rules_choice.h"

#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "base/timestamp.h"
#include "generation/folder.h"

namespace abm::tools {

std::optional<RulesChoice> choose_rules(const generation::Site& site, const RulesWish& wish,
                                        std::shared_ptr<const generation::Generation> serving,
                                        NoRules& why_not) {
  RulesChoice choice;
  const auto data = generation::open_folder(site.data);
  if (data && !wish.resume) {
    auto hold = generation::read_hold(*data);
    if (!hold) {
      why_not = {hold.message()};
      return std::nullopt;
    }
    choice.hold = std::move(*hold);
  }
  if (choice.hold.has_value()) {
    auto held = generation::Generation::open(site.data, choice.hold->generation);
    if (!held) {
      why_not = {
          fmt::format("rules are {}, and cannot be used: {} ('abmctl publish --resume' publishes the site's "
                      "own, 'abmctl rollback N' those of generation N)",
                      to_text(*choice.hold), held.message())};
      return std::nullopt;
    }
    choice.of = std::move(*held);
    return choice;
  }
  if (wish.keep) {
    if (serving == nullptr) {
      why_not = {
          "nothing is published yet, so there are no rules to keep: 'systemctl reload' (SIGHUP) or 'abmctl "
          "publish' publishes the site's"};
      return std::nullopt;
    }
    choice.kept_from = serving->number();
    choice.of = std::move(serving);
    return choice;
  }
  if (site.agent.publish == generation::AgentInput::Publish::kOnCommit) {
    auto commit = site_of_commit(site);
    if (!commit) {
      why_not = {commit.message(), true};
      return std::nullopt;
    }
    choice.commit.emplace(std::move(*commit));
  }
  return choice;
}

uint64_t RulesChoice::from() const {
  if (of == nullptr) return 0;
  if (hold.has_value() || of->manifest().rules_from == 0) return of->number();
  return of->manifest().rules_from;
}

void tell_rules(const RulesChoice& choice, generation::NamedTexts& made) {
  const auto put = [&made](std::string_view name, std::string_view text) {
    std::erase_if(made, [name](const auto& entry) { return entry.first == name; });
    if (!text.empty()) made.emplace_back(name, text);
  };
  if (choice.commit.has_value()) {
    put(generation::kMadeCommit, choice.commit->commit.id);
    put(generation::kMadeWorkTree, generation::kWorkTreeClean);
  }
  if (choice.of != nullptr) {
    for (const std::string_view name : {generation::kMadeCommit, generation::kMadeWorkTree})
      put(name, generation::text_of(choice.of->manifest().made, name));
  }
  if (choice.hold.has_value()) put(generation::kMadeHeldSince, format_rfc3339(choice.hold->since));
}

bool is_overtaken(const RulesChoice& choice, const RulesWish& wish, const std::string& data_dir) {
  const auto data = generation::open_folder(data_dir);
  if (!data) return false;
  if (choice.kept_from.has_value()) {
    const auto current = generation::read_current(*data);
    if (current && *current != *choice.kept_from) return true;
  }
  if (wish.resume) return false;
  const auto hold = generation::read_hold(*data);
  return hold && *hold != choice.hold;
}

}  // namespace abm::tools
