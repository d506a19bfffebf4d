#include "connect/import/source_file.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/file.h"

namespace abm::connect {
namespace {

class SourceFile final : public accounts::FeedSource {
 public:
  SourceFile(Fd fd, std::string path, uint64_t size)
      : fd_(std::move(fd)), path_(std::move(path)), size_(size) {}
  Result<size_t> read(char* to, size_t size) override {
    ssize_t got = 0;
    do {
      got = ::read(fd_.get(), to, size);
    } while (got < 0 && errno == EINTR);
    if (got < 0) return errno_error(path_, errno);
    return static_cast<size_t>(got);
  }
  [[nodiscard]] uint64_t size() const noexcept override { return size_; }

 private:
  Fd fd_;
  std::string path_;
  uint64_t size_;
};

}  // namespace

Result<std::unique_ptr<accounts::FeedSource>> open_source_file(const std::string& path) {
  auto fd = open_regular_file(path);
  if (!fd) return fd.error();
  const auto size = file_size(fd->get(), path);
  if (!size) return size.error();
  std::unique_ptr<accounts::FeedSource> file = std::make_unique<SourceFile>(std::move(*fd), path, *size);
  return file;
}

}  // namespace abm::connect
