// The keys of an account line and what each accepts.
#include "accounts/account_reader.h"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

#include "accounts/json_fault.h"
#include "accounts/text_check.h"
#include "base/invisible.h"
#include "base/ip_address.h"
#include "base/text.h"

namespace abm::accounts {
namespace {

enum class AccountKey : uint8_t {
  kId,
  kName,
  kDomains,
  kTier,
  kSegments,
  kIndustry,
  kEmployees,
  kRevenueUsd,
  kCountry,
  kRegion,
  kStage,
  kPlay,
  kIntent,
  kEngagement,
  kOwner,
  kParent,
  kNetworks,
  kAsns,
  kOrganizations,
  kAttributes,
  kExclude,
  kVisits7d,
  kVisits30d,
  kPeople7d,
  kPeople30d,
  kQuietDays,
  kFirstSeenDays,
  kMoved,
  kPages
};
/// In enum order, which is also the usual order in a feed.
constexpr std::array<std::string_view, 29> kAccountKeys = {
    "id",          "name",       "domains",   "tier",       "segments",      "industry",        "employees",
    "revenue_usd", "country",    "region",    "stage",      "play",          "intent",          "engagement",
    "owner",       "parent",     "networks",  "asns",       "organizations", "attributes",      "exclude",
    "visits_7d",   "visits_30d", "people_7d", "people_30d", "quiet_days",    "first_seen_days", "moved",
    "pages_30d"};
static_assert(kAccountKeys.back() == kPagesName);
static_assert(kAccountKeys.size() <= 32, "AccountReader::read() keeps one bit for each");
constexpr size_t kUnknown = kAccountKeys.size();

/// The number of key `name`, searched from `start`: a feed has the same order of keys on every line.
size_t find_key(std::string_view name, size_t start) noexcept {
  for (size_t i = 0, at = start; i < kAccountKeys.size(); ++i, ++at) {
    if (at >= kAccountKeys.size()) at = 0;
    if (kAccountKeys[at] == name) return at;
  }
  return kUnknown;
}

constexpr std::array<std::string_view, 7> kTierNames = {"one-to-one", "one-to-few", "one-to-many", "untiered",
                                                        "1:1",        "1:few",      "1:many"};

std::string& text_of(Account& account, TextField field) {
  return account.text[static_cast<size_t>(field)];
}

std::optional<int64_t>& number_of(Account& account, NumberField field) {
  return account.numbers[static_cast<size_t>(field)];
}

void clear(Account& account) {
  for (std::string& text : account.text) text.clear();
  account.numbers.fill(std::nullopt);
  account.tier = Tier::kUntiered;
  account.inherited = {};
  account.exclude = false;
  account.domains.clear();
  account.segments.clear();
  account.attributes.clear();
  account.networks.clear();
  account.asns.clear();
  account.organizations.clear();
  account.pages.clear();
}

void add_once(std::vector<std::string>& list, std::string text) {
  if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(std::move(text));
}

/// What is wrong with text that IpPrefix::parse refuses.
std::string why_no_network(std::string_view text) {
  const size_t slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (address && slash != text.npos) {
    for (uint8_t length = 0; length <= 128; ++length) {
      const std::string network = IpPrefix{address->truncated(length), length}.to_string();
      const bool mapped = address->is_v4 && text.find(':') != text.npos;
      if (mapped || text.substr(slash + 1) != std::to_string(length) || !IpPrefix::parse(network)) continue;
      return fmt::format("has host bits set, did you mean \"{}\"?", network);
    }
  }
  return "is not a prefix, write it like \"192.0.2.0/24\" or \"2001:db8::/32\"" + note_on_invisible(text);
}

/// The id for messages, if the line has a usable one: errors may come before it is read.
std::string_view id_for_messages(JsonObject object) {
  std::string_view id;
  return object["id"].get(id) == simdjson::SUCCESS && is_account_id(id) ? id : std::string_view();
}

}  // namespace

bool AccountReader::read(std::string_view line, JsonObject object, Account& account, uint64_t& unknown_keys) {
  clear(account);
  unknown_.clear();
  const size_t errors_before = report_.errors();
  uint32_t seen = 0;  // by AccountKey
  uint32_t member = 0;
  size_t expected = 0;
  bool sound = true;
  report_.name_account(id_for_messages(object));
  for (const auto& [name, value] : object) {
    const size_t key = find_key(name, expected);
    if (key == kUnknown) {
      unknown_.push_back(name);
      sound = parser_.accept_unknown(line, value);
    } else if ((seen >> key & 1) != 0) {
      report_.at_key({member}, fmt::format("duplicate key '{}', keep one", name));
      sound = false;
    } else {
      expected = key + 1;
      seen |= 1u << key;
      read_member(key, value, member, account);
    }
    // A line that is not valid JSON is reported once, at its first fault.
    if (!sound) return false;
    ++member;
  }
  if (!unknown_.empty()) {
    unknown_keys += unknown_.size();
    if (!parser_.accept_unknown_keys(line, unknown_)) return false;
  }
  for (const AccountKey key : {AccountKey::kId, AccountKey::kName}) {
    const auto i = static_cast<size_t>(key);
    if ((seen >> i & 1) == 0)
      report_.at_value({}, fmt::format("'{}' is missing, every account has one", kAccountKeys[i]));
  }
  return report_.errors() == errors_before;
}

bool AccountReader::read_member(size_t key, JsonElement value, uint32_t member, Account& account) {
  const std::string_view name = kAccountKeys[key];
  const auto text = [&](TextField field) {
    return read_text(value, name, {member}, report_, text_of(account, field));
  };
  const auto number = [&](NumberField field) {
    return read_number(value, name, {member}, report_, number_of(account, field));
  };
  switch (static_cast<AccountKey>(key)) {
    case AccountKey::kId:
      return read_id(value, member, text_of(account, TextField::kId));
    case AccountKey::kName:
      if (!text(TextField::kName)) return false;
      if (!account.name().empty()) return true;
      report_.at_value({member}, fmt::format("name is {}, an account needs one", report_.quoted({member})));
      return false;
    case AccountKey::kDomains:
      if (!read_domains(value, member, account.domains)) return false;
      if (!account.domains.empty()) text_of(account, TextField::kDomain) = account.domains.front();
      return true;
    case AccountKey::kTier:
      return read_tier(value, member, account.tier);
    case AccountKey::kSegments:
      return read_texts(value, "segment", member, kMaxSegments, account.segments);
    case AccountKey::kIndustry:
      return text(TextField::kIndustry);
    case AccountKey::kEmployees:
      return number(NumberField::kEmployees);
    case AccountKey::kRevenueUsd:
      return number(NumberField::kRevenueUsd);
    case AccountKey::kCountry:
      return text(TextField::kCountry);
    case AccountKey::kRegion:
      return text(TextField::kRegion);
    case AccountKey::kStage:
      return text(TextField::kStage);
    case AccountKey::kPlay:
      return text(TextField::kPlay);
    case AccountKey::kIntent:
      return number(NumberField::kIntent);
    case AccountKey::kEngagement:
      return number(NumberField::kEngagement);
    case AccountKey::kOwner:
      return text(TextField::kOwner);
    case AccountKey::kParent:
      return text(TextField::kParent);
    case AccountKey::kNetworks:
      return read_networks(value, member, account.networks);
    case AccountKey::kAsns:
      return read_asns(value, member, account.asns);
    case AccountKey::kOrganizations:
      return read_texts(value, "organization", member, kMaxOrganizations, account.organizations);
    case AccountKey::kAttributes:
      return read_attributes(value, member, account);
    case AccountKey::kExclude:
      return read_flag(value, member, account.exclude);
    case AccountKey::kVisits7d:
      return number(NumberField::kVisits7d);
    case AccountKey::kVisits30d:
      return number(NumberField::kVisits30d);
    case AccountKey::kPeople7d:
      return number(NumberField::kPeople7d);
    case AccountKey::kPeople30d:
      return number(NumberField::kPeople30d);
    case AccountKey::kQuietDays:
      return number(NumberField::kQuietDays);
    case AccountKey::kFirstSeenDays:
      return number(NumberField::kFirstSeenDays);
    case AccountKey::kMoved:
      return text(TextField::kMoved);
    case AccountKey::kPages:
      return read_pages(value, member, account.pages);
  }
  return false;
}

bool AccountReader::read_id(JsonElement value, uint32_t member, std::string& out) {
  id_member_ = member;
  if (!read_text(value, Label("id"), {member}, report_, out)) return false;
  if (is_account_id(out)) return true;
  const std::string lower = ascii_lower(out);
  report_.at_value({member},
                   fmt::format("id {} is not of the form [a-z0-9][a-z0-9._-]{{0,63}}{}",
                               value.is_null() ? "null" : fmt::format("'{}'", excerpt(out)),
                               is_account_id(lower) ? fmt::format(", did you mean '{}'?", lower) : ""));
  return false;
}

bool AccountReader::read_tier(JsonElement value, uint32_t member, Tier& out) {
  std::string text;
  if (!read_text(value, Label("tier"), {member}, report_, text)) return false;
  if (value.is_null()) return true;
  const auto tier = tier_from(text);
  if (tier) {
    out = *tier;
    return true;
  }
  const std::string near = did_you_mean(text, kTierNames);
  report_.at_value(
      {member}, fmt::format("unknown tier '{}'{}", excerpt(text),
                            near.empty() ? ", write one-to-one, one-to-few, one-to-many or untiered" : near));
  return false;
}

bool AccountReader::read_flag(JsonElement value, uint32_t member, bool& out) {
  if (value.is_null() || value.get(out) == simdjson::SUCCESS) return true;
  report_.at_value({member},
                   fmt::format("exclude must be true or false, not '{}'", report_.quoted({member})));
  return false;
}

/// Calls `accept(element, number)` for each element; null is an empty list.
template <typename Accept>
bool AccountReader::read_list(JsonElement value, std::string_view name, uint32_t member, size_t limit,
                              Accept accept) {
  if (value.is_null()) return true;
  simdjson::dom::array list;
  if (value.get(list) != simdjson::SUCCESS) {
    report_.at_value({member},
                     fmt::format("{}s must be a list in brackets, not '{}'", name, report_.quoted({member})));
    return false;
  }
  bool good = true;
  uint32_t number = 0;
  for (const JsonElement element : list) {
    if (number == limit) {
      report_.at_value({member, number}, fmt::format("more than {} {}s", limit, name));
      return false;
    }
    good = accept(element, number) && good;
    if (report_.full()) return false;
    ++number;
  }
  return good;
}

bool AccountReader::read_texts(JsonElement value, std::string_view name, uint32_t member, size_t limit,
                               std::vector<std::string>& out) {
  return read_list(value, name, member, limit, [&](JsonElement element, uint32_t number) {
    std::string text;
    if (!read_text(element, name, {member, number}, report_, text)) return false;
    if (!text.empty()) {
      add_once(out, std::move(text));
      return true;
    }
    report_.at_value({member, number},
                     fmt::format("{} is {}, leave it out", name, report_.quoted({member, number})));
    return false;
  });
}

bool AccountReader::read_domains(JsonElement value, uint32_t member, std::vector<std::string>& out) {
  return read_list(value, "domain", member, kMaxDomains, [&](JsonElement element, uint32_t number) {
    std::string text;
    if (!read_text(element, Label("domain"), {member, number}, report_, text)) return false;
    if (text.size() > 1 && text.back() == '.') text.pop_back();  // as resolvers write it
    const bool host = !text.empty() && text.front() != '.' && text.back() != '.' &&
                      text.find("..") == text.npos && text.find_first_of(" /\\:@?#") == text.npos;
    if (host) {
      add_once(out, ascii_lower(text));
      return true;
    }
    report_.at_value({member, number},
                     fmt::format("domain {} is not a host name, write it like \"example.com\"",
                                 report_.quoted({member, number})));
    return false;
  });
}

bool AccountReader::read_networks(JsonElement value, uint32_t member, std::vector<std::string>& out) {
  return read_list(value, "network", member, kMaxNetworks, [&](JsonElement element, uint32_t number) {
    std::string text;
    if (!read_text(element, Label("network"), {member, number}, report_, text)) return false;
    if (IpPrefix::parse(text)) {
      out.push_back(std::move(text));
      return true;
    }
    report_.at_value({member, number},
                     fmt::format("network {} {}", report_.quoted({member, number}), why_no_network(text)));
    return false;
  });
}

bool AccountReader::read_asns(JsonElement value, uint32_t member, std::vector<uint32_t>& out) {
  return read_list(value, "asn", member, kMaxNetworks, [&](JsonElement element, uint32_t number) {
    // AS 0 is reserved and names nobody (RFC 7607).
    uint64_t asn = 0;
    if (element.get(asn) == simdjson::SUCCESS && asn > 0 && asn <= std::numeric_limits<uint32_t>::max()) {
      out.push_back(static_cast<uint32_t>(asn));
      return true;
    }
    report_.at_value({member, number},
                     fmt::format("AS number must be a number from 1 to 4294967295, not '{}'",
                                 report_.quoted({member, number})));
    return false;
  });
}

bool AccountReader::read_attributes(JsonElement value, uint32_t member, Account& account) {
  if (value.is_null()) return true;
  JsonObject object;
  if (value.get(object) != simdjson::SUCCESS) {
    report_.at_value(
        {member}, fmt::format("attributes must be an object in braces, not '{}'", report_.quoted({member})));
    return false;
  }
  const size_t errors_before = report_.errors();
  auto& attributes = account.attributes;
  attribute_names_.clear();
  uint32_t number = 0;
  for (const auto& [name, text] : object) {
    if (number == kMaxAttributes) {
      report_.at_key({member, number}, fmt::format("more than {} attributes", kMaxAttributes));
      return false;
    }
    if (name.empty()) report_.at_key({member, number}, "an attribute without a name");
    if (check_text(name) != TextFault::kNone) {
      report_.at_key(
          {member, number},
          fmt::format("attribute name '{}' is longer than {} bytes, or holds control characters or half of "
                      "a surrogate pair",
                      excerpt(name), kMaxTextBytes));
    }
    if (const char32_t control = direction_control(name); control != 0) {
      report_.at_key({member, number},
                     fmt::format("an attribute's name holds the direction control U+{:04X}: remove it",
                                 static_cast<uint32_t>(control)));
    }
    attribute_names_.emplace_back(name, number);
    attributes.emplace_back(name, std::string());
    read_text(text, {"attribute", name}, {member, number}, report_, attributes.back().second);
    if (text.is_null()) attributes.pop_back();
    ++number;
  }
  std::sort(attributes.begin(), attributes.end());
  std::sort(attribute_names_.begin(), attribute_names_.end());
  for (size_t i = 1; i < attribute_names_.size(); ++i) {
    const auto& [name, second] = attribute_names_[i];
    if (name != attribute_names_[i - 1].first) continue;
    report_.at_key({member, second}, fmt::format("duplicate attribute '{}', keep one", excerpt(name)));
  }
  return report_.errors() == errors_before;
}

bool AccountReader::read_pages(JsonElement value, uint32_t member, std::vector<VisitedPage>& out) {
  if (value.is_null()) return true;
  JsonObject object;
  if (value.get(object) != simdjson::SUCCESS) {
    report_.at_value({member}, fmt::format("{} must be an object of paths and days in braces, not '{}'",
                                           kPagesName, report_.quoted({member})));
    return false;
  }
  const size_t errors_before = report_.errors();
  pages_.clear();
  uint32_t number = 0;
  for (const auto& [path, days] : object) {
    if (number == kMaxPages) {
      report_.at_key({member, number}, fmt::format("more than {} pages, keep the latest", kMaxPages));
      return false;
    }
    if (!is_page_path(path)) {
      report_.at_key({member, number},
                     fmt::format("page '{}' does not begin with '/', is longer than {} bytes or holds "
                                 "control characters: leave it out",
                                 excerpt(path), kMaxPageBytes));
    }
    uint64_t count = 0;
    if (days.get(count) != simdjson::SUCCESS || count >= kPageDays) {
      report_.at_value({member, number},
                       fmt::format("days since the last visit must be a number from 0 to {}, not '{}'",
                                   kPageDays - 1, report_.quoted({member, number})));
    }
    pages_.emplace_back(path, number);
    out.push_back({std::string(path), static_cast<uint32_t>(count)});
    ++number;
  }
  std::sort(pages_.begin(), pages_.end());
  for (size_t i = 1; i < pages_.size(); ++i) {
    const auto& [path, second] = pages_[i];
    if (path != pages_[i - 1].first) continue;
    report_.at_key({member, second}, fmt::format("duplicate page '{}', keep one", excerpt(path)));
  }
  std::sort(out.begin(), out.end(), is_later);
  return report_.errors() == errors_before;
}

}  // namespace abm::accounts
