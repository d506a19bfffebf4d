#include "connect/sync/incoming_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "base/new_file.h"

namespace abm::connect {
namespace {

constexpr mode_t kFileMode = 0640;  // of a feed: only the publishing user needs it

}  // namespace

IncomingFile::IncomingFile(const generation::Folder& folder, std::string_view name)
    : folder_(&folder), name_(name), temporary_(fmt::format("{}{}-{}", kIncomingPrefix, name, ::getpid())) {}

IncomingFile::IncomingFile(IncomingFile&& other) noexcept
    : folder_(other.folder_),
      name_(std::move(other.name_)),
      temporary_(std::exchange(other.temporary_, {})),
      fd_(std::move(other.fd_)),
      size_(other.size_) {}

IncomingFile::~IncomingFile() {
  if (!temporary_.empty()) ::unlinkat(folder_->fd.get(), temporary_.c_str(), 0);
}

Result<IncomingFile> IncomingFile::create(const generation::Folder& folder, std::string_view name) {
  IncomingFile file(folder, name);
  ::unlinkat(folder.fd.get(), file.temporary_.c_str(), 0);  // left by a process that had this pid before
  auto created = create_file_at(folder.fd.get(), file.temporary_, kFileMode, folder.path_of(file.temporary_));
  if (!created) return created.error();
  file.fd_ = std::move(*created);
  return file;
}

Result<void> IncomingFile::write(std::string_view bytes) {
  if (auto written = write_all(fd_.get(), bytes, folder_->path_of(temporary_)); !written) return written;
  size_ += bytes.size();
  return {};
}

Result<void> IncomingFile::restart() {
  if (::ftruncate(fd_.get(), 0) != 0 || ::lseek(fd_.get(), 0, SEEK_SET) != 0)
    return errno_error(folder_->path_of(temporary_), errno);
  size_ = 0;
  return {};
}

Result<Mapping> IncomingFile::map() const {
  return Mapping::map(fd_.get(), size_);
}

Result<void> IncomingFile::put_in_place() {
  if (::fsync(fd_.get()) != 0) return errno_error(folder_->path_of(temporary_), errno);
  if (::renameat(folder_->fd.get(), temporary_.c_str(), folder_->fd.get(), name_.c_str()) != 0)
    return errno_error(folder_->path_of(name_), errno);
  temporary_.clear();
  return {};
}

}  // namespace abm::connect
