// Quirks mode from a DOCTYPE: the identifiers of HTML 13.2.6.4.1.
#include "rewrite/scan/doctype.h"

#include <optional>

#include "base/text.h"
#include "rewrite/scan/attributes.h"
#include "rewrite/scan/bytes.h"

namespace abm::rewrite {
namespace {

constexpr std::string_view kQuirkyPrefixes[] = {
    "+//silmaril//dtd html pro v0r11 19970101//",
    "-//as//dtd html 3.0 aswedit + extensions//",
    "-//advasoft ltd//dtd html 3.0 aswedit + extensions//",
    "-//ietf//dtd html 2.0 level 1//",
    "-//ietf//dtd html 2.0 level 2//",
    "-//ietf//dtd html 2.0 strict level 1//",
    "-//ietf//dtd html 2.0 strict level 2//",
    "-//ietf//dtd html 2.0 strict//",
    "-//ietf//dtd html 2.0//",
    "-//ietf//dtd html 2.1e//",
    "-//ietf//dtd html 3.0//",
    "-//ietf//dtd html 3.2 final//",
    "-//ietf//dtd html 3.2//",
    "-//ietf//dtd html 3//",
    "-//ietf//dtd html level 0//",
    "-//ietf//dtd html level 1//",
    "-//ietf//dtd html level 2//",
    "-//ietf//dtd html level 3//",
    "-//ietf//dtd html strict level 0//",
    "-//ietf//dtd html strict level 1//",
    "-//ietf//dtd html strict level 2//",
    "-//ietf//dtd html strict level 3//",
    "-//ietf//dtd html strict//",
    "-//ietf//dtd html//",
    "-//metrius//dtd metrius presentational//",
    "-//microsoft//dtd internet explorer 2.0 html strict//",
    "-//microsoft//dtd internet explorer 2.0 html//",
    "-//microsoft//dtd internet explorer 2.0 tables//",
    "-//microsoft//dtd internet explorer 3.0 html strict//",
    "-//microsoft//dtd internet explorer 3.0 html//",
    "-//microsoft//dtd internet explorer 3.0 tables//",
    "-//netscape comm. corp.//dtd html//",
    "-//netscape comm. corp.//dtd strict html//",
    "-//o'reilly and associates//dtd html 2.0//",
    "-//o'reilly and associates//dtd html extended 1.0//",
    "-//o'reilly and associates//dtd html extended relaxed 1.0//",
    "-//sq//dtd html 2.0 hotmetal + extensions//",
    "-//softquad software//dtd hotmetal pro 6.0::19990601::extensions to html 4.0//",
    "-//softquad//dtd hotmetal pro 4.0::19971010::extensions to html 4.0//",
    "-//spyglass//dtd html 2.0 extended//",
    "-//sun microsystems corp.//dtd hotjava html//",
    "-//sun microsystems corp.//dtd hotjava strict html//",
    "-//w3c//dtd html 3 1995-03-24//",
    "-//w3c//dtd html 3.2 draft//",
    "-//w3c//dtd html 3.2 final//",
    "-//w3c//dtd html 3.2//",
    "-//w3c//dtd html 3.2s draft//",
    "-//w3c//dtd html 4.0 frameset//",
    "-//w3c//dtd html 4.0 transitional//",
    "-//w3c//dtd html experimental 19960712//",
    "-//w3c//dtd html experimental 970421//",
    "-//w3c//dtd w3 html//",
    "-//w3o//dtd w3 html 3.0//",
    "-//webtechs//dtd mozilla html 2.0//",
    "-//webtechs//dtd mozilla html//"};
constexpr std::string_view kQuirkyIdentifiers[] = {"-//w3o//dtd w3 html strict 3.0//en//",
                                                   "-/w3c/dtd html 4.0 transitional/en", "html"};
constexpr std::string_view kQuirkyWithoutSystem[] = {"-//w3c//dtd html 4.01 frameset//",
                                                     "-//w3c//dtd html 4.01 transitional//"};

bool starts_with(std::string_view text, std::string_view lower_prefix) noexcept {
  return text.size() >= lower_prefix.size() &&
         equals_ignoring_case(text.substr(0, lower_prefix.size()), lower_prefix);
}

struct Reader {
  std::string_view rest;

  void skip_space() noexcept {
    while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
  }
  std::string_view word() noexcept {
    size_t n = 0;
    while (n < rest.size() && !is_space(rest[n])) ++n;
    const std::string_view w = rest.substr(0, n);
    rest.remove_prefix(n);
    return w;
  }
  /// A quoted identifier; `broken` when it does not end.
  std::optional<std::string_view> quoted(bool& broken) noexcept {
    skip_space();
    if (rest.empty() || (rest.front() != '"' && rest.front() != '\'')) return std::nullopt;
    const size_t close = rest.find(rest.front(), 1);
    if (close == std::string_view::npos) {
      broken = true;
      return std::nullopt;
    }
    const std::string_view value = rest.substr(1, close - 1);
    rest.remove_prefix(close + 1);
    return value;
  }
};

}  // namespace

bool is_quirks_doctype(std::string_view text) noexcept {
  Reader reader{text};
  reader.skip_space();
  if (!equals_ignoring_case(reader.word(), "html")) return true;
  reader.skip_space();
  if (reader.rest.empty()) return false;
  std::optional<std::string_view> public_id, system_id;
  bool broken = false;
  if (starts_with(reader.rest, "public")) {
    reader.rest.remove_prefix(6);
    public_id = reader.quoted(broken);
    if (!public_id) return true;
    system_id = reader.quoted(broken);
  } else if (starts_with(reader.rest, "system")) {
    reader.rest.remove_prefix(6);
    system_id = reader.quoted(broken);
    if (!system_id) return true;
  } else {
    return true;
  }
  if (broken) return true;
  if (system_id &&
      equals_ignoring_case(*system_id, "http://www.ibm.com/data/dtd/v11/ibmxhtml1-transitional.dtd"))
    return true;
  if (!public_id) return false;
  for (const std::string_view id : kQuirkyIdentifiers) {
    if (equals_ignoring_case(*public_id, id)) return true;
  }
  for (const std::string_view prefix : kQuirkyPrefixes) {
    if (starts_with(*public_id, prefix)) return true;
  }
  // An empty system identifier is a missing one here, as browsers have it.
  const bool without_system = !system_id || system_id->empty();
  for (const std::string_view prefix : kQuirkyWithoutSystem) {
    if (without_system && starts_with(*public_id, prefix)) return true;
  }
  reader.skip_space();
  return !reader.rest.empty() && !system_id;  // something that is not an identifier: force-quirks
}

}  // namespace abm::rewrite
