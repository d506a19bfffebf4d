// Which servers of NATS to talk to, as whom, and about which stream.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace abm::connect {

/// What messages call options: those of the command line, or keys of a file.
struct StreamOptionNames {
  std::string servers = "--server", user = "--user", token_file = "--token-file";
};

struct StreamOptions {
  std::vector<std::string> servers;  ///< nats:// or tls:// URLs; others of the cluster are learned from these
  std::string stream;                ///< created if there is none with this name
  std::string subject;
  int replicas = 1;                          ///< if the stream is created
  std::chrono::seconds duplicates{3600};     ///< if it is created: how long message ids are remembered
  std::chrono::milliseconds patience{5000};  ///< for one answer
  std::string user, password_file, token_file, credentials;
  std::string tls_ca, tls_certificate, tls_key;
  StreamOptionNames names = {};
};

}  // namespace abm::connect
