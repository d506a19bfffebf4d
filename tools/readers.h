// Whether nginx's workers can read what is published: as the kernel decides it, for users other than this
// one.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace abm::tools {

/// Who a process is to the file system.
struct Reader {
  std::string name;  ///< "nginx's workers (user 'www-data')"
  uid_t user = 0;
  gid_t group = 0;
  std::vector<gid_t> groups;  ///< further ones

  friend bool operator==(const Reader&, const Reader&) = default;
};

/// This machine's user and group of these names as nginx's master makes a worker of them (initgroups);
/// std::nullopt if there is no such user. `group` "": the one named like the user.
[[nodiscard]] std::optional<Reader> reader_named(const std::string& user, const std::string& group);
/// The process itself.
[[nodiscard]] Reader this_process();
/// What /proc/PID/status says of a process; std::nullopt if it is gone.
[[nodiscard]] std::optional<Reader> reader_of_process(pid_t process);
/// The nginx workers that run on this machine, or of one master only; each identity once.
[[nodiscard]] std::vector<Reader> running_workers();
[[nodiscard]] std::vector<Reader> workers_of(pid_t master);

struct ClosedPath {
  std::string path;
  std::string why;     ///< "nginx's workers (user 'www-data') may not enter /srv (mode 0700, user 'root')"
  std::string remedy;  ///< "chmod o+x /srv"
};

/// The first folder or file, from the root on, that keeps `reader` from the generation that DATA/CURRENT
/// names: mode bits, groups and POSIX ACLs; std::nullopt if none does. A path that is missing keeps nobody
/// out.
[[nodiscard]] std::optional<ClosedPath> first_closed(const Reader& reader, const std::string& data);

/// What to tell whoever publishes there: none of the nginx workers on this machine may read it, or, where
/// none runs, others may not. "" if all seems well: what was opened to a group on purpose is left alone.
[[nodiscard]] std::string shut_out_warning(const std::string& data);

}  // namespace abm::tools
