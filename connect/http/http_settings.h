// How servers are reached, and how long they may take.
#pragma once

#include <chrono>
#include <string>

namespace abm::connect {

struct HttpSettings {
  std::string proxy;  ///< URL; "": http_proxy, https_proxy, all_proxy and no_proxy from the environment
  std::string ca;     ///< PEM file; "": the system's authorities
  std::chrono::seconds connect{10};
  std::chrono::seconds stall{20};    ///< fewer than 100 bytes a second for this long
  std::chrono::seconds total{1800};  ///< of one answer, redirects included
};

}  // namespace abm::connect
