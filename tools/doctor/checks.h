// What doctor looks at, one function for each side of a site.
#pragma once

#include <string>
#include <vector>

#include "generation/site.h"
#include "tools/doctor/finding.h"
#include "tools/doctor/places.h"

namespace abm::tools::doctor {

struct NginxOptions {
  std::string program = "nginx";
  std::string conf;    ///< -c; "": nginx's own default
  std::string prefix;  ///< -p; "": nginx's own default
};

/// nginx itself, its configuration as `nginx -T` tests and prints it, and the module that it runs with. What
/// it learns about the configuration goes to `configuration`.
void check_nginx(const NginxOptions& options, Configuration& configuration, Findings& findings);
/// realip, visit log, data and encodings of every place with `abm on`.
void check_places(const Configuration& configuration, Findings& findings);
/// What each place hands to caches, takes from clients as an identity, and lets other sites ask.
void check_trust(const Configuration& configuration, Findings& findings);
/// Whether the site could be published now: what is missing, cannot be read, is wrong or fails its tests
/// would refuse it. And whether what serves was tested.
void check_site(const generation::Site& site, Findings& findings);
/// Caches of this nginx in front of places with `abm on`. `directives`: what `configuration` was read from.
void check_front_caches(const std::vector<Directive>& directives, const Configuration& configuration,
                        Findings& findings);
/// A data folder: who may write it, whether `workers` can read it, what it serves, how old that is, whom it
/// identifies.
void check_data(const std::string& folder, const std::vector<Reader>& workers, Findings& findings);
/// Whether all of a data folder belongs to its owner, who could not replace or delete the rest.
void check_owner(const std::string& folder, Findings& findings);
/// How the agent, sync and a mirror say that they are doing.
void check_agent(const std::string& folder, Findings& findings);
/// Whether a site takes private networks for an account's.
void check_special(const generation::Site& site, Findings& findings);
/// What accounts and networks are made from: sources that cannot be read, live ones and how old they are,
/// lists.
void check_sources(const std::string& folder, Findings& findings);
/// Files with secrets of live sources.
void check_secrets(const generation::Site& site, Findings& findings);
/// Key files of a site.
void check_keys(const generation::Site& site, Findings& findings);
/// Whether the key with which a site's links are signed is one that nginx knows.
void check_link_key(const generation::Site& site, const Configuration& configuration, Findings& findings);
/// What `abm_status` counted.
void check_status(const std::string& url, Findings& findings);
/// A page as visitors get it: what a CDN in front may keep, and whether it may be personalized at all.
void check_page(const std::string& url, const Configuration& configuration, Findings& findings);

}  // namespace abm::tools::doctor
