// No file is trusted for its name: what was shipped of it is known by its inode and by the bytes before the
// place.
#include "tools/ship/log_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "base/hash.h"

namespace abm::ship {
namespace {

namespace fs = std::filesystem;

constexpr size_t kReadSize = 1 << 20;
constexpr size_t kMaxLines = 1000;          // of a batch
constexpr size_t kMaxHalfLine = 64 * 1024;  // visit lines have at most 8 KiB
// How long an unknown rotated file must be left alone before it counts as a log of its own: it may be the
// copy that copytruncate is just making.
constexpr int64_t kSettledNs = 1'000'000'000;
// How long a file without a name is watched: nginx writes to it until it is told to reopen its logs.
constexpr int64_t kGoneNs = 10'000'000'000;

int64_t now_ns() {
  using namespace std::chrono;
  return duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count();
}

int64_t changed_ns(const struct stat& status) {
  return status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec;
}

bool is_rotated_name(std::string_view name, std::string_view log, std::string_view state) {
  constexpr std::array<std::string_view, 6> kCompressed = {".gz", ".bz2", ".xz", ".zst", ".lz4", ".Z"};
  if (name.size() <= log.size() || !name.starts_with(log) || name.starts_with(state)) return false;
  if (name[log.size()] != '.' && name[log.size()] != '-') return false;
  return std::none_of(kCompressed.begin(), kCompressed.end(),
                      [&](std::string_view suffix) { return name.ends_with(suffix); });
}

}  // namespace

Result<LogFiles> LogFiles::open(Options options) {
  LogFiles files(std::move(options));
  auto checkpoint = load_checkpoint(files.options_.state);
  if (!checkpoint) return checkpoint.error();
  files.resumed_ = checkpoint->has_value();
  if (files.resumed_) {
    for (FileMark& mark : (*checkpoint)->files) files.files_.emplace_back().mark = std::move(mark);
  }
  return files;
}

Result<std::vector<LogFiles::File>> LogFiles::list() {
  const fs::path log(options_.log);
  const std::string log_name = log.filename();
  const std::string state_name = fs::path(options_.state).filename();
  std::vector<File> found;
  std::error_code fault;
  const fs::path folder = log.has_parent_path() ? log.parent_path() : fs::path(".");
  fs::directory_iterator entries(folder, fault);
  for (; !fault && entries != fs::directory_iterator(); entries.increment(fault)) {
    const std::string name = entries->path().filename();
    const bool live = name == log_name;
    if (!live && !is_rotated_name(name, log_name, state_name)) continue;
    auto fd = open_regular_file(entries->path());
    if (!fd) {
      if (live) return fd.error();
      if (unreadable_.insert(name).second) options_.note(fmt::format("{}; it is not shipped", fd.message()));
      continue;
    }
    struct stat status;
    if (::fstat(fd->get(), &status) != 0) return errno_error(entries->path().native(), errno);
    File& file = found.emplace_back();
    file.mark.name = name;
    file.mark.device = status.st_dev;
    file.mark.inode = status.st_ino;
    file.mark.size = static_cast<uint64_t>(status.st_size);
    file.changed_ns = changed_ns(status);
    file.fd = std::move(*fd);
    file.present = true;
    file.live = live;
  }
  if (fault) return Error{fmt::format("{}: {}", folder.native(), fault.message())};
  return found;
}

LogFiles::File* LogFiles::find(const FileMark& mark) {
  const auto found = std::find_if(files_.begin(), files_.end(), [&](const File& file) {
    return file.mark.device == mark.device && file.mark.inode == mark.inode;
  });
  return found == files_.end() ? nullptr : &*found;
}

std::optional<Place> LogFiles::place_in_copy(const File& file) const {
  std::optional<Place> furthest;
  const auto consider = [&](const Place& place) {
    if (place.offset == 0 || place.offset > file.mark.size || (furthest && furthest->offset >= place.offset))
      return;
    if (place_at(file.fd.get(), place.offset) == place) furthest = place;
  };
  for (const File& known : files_) {
    consider(known.mark.shipped);
    if (known.mark.cut) consider(*known.mark.cut);
  }
  return furthest;
}

bool LogFiles::place_unknown(File& file) const {
  if (const auto place = place_in_copy(file)) {
    file.mark.shipped = *place;
    return true;
  }
  if (file.live) return true;
  if (!scanned_ && !resumed_) {
    file.mark.shipped = place_at(file.fd.get(), file.mark.size).value_or(Place{});
    return true;
  }
  return now_ns() - file.changed_ns > kSettledNs;
}

void LogFiles::cut(File& file) {
  options_.note(fmt::format("{}: it was cut or replaced, reading from its start", file.mark.name));
  if (file.mark.shipped.offset > 0) file.mark.cut = file.mark.shipped;
  file.mark.shipped = Place{};
  file.read_out = false;
}

void LogFiles::look_at(File& file) {
  struct stat status;
  if (!file.fd.valid() || ::fstat(file.fd.get(), &status) != 0) return;
  const auto size = static_cast<uint64_t>(status.st_size);
  if (size != file.mark.size || changed_ns(status) != file.changed_ns) file.read_out = false;
  file.mark.size = size;
  file.changed_ns = changed_ns(status);
  if (!file.read_out && place_at(file.fd.get(), file.mark.shipped.offset) != file.mark.shipped) cut(file);
}

void LogFiles::forget_vanished() {
  std::erase_if(files_, [&](const File& file) {
    if (file.present) return false;
    const uint64_t left = file.mark.size - std::min(file.mark.size, file.mark.shipped.offset);
    if (file.fd.valid() && ((left > 0 && !file.read_out) || now_ns() - file.changed_ns < kGoneNs))
      return false;
    if (left > 0)
      options_.note(fmt::format("{}: it is gone with {} bytes that were not shipped", file.mark.name, left));
    return true;
  });
}

Result<void> LogFiles::scan() {
  auto found = list();
  if (!found) return found.error();
  for (File& file : files_) file.present = file.live = false;
  std::vector<File> unknown;
  for (File& file : *found) {
    File* known = find(file.mark);
    if (known == nullptr) {
      unknown.push_back(std::move(file));
      continue;
    }
    known->present = true;
    known->live = file.live;
    known->mark.name = file.mark.name;
    if (!known->fd.valid()) known->fd = std::move(file.fd);
  }
  // Before the known ones are looked at: a copy is known by how far the file was shipped that has been cut
  // since.
  for (File& file : unknown) {
    if (place_unknown(file)) files_.push_back(std::move(file));
  }
  for (File& file : files_) look_at(file);
  forget_vanished();
  std::stable_sort(files_.begin(), files_.end(), [](const File& a, const File& b) {
    return a.live != b.live ? b.live : a.changed_ns < b.changed_ns;
  });
  const bool first = !scanned_ && !resumed_;
  scanned_ = true;
  return first ? save() : Result<void>();  // what was there before is remembered as shipped
}

// The bytes from `from` on, until there are no more or the buffer is full.
Result<void> LogFiles::fill(const File& file, uint64_t from, size_t size) {
  buffer_start_ = from;
  buffer_.resize(size);
  size_t got = 0;
  while (got < size) {
    const ssize_t n =
        ::pread(file.fd.get(), buffer_.data() + got, size - got, static_cast<off_t>(from + got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno_error(file.mark.name, errno);
    if (n == 0) break;
    got += static_cast<size_t>(n);
  }
  buffer_.resize(got);
  return {};
}

// Reads on from the place, with the bytes before it, so that what is checked is what is read. Returns where
// in the buffer new bytes begin.
Result<size_t> LogFiles::read(File& file) {
  const uint64_t before = std::min(file.mark.shipped.offset, kTailBytes);
  auto filled = fill(file, file.mark.shipped.offset - before, before + kReadSize);
  if (!filled) return filled.error();
  if (buffer_.size() >= before &&
      hash64(std::string_view(buffer_).substr(0, before)) == file.mark.shipped.hash) {
    return before;
  }
  cut(file);
  filled = fill(file, 0, kReadSize);
  if (!filled) return filled.error();
  return size_t{0};
}

Result<Batch> LogFiles::next() {
  Batch batch;
  for (size_t i = 0; i < files_.size(); ++i) {
    File& file = files_[i];
    if (file.read_out || !file.fd.valid()) continue;
    const auto start = read(file);
    if (!start) return start.error();
    size_t at = *start;
    const std::string_view bytes(buffer_);
    while (batch.lines.size() < kMaxLines && at < bytes.size()) {
      const size_t end = bytes.find('\n', at);
      if (end == std::string_view::npos) break;
      batch.lines.push_back({bytes.substr(at, end - at), buffer_start_ + end + 1});
      at = end + 1;
    }
    if (batch.lines.empty() && bytes.size() - at >= kMaxHalfLine) {
      batch.lines.push_back({bytes.substr(at), buffer_start_ + bytes.size()});
    }
    if (!batch.lines.empty()) {
      batch.file = i;
      batch.name = file.mark.name;
      return batch;
    }
    file.read_out = true;
  }
  return batch;
}

Result<void> LogFiles::advance(size_t file, uint64_t offset) {
  const uint64_t from = offset - std::min(offset, kTailBytes);
  const std::string_view before = std::string_view(buffer_).substr(static_cast<size_t>(from - buffer_start_),
                                                                   static_cast<size_t>(offset - from));
  files_[file].mark.shipped = {offset, hash64(before)};
  files_[file].mark.size = std::max(files_[file].mark.size, offset);
  return save();
}

uint64_t LogFiles::bytes_waiting() const {
  uint64_t waiting = 0;
  for (const File& file : files_)
    waiting += file.mark.size - std::min(file.mark.size, file.mark.shipped.offset);
  return waiting;
}

Result<void> LogFiles::save() const {
  Checkpoint checkpoint;
  for (const File& file : files_) checkpoint.files.push_back(file.mark);
  return save_checkpoint(options_.state, checkpoint);
}

}  // namespace abm::ship
