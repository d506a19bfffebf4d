#include "rules/read/languages.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"

namespace abm::rules {
namespace {

/// English names that people write, and the subtag that browsers send.
struct Language {
  std::string_view name;
  std::string_view subtag;
};
constexpr auto kLanguages = std::to_array<Language>({
    {"arabic", "ar"},   {"chinese", "zh"},   {"czech", "cs"},      {"danish", "da"},     {"dutch", "nl"},
    {"english", "en"},  {"finnish", "fi"},   {"french", "fr"},     {"german", "de"},     {"greek", "el"},
    {"hebrew", "he"},   {"hindi", "hi"},     {"hungarian", "hu"},  {"indonesian", "id"}, {"italian", "it"},
    {"japanese", "ja"}, {"korean", "ko"},    {"norwegian", "no"},  {"polish", "pl"},     {"portuguese", "pt"},
    {"romanian", "ro"}, {"russian", "ru"},   {"spanish", "es"},    {"swedish", "sv"},    {"thai", "th"},
    {"turkish", "tr"},  {"ukrainian", "uk"}, {"vietnamese", "vi"}, {"deutsch", "de"},    {"français", "fr"},
    {"español", "es"},  {"italiano", "it"},
});

bool is_letter(char c) noexcept {
  return c >= 'a' && c <= 'z';
}

bool is_subtag(std::string_view text) noexcept {
  return text.size() >= 2 && text.size() <= 8 && std::all_of(text.begin(), text.end(), is_letter);
}

}  // namespace

std::string host_fault(std::string_view host) {
  if (host.find("://") != host.npos) return "is a URL: write the host name alone";
  if (host.find('/') != host.npos) return "holds a path: write the host name alone, and 'path' beside it";
  if (host.find('*') != host.npos) return "holds a '*': hosts are compared as a whole, list them";
  const bool address = host.starts_with('[') && host.ends_with(']');
  if (!address && host.find(':') != host.npos) return "holds a port: hosts are compared without one";
  const bool valid = std::all_of(host.begin(), host.end(), [](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || c == ':' ||
           c == '[' || c == ']';
  });
  return valid ? "" : "is not a host name as browsers send it (write international names in their xn-- form)";
}

std::string language_fault(std::string_view language) {
  const size_t dash = language.find_first_of("-_");
  if (dash != language.npos && is_subtag(language.substr(0, dash))) {
    return fmt::format("names more than the primary language, which alone is compared: write '{}'",
                       language.substr(0, dash));
  }
  if (is_subtag(language) && language.size() <= 3) return {};
  std::vector<std::string_view> names;
  for (const Language& known : kLanguages) names.push_back(known.name);
  const auto name = nearest(language, names);
  if (!name) return "is not a language code such as 'en' or 'de'";
  const auto known = std::find_if(kLanguages.begin(), kLanguages.end(),
                                  [&](const Language& candidate) { return candidate.name == *name; });
  return fmt::format("is not a language code, did you mean '{}' ({})?", known->subtag, known->name);
}

}  // namespace abm::rules
