// Where in nginx's configuration pages are personalized, and what holds there once
// everything above is inherited.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tools/doctor/nginx_conf.h"
#include "tools/readers.h"

namespace abm::tools::doctor {

/// A server or location with `abm on` in effect. The pointers are into the configuration it was read from.
struct Place {
  std::string name;                       ///< "location / of www.acme.example (FILE:LINE)"
  std::string data;                       ///< abm_data, "" where none applies
  std::vector<const Directive*> trusted;  ///< set_real_ip_from
  std::vector<const Directive*> access_logs;
  std::vector<const Directive*> headers;         ///< proxy_set_header
  std::vector<const Directive*> answer_headers;  ///< add_header, and those of every `if` inside
  std::vector<const Directive*> passed;          ///< proxy_pass_header and the like
  const Directive* expires = nullptr;
  const Directive* identity = nullptr;  ///< abm_identity
  bool ignores_no_transform = false;    ///< abm_no_transform ignore
  std::string real_ip_header;
  std::vector<const Directive*> listens;  ///< of its server
  std::vector<std::string> server_names;
};

/// Where a `listen` waits for connections.
struct Listen {
  std::string host;  ///< "": every address of the machine
  std::string port;  ///< "80"; "" for a socket file
  std::string file;  ///< of a local socket
  bool tls = false;
  bool proxy_protocol = false;
};
/// std::nullopt for QUIC.
[[nodiscard]] std::optional<Listen> read_listen(const Directive& listen);

/// Where this machine can ask nginx itself for a page of a place with `abm on`.
struct Door {
  std::string address;  ///< "127.0.0.1:8080"
  bool tls = false;
  std::vector<std::string> names;  ///< server_name

  friend bool operator==(const Door&, const Door&) = default;
};

/// Where a variable gets its value: `set`, `map` and the like.
struct Assignment {
  const Directive* directive;
  std::vector<std::string> sources;  ///< texts with variables in them
};

/// A file of abm_link_key.
struct LinkKeyFile {
  std::string path;
  std::string place;   ///< of the directive: "FILE:LINE"
  bool signs = false;  ///< the first one; a second one is of links that were made before
};

struct Configuration {
  std::vector<Place> places;
  std::vector<Place> visitors;                         ///< locations with abm_visitor
  std::multimap<std::string, Assignment> assignments;  ///< by the variable's name in lower case, without "$"
  std::map<std::string, const Directive*> log_formats;
  std::vector<std::string> modules;       ///< load_module
  std::vector<std::string> data_folders;  ///< every abm_data, each once
  std::vector<LinkKeyFile> link_keys;     ///< of every abm_link_key
  std::vector<Door> doors;                ///< each once
  std::set<std::string> added_headers;    ///< names of all add_header, lower case
  std::string pid;                        ///< the pid file as named; "" where nginx's default applies
  const Directive* user = nullptr;        ///< whom workers run as
  std::vector<Reader> workers;            ///< who reads data folders: found out by check_nginx
};

/// Only this machine can connect: what answers visitors is in front.
[[nodiscard]] bool listens_inside(const Place& place);

[[nodiscard]] Configuration read_configuration(const std::vector<Directive>& directives);

}  // namespace abm::tools::doctor
