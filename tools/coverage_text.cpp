// coverage_text(): bars of letters, so that they read the same on paper, in a mail and in any terminal.
#include <algorithm>
#include <array>
#include <numeric>

#include <fmt/format.h>

#include "base/timestamp.h"
#include "tools/coverage.h"

namespace abm::tools {
namespace {

using generation::by_address;
using generation::kWays;
using generation::Why;

constexpr std::array<char, kWays> kLetters = {'N', 'A', 'V', 'i', '.'};
constexpr std::array<std::string_view, kWays> kLegend = {"own networks", "AS number", "vendor's database",
                                                         "first-party identity only (abm_identity)",
                                                         "not at all"};
constexpr size_t kNarrowest = 40, kWidest = 120;
constexpr size_t kLabel = 12;  // "one-to-many "
constexpr size_t kMostIdBytes = 60;

std::string accounts_text(uint64_t count) {
  return fmt::format("{} account{}", count, count == 1 ? "" : "s");
}

/// Words of `text` in lines of at most `columns`, each with `indent` in front but the first, which has
/// `first`.
std::string wrapped(std::string_view text, size_t columns, std::string_view first, std::string_view indent) {
  std::string out(first);
  size_t used = first.size();
  bool fresh = true;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    if (!fresh && used + 1 + end > columns) {
      out += fmt::format("\n{}", indent);
      used = indent.size();
      fresh = true;
    }
    if (!fresh) out += ' ', ++used;
    out += text.substr(0, end);
    used += end;
    fresh = false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out + '\n';
}

/// `width` letters shared among the ways by largest remainder; a way that has accounts has at least one, if
/// there is room.
std::string bar(const Coverage::Tier& tier, size_t width) {
  if (tier.accounts == 0) return {};
  std::array<size_t, kWays> length{};
  for (size_t i = 0; i < kWays; ++i) {
    length[i] = static_cast<size_t>(tier.by[i] * width / tier.accounts);
    if (tier.by[i] != 0 && length[i] == 0) length[i] = 1;
  }
  size_t sum = std::accumulate(length.begin(), length.end(), size_t{0});
  while (sum != width) {
    // Given to, or taken from, the way that is furthest from its share.
    size_t best = 0;
    double worst = -1;
    for (size_t i = 0; i < kWays; ++i) {
      const double share =
          static_cast<double>(tier.by[i]) * static_cast<double>(width) / static_cast<double>(tier.accounts);
      const double gap =
          sum < width ? share - static_cast<double>(length[i]) : static_cast<double>(length[i]) - share;
      const bool may = sum < width ? tier.by[i] != 0 : length[i] > 1;
      if (may && (worst < 0 || gap > worst)) best = i, worst = std::max(gap, 0.0);
    }
    if (sum < width) {
      ++length[best], ++sum;
    } else {
      --length[best], --sum;
    }
  }
  std::string text;
  for (size_t i = 0; i < kWays; ++i) text.append(length[i], kLetters[i]);
  return text;
}

std::string picture(const Coverage& coverage, size_t columns) {
  constexpr size_t kNumbers = 18;  // "  12345 of 12345"
  const size_t width = std::max<size_t>(10, columns - kLabel - kNumbers);
  std::string text;
  const auto row = [&](const Coverage::Tier& tier) {
    if (tier.accounts == 0) return;
    text += fmt::format("{:<{}}{}  {} of {}\n", tier.name, kLabel, bar(tier, width), tier.recognisable(),
                        tier.accounts);
  };
  for (const Coverage::Tier& tier : coverage.tiers) row(tier);
  const auto used = std::count_if(coverage.tiers.begin(), coverage.tiers.end(),
                                  [](const Coverage::Tier& tier) { return tier.accounts != 0; });
  if (used > 1) row(coverage.all);
  text += '\n';
  for (size_t i = 0; i < kWays; ++i) {
    if (coverage.all.by[i] != 0)
      text += wrapped(fmt::format("{} {}: {}", kLetters[i], kLegend[i], coverage.all.by[i]), columns, "  ",
                      "    ");
  }
  return text;
}

/// The first names, and how many more there are.
std::string some(const std::vector<const CoveredAccount*>& accounts, size_t columns) {
  std::string text;
  const size_t room = std::clamp<size_t>(columns, kMostIdBytes, 2 * columns);
  for (size_t i = 0; i < accounts.size(); ++i) {
    if (i > 0 && text.size() + accounts[i]->id.size() > room)
      return text + fmt::format(" and {} more", accounts.size() - i);
    text += fmt::format("{}{}", i == 0 ? "" : ", ", accounts[i]->id);
  }
  return text;
}

std::string reasons(const Coverage& coverage, size_t columns) {
  std::array<std::vector<const CoveredAccount*>, generation::kWhys> by{};
  size_t unknown = 0;
  for (const CoveredAccount& account : coverage.accounts) {
    if (account.recognition.why.empty()) continue;
    by[static_cast<size_t>(account.recognition.why.front())].push_back(&account);
    ++unknown;
  }
  if (unknown == 0) return {};
  std::string text = wrapped(fmt::format("No address leads to {}, because:",
                                         unknown == 1 ? "1 account" : fmt::format("{} accounts", unknown)),
                             columns, "", "");
  std::vector<size_t> order;
  for (size_t i = 0; i < by.size(); ++i) {
    if (!by[i].empty()) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return by[a].size() > by[b].size(); });
  for (const size_t i : order) {
    const generation::WhyText& why = text_of(static_cast<Why>(i));
    text += '\n' + wrapped(why.text, columns, fmt::format("{:>5}  ", by[i].size()), "       ");
    text += wrapped(some(by[i], columns), columns, "       ", "       ");
    text += wrapped(std::string(why.remedy), columns, "    -> ", "       ");
  }
  return text;
}

std::string traffic(const Coverage& coverage, size_t columns) {
  if (coverage.first_ms == 0)
    return wrapped("Nobody came: the logs hold no visit of a person.", columns, "", "");
  std::string text = wrapped(fmt::format("Of the {} that an address leads to, {} came between {} and {}:",
                                         accounts_text(coverage.all.recognisable()), coverage.all.came,
                                         format_rfc3339(coverage.first_ms / 1000).substr(0, 10),
                                         format_rfc3339(coverage.last_ms / 1000).substr(0, 10)),
                             columns, "", "");
  const size_t width = std::max<size_t>(10, columns - kLabel - 18);
  for (const Coverage::Tier& tier : coverage.tiers) {
    const uint64_t all = tier.recognisable();
    if (all == 0) continue;
    const auto length =
        std::max<size_t>(tier.came == 0 ? 0 : 1, static_cast<size_t>(tier.came * width / all));
    text += fmt::format("{:<{}}{:.<{}}  {} of {}\n", tier.name, kLabel, std::string(length, '#'), width,
                        tier.came, all);
  }
  if (coverage.all.came_else != 0) {
    text += wrapped(
        fmt::format(
            "{} more came that no address leads to: they signed in, followed a link, or one led to them then.",
            accounts_text(coverage.all.came_else)),
        columns, "", "");
  }
  return text;
}

}  // namespace

std::string coverage_text(const Coverage& coverage, size_t columns, bool list) {
  columns = std::clamp(columns, kNarrowest, kWidest);
  const uint64_t all = coverage.all.accounts, known = coverage.all.recognisable();
  std::string text = wrapped(coverage.source, columns, "", "  ");
  const std::string more = coverage.excluded == 0
                               ? ""
                               : fmt::format(" {} excluded {} not counted.", coverage.excluded,
                                             coverage.excluded == 1 ? "one is" : "ones are");
  if (all == 0) return text + wrapped("There is no account to recognise." + more, columns, "", "");
  if (known == 0) {
    text += wrapped(fmt::format("Nobody is recognised: no visitor's address leads to any of the {}.{}",
                                accounts_text(all), more),
                    columns, "", "");
  } else {
    text += wrapped(
        fmt::format("{} of {} can be recognised by a visitor's address.{}", known, accounts_text(all), more),
        columns, "", "");
  }
  text += '\n' + picture(coverage, columns);
  if (coverage.traffic) text += '\n' + traffic(coverage, columns);
  if (const std::string why = reasons(coverage, columns); !why.empty()) text += '\n' + why;
  if (!list) return text;
  text += '\n';
  for (const CoveredAccount& account : coverage.accounts) {
    if (account.recognition.why.empty()) continue;
    std::string line = fmt::format("{} ({}), {}: {}", account.id, account.name, to_string(account.tier),
                                   text_of(account.recognition.why.front()).text);
    if (!account.recognition.detail.empty()) line += fmt::format(": {}", account.recognition.detail);
    text += wrapped(line, columns, "", "  ");
  }
  return text;
}

}  // namespace abm::tools
