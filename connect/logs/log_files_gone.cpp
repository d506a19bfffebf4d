// Files that are gone: how long they are kept open, what is remembered of them, and what is said
// about lines that were not read.
#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "connect/logs/compressed.h"
#include "connect/logs/log_files.h"

namespace abm::connect {
namespace {

constexpr size_t kMaxGone = 64;  // two months of daily rotation

}  // namespace

void LogFiles::remember_gone(const Mark& mark) {
  dirty_ = true;
  if (mark.read.offset == 0 && mark.head.size == 0) return;
  if (gone_.size() == kMaxGone) gone_.erase(gone_.begin());
  gone_.push_back(mark);
}

// Whether another file takes the place of this one, which is gone: a copy of it, or the decompressed file.
bool LogFiles::continues(const File& gone) const {
  return std::any_of(files_.begin(), files_.end(), [&](const auto& other) {
    if (other.get() == &gone || !other->present || !other->placed || other->mark.size < gone.mark.size)
      return false;
    return (gone.mark.head.tells() && other->mark.head == gone.mark.head) ||
           (gone.mark.read.offset > 0 && other->mark.read == gone.mark.read);
  });
}

bool LogFiles::is_over(const File& file) const {
  if (file.mark.copy || !file.fd.valid()) return true;
  if (!file.read_out || options_.now() - file.changed_at < kGrace) return false;
  return std::any_of(files_.begin(), files_.end(),
                     [](const auto& other) { return other->live && other->mark.size > 0; });
}

void LogFiles::tell_loss(const File& file) {
  const Mark& mark = file.mark;
  const uint64_t left = mark.size - std::min(mark.size, mark.read.offset);
  if (left > 0) {
    options_.note(fmt::format("{}: it is gone with {} bytes that were not read", mark.name, left));
  } else if (!file.fd.valid() && mark.name == std::filesystem::path(options_.log).filename()) {
    options_.note(
        fmt::format("{}: the log that was read up to byte {} is gone; what nginx wrote to it after that, "
                    "while nothing was reading, was not read",
                    mark.name, mark.read.offset));
  }
}

void LogFiles::forget_vanished(const std::vector<Entry>& compressed) {
  std::set<uint64_t> over;
  for (const auto& file : files_) {
    if (!file->present && is_over(*file)) over.insert(file->id);
  }
  for (const auto& file : files_) {
    if (!over.contains(file->id) || file->mark.copy || !file->placed) continue;
    remember_gone(file->mark);
    if (continues(*file)) continue;
    // judge_compressed() knows better what is missing.
    const bool is_compressed = std::any_of(compressed.begin(), compressed.end(), [&](const Entry& entry) {
      const auto content = read_compressed(path_of(entry.name));
      return content && content->is(file->mark);
    });
    if (!is_compressed) tell_loss(*file);
  }
  std::erase_if(files_, [&](const auto& file) { return over.contains(file->id); });
}

void LogFiles::judge(const Entry& entry) {
  const auto content = read_compressed(path_of(entry.name));
  if (!content) {
    if (noted_.insert(entry.name).second) options_.note(fmt::format("{}; it is not read", content.message()));
    return;
  }
  const uint64_t id = content->id();
  const auto judged = [&](bool lost) {
    compressed_->push_back({id, lost});
    compressed_ids_[{entry.device, entry.inode}] = id;
    dirty_ = true;
  };
  if (std::any_of(compressed_->begin(), compressed_->end(),
                  [&](const auto& mark) { return mark.id == id; })) {
    compressed_ids_[{entry.device, entry.inode}] = id;
    return;
  }
  if (content->start.empty()) return judged(false);
  if (!content->size) {
    if (!scanned_) {
      options_.note(
          fmt::format("{}: it was compressed while nothing was reading, and not by gzip: there is no telling "
                      "whether all of it had been read",
                      entry.name));
    }
    return judged(false);
  }
  // While the plain file exists (it is just being compressed) or is open, it is itself read to its end.
  const auto is_read_itself = [&](const auto& file) {
    return content->is(file->mark) && !file->mark.copy &&
           (file->mark.name + ".gz" == entry.name ||
            static_cast<uint32_t>(file->mark.size) >= *content->size);
  };
  if (std::any_of(files_.begin(), files_.end(), is_read_itself)) return;
  uint64_t read = 0;
  for (const Mark& mark : gone_) {
    if (content->is(mark)) read = std::max(read, mark.read.offset);
  }
  // Signed: a copy may be shorter than what was read. gzip stores the size modulo 2^32.
  const auto left = static_cast<int32_t>(*content->size - static_cast<uint32_t>(read));
  if (left > 0) {
    options_.note(fmt::format(
        "{}: it was compressed before its last {} bytes were read; `gunzip -k {}` lets them be read",
        entry.name, left, path_of(entry.name)));
  }
  judged(left > 0);
}

void LogFiles::judge_compressed(const std::vector<Entry>& compressed) {
  // Version 1 of the checkpoint lists none: those that exist are old.
  const bool nobody_looked = !compressed_.has_value();
  if (nobody_looked) compressed_.emplace();
  std::set<uint64_t> present;
  for (const Entry& entry : compressed) {
    const auto known = compressed_ids_.find({entry.device, entry.inode});
    if (known == compressed_ids_.end()) {
      if (!nobody_looked) {
        judge(entry);
      } else if (const auto content = read_compressed(path_of(entry.name)); content) {
        compressed_->push_back({content->id(), false});
        compressed_ids_[{entry.device, entry.inode}] = content->id();
      }
    }
    if (const auto found = compressed_ids_.find({entry.device, entry.inode});
        found != compressed_ids_.end()) {
      present.insert(found->second);
    }
  }
  const auto is_absent = [&](const CompressedMark& mark) { return !present.contains(mark.id); };
  if (std::erase_if(*compressed_, is_absent) > 0) dirty_ = true;
  std::erase_if(compressed_ids_, [&](const auto& one) { return !present.contains(one.second); });
}

}  // namespace abm::connect
