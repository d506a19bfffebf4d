// Policies are separated by commas, directives by semicolons, sources by blanks; the first directive of a
// name counts (CSP 3, 2.2.1).
#include "module/csp_nonce.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace abm::module {
namespace {

constexpr std::string_view kCspBlanks = " \t\n\f\r";
/// From the one that counts first.
constexpr std::array<std::string_view, 3> kScriptDirectives = {"script-src-elem", "script-src",
                                                               "default-src"};

/// What stands before `separator`, which is taken off the list with it.
std::string_view take_until(std::string_view& list, std::string_view separators) noexcept {
  const size_t end = std::min(list.find_first_of(separators), list.size());
  const std::string_view taken = list.substr(0, end);
  list.remove_prefix(std::min(end + 1, list.size()));
  return taken;
}

std::string_view take_word(std::string_view& text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(kCspBlanks), text.size()));
  return take_until(text, kCspBlanks);
}

bool is_base64(std::string_view text) noexcept {
  const std::string_view digits = text.substr(0, text.find_last_not_of('=') + 1);
  return !digits.empty() && text.size() - digits.size() <= 2 &&
         std::all_of(digits.begin(), digits.end(), [](char c) {
           return (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
                  c == '/' || c == '-' || c == '_';
         });
}

std::string_view nonce_among(std::string_view sources) noexcept {
  constexpr std::string_view kPrefix = "'nonce-";
  for (std::string_view word = take_word(sources); !word.empty(); word = take_word(sources)) {
    if (word.size() <= kPrefix.size() + 1 || word.back() != '\'' ||
        !equals_ignoring_case(word.substr(0, kPrefix.size()), kPrefix))
      continue;
    const std::string_view nonce = word.substr(kPrefix.size(), word.size() - kPrefix.size() - 1);
    if (nonce.size() <= kMaxNonce && is_base64(nonce)) return nonce;
  }
  return {};
}

std::string_view nonce_of_policy(std::string_view policy) noexcept {
  std::array<std::string_view, kScriptDirectives.size()> sources;
  while (!policy.empty()) {
    std::string_view directive = take_until(policy, ";");
    const std::string_view name = take_word(directive);
    for (size_t i = 0; i < sources.size(); ++i) {
      // Its data is there even where it lists no source.
      if (sources[i].data() == nullptr && equals_ignoring_case(name, kScriptDirectives[i]))
        sources[i] = directive;
    }
  }
  for (const std::string_view list : sources) {
    if (list.data() != nullptr) return nonce_among(list);
  }
  return {};
}

}  // namespace

std::string_view script_nonce(std::string_view policies) noexcept {
  std::string_view nonce;
  while (nonce.empty() && !policies.empty()) nonce = nonce_of_policy(take_until(policies, ","));
  return nonce;
}

}  // namespace abm::module
