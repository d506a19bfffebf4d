#include "connect/sync/mirror_part.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "base/content_hash.h"
#include "base/file.h"
#include "base/new_file.h"
#include "connect/http/url.h"
#include "generation/data_folder.h"

namespace abm::connect {
namespace {

using generation::FileEntry;
using PartKind = PartResult::Kind;

constexpr int kMaxResumptions = 5;
constexpr std::chrono::milliseconds kResumeAfter{200};  // doubled each time
constexpr mode_t kPartialMode = 0644;

/// NAME.part; new bytes are appended to it.
class PartialFile final : public BodySink {
 public:
  PartialFile(const generation::Folder& folder, std::string name, uint64_t size)
      : folder_(folder), name_(std::move(name)), partial_(name_ + ".part"), expected_(size) {}

  Result<void> open() {
    auto file = open_or_create_at(folder_.fd.get(), partial_, kPartialMode, folder_.path_of(partial_));
    failed_here_ = !file.ok();
    if (!file) return file.error();
    fd_ = std::move(*file);
    auto size = file_size(fd_.get(), folder_.path_of(partial_));
    if (!size) return size.error();
    size_ = *size;
    return size_ > expected_ ? begin(0) : Result<void>();
  }
  Result<void> begin(uint64_t offset) override {
    if (::ftruncate(fd_.get(), static_cast<off_t>(offset)) != 0 ||
        ::lseek(fd_.get(), static_cast<off_t>(offset), SEEK_SET) < 0)
      return here(errno);
    size_ = offset;
    return {};
  }
  Result<void> write(std::string_view bytes) override {
    if (bytes.size() > expected_ - size_)
      return Error{fmt::format("more than the {} bytes that the manifest names", expected_)};
    auto written = write_all(fd_.get(), bytes, folder_.path_of(partial_));
    failed_here_ = !written.ok();
    if (written) size_ += bytes.size();
    return written;
  }
  [[nodiscard]] Result<bool> has(const FileEntry& entry) const {
    auto bytes = Mapping::map(fd_.get(), size_);
    if (!bytes) return bytes.error();
    const auto hash = content_hash(bytes->bytes());
    if (!hash) return hash.error();
    return entry == FileEntry{size_, *hash};
  }
  Result<void> put_in_place() {
    if (::fchmod(fd_.get(), generation::kPublishedMode) != 0 || ::fsync(fd_.get()) != 0 ||
        ::renameat(folder_.fd.get(), partial_.c_str(), folder_.fd.get(), name_.c_str()) != 0)
      return here(errno);
    return {};
  }
  [[nodiscard]] uint64_t size() const noexcept { return size_; }
  [[nodiscard]] bool failed_here() const noexcept { return failed_here_; }

 private:
  Error here(int error) {
    failed_here_ = true;
    return errno_error(folder_.path_of(partial_), error);
  }

  const generation::Folder& folder_;
  std::string name_;
  std::string partial_;
  uint64_t expected_;
  uint64_t size_ = 0;
  Fd fd_;
  bool failed_here_ = false;
};

/// Asks for what is missing. If the connection breaks, what arrived is in the file.
PartResult receive(HttpClient& client, const PartRequest& request, PartialFile& file) {
  HttpRequest get;
  get.url = request.url;
  get.resume_from = file.size();
  get.max_body = request.entry.size;
  get.until = request.until;
  get.progress = [&](uint64_t, uint64_t) {
    if (request.progress) request.progress(file.size(), request.entry.size);
  };
  const auto reply = client.get(std::move(get), file);
  if (!reply) return {file.failed_here() ? PartKind::kFailed : PartKind::kBroken, reply.message()};
  if (reply->status != 200 && reply->status != 206) {
    // 416: what is here is longer than what is there.
    if (reply->status == 416) (void)file.begin(0);
    return {PartKind::kBroken, status_fault(request.url, reply->status)};
  }
  if (file.size() != request.entry.size) {
    return {PartKind::kRefused, fmt::format("{}: {} bytes, not the {} that the manifest names",
                                            url_for_people(request.url), file.size(), request.entry.size)};
  }
  return {PartKind::kFetched, {}};
}

}  // namespace

PartResult fetch_part(HttpClient& client, const PartRequest& request) {
  PartialFile file(*request.folder, std::string(generation::kPartNames[static_cast<size_t>(request.part)]),
                   request.entry.size);
  if (auto opened = file.open(); !opened) return {PartKind::kFailed, opened.message()};
  uint64_t received = 0;
  bool in_pieces = file.size() != 0;
  auto pause = kResumeAfter;
  for (int resumptions = 0;;) {
    if (file.size() < request.entry.size) {
      const uint64_t before = file.size();
      PartResult result = receive(client, request, file);
      const bool grew = file.size() > before;
      received += grew ? file.size() - before : 0;
      result.received = received;
      result.kept = file.size();
      if (result.kind == PartKind::kBroken && grew && ++resumptions <= kMaxResumptions &&
          std::chrono::steady_clock::now() + pause < request.until) {
        in_pieces = true;
        std::this_thread::sleep_for(pause);
        pause *= 2;
        continue;
      }
      if (result.kind != PartKind::kFetched) return result;
    }
    const auto right = file.has(request.entry);
    if (!right) return {PartKind::kFailed, right.message(), received};
    if (*right) break;
    if (auto emptied = file.begin(0); !emptied) return {PartKind::kFailed, emptied.message(), received};
    if (!in_pieces) {
      return {
          PartKind::kRefused,
          fmt::format("{}: its bytes are not the ones that the manifest names", url_for_people(request.url)),
          received};
    }
    in_pieces = false;  // perhaps pieces of two different files: once more, in one
  }
  if (auto placed = file.put_in_place(); !placed) return {PartKind::kFailed, placed.message(), received};
  return {PartKind::kFetched, {}, received};
}

}  // namespace abm::connect
