#include "generation/hold_watch.h"

#include <sys/stat.h>

#include <cerrno>

#include "generation/folder.h"

namespace abm::generation {

void HoldWatch::look(const std::string& data_dir) {
  struct stat info {};
  Seen now;
  const std::string path = data_dir + "/" + std::string(kHoldName);
  if (::stat(path.c_str(), &info) == 0) {
    now = {.inode = info.st_ino, .changed_s = info.st_ctim.tv_sec, .changed_ns = info.st_ctim.tv_nsec};
  } else if (errno != ENOENT) {
    fault_ = errno_error(path, errno).message;  // what was held may still be
    seen_ = {};
    return;
  }
  // What could not be read is tried again: its folder may have been the reason.
  if (now == seen_ && fault_.empty()) return;
  hold_.reset();
  fault_.clear();
  seen_ = now;
  if (now == Seen{}) return;
  const auto data = open_folder(data_dir);
  if (!data) {
    fault_ = data.message();
    return;
  }
  auto hold = read_hold(*data);
  if (hold) {
    hold_ = *hold;
  } else {
    fault_ = hold.message();
  }
}

}  // namespace abm::generation
