#include "rules/read/vocabulary.h"

#include <algorithm>
#include <set>
#include <string>

#include "base/folding.h"

namespace abm::rules {
namespace {

using accounts::TextField;
using Values = std::set<std::string, std::less<>>;

void add(Values& values, std::string_view value) {
  if (!value.empty()) values.insert(folded(value));
}

std::vector<std::string> sorted(Values& values) {
  std::vector<std::string> out;
  out.reserve(values.size());
  while (!values.empty()) out.push_back(std::move(values.extract(values.begin()).value()));
  return out;
}

}  // namespace

Vocabulary collect_vocabulary(const accounts::Snapshot& snapshot) {
  Values accounts, segments, industries, countries, regions, stages, plays, owners, attributes;
  for (uint32_t i = 0; i < snapshot.size(); ++i) {
    const accounts::AccountView account = snapshot.at(i);
    add(accounts, account.id());
    add(industries, account.text(TextField::kIndustry));
    add(countries, account.text(TextField::kCountry));
    add(regions, account.text(TextField::kRegion));
    add(stages, account.text(TextField::kStage));
    add(plays, account.text(TextField::kPlay));
    add(owners, account.text(TextField::kOwner));
    for (uint32_t s = 0; s < account.segment_count(); ++s) add(segments, account.segment(s));
    for (uint32_t a = 0; a < account.attribute_count(); ++a) add(attributes, account.attribute_name(a));
  }
  Vocabulary vocabulary;
  vocabulary.accounts = sorted(accounts);
  vocabulary.segments = sorted(segments);
  vocabulary.industries = sorted(industries);
  vocabulary.countries = sorted(countries);
  vocabulary.regions = sorted(regions);
  vocabulary.stages = sorted(stages);
  vocabulary.plays = sorted(plays);
  vocabulary.owners = sorted(owners);
  vocabulary.attribute_names = sorted(attributes);
  return vocabulary;
}

void add_moves(VisitMoves moves, Vocabulary& vocabulary) {
  const auto add = [](const std::vector<std::string>& from, std::vector<std::string>& to) {
    to.insert(to.end(), from.begin(), from.end());
    std::sort(to.begin(), to.end());
    to.erase(std::unique(to.begin(), to.end()), to.end());
  };
  add(moves.stages, vocabulary.stages);
  add(moves.plays, vocabulary.plays);
  vocabulary.moves = std::move(moves);
}

}  // namespace abm::rules
