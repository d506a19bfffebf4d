// The keys of the header line and what each accepts.
#include "accounts/header_reader.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "accounts/json_fault.h"
#include "base/timestamp.h"

namespace abm::accounts {
namespace {

enum class HeaderKey : uint8_t { kAbm, kTenant, kVersion, kGeneratedAt, kExpiresAt };
constexpr std::array<std::string_view, 5> kHeaderKeys = {"abm", "tenant", "version", "generated_at",
                                                         "expires_at"};
constexpr size_t kRequired = 4;  // the first ones

constexpr std::string_view kShape =
    R"({"abm":"accounts/1","tenant":"…","version":1,"generated_at":"2026-11-22T03:33:20Z"})";

class HeaderReader {
 public:
  HeaderReader(LineParser& parser, FeedReport& report) : parser_(parser), report_(report) {}

  std::optional<FeedHeader> read(std::string_view line, JsonObject object, uint64_t& unknown_keys) {
    const size_t errors_before = report_.errors();
    if (object["abm"].error() != simdjson::SUCCESS) {
      report_.at_value({}, fmt::format("the first line must be the header {}", kShape));
      return std::nullopt;
    }
    std::vector<std::string_view> unknown;
    uint32_t member = 0;
    for (const auto& [name, value] : object) {
      const auto key =
          static_cast<size_t>(std::find(kHeaderKeys.begin(), kHeaderKeys.end(), name) - kHeaderKeys.begin());
      if (key == kHeaderKeys.size()) {
        unknown.push_back(name);
        if (!parser_.accept_unknown(line, value)) return std::nullopt;
      } else if (seen_[key]) {
        report_.at_key({member}, fmt::format("duplicate key '{}', keep one", name));
      } else {
        seen_[key] = true;
        if (!read_member(static_cast<HeaderKey>(key), value, member)) return std::nullopt;
      }
      ++member;
    }
    unknown_keys += unknown.size();
    if (!parser_.accept_unknown_keys(line, unknown)) return std::nullopt;
    for (size_t i = 0; i < kRequired; ++i) {
      if (!seen_[i])
        report_.at_value({}, fmt::format("the header has no '{}', which is required", kHeaderKeys[i]));
    }
    if (report_.errors() != errors_before) return std::nullopt;
    if (header_.expires_at && *header_.expires_at <= header_.generated_at) {
      report_.at_value({expiry_member_}, "expires_at is not after generated_at");
      return std::nullopt;
    }
    return header_;
  }

 private:
  /// False if the rest of the line is not worth reading: it is in another format.
  bool read_member(HeaderKey key, JsonElement value, uint32_t member) {
    switch (key) {
      case HeaderKey::kAbm:
        return read_format(value, member);
      case HeaderKey::kTenant:
        if (read_text(value, Label("tenant"), {member}, report_, header_.tenant) && header_.tenant.empty()) {
          report_.at_value(
              {member}, fmt::format("tenant is {}, name the site the feed is for", report_.quoted({member})));
        }
        return true;
      case HeaderKey::kVersion:
        if (value.get(header_.version) != simdjson::SUCCESS) {
          report_.at_value({member}, fmt::format("version must be a whole number, 0 or more, not '{}'",
                                                 report_.quoted({member})));
        }
        return true;
      case HeaderKey::kGeneratedAt:
        if (const auto time = read_time(value, "generated_at", member)) header_.generated_at = *time;
        return true;
      case HeaderKey::kExpiresAt:
        expiry_member_ = member;
        if (!value.is_null()) header_.expires_at = read_time(value, "expires_at", member);
        return true;
    }
    return true;
  }

  bool read_format(JsonElement value, uint32_t member) {
    std::string_view format;
    if (value.get(format) == simdjson::SUCCESS && format == kFeedFormat) return true;
    const bool newer = format.substr(0, kFeedFormat.find('/') + 1) == "accounts/";
    report_.at_value(
        {member}, fmt::format("format {} is not '{}', {}", report_.quoted({member}), kFeedFormat,
                              newer ? "this program reads no other version" : "this is not an account feed"));
    return false;
  }

  std::optional<int64_t> read_time(JsonElement value, std::string_view name, uint32_t member) {
    std::string text;
    if (!read_text(value, name, {member}, report_, text)) return std::nullopt;
    const auto time = parse_rfc3339(text);
    if (!time) {
      report_.at_value(
          {member}, fmt::format("{} {} is not an RFC 3339 time, write it like \"2026-11-22T03:33:20Z\"", name,
                                report_.quoted({member})));
    }
    return time;
  }

  LineParser& parser_;
  FeedReport& report_;
  FeedHeader header_;
  std::array<bool, kHeaderKeys.size()> seen_{};
  uint32_t expiry_member_ = 0;
};

}  // namespace

std::optional<FeedHeader> read_header(std::string_view line, LineParser& parser, FeedReport& report,
                                      uint64_t& unknown_keys) {
  if (line.substr(0, 3) == "\xef\xbb\xbf") {
    report.at(0, "byte order mark before the header, save the feed as UTF-8 without one");
    return std::nullopt;
  }
  if (line.empty()) {
    report.at(0, fmt::format("the first line must be the header {}, found nothing", kShape));
    return std::nullopt;
  }
  const auto object = parser.parse(line);
  if (!object) return std::nullopt;
  return HeaderReader(parser, report).read(line, *object, unknown_keys);
}

}  // namespace abm::accounts
