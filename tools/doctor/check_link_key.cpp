#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "base/file.h"
#include "generation/link_token.h"
#include "tools/doctor/checks.h"

namespace abm::tools::doctor {
namespace {

constexpr std::string_view kLinkKeyRemedy =
    "name the same file, or a copy of it, in site.yaml's 'link_key' and first in abm_link_key";

/// Of several files that hold one key, one that signs.
const LinkKeyFile* same_key(const std::string& key, const Configuration& configuration, Findings& findings,
                            bool& all_read) {
  const LinkKeyFile* found = nullptr;
  for (const LinkKeyFile& file : configuration.link_keys) {
    const auto other = generation::read_link_key(file.path);
    if (!other) {
      all_read = false;
      findings.note("links", fmt::format("{}: {}", file.place, other.message()), "run doctor as root");
    } else if (*other == key && (found == nullptr || file.signs)) {
      found = &file;
    }
  }
  return found;
}

}  // namespace

void check_link_key(const generation::Site& site, const Configuration& configuration, Findings& findings) {
  if (configuration.places.empty()) return;  // nginx's configuration is not known, or personalizes nothing
  if (site.link_key.empty()) {
    if (!configuration.link_keys.empty())
      findings.note("links",
                    fmt::format("{} takes links, and site.yaml names no 'link_key': whether those who make "
                                "them sign with that key is not known",
                                configuration.link_keys.front().place),
                    std::string(kLinkKeyRemedy));
    return;
  }
  const std::string path = path_for_people(site.link_key);
  if (configuration.link_keys.empty()) {
    findings.problem("links",
                     fmt::format("{} signs links, and no abm_link_key is in nginx's configuration: "
                                 "they recognise nobody",
                                 path),
                     std::string(kLinkKeyRemedy));
    return;
  }
  const auto key = generation::read_link_key(site.link_key);
  if (!key) return;  // check_keys() tells
  bool all_read = true;
  const LinkKeyFile* const same = same_key(*key, configuration, findings, all_read);
  if (same == nullptr) {
    if (!all_read) return;
    findings.problem("links",
                     fmt::format("{} signs links, and is not the key of abm_link_key ({}): they recognise "
                                 "nobody",
                                 path, configuration.link_keys.front().place),
                     std::string(kLinkKeyRemedy));
  } else if (!same->signs) {
    findings.note("links",
                  fmt::format("{} is the second key of abm_link_key ({}), the one before: links that it "
                              "signs end when it is dropped",
                              path, same->place),
                  std::string(kLinkKeyRemedy));
  } else {
    findings.ok("links", fmt::format("{} is the key of abm_link_key ({})", path, same->place));
  }
}

}  // namespace abm::tools::doctor
