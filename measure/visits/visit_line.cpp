// Members usually come in the schema's order, so that each is found at the
// first guess; any order can be read.
#include "measure/visits/visit_line.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

#include "accounts/account.h"
#include "base/text.h"
#include "generation/link_token.h"
#include "measure/visits/json_members.h"
#include "measure/visits/seen_reader.h"

namespace abm::measure {
namespace {

using simdjson::dom::element;

enum Member : size_t {
  kV,
  kKind,
  kTs,
  kRequestId,
  kHost,
  kMethod,
  kPath,
  kStatus,
  kReferrerHost,
  kAccount,
  kTier,
  kSegments,
  kStage,
  kOwner,
  kSource,
  kConfidence,
  kRole,
  kCampaign,
  kActivity,
  kNetwork,
  kIp,
  kVisitor,
  kArm,
  kFamily,
  kGeneration,
  kFeedVersion,
  kPage,
  kRules,
  kSignals,
  kSkip,
  kFramework,
  kBot,
  kBotBy,
  kLoad,
  kBytes,
  kRewriteUs,
  kMembers
};
// clang-format off
constexpr std::array<std::string_view, kMembers> kNames = {
    "v", "kind", "ts", "request_id", "host", "method", "path", "status", "referrer_host",
    "account", "tier", "segments", "stage", "owner", "source", "confidence", "role", "campaign",
    "activity", "network",
    "ip", "visitor", "arm", "family", "generation", "feed_version", "page", "rules", "signals",
    "skip", "framework", "bot", "bot_by", "load", "bytes", "rewrite_us"};
// clang-format on
constexpr uint64_t bits(std::initializer_list<Member> members) noexcept {
  uint64_t all = 0;
  for (const Member member : members) all |= uint64_t{1} << member;
  return all;
}
/// The members that a line must have to be counted. No figure is wrong without the others;
/// four of those are not even read.
constexpr uint64_t kOptional =
    bits({kKind, kRole, kCampaign, kActivity, kFamily, kMethod, kNetwork, kIp, kStatus, kReferrerHost,
          kSegments, kStage, kOwner, kGeneration, kFeedVersion, kFramework, kBytes, kLoad, kBotBy});
constexpr uint64_t kNeeded = ((uint64_t{1} << kMembers) - 1) & ~kOptional;

constexpr int64_t kVersion = 2;  // of the format; the one before is read, too

/// simdjson has checked that the line's bytes are UTF-8, and refuses half a pair; only the escape of a lone
/// low surrogate can still make text that is not.
bool may_hold_surrogate(std::string_view line) noexcept {
  for (size_t at = line.find("\\u"); at != line.npos; at = line.find("\\u", at + 2)) {
    const std::string_view digits = line.substr(at + 2, 2);
    if (digits.size() == 2 && (digits[0] == 'd' || digits[0] == 'D') && digits[1] > '7') return true;
  }
  return false;
}

bool is_utf8_throughout(element value) {  // depth: bounded by the parser
  switch (value.type()) {
    case simdjson::dom::element_type::STRING:
      return is_utf8(value.get_string().value_unsafe());
    case simdjson::dom::element_type::ARRAY: {
      const simdjson::dom::array list = value.get_array().value_unsafe();
      return std::all_of(list.begin(), list.end(), is_utf8_throughout);
    }
    case simdjson::dom::element_type::OBJECT: {
      const simdjson::dom::object object = value.get_object().value_unsafe();
      for (const auto& [key, member] : object) {
        if (!is_utf8(key) || !is_utf8_throughout(member)) return false;
      }
      return true;
    }
    default:
      return true;
  }
}

/// Versions of a feed take all 64 bits; the database has 63.
bool read_version(element value, int64_t& out) noexcept {
  uint64_t version = 0;
  if (value.get(version) != simdjson::SUCCESS) return false;
  out = static_cast<int64_t>(std::min<uint64_t>(version, std::numeric_limits<int64_t>::max()));
  return true;
}

bool read_load(element value, PageLoad& out) noexcept {
  constexpr std::array<std::string_view, 3> kLoads = {"page", "prefetch", "partial"};
  std::string_view text;
  if (!read_text(value, text)) return false;
  const auto at = std::find(kLoads.begin(), kLoads.end(), text);
  if (at == kLoads.end()) return false;
  out = static_cast<PageLoad>(at - kLoads.begin());
  return true;
}

constexpr size_t kMaxDepth = 8;  // a visit line needs five, the document itself counted

bool is_outcome(std::string_view text) noexcept {
  if (is_one_of(text, {"applied", "applied:at-risk", "missing"})) return true;
  constexpr std::string_view kSkipped = "skipped:";
  return text.starts_with(kSkipped) && text.size() > kSkipped.size() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", kSkipped.size()) == text.npos;
}

/// "react", "next-app" …; a later version may know more of them.
bool is_framework(std::string_view text) noexcept {
  constexpr size_t kLongest = 32;
  return text.size() <= kLongest &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == text.npos;
}

size_t find_member(std::string_view key, size_t guess) noexcept {
  if (guess < kMembers && kNames[guess] == key) return guess;
  return static_cast<size_t>(std::find(kNames.begin(), kNames.end(), key) - kNames.begin());
}

/// Reads the object's members into a line.
class Reader {
 public:
  explicit Reader(VisitLine& line) : line_(line) {}
  /// kNone: all is well.
  [[nodiscard]] Damage read(simdjson::dom::object object);
  [[nodiscard]] std::string_view member() const noexcept { return member_; }
  /// read() has stopped, because the line is of kind "seen".
  [[nodiscard]] bool is_seen() const noexcept { return is_seen_; }

 private:
  bool read_member(size_t member, element value);
  bool read_rules(element value);
  bool read_signals(element value);

  VisitLine& line_;
  std::string_view member_;
  bool is_seen_ = false;
};

bool Reader::read_rules(element value) {
  simdjson::dom::array list;
  if (value.get(list) != simdjson::SUCCESS) return false;
  size_t count = 0;
  for (const element item : list) {
    simdjson::dom::object object, slots;
    element variant;
    if (line_.rules.size() == count) line_.rules.emplace_back();
    ShownRule& rule = line_.rules[count++];
    rule.slots.clear();
    if (item.get(object) != simdjson::SUCCESS || object["id"].get(rule.id) != simdjson::SUCCESS ||
        object["variant"].get(variant) != simdjson::SUCCESS || !read_text_or_null(variant, rule.variant) ||
        object["slots"].get(slots) != simdjson::SUCCESS) {
      return false;
    }
    for (const auto& [name, outcome] : slots) {
      std::string_view text;
      if (outcome.get(text) != simdjson::SUCCESS || !is_outcome(text)) return false;
      rule.slots.push_back({name, text});
    }
  }
  line_.rules.resize(count);
  return true;
}

bool Reader::read_signals(element value) {
  simdjson::dom::array list;
  line_.signals.clear();
  if (value.get(list) != simdjson::SUCCESS) return false;
  for (const element item : list) {
    simdjson::dom::object object;
    VisitSignal signal;
    if (item.get(object) != simdjson::SUCCESS || object["rule"].get(signal.rule) != simdjson::SUCCESS ||
        object["name"].get(signal.name) != simdjson::SUCCESS ||
        object["next"].get(signal.next) != simdjson::SUCCESS) {
      return false;
    }
    line_.signals.push_back(signal);
  }
  return true;
}

bool Reader::read_member(size_t member, element value) {
  switch (member) {
    case kTs: {
      if (!read_text(value, line_.ts)) return false;
      const auto time = parse_visit_time(line_.ts);
      line_.ts_ms = time.value_or(0);
      return time.has_value();
    }
    case kRequestId:
      return read_text(value, line_.request_id);
    case kHost:
      return read_text(value, line_.host);
    case kPath:
      return read_text(value, line_.path);
    case kStatus:
      return read_count(value, line_.status) && (line_.status == 200 || line_.status == 304);
    case kReferrerHost:
      return read_text_or_null(value, line_.referrer_host);
    case kAccount:
      return read_text(value, line_.account) && accounts::is_account_id(line_.account);
    case kTier:
      return read_tier(value, line_.tier);
    case kSegments:
      return read_texts(value, line_.segments);
    case kStage:
      return read_text_or_null(value, line_.stage);
    case kOwner:
      return read_text_or_null(value, line_.owner);
    case kSource:
      return read_text(value, line_.source) &&
             is_one_of(line_.source, {"feed", "csv", "asn", "mmdb", "identity", "link", "remembered"});
    case kConfidence:
      return read_text(value, line_.confidence) && is_one_of(line_.confidence, {"low", "medium", "high"});
    case kRole:
      return read_text_or_null(value, line_.role) && line_.role.size() <= generation::kMaxRoleBytes;
    case kCampaign:
      return read_text_or_null(value, line_.campaign) &&
             line_.campaign.size() <= generation::kMaxCampaignBytes;
    case kVisitor:
      return read_text_or_null(value, line_.visitor);
    case kArm:
      return read_arm(value, line_.arm);
    case kFamily:
      return read_text_or_null(value, line_.family);
    case kGeneration:
      return read_count(value, line_.generation) && line_.generation > 0;
    case kFeedVersion:
      return read_version(value, line_.feed_version);
    case kPage: {
      std::string_view page;
      if (!read_text(value, page) || !is_one_of(page, {"personalized", "original"})) return false;
      line_.personalized = page == "personalized";
      return true;
    }
    case kRules:
      return read_rules(value);
    case kSignals:
      return read_signals(value);
    case kSkip:
      return read_text_or_null(value, line_.skip);
    case kFramework:
      return read_text_or_null(value, line_.framework) && is_framework(line_.framework);
    case kBot:
      return value.get(line_.bot) == simdjson::SUCCESS;
    case kBotBy:
      return read_text_or_null(value, line_.bot_by);
    case kLoad:
      return read_load(value, line_.load);
    case kBytes:
      return read_count(value, line_.bytes);
    case kRewriteUs:
      return read_count(value, line_.rewrite_us);
    default:
      return true;  // not read
  }
}

Damage Reader::read(simdjson::dom::object object) {
  line_.referrer_host = line_.stage = line_.owner = line_.role = line_.campaign = line_.family = {};
  line_.segments.clear();
  line_.status = line_.generation = line_.bytes = 0;
  line_.feed_version = -1;
  line_.load = PageLoad::kPage;
  line_.bot_by = line_.framework = {};
  int64_t version = 0;
  uint64_t seen = 0;
  size_t guess = 0;
  for (const auto& [key, value] : object) {
    const size_t member = find_member(key, guess);
    guess = member + 1;
    if (member == kMembers) continue;  // a version may gain members
    if (member == kV) {
      if (value.get(version) != simdjson::SUCCESS || version < 1 || version > kVersion) {
        return Damage::kVersion;
      }
    }
    if (member == kKind) {
      std::string_view kind;
      is_seen_ = read_text(value, kind) && kind == "seen";
      return is_seen_ ? Damage::kNone : Damage::kVersion;
    }
    const uint64_t bit = uint64_t{1} << member;
    if ((seen & bit) != 0 || !read_member(member, value)) {
      member_ = kNames[member];
      return Damage::kMember;
    }
    seen |= bit;
  }
  if (const uint64_t lacks = kNeeded & ~seen; lacks != 0) {
    member_ = kNames[static_cast<size_t>(std::countr_zero(lacks))];
    return Damage::kMember;
  }
  if (version >= 2 && (seen & bits({kLoad})) == 0) {
    member_ = kNames[kLoad];
    return Damage::kMember;
  }
  // The schema's own conditions: a personalized page was not skipped and belongs to the treated arm; where
  // rules do not apply there is no arm.
  member_ = kNames[kPage];
  if (line_.personalized && (!line_.skip.empty() || line_.arm != "treated")) return Damage::kMember;
  // Only a link names a role and a campaign.
  member_ = kNames[kSource];
  if ((!line_.role.empty() || !line_.campaign.empty()) && line_.source != "link") return Damage::kMember;
  member_ = kNames[kArm];
  if (!line_.arm.empty() && (line_.skip == "excluded" || line_.skip == "expired")) return Damage::kMember;
  return Damage::kNone;
}

}  // namespace

struct VisitLineParser::Json {
  simdjson::dom::parser parser;
};

VisitLineParser::VisitLineParser() : json_(std::make_unique<Json>()) {
  static_assert(kReadAhead >= simdjson::SIMDJSON_PADDING);
  // Sets the depth, which is kept when the parser grows. A failed allocation shows again at the first parse.
  [[maybe_unused]] const auto error = json_->parser.allocate(kMaxLineBytes, kMaxDepth);
}

VisitLineParser::~VisitLineParser() = default;

const VisitLine* VisitLineParser::parse(std::string_view line, size_t readable_behind) {
  damage_ = Damage::kTooLong;
  is_seen_ = false;
  if (line.size() > kMaxLineBytes) return nullptr;
  damage_ = Damage::kNoJson;
  element root;
  simdjson::dom::object object;
  const bool copy = readable_behind < kReadAhead;
  if (json_->parser.parse(line.data(), line.size(), copy).get(root) != simdjson::SUCCESS ||
      root.get(object) != simdjson::SUCCESS || (may_hold_surrogate(line) && !is_utf8_throughout(root))) {
    return nullptr;
  }
  Reader reader(line_);
  damage_ = reader.read(object);
  member_ = reader.member();
  if (reader.is_seen()) {
    damage_ = read_seen_line(object, seen_, member_);
    is_seen_ = damage_ == Damage::kNone;
    return nullptr;
  }
  return damage_ == Damage::kNone ? &line_ : nullptr;
}

}  // namespace abm::measure
