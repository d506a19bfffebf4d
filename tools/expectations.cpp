#include "tools/expectations.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include "base/file.h"
#include "base/ip_address.h"
#include "base/page_url.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "generation/link_token.h"
#include "yaml/parse.h"
#include "yaml/reader.h"

namespace abm::tools {
namespace {

using yaml::Node;

constexpr std::array<std::string_view, 4> kArms = {"treated", "control", "holdout", "none"};
constexpr std::array<std::string_view, 2> kSlotWords = {"original", "absent"};

/// Reads the tree of one file.
class ExpectationReader : public yaml::Reader {
 public:
  ExpectationReader(const std::string& file, const yaml::SourceText& text, Diagnostics& diagnostics)
      : yaml::Reader(file, text, diagnostics) {}

  std::vector<Expectation> read(const Node& root);

 private:
  std::optional<ExpectedText> expected_text(const Node* node, std::string_view what);
  std::optional<ExpectedNames> names(const Node* node, std::string_view what);
  void test(const Node& node, Expectation& out);
  void given(const Node& node, Expectation& out);
  void expect(const Node& node, Expectation& out);
  void slot(const Node& node, ExpectedSlot& out);
  void attributes(const Node& node, ExpectedSlot& out);
  template <typename Check>
  void readable(const std::optional<ExpectedText>& value, Check check);

  std::set<std::string> seen_;  ///< names of tests
};

std::optional<ExpectedText> ExpectationReader::expected_text(const Node* node, std::string_view what) {
  if (node == nullptr) return std::nullopt;
  if (node->kind != Node::Kind::kScalar || node->is_null()) {
    error(node->at, fmt::format("{} must be text", what));
    return std::nullopt;
  }
  return ExpectedText{node->scalar, node->at};
}

std::optional<ExpectedNames> ExpectationReader::names(const Node* node, std::string_view what) {
  if (node == nullptr) return std::nullopt;
  ExpectedNames out{{}, node->at};
  if (node->kind == Node::Kind::kSequence) {
    for (const Node& item : node->items) {
      if (const auto name = expected_text(&item, fmt::format("an entry of {}", what)); name.has_value()) {
        out.names.push_back(name->value);
      }
    }
  } else if (const auto name = expected_text(node, what); name.has_value()) {
    out.names.push_back(name->value);
  }
  std::sort(out.names.begin(), out.names.end());
  out.names.erase(std::unique(out.names.begin(), out.names.end()), out.names.end());
  return out;
}

template <typename Check>
void ExpectationReader::readable(const std::optional<ExpectedText>& value, Check check) {
  if (!value.has_value()) return;
  if (std::string fault = check(value->value); !fault.empty()) error(value->at, std::move(fault));
}

void ExpectationReader::given(const Node& node, Expectation& out) {
  static constexpr std::array<std::string_view, 7> kKeys = {"account", "role",     "ip",  "url",
                                                            "at",      "language", "page"};
  if (!mapping_of(node, "given", kKeys)) return;
  const auto account = expected_text(node.find("account"), "account");
  const auto role = expected_text(node.find("role"), "role");
  const auto ip = expected_text(node.find("ip"), "ip");
  const auto url = expected_text(node.find("url"), "url");
  const auto at = expected_text(node.find("at"), "at");
  const auto language = expected_text(node.find("language"), "language");
  const auto page = expected_text(node.find("page"), "page");
  if ((node.find("account") == nullptr) == (node.find("ip") == nullptr)) {
    error(node.at, "given says who visits: either 'account' or 'ip'");
  }
  if (node.find("url") == nullptr) {
    error(node.at, "given needs 'url': https://host/path?query, or /path?query");
  }
  if (role.has_value() && node.find("account") == nullptr)
    error(role->at, "'role' is that of a link, which names an account: write 'account', too");
  readable(role, [](const std::string& value) {
    return !value.empty() && generation::is_link_text(value)
               ? std::string()
               : fmt::format("role: 1 to {} bytes of UTF-8 without control characters",
                             generation::kMaxRoleBytes);
  });
  readable(ip, [](const std::string& value) {
    return IpAddress::parse(value).has_value() ? std::string()
                                               : fmt::format("ip '{}' is not an IP address", value);
  });
  readable(url, [](const std::string& value) {
    const auto parsed = parse_page_url(value);
    return parsed ? std::string() : parsed.message();
  });
  readable(at, [](const std::string& value) {
    return parse_written_time(value).has_value()
               ? std::string()
               : fmt::format("at '{}' is not an RFC 3339 time, such as 2026-11-22T03:33:20Z", value);
  });
  const auto value = [](const std::optional<ExpectedText>& of) {
    return of.has_value() ? of->value : std::string();
  };
  out.visit = {.ip = value(ip),
               .account = value(account),
               .role = value(role),
               .url = value(url),
               .at = value(at),
               .language = value(language)};
  if (page.has_value()) {
    out.page = (std::filesystem::path(file_name()).parent_path() / page->value).lexically_normal().string();
  }
}

void ExpectationReader::attributes(const Node& node, ExpectedSlot& out) {
  if (!mapping_of(node, "attribute", {})) return;
  for (const Node::Member& member : node.members) {
    ExpectedAttribute attribute{ascii_lower(member.key), std::nullopt, member.value.at};
    if (!member.value.is_null()) {
      const auto value = expected_text(&member.value, fmt::format("attribute {}", member.key));
      if (value.has_value()) attribute.value = value->value;
    }
    out.attributes.push_back(std::move(attribute));
  }
}

void ExpectationReader::slot(const Node& node, ExpectedSlot& out) {
  static constexpr std::array<std::string_view, 4> kKeys = {"text", "contains", "attribute", "rule"};
  if (node.kind == Node::Kind::kScalar) {
    if (node.scalar == "original") {
      out.kind = ExpectedSlot::Kind::kOriginal;
    } else if (node.scalar == "absent") {
      out.kind = ExpectedSlot::Kind::kAbsent;
    } else {
      error(node.at,
            fmt::format("{} '{}' is neither original nor absent{}; a text is written {{ text: \"…\" }}",
                        out.slot, node.scalar, did_you_mean(node.scalar, kSlotWords)));
    }
    return;
  }
  if (!mapping_of(node, out.slot, kKeys)) return;
  if (node.members.empty()) error(node.at, fmt::format("{} says nothing to expect", out.slot));
  out.text = expected_text(node.find("text"), "text");
  out.contains = expected_text(node.find("contains"), "contains");
  out.rule = expected_text(node.find("rule"), "rule");
  if (const Node* attribute = node.find("attribute"); attribute != nullptr) attributes(*attribute, out);
}

void ExpectationReader::expect(const Node& node, Expectation& out) {
  if (!mapping_of(node, "expect", {})) return;
  if (node.members.empty()) error(node.at, "expect is empty: the test could not fail");
  out.account = expected_text(node.find("account"), "account");
  out.arm = expected_text(node.find("arm"), "arm");
  readable(out.arm, [](const std::string& arm) {
    if (std::find(kArms.begin(), kArms.end(), arm) != kArms.end()) return std::string();
    return fmt::format("arm '{}' is not one of {}{}", arm, fmt::join(kArms, ", "), did_you_mean(arm, kArms));
  });
  out.rules = names(node.find("rules"), "rules");
  out.signals = names(node.find("signals"), "signals");
  for (const Node::Member& member : node.members) {
    if (member.key == "account" || member.key == "arm" || member.key == "rules" || member.key == "signals") {
      continue;
    }
    ExpectedSlot expected;
    expected.slot = member.key;
    expected.at = member.key_at;
    slot(member.value, expected);
    if (expected.kind == ExpectedSlot::Kind::kAbsent && out.page.empty()) {
      error(member.value.at, "absent can only be seen on a page: name one with 'page' in given");
    }
    out.slots.push_back(std::move(expected));
  }
}

void ExpectationReader::test(const Node& node, Expectation& out) {
  static constexpr std::array<std::string_view, 3> kKeys = {"name", "given", "expect"};
  out.file = file_name();
  out.at = node.at;
  if (!mapping_of(node, "a test", kKeys)) return;
  for (const std::string_view key : kKeys) {
    if (node.find(key) == nullptr) error(node.at, fmt::format("the test has no '{}'", key));
  }
  if (const auto name = expected_text(node.find("name"), "name"); name.has_value()) {
    out.name = name->value;
    if (!seen_.insert(out.name).second) {
      error(name->at, fmt::format("name '{}' is taken by a test above", out.name));
    }
  }
  if (const Node* of = node.find("given"); of != nullptr) given(*of, out);
  if (const Node* of = node.find("expect"); of != nullptr) expect(*of, out);
}

std::vector<Expectation> ExpectationReader::read(const Node& root) {
  static constexpr std::array<std::string_view, 2> kKeys = {"abm", "tests"};
  std::vector<Expectation> out;
  if (!mapping_of(root, "a tests file", kKeys)) return out;
  const Node* format = root.find("abm");
  if (format == nullptr || format->scalar != "tests/1") {
    error(format == nullptr ? root.at : format->at,
          format == nullptr ? "'abm: tests/1' is missing"
                            : fmt::format("abm is '{}', this version reads tests/1", format->scalar));
  }
  const Node* tests = root.find("tests");
  if (tests == nullptr || tests->kind != Node::Kind::kSequence || tests->items.empty()) {
    error(tests == nullptr ? root.at : tests->at, "'tests' must be a list of at least one test");
    return out;
  }
  for (const Node& node : tests->items) test(node, out.emplace_back());
  return out;
}

}  // namespace

std::vector<Expectation> load_expectations(const std::string& path, Diagnostics& diagnostics) {
  constexpr yaml::Limits kLimits;
  auto bytes = read_file(path, kLimits.max_bytes);
  if (!bytes) {
    diagnostics.error({}, {}, bytes.message());
    return {};
  }
  const auto root = yaml::parse(*bytes, path, kLimits, diagnostics);
  if (!root.has_value()) return {};
  const yaml::SourceText text(*bytes);
  return ExpectationReader(path, text, diagnostics).read(*root);
}

}  // namespace abm::tools
