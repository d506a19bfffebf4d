#include "tools/doctor/check_unrecalled.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

std::string_view unrecalled_remedy(std::string_view why) noexcept {
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

struct Page {
  std::string url;
  uint64_t misses = 0, same = 0;
};

Page told_page(const simdjson::dom::element& page) {
  return {fmt::format("{}{}{}", member<std::string_view>(page, "host"),
                      member<std::string_view>(page, "path"), member<bool>(page, "arguments") ? "?…" : ""),
          member<uint64_t>(page, "misses"), member<uint64_t>(page, "parted_at")};
}

// "www.example.com/shop?… (27 times in a row; its first 8192 bytes were as before)".
std::string describe(const Page& page) {
  if (page.misses == 0) return page.url;
  const std::string same =
      page.same != 0 ? fmt::format("; its first {} bytes were as before", page.same) : "";
  return fmt::format("{} ({} times in a row{})", page.url, page.misses, same);
}

std::string describe(const std::vector<Page>& pages) {
  std::string text;
  for (size_t i = 0; i < std::min(pages.size(), kPagesShown); ++i) {
    if (i != 0) text += ", ";
    text += describe(pages[i]);
  }
  if (pages.size() > kPagesShown) text += fmt::format(" and {} more", pages.size() - kPagesShown);
  return text;
}

}  // namespace

void check_unrecalled(const simdjson::dom::element& status, Findings& findings) {
  simdjson::dom::element memory;
  simdjson::dom::array pages;
  if (status.at_key("page_memory").get(memory) != simdjson::SUCCESS || memory.is_null()) return;
  if (memory.at_key("not_recalled").get(pages) != simdjson::SUCCESS) return;
  std::map<std::string_view, std::vector<Page>> by_why;
  for (const simdjson::dom::element& told : pages) {
    std::vector<Page>& alike = by_why[member<std::string_view>(told, "why")];
    Page page = told_page(told);
    // A URL is told once for each of its arguments.
    const auto same = std::ranges::find(alike, page.url, &Page::url);
    if (same == alike.end()) alike.push_back(std::move(page));
  }
  for (const auto& [why, alike] : by_why) {
    findings.note("page-memory",
                  fmt::format("scanned anew for each visitor, since {}: {}", why, describe(alike)),
                  std::string(unrecalled_remedy(why)));
  }
  if (by_why.empty())
    findings.ok("page-memory", fmt::format("pages remembered: {}; none is scanned anew again and again",
                                           member<uint64_t>(memory, "pages")));
}

}  // namespace abm::tools::doctor
