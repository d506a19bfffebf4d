// Any bytes as URL, query or Cookie header: nothing of ours stays in them, nothing else goes, and cutting
// twice finds nothing more.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "module/cut_text.h"

namespace {

using namespace abm;
using namespace abm::module;

constexpr std::string_view kName = "abm";
constexpr std::string_view kCookie = "__Host-abm";

void require(bool holds) {
  if (!holds) std::abort();
}

// Whether `rest` is `text` with something left out.
bool is_part_of(std::string_view rest, std::string_view text) {
  size_t at = 0;
  for (const char c : text) {
    if (at < rest.size() && rest[at] == c) ++at;
  }
  return at == rest.size();
}

template <typename Function>
void check(Function cut_out, std::string_view text, std::string_view name) {
  std::string memory(text.size(), '\0');
  Cut cut;
  const std::string_view rest = cut_out(text, name, memory.data(), cut);
  require(rest.size() <= text.size() && is_part_of(rest, text));
  require(!cut.found || (rest.size() < text.size() && text.find(cut.value) != text.npos));
  // What stands behind the query's end is no query, until the query itself is gone.
  if (text.find_first_of("# ") != text.npos) return;
  std::string again(rest.size(), '\0');
  Cut more;
  require(cut_out(rest, name, again.data(), more) == rest && !more.found);
}

void check_query(std::string_view text) {
  check(query_without, text, kName);
  check(url_without, text, kName);
  std::string memory(text.size(), '\0');
  Cut cut;
  const std::string rest = ascii_lower(query_without(text, kName, memory.data(), cut));
  const std::string query = rest.substr(0, rest.find_first_of("# "));
  for (const char* left : {"&abm=", "?abm=", "%3fabm%3d", "%26abm%3d"})
    require(query.find(left) == query.npos);
  require(!query.starts_with("abm="));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_query(text);
  check(cookies_without, text, kCookie);
  if (target_of(text, "www.acme.example", true) == Target::kSameHost) {
    // A browser on https://www.acme.example/ stays there: no other authority, no other scheme, nothing that
    // it skips.
    require(std::all_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != '\\'; }));
    const size_t path = std::min(text.find_first_of("/?#"), text.size());
    const size_t colon = text.find(':');
    if (colon < path) require(equals_ignoring_case(text.substr(0, 24), "https://www.acme.example"));
    if (text.starts_with("//")) require(equals_ignoring_case(text.substr(2, 16), "www.acme.example"));
  }
  return 0;
}
