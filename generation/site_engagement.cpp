#include "generation/site_engagement.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include "accounts/text_check.h"
#include "base/folding.h"
#include "base/text.h"
#include "generation/site_condition.h"
#include "generation/site_values.h"
#include "rules/program/glob_match.h"
#include "rules/read/conditions.h"
#include "rules/read/globs.h"

namespace abm::generation {
namespace {

using yaml::Node;

constexpr size_t kMostMoves = 100;
constexpr size_t kMostPointEntries = 1000;
constexpr size_t kMostVisitPatterns = 100;
constexpr uint64_t kMostAccounts = 10'000'000;
constexpr int64_t kMostEngagement = 100;
constexpr uint32_t kSampleDays = 14;  // in messages
constexpr std::string_view kPathPoints = "path:", kSignalPoints = "signal:";

class EngagementReader : public SiteValues {
 public:
  EngagementReader(const EngagementPlace& place, Diagnostics& diagnostics)
      : SiteValues(place.file, place.folder, place.text, diagnostics), place_(place) {}

  void read(const Node& root, SiteEngagement& out);

 private:
  void engagement(const Node& node, EngagementInput& out);
  void visits(const Node& node, EngagementInput& out);
  void stream(const Node& node, VisitStreamInput& out);
  void points(const Node& node, PointsInput& out);
  void fresh(const Node& node, std::vector<accounts::NumberField>& out);
  void keep(const Node* engagement, SiteEngagement& out);
  void points_of(const Node::Member& member, std::string_view prefix, PointsInput& out);
  void named_moves(const Node& node, std::string_view what, std::vector<NamedMove>& out);
  std::optional<NamedMove> named_move(const Node& node, std::string_view what);
  void tier_moves(const Node& node, std::vector<TierMove>& out);
  std::optional<TierMove> tier_move(const Node& node);
  bool promotion_only(const Node& node, TierMove& move);
  std::optional<accounts::Tier> tier(const Node& node, std::string_view what);
  std::optional<rules::Condition> condition(const Node& node, std::string_view what);
  void days(const Node* node, std::string_view what, uint32_t min, uint32_t max, uint32_t& out);
  bool is_list_of_moves(const Node& node, std::string_view what, std::string_view form);

  const EngagementPlace& place_;
};

/// "14d"
void EngagementReader::days(const Node* node, std::string_view what, uint32_t min, uint32_t max,
                            uint32_t& out) {
  if (node == nullptr) return;
  const std::string& text = node->scalar;
  uint32_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool in_days = code == std::errc{} && std::string_view(end, text.data() + text.size()) == "d";
  if (node->kind != Node::Kind::kScalar || !in_days || value < min || value > max)
    return error(node->at, fmt::format("{} must be a number of days from {}d to {}d, such as {}d, not '{}'",
                                       what, min, max, std::max(min, kSampleDays), text));
  out = value;
}

std::optional<rules::Condition> EngagementReader::condition(const Node& node, std::string_view what) {
  const Node* const when = node.find("when");
  if (when == nullptr) {
    error(node.at, fmt::format("{} needs 'when': which accounts it is for", what));
    return std::nullopt;
  }
  auto read = read_account_condition(*when, place_.file, place_.text, diagnostics());
  if (!read.has_value()) return read;
  rules::for_each_test(*read, [this](const rules::Test& test, bool) {
    if (test.subject == rules::Subject::kEngagement && test.min.value_or(0) > kMostEngagement)
      error(test.at.at, fmt::format("engagement is {} at most, and never {}", kMostEngagement, *test.min));
  });
  return read;
}

std::optional<accounts::Tier> EngagementReader::tier(const Node& node, std::string_view what) {
  const auto found = accounts::tier_from(node.scalar);
  if (node.kind == Node::Kind::kScalar && found.has_value()) return found;
  error(node.at, fmt::format("{} must be one-to-one, one-to-few, one-to-many or untiered, not '{}'", what,
                             node.scalar));
  return std::nullopt;
}

void EngagementReader::stream(const Node& node, VisitStreamInput& out) {
  static constexpr std::array<std::string_view, 9> kKeys = {
      "nats", "stream", "user", "password_file", "token_file", "creds", "tls_ca", "tls_cert", "tls_key"};
  if (!mapping_of(node, "visits", kKeys)) return;
  if (const Node* nats = node.find("nats"); nats == nullptr) {
    error(node.at,
          "visits needs 'nats': the server, such as nats://127.0.0.1:4222, or a list of patterns of logs");
  } else if (const auto servers = scalars(*nats, "'nats'"); servers.has_value()) {
    for (const Node* server : *servers) {
      const auto url = word(*server, "nats");
      if (!url.has_value()) continue;
      if (!url->starts_with("nats://") && !url->starts_with("tls://"))
        error(server->at, fmt::format("nats must be a nats:// or tls:// URL, not '{}'", *url));
      out.servers.push_back(*url);
    }
  }
  const Node* const name = node.find("stream");
  if (name == nullptr) {
    error(node.at, "visits needs 'stream': the JetStream stream that abmctl ship fills");
  } else {
    out.stream = this->name(*name, "stream", false).value_or("");
  }
  if (const Node* user = node.find("user"); user != nullptr) out.user = word(*user, "user").value_or("");
  out.password_file = path(node.find("password_file"), "password_file");
  out.token_file = path(node.find("token_file"), "token_file");
  out.creds = path(node.find("creds"), "creds");
  out.tls_ca = path(node.find("tls_ca"), "tls_ca");
  out.tls_cert = path(node.find("tls_cert"), "tls_cert");
  out.tls_key = path(node.find("tls_key"), "tls_key");
  if (out.tls_cert.empty() != out.tls_key.empty())
    error(node.at, "'tls_cert' and 'tls_key' go together: a certificate and its key");
}

void EngagementReader::visits(const Node& node, EngagementInput& out) {
  if (node.kind == Node::Kind::kMapping) return stream(node, out.stream.emplace());
  const auto patterns = scalars(node, "'visits'");
  if (!patterns.has_value()) return;
  if (patterns->size() > kMostVisitPatterns)
    return error(node.at, fmt::format("more than {} patterns", kMostVisitPatterns));
  for (const Node* pattern : *patterns) {
    if (pattern->kind == Node::Kind::kMapping) {
      error(pattern->at,
            "visits is a list of logs, or one stream in place of it: { nats: URL, stream: NAME }");
      continue;
    }
    if (auto text = word(*pattern, "an entry of visits"); text.has_value())
      out.visits.push_back(*std::move(text));
  }
}

void EngagementReader::points_of(const Node::Member& member, std::string_view prefix, PointsInput& out) {
  const bool of_path = prefix == kPathPoints;
  std::string name = member.key.substr(prefix.size());
  const std::string fault = of_path        ? rules::glob_fault(name)
                            : name.empty() ? "names no signal"
                                           : std::string();
  if (!fault.empty())
    return error(member.key_at, fmt::format("{} '{}' {}", of_path ? "path" : "signal", name, fault));
  if (of_path && !rules::parse_glob(name).has_value())
    return error(member.key_at,
                 fmt::format("path '{}' is too long, or has too much between its stars", name));
  const auto value = number(member.value, member.key, 0, kMostPoints);
  auto& entries = of_path ? out.paths : out.signals;
  if (entries.size() >= kMostPointEntries)
    return error(member.key_at, fmt::format("more than {} of '{}NAME'", kMostPointEntries, prefix));
  if (value.has_value()) entries.push_back({std::move(name), static_cast<uint32_t>(*value), member.key_at});
}

void EngagementReader::points(const Node& node, PointsInput& out) {
  if (node.kind != Node::Kind::kMapping)
    return error(node.at, "points must be a mapping such as { page: 1, path:/pricing: 5, person: 3 }");
  static constexpr std::array<std::string_view, 4> kForms = {"page", "person", "path:GLOB", "signal:NAME"};
  for (const Node::Member& member : node.members) {
    if (member.key.starts_with(kPathPoints)) {
      points_of(member, kPathPoints, out);
    } else if (member.key.starts_with(kSignalPoints)) {
      points_of(member, kSignalPoints, out);
    } else if (member.key == "page" || member.key == "person") {
      uint32_t& target = member.key == "page" ? out.page : out.person;
      target = static_cast<uint32_t>(number(member.value, member.key, 0, kMostPoints).value_or(target));
    } else {
      error(member.key_at, fmt::format("unknown key '{}' in points: one of {}{}", member.key,
                                       fmt::join(kForms, ", "), did_you_mean(member.key, kForms)));
    }
  }
}

void EngagementReader::fresh(const Node& node, std::vector<accounts::NumberField>& out) {
  // Those that visits change: the names in rules.
  static constexpr auto kFirst = static_cast<size_t>(accounts::NumberField::kEngagement);
  static constexpr std::span kNames = std::span(accounts::kNumberFieldNames).subspan(kFirst);
  const auto names = scalars(node, "'fresh'");
  if (!names.has_value()) return;
  for (const Node* name : *names) {
    const auto found = std::find(kNames.begin(), kNames.end(), name->scalar);
    if (found == kNames.end()) {
      error(name->at, fmt::format("fresh: '{}' is not one of {}{}", name->scalar, fmt::join(kNames, ", "),
                                  did_you_mean(name->scalar, kNames)));
      continue;
    }
    out.push_back(static_cast<accounts::NumberField>(kFirst + static_cast<size_t>(found - kNames.begin())));
  }
}

void EngagementReader::engagement(const Node& node, EngagementInput& out) {
  static constexpr std::array<std::string_view, 8> kKeys = {
      "visits", "half_life", "points", "most_per_person_day", "every", "roll_up", "fresh", "keep"};
  out.at = node.at;
  if (!mapping_of(node, "engagement", kKeys)) return;
  if (const Node* value = node.find("visits"); value == nullptr) {
    error(node.at, "engagement needs 'visits': patterns of visit logs, or { nats: URL, stream: NAME }");
  } else {
    visits(*value, out);
  }
  days(node.find("half_life"), "half_life", 1, kMostHalfLifeDays, out.half_life_days);
  if (const Node* value = node.find("points"); value != nullptr) points(*value, out.points);
  if (const Node* value = node.find("most_per_person_day"); value != nullptr) {
    out.most_per_person_day = static_cast<uint32_t>(
        number(*value, "most_per_person_day", 1, kMostPoints).value_or(out.most_per_person_day));
  }
  if (const Node* value = node.find("every"); value != nullptr)
    out.every_seconds = seconds(*value, "every").value_or(out.every_seconds);
  if (const Node* value = node.find("roll_up"); value != nullptr)
    out.roll_up = flag(*value, "roll_up").value_or(false);
  if (const Node* value = node.find("fresh"); value != nullptr) fresh(*value, out.fresh);
}

bool EngagementReader::is_list_of_moves(const Node& node, std::string_view what, std::string_view form) {
  if (node.kind != Node::Kind::kSequence) {
    error(node.at, fmt::format("{} must be a list of '{}'", what, form));
    return false;
  }
  if (node.items.size() <= kMostMoves) return true;
  error(node.at, fmt::format("more than {} {}", kMostMoves, what));
  return false;
}

std::optional<NamedMove> EngagementReader::named_move(const Node& node, std::string_view what) {
  static constexpr std::array<std::string_view, 4> kKeys = {"name", "when", "hold", "override"};
  const bool good = what == "stages" ? mapping_of(node, "a stage", kKeys) : mapping_of(node, "a play", kKeys);
  if (!good) return std::nullopt;
  const std::string_view one = what == "stages" ? "a stage" : "a play";
  NamedMove move;
  move.at = node.at;
  std::optional<std::string> name;
  if (const Node* value = node.find("name"); value == nullptr) {
    error(node.at, fmt::format("{} needs 'name'", one));
  } else if (name = text(*value, "'name'", accounts::kMaxTextBytes); name.has_value() && name->empty()) {
    error(value->at, fmt::format("{} needs a 'name' that is not empty", one));
    name.reset();
  } else if (name.has_value() && (accounts::check_text(*name) != accounts::TextFault::kNone ||
                                  accounts::direction_control(*name) != 0)) {
    error(value->at, fmt::format("the name of {} must not have control characters", one));
    name.reset();
  }
  days(node.find("hold"), "hold", 0, kMostHoldDays, move.hold_days);
  if (const Node* value = node.find("override"); value != nullptr)
    move.override_feed = flag(*value, "override").value_or(false);
  auto when = condition(node, one);
  if (!name.has_value() || !when.has_value()) return std::nullopt;
  move.name = *std::move(name);
  move.when = *std::move(when);
  return move;
}

void EngagementReader::named_moves(const Node& node, std::string_view what, std::vector<NamedMove>& out) {
  if (!is_list_of_moves(node, what, "{ name: …, when: … }")) return;
  for (const Node& item : node.items) {
    auto move = named_move(item, what);
    if (!move.has_value()) continue;
    for (const NamedMove& other : out) {
      if (folded(other.name) == folded(move->name))
        error(item.at,
              fmt::format("'{}' is the name of the entry in line {}, too: join their conditions with "
                          "'any'",
                          move->name, other.at.line));
    }
    out.push_back(*std::move(move));
  }
}

/// `at_most` is about a promotion, `keep` about a demotion.
bool EngagementReader::promotion_only(const Node& node, TierMove& move) {
  const Node* const at_most = node.find("at_most");
  const Node* const keep = node.find("keep");
  if (const Node* wrong = move.promote ? keep : at_most; wrong != nullptr) {
    error(wrong->at, move.promote ? "'keep' belongs to 'demote'" : "'at_most' belongs to 'promote'");
    return false;
  }
  if (at_most != nullptr) {
    const auto most = number(*at_most, "at_most", 0, kMostAccounts);
    if (most.has_value()) move.at_most = static_cast<uint32_t>(*most);
  }
  if (keep == nullptr) return true;
  const auto tiers = scalars(*keep, "'keep'");
  if (!tiers.has_value()) return false;
  for (const Node* kept : *tiers) {
    if (const auto found = tier(*kept, "keep"); found.has_value()) move.keep.push_back(*found);
  }
  return true;
}

std::optional<TierMove> EngagementReader::tier_move(const Node& node) {
  static constexpr std::array<std::string_view, 6> kKeys = {"promote", "demote",  "when",
                                                            "for",     "at_most", "keep"};
  if (!mapping_of(node, "a tier move", kKeys)) return std::nullopt;
  const Node* const up = node.find("promote");
  const Node* const down = node.find("demote");
  if ((up == nullptr) == (down == nullptr)) {
    error(node.at, "a tier move names one tier, as promote or demote");
    return std::nullopt;
  }
  TierMove move;
  move.at = node.at;
  move.promote = up != nullptr;
  const Node& named = move.promote ? *up : *down;
  const std::string_view what = move.promote ? "promote" : "demote";
  const auto to = tier(named, what);
  if (to == (move.promote ? accounts::Tier::kUntiered : accounts::Tier::kOneToOne))
    error(named.at,
          fmt::format("no tier is {} '{}': name the tier that accounts {} to",
                      move.promote ? "below" : "above", named.scalar, move.promote ? "rise" : "fall"));
  days(node.find("for"), "for", 0, kMostHoldDays, move.hold_days);
  const bool good = promotion_only(node, move);
  auto when = condition(node, "a tier move");
  if (!to.has_value() || !when.has_value() || !good) return std::nullopt;
  move.tier = *to;
  move.when = *std::move(when);
  return move;
}

void EngagementReader::tier_moves(const Node& node, std::vector<TierMove>& out) {
  if (!is_list_of_moves(node, "tiers", "{ promote: TIER, when: … }' or '{ demote: TIER, when: … }")) return;
  for (const Node& item : node.items) {
    if (auto move = tier_move(item); move.has_value()) out.push_back(*std::move(move));
  }
}

uint32_t longest_hold_of(const std::vector<NamedMove>& moves) {
  uint32_t longest = 0;
  for (const NamedMove& move : moves) longest = std::max(longest, move.hold_days);
  return longest;
}

/// After all else: the default depends on it.
void EngagementReader::keep(const Node* engagement, SiteEngagement& out) {
  EngagementInput& input = *out.engagement;
  uint32_t longest_for = 0;
  for (const TierMove& move : out.moves.tiers) longest_for = std::max(longest_for, move.hold_days);
  const uint32_t of_stages = longest_hold_of(out.moves.stages), of_plays = longest_hold_of(out.moves.plays);
  const uint32_t counts = kHalfLivesThatCount * input.half_life_days;
  // A play looks back as far as its hold; from there, a tier's move; from there, a stage; and points count
  // from there.
  input.keep_days = std::max(kUsualKeepDays, counts + of_stages + longest_for + of_plays + 1);
  const Node* const given = engagement->find("keep");
  if (given == nullptr) return;
  days(given, "keep", kLeastKeepDays, kMostKeepDays, input.keep_days);
  const uint32_t longest = std::max({of_stages, longest_for, of_plays});
  if (longest >= input.keep_days)
    return error(
        given->at,
        fmt::format("keep {}d is too short for a hold of {}d: what happened then is deleted before it "
                    "is over; keep at least {}d, or hold for fewer days",
                    input.keep_days, longest, longest + 1));
  if (counts >= input.keep_days)
    diagnostics().warning(
        place_.file, given->at, {},
        fmt::format("points count for ten half-lives, {}d, but visits are kept for {}d: what is older counts "
                    "nothing; keep {}d, or take a half_life of {}d",
                    counts, input.keep_days, counts + 1, (input.keep_days - 1) / kHalfLivesThatCount));
}

void EngagementReader::read(const Node& root, SiteEngagement& out) {
  const Node* const visits = root.find("engagement");
  const bool given = visits != nullptr && !visits->is_null();
  if (given) engagement(*visits, out.engagement.emplace());
  for (const std::string_view key : {"stages", "tiers", "plays"}) {
    const Node* const node = root.find(key);
    if (node == nullptr || node->is_null()) continue;
    if (!given)
      error(node->at,
            fmt::format("'{}' needs 'engagement': where visits are logged, and what they count", key));
    if (key == "tiers") {
      tier_moves(*node, out.moves.tiers);
    } else {
      named_moves(*node, key, key == "stages" ? out.moves.stages : out.moves.plays);
    }
  }
  if (given) keep(visits, out);
}

}  // namespace

SiteEngagement read_engagement(const yaml::Node& root, const EngagementPlace& place,
                               Diagnostics& diagnostics) {
  SiteEngagement out;
  EngagementReader(place, diagnostics).read(root, out);
  return out;
}

}  // namespace abm::generation
