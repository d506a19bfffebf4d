#include "tools/doctor/check_unrecalled.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace abm::tools::doctor {
namespace {

constexpr size_t kPagesShown = 5;

// Remedies by what abm_status says, page_memory.not_recalled[].why.
constexpr std::string_view kChanges =
    "compare the page of two requests (conf/README.md, 'A page that is never recalled'); move what changes into a "
    "quoted attribute value that no selector asks for, or into text, or have the origin leave it out";
constexpr std::string_view kSize =
    "raise abm_page_memory: a page, with what is to be known of it, may take a quarter of that";
constexpr std::string_view kScan =
    "look at the page with a validator, and with 'abmctl explain --account ID URL': scanning gives it up, so "
    "edits behind that place are missing as well";
constexpr std::string_view kTag =
    "make the page's long tags shorter (a file instead of 'data:'), or raise abm_max_tag above them";

struct Cause {
  std::string_view why, remedy;
};
constexpr Cause kCauses[] = {
    {"it changes from request to request", kChanges},
    {"the page is too large", kSize},
    {"the page is too large, or no memory was left for it", kSize},
    {"there is no memory left", kSize},
    {"there is too much to remember", kSize},
    {"the page is too long", "nothing: pages of more than 4 GB are not remembered"},
    {"the page cannot be scanned", kScan},
    {"the page cannot be scanned to its end", kScan},
    {"what is found depends on which slots are looked for", kTag},
};

std::string_view remedy_for(std::string_view why) noexcept {
  for (const Cause& cause : kCauses) {
    if (cause.why == why) return cause.remedy;
  }
  return "conf/README.md, 'A page that is never recalled', says what reasons there are";
}

template <typename T>
T member(const simdjson::dom::element& object, std::string_view key) {
  T value{};
  return object.at_key(key).get(value) == simdjson::SUCCESS ? value : T{};
}

// "www.example.com/shop?…, after 27 misses in a row".
std::string describe(const simdjson::dom::element& page) {
  std::string text =
      fmt::format("{}{}{}", member<std::string_view>(page, "host"), member<std::string_view>(page, "path"),
                  member<bool>(page, "arguments") ? "?…" : "");
  const auto misses = member<uint64_t>(page, "misses");
  if (misses != 0)
    text += fmt::format(" ({} in a row, parted in what came after {} bytes)", misses,
                        member<uint64_t>(page, "parted_at"));
  return text;
}

struct Group {
  uint64_t pages = 0;
  std::string shown;
};

}  // namespace

void check_unrecalled(const simdjson::dom::element& status, Findings& findings) {
  simdjson::dom::element memory;
  simdjson::dom::array pages;
  if (status.at_key("page_memory").get(memory) != simdjson::SUCCESS || memory.is_null()) return;
  if (memory.at_key("not_recalled").get(pages) != simdjson::SUCCESS) return;
  std::map<std::string_view, Group> groups;
  for (const simdjson::dom::element& page : pages) {
    Group& group = groups[member<std::string_view>(page, "why")];
    if (++group.pages > kPagesShown) continue;
    if (!group.shown.empty()) group.shown += ", ";
    group.shown += describe(page);
  }
  for (const auto& [why, group] : groups) {
    const std::string more =
        group.pages > kPagesShown ? fmt::format(" and {} more", group.pages - kPagesShown) : "";
    findings.note("page-memory",
                  fmt::format("scanned anew for each visitor, since {}: {}{}", why, group.shown, more),
                  std::string(remedy_for(why)));
  }
  if (groups.empty())
    findings.ok("page-memory", fmt::format("{} pages are remembered, none is scanned anew again and again",
                                           member<uint64_t>(memory, "pages")));
}

}  // namespace abm::tools::doctor
