#include "connect/logs/log_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include <fmt/format.h>

namespace abm::connect {
namespace {

constexpr size_t kReadSize = 1 << 20;
constexpr size_t kMaxLines = 1000;          // of a batch
constexpr size_t kMaxHalfLine = 64 * 1024;  // visit lines have at most 8 KiB
// How long an old file that still has a name is kept open: a year of hourly rotation
// is too many files to keep open.
constexpr std::chrono::hours kIdle{24};

}  // namespace

Result<LogFiles> LogFiles::open(Options options) {
  LogFiles files(std::move(options));
  if (files.options_.state.empty()) return files;
  auto checkpoint = load_checkpoint(files.options_.state);
  if (!checkpoint) return checkpoint.error();
  files.resumed_ = checkpoint->has_value();
  if (!files.resumed_) return files;
  for (FileMark& mark : (*checkpoint)->files) {
    File& file = *files.files_.emplace_back(std::make_unique<File>());
    file.mark = std::move(mark);
    file.placed = true;
    file.id = files.next_id_++;
    file.changed_at = files.options_.now();
  }
  files.gone_ = std::move((*checkpoint)->gone);
  files.compressed_ = std::move((*checkpoint)->compressed);
  return files;
}

std::string LogFiles::path_of(const std::string& name) const {
  return std::filesystem::path(options_.log).parent_path() / name;
}

LogFiles::File& LogFiles::file_of(const Entry& entry) {
  for (const auto& file : files_) {
    if (file->mark.device == entry.device && file->mark.inode == entry.inode) return *file;
  }
  File& file = *files_.emplace_back(std::make_unique<File>());
  file.mark.device = entry.device;
  file.mark.inode = entry.inode;
  file.id = next_id_++;
  file.changed_at = options_.now();
  return file;
}

// Opens files that have a name and are new or changed. What cannot be opened now is tried again at each scan.
Result<void> LogFiles::take(const Entry& entry) {
  File& file = file_of(entry);
  file.present = true;
  file.live = entry.live;
  file.mark.name = entry.name;
  const bool changed = entry.changed_ns != file.changed_ns || entry.size != file.mark.size;
  if (file.fd.valid() || (file.placed && !file.mark.copy && !changed)) return {};
  auto fd = open_regular_file(path_of(entry.name));
  if (!fd) {
    if (entry.live && !scanned_) return fd.error();
    if (noted_.insert(entry.name).second) options_.note(fmt::format("{}; it is not read", fd.message()));
    return {};
  }
  struct stat status {};
  if (::fstat(fd->get(), &status) != 0) return errno_error(entry.name, errno);
  noted_.erase(entry.name);
  // Otherwise it has just been renamed: the next scan finds it.
  if (status.st_dev == entry.device && status.st_ino == entry.inode) file.fd = std::move(*fd);
  return {};
}

void LogFiles::look_at(File& file) {
  struct stat status {};
  if (!file.fd.valid() || ::fstat(file.fd.get(), &status) != 0) return;
  const auto size = static_cast<uint64_t>(status.st_size);
  const auto now = options_.now();
  if (size != file.mark.size || changed_ns(status) != file.changed_ns) {
    if (file.changed_ns >= 0 || size != file.mark.size) file.changed_at = now;
    file.read_out = false;
  }
  file.changed_ns = changed_ns(status);
  if (!file.placed || file.mark.copy) {
    file.mark.size = size;
    return;
  }
  const Mark& mark = file.mark;
  if (!file.read_out && (size < mark.read.offset || !begins_with(file.fd.get(), mark.head) ||
                         place_at(file.fd.get(), mark.read.offset) != mark.read)) {
    cut(file);
  }
  file.mark.size = size;
  if (mark.head.size < std::min(size, kHeadBytes)) file.mark.head = head_of(file.fd.get(), size);
  if (!file.live && file.present && file.read_out && now - file.changed_at >= kIdle) file.fd.reset();
}

// Its bytes are no longer the ones that were read. The file that nginx writes is read from its
// start; any other may be a copy.
void LogFiles::cut(File& file) {
  options_.note(
      fmt::format("{}: it was cut or replaced after byte {}, reading from its start; what it held after that "
                  "byte is read from its copy, if there is one",
                  file.mark.name, file.mark.read.offset));
  remember_gone(file.mark);
  ++file.times_cut;
  file.mark.head = Head{};
  file.mark.read = Place{};
  file.read_out = false;
  file.placed = file.live;
  file.changed_at = options_.now();
}

// It is related to no file that we know.
void LogFiles::place_alone(File& file) {
  const int fd = file.fd.get();
  const uint64_t size = file.mark.size;
  if (file.mark.copy) {
    if (file.mark.head.tells() && place_at(fd, file.mark.read.offset) == file.mark.read) {
      file.mark.copy = size == file.mark.read.offset;  // otherwise something else now writes to it
      return;
    }
    file.mark.copy = file.placed = false;
    file.mark.read = Place{};
  }
  const Head head = head_of(fd, size);
  if (is_first_scan() && (!file.live || options_.from_end)) {
    file.mark.read = place_at(fd, line_start(fd, size)).value_or(Place{});
  } else if (!file.live) {
    if (!head.tells() && options_.now() - file.changed_at < kSettled) return;
    const auto decompressed = [&](const CompressedMark& mark) { return !mark.lost && mark.id == head.hash; };
    if (head.size > 0 && compressed_ && std::any_of(compressed_->begin(), compressed_->end(), decompressed)) {
      file.mark.copy = true;
      file.mark.read = place_at(fd, size).value_or(Place{});
    }
  }
  file.mark.head = head;
  file.placed = true;
  dirty_ = true;
}

void LogFiles::place(File& file) {
  struct stat status {};
  if (!file.fd.valid() || ::fstat(file.fd.get(), &status) != 0) return;
  file.mark.size = static_cast<uint64_t>(status.st_size);
  std::vector<Known> known;
  for (const auto& other : files_) {
    if (other.get() != &file && other->placed && !other->mark.copy) {
      known.push_back({&other->mark, other->fd.get()});
    }
  }
  for (const Mark& mark : gone_) known.push_back({&mark, -1});
  const Related related = relate(file.fd.get(), file.mark.size, known);
  if (related.relation == Relation::kNone) return place_alone(file);
  const bool was_copy = file.placed && file.mark.copy;
  file.mark.copy = related.relation == Relation::kCopy;
  file.mark.read = related.relation == Relation::kContinue ? related.place : Place{};
  if (file.mark.copy) file.mark.read = place_at(file.fd.get(), file.mark.size).value_or(Place{});
  if (related.relation == Relation::kDiverged) {
    options_.note(
        fmt::format("{}: it begins like a log that was read, but goes on differently; reading from its start",
                    file.mark.name));
  }
  file.mark.head = head_of(file.fd.get(), file.mark.size);
  file.placed = true;
  file.read_out = false;
  dirty_ = dirty_ || !was_copy || !file.mark.copy;
}

Result<void> LogFiles::scan() {
  bool listed = true;
  auto found = list_logs(options_.log, options_.state, listed);
  if (!found) return found.error();
  if (!listed && noted_.insert("").second) {
    options_.note(fmt::format(
        "{}: its folder cannot be listed: files that are rotated while this does not run are not found",
        options_.log));
  }
  for (const auto& file : files_) file->present = file->live = false;
  std::vector<Entry> compressed;
  std::sort(found->begin(), found->end(), [](const Entry& a, const Entry& b) { return a.live > b.live; });
  for (const Entry& entry : *found) {
    if (entry.compressed) {
      compressed.push_back(entry);
    } else if (auto taken = take(entry); !taken) {
      return taken;
    }
  }
  // The known ones first: a copy is recognized by how far the file that has been cut since was read.
  for (const auto& file : files_) look_at(*file);
  // Of several copies, the longest first: the others are part of it.
  std::vector<File*> unclear;
  for (const auto& file : files_) {
    if (!file->placed || file->mark.copy) unclear.push_back(file.get());
  }
  std::stable_sort(unclear.begin(), unclear.end(), [](const File* a, const File* b) {
    return a->live != b->live ? a->live : a->mark.size > b->mark.size;
  });
  for (File* const file : unclear) place(*file);
  forget_vanished(compressed);
  judge_compressed(compressed);
  std::stable_sort(files_.begin(), files_.end(), [](const auto& a, const auto& b) {
    return a->live != b->live ? b->live : a->changed_ns < b->changed_ns;
  });
  if (is_first_scan()) dirty_ = true;  // what was there before counts as read, and is remembered
  scanned_ = true;
  return dirty_ ? save() : Result<void>();
}

// The bytes from `from` on, until there are no more or the buffer is full.
Result<bool> LogFiles::fill(const File& file, uint64_t from, size_t size) {
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
  return got > 0;
}

// Reads on from the place, with the bytes before it, so that what is checked is what is read. Returns where
// in the buffer new bytes begin; std::nullopt if the next scan must first tell what the file is.
std::optional<size_t> LogFiles::read(File& file, Result<void>& fault) {
  for (bool again : {true, false}) {
    const Mark& mark = file.mark;
    const uint64_t before = std::min(mark.read.offset, kTailBytes);
    const auto filled = fill(file, mark.read.offset - before, before + kReadSize);
    if (!filled) {
      fault = filled.error();
      return std::nullopt;
    }
    const bool same = buffer_.size() >= before &&
                      hash64(std::string_view(buffer_).substr(0, before)) == mark.read.hash &&
                      begins_with(file.fd.get(), mark.head);
    if (same) return before;
    if (!again) break;
    cut(file);
    if (!file.placed) break;
  }
  return std::nullopt;
}

Result<Batch> LogFiles::next() {
  Batch batch;
  for (const auto& each : files_) {
    File& file = *each;
    if (file.read_out || !file.placed || file.mark.copy || !file.fd.valid()) continue;
    Result<void> fault;
    const auto start = read(file, fault);
    if (!fault) return fault.error();
    if (!start) continue;
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
      batch.file = file.id;
      batch.times_cut = file.times_cut;
      batch.name = file.mark.name;
      return batch;
    }
    file.read_out = true;
  }
  return batch;
}

Result<void> LogFiles::advance(const Batch& batch, uint64_t offset) {
  const auto found =
      std::find_if(files_.begin(), files_.end(), [&](const auto& file) { return file->id == batch.file; });
  // Cut while the batch was being delivered: its lines may come again, from the copy.
  if (found == files_.end() || (*found)->times_cut != batch.times_cut) return {};
  Mark& mark = (*found)->mark;
  const uint64_t from = offset - std::min(offset, kTailBytes);
  const std::string_view before = std::string_view(buffer_).substr(static_cast<size_t>(from - buffer_start_),
                                                                   static_cast<size_t>(offset - from));
  mark.read = {offset, hash64(before)};
  mark.size = std::max(mark.size, offset);
  dirty_ = true;
  return save();
}

uint64_t LogFiles::bytes_waiting() const {
  uint64_t waiting = 0;
  for (const auto& file : files_)
    waiting += file->mark.size - std::min(file->mark.size, file->mark.read.offset);
  return waiting;
}

bool LogFiles::is_settling() const {
  return std::any_of(files_.begin(), files_.end(), [](const auto& file) {
    return !file->placed && file->fd.valid() && file->mark.size > 0;
  });
}

Result<void> LogFiles::save() {
  dirty_ = false;
  if (options_.state.empty()) return {};
  Checkpoint checkpoint;
  for (const auto& file : files_) {
    if (file->placed) checkpoint.files.push_back(file->mark);
  }
  checkpoint.gone = gone_;
  checkpoint.compressed = compressed_;
  return save_checkpoint(options_.state, checkpoint);
}

}  // namespace abm::connect
