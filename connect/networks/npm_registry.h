// Which registry the machine's npm asks, so that a mirror or a proxy that is configured once counts here,
// too. Only the address is taken: names, passwords and tokens in npm's files are never used, kept or shown.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace abm::connect {

struct NpmPlaces {
  std::string registry;                  ///< of the environment: npm_config_registry; "": not set
  std::vector<std::string> files;        ///< npmrc files, those that count first first; none need exist
  std::string program = "npm";           ///< asked if all of that says nothing; looked up in PATH
  std::vector<std::string> environment;  ///< for it, "NAME=value"
};

/// Of this process's environment: npm_config_registry in any case, npm's own variables for where its files
/// are, the user's .npmrc, and the global npmrc where distributions and nodejs.org have it.
[[nodiscard]] NpmPlaces npm_places();

/// The address of the registry for packages of `scope` ("@ip-location-db"), http(s), without a user,
/// password, query or fragment, and without a slash at its end. The order is npm's: a registry of the scope,
/// then the environment, the user's file, the global file; if none of them says, what `npm config get
/// registry` answers. An error says where from and what now, and quotes nothing of what is configured.
[[nodiscard]] Result<std::string> npm_registry(const NpmPlaces& places, std::string_view scope);

}  // namespace abm::connect
