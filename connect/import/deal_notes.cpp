#include "connect/import/deal_notes.h"

#include <fmt/format.h>

#include "connect/import/values.h"
#include "connect/import/websites.h"

namespace abm::connect {
namespace {

constexpr uint64_t kExamples = 3;
constexpr size_t kExampleBytes = 60;
constexpr size_t kMostNoteGroups = 200;

}  // namespace

void DealNotes::add(const std::string& what, const std::string& place, std::string_view value,
                    uint64_t count) {
  auto known = known_.find(what);
  if (known == known_.end()) {
    if (groups_.size() == kMostNoteGroups) {
      // One more kind than anybody reads: counted together.
      constexpr std::string_view kFurther = "further remarks of other kinds";
      known = known_.find(kFurther);
      if (known == known_.end()) {
        known = known_.emplace(kFurther, groups_.size()).first;
        groups_.push_back({.what = std::string(kFurther), .examples = {}});
      }
    } else {
      known = known_.emplace(what, groups_.size()).first;
      groups_.push_back({.what = what, .examples = {}});
    }
  }
  Group& group = groups_[known->second];
  const uint64_t before = group.count;
  group.count += count;
  if (before >= kExamples || place.empty()) return;
  group.examples += fmt::format("{}{}", group.examples.empty() ? "" : ", ", place);
  if (const std::string text = without_mailboxes(read_text_cell(value, kExampleBytes).text); !text.empty())
    group.examples += fmt::format(" ('{}')", text);
}

std::vector<std::string> DealNotes::lines() const {
  std::vector<std::string> lines;
  for (const Group& group : groups_) {
    std::string line = fmt::format("{}: {}", group.what, group.count);
    if (!group.examples.empty())
      line += fmt::format(" ({}{})", group.examples, group.count > kExamples ? ", …" : "");
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace abm::connect
