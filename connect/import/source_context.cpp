#include "connect/import/source_context.h"

#include <utility>

#include "base/folding.h"

namespace abm::connect {

uint32_t AttributeNames::number_of(const std::string& name) {
  const auto [found, added] = numbers_.emplace(name, static_cast<uint32_t>(names_.size()));
  if (added) names_.push_back(name);
  return found->second;
}

WordTable::WordTable(const std::vector<generation::ValueWords>& values) {
  for (const generation::ValueWords& field : values) {
    auto& words = words_[field.field];
    for (const auto& [theirs, ours] : field.words) words[folded(theirs)] = ours;
  }
}

std::string WordTable::of(const std::string& field, std::string text) const {
  const auto words = words_.find(field);
  if (words == words_.end()) return text;
  const auto found = words->second.find(folded(text));
  return found == words->second.end() ? std::move(text) : found->second;
}

}  // namespace abm::connect
