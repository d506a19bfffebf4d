#include "generation/adopter.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/closed_path.h"
#include "generation/folder.h"
#include "generation/opener.h"
#include "generation/part_loader.h"
#include "generation/retirement.h"

namespace abm::generation {
namespace {

using Clock = std::chrono::steady_clock;

/// A refused generation is retried when one of its files changes, and in any case after this time: the cause
/// may have been a lack of memory or descriptors.
constexpr std::chrono::seconds kRetry{60};

/// What stat() says about one name; equal stamps mean that nobody touched it.
struct Stamp {
  uint64_t device = 0, inode = 0, size = 0, mode = 0;
  int64_t modified_ns = 0, changed_ns = 0;

  friend bool operator==(const Stamp&, const Stamp&) = default;
};

/// `fault`: errno, 0 if there is a stamp.
Stamp stamp_of(const std::string& path, int& fault) {
  struct stat info {};
  fault = ::stat(path.c_str(), &info) == 0 ? 0 : errno;
  if (fault != 0) return {};
  constexpr int64_t kNanoseconds = 1'000'000'000;
  return {.device = info.st_dev,
          .inode = info.st_ino,
          .size = static_cast<uint64_t>(info.st_size),
          .mode = info.st_mode,
          .modified_ns = info.st_mtim.tv_sec * kNanoseconds + info.st_mtim.tv_nsec,
          .changed_ns = info.st_ctim.tv_sec * kNanoseconds + info.st_ctim.tv_nsec};
}

Stamp stamp_of(const std::string& path) {
  int fault = 0;
  return stamp_of(path, fault);
}

/// Calls `piece` while it returns true and the budget lasts. Pieces vary in length: the next is only begun if
/// one as long as the longest so far would fit.
template <typename Piece>
void in_slice(std::chrono::microseconds budget, Piece piece) {
  const auto started = Clock::now();
  auto now = started;
  Clock::duration longest{};
  while (piece()) {
    const auto then = Clock::now();
    longest = std::max(longest, then - now);
    now = then;
    if (now - started + longest > budget) return;
  }
}

/// A generation being loaded.
struct Loading {
  Stamp current_stamp;
  Folder folder;
  Manifest manifest;  ///< handed to the opener once it exists
  uint64_t number = 0;
  std::array<FileEntry, kParts> files;
  SealedParts parts;
  size_t next_part = 0;
  std::optional<PartLoader> loader;
  std::optional<GenerationOpener> opener;
};
/// A refused generation, and what its files looked like then.
struct Refused {
  std::vector<std::string> paths;
  std::vector<Stamp> stamps;
  Clock::time_point retry_at;
};

}  // namespace

struct Adopter::Work {
  std::string data_dir;
  std::string current_path;
  std::shared_ptr<const Generation> current;
  Stamp adopted_stamp;  ///< of CURRENT when `current` was adopted
  std::optional<Loading> loading;
  Retirement retirement;
  std::optional<Refused> refused;
  std::string error;
  std::string told;  ///< the fault reported last; empty once a generation has been adopted
  uint64_t faults = 0;

  State look();
  /// What serves is what is published: no fault is left, whatever made it go away.
  void in_order() noexcept;
  Result<State> start(const Stamp& stamp);
  Result<State> load(std::chrono::microseconds budget);
  Result<State> load_piece(Loading& work);
  /// Frees some of what nobody uses any more; false: nothing left.
  bool free_replaced(std::chrono::microseconds budget);
  State fail(const Error& fault);
  [[nodiscard]] bool still_refused() const;
};

bool Adopter::Work::still_refused() const {
  if (!refused.has_value() || Clock::now() >= refused->retry_at) return false;
  for (size_t i = 0; i < refused->paths.size(); ++i) {
    if (stamp_of(refused->paths[i]) != refused->stamps[i]) return false;
  }
  return true;
}

void Adopter::Work::in_order() noexcept {
  refused.reset();
  error.clear();
  told.clear();
}

Adopter::State Adopter::Work::look() {
  int fault = 0;
  const Stamp stamp = stamp_of(current_path, fault);
  if (current != nullptr && stamp == adopted_stamp) {
    in_order();  // perhaps it could not be looked at for a while
    return State::kIdle;
  }
  if (fault == ENOENT) {
    const std::string missing = stamp_of(data_dir) == Stamp{}
                                    ? fmt::format("{}: no such folder", data_dir)
                                    : fmt::format("{}: no such file; nothing is published yet", current_path);
    // A folder that was never published to is no fault; one that lost what it had is.
    if (current != nullptr) return still_refused() ? State::kIdle : fail(Error{missing});
    error = missing;
    told.clear();
    return State::kIdle;
  }
  if (still_refused()) return State::kIdle;
  if (fault != 0) return fail(errno_error(data_dir, fault));
  auto state = start(stamp);
  return state ? *state : fail(state.error());
}

Result<Adopter::State> Adopter::Work::start(const Stamp& stamp) {
  auto data = open_folder(data_dir);
  if (!data) return data.error();
  auto number = read_current(*data);
  if (!number) return number.error();
  if (*number == 0) return State::kIdle;
  auto folder = open_folder_at(*data, generation_name(*number));
  if (!folder) return folder.error();
  auto manifest = read_manifest_in(*folder, *number);
  if (!manifest) return manifest.error();
  if (current != nullptr && current->manifest() == *manifest) {
    adopted_stamp = stamp;
    in_order();
    return State::kIdle;
  }
  loading.emplace();
  loading->current_stamp = stamp;
  loading->folder = std::move(*folder);
  loading->manifest = std::move(*manifest);
  loading->number = loading->manifest.number;
  loading->files = loading->manifest.files;
  for (size_t i = 0; i < kParts && current != nullptr; ++i) {
    const auto& mine = current->part(static_cast<Part>(i));
    if (mine->is(loading->manifest.files[i])) loading->parts[i] = mine;
  }
  return State::kWorking;
}

Result<Adopter::State> Adopter::Work::load(std::chrono::microseconds budget) {
  Result<State> state = State::kWorking;
  in_slice(budget, [&] {
    state = load_piece(*loading);
    return state && *state == State::kWorking;
  });
  return state;
}

bool Adopter::Work::free_replaced(std::chrono::microseconds budget) {
  bool some = false;
  in_slice(budget, [&] {
    const bool freed = retirement.step();
    some = some || freed;
    return freed;
  });
  return some;
}

Result<Adopter::State> Adopter::Work::load_piece(Loading& work) {
  while (work.next_part < kParts && work.parts[work.next_part] != nullptr) ++work.next_part;
  if (work.next_part < kParts) {
    const size_t i = work.next_part;
    if (!work.loader.has_value()) {
      auto loader = PartLoader::start(work.folder.fd.get(), work.folder.path, static_cast<Part>(i),
                                      work.manifest.files[i]);
      if (!loader) return loader.error();
      work.loader.emplace(std::move(*loader));
      return State::kWorking;
    }
    auto done = work.loader->step();
    if (!done) return done.error();
    if (*done) {
      work.parts[i] = work.loader->take();
      work.loader.reset();
    }
    return State::kWorking;
  }
  if (!work.opener.has_value()) {
    work.opener.emplace(std::move(work.manifest), std::move(work.parts), current.get());
    return State::kWorking;
  }
  auto done = work.opener->step();
  if (!done) return Error{work.folder.path + "/" + done.message()};
  if (!*done) return State::kWorking;
  retirement.add(std::exchange(current, work.opener->take()));
  adopted_stamp = work.current_stamp;
  loading.reset();
  in_order();
  return State::kAdopted;
}

Adopter::State Adopter::Work::fail(const Error& fault) {
  // A publisher may have moved on and deleted what was being read: not a fault.
  const bool overtaken = loading.has_value() && stamp_of(current_path) != loading->current_stamp;
  std::vector<std::string> paths = {data_dir, current_path};
  if (auto data = open_folder(data_dir); data) {
    if (auto number = read_current(*data); number && *number != 0) {
      const std::string folder = data->path_of(generation_name(*number));
      paths.push_back(folder);
      paths.push_back(folder + "/" + std::string(kManifestName));
      for (const std::string_view name : kPartNames) paths.push_back(folder + "/" + std::string(name));
    }
  }
  if (loading.has_value()) {
    const uint64_t number = loading->number;
    for (size_t i = 0; i < kParts; ++i) {
      retirement.add(static_cast<Part>(i), number, std::move(loading->parts[i]));
    }
    if (loading->loader.has_value()) {
      retirement.add(static_cast<Part>(loading->next_part), number, loading->loader->take());
    }
  }
  loading.reset();
  if (overtaken) return State::kWorking;
  std::string reason = fault.message;
  for (const std::string& path : paths) {
    const std::string why = why_closed(path);
    if (why.empty()) continue;
    reason = fmt::format("{}: permission denied: {}", data_dir, why);
    break;
  }
  Refused what;
  for (const std::string& path : paths) what.stamps.push_back(stamp_of(path));
  what.paths = std::move(paths);
  what.retry_at = Clock::now() + kRetry;
  refused = std::move(what);
  error = current == nullptr ? fmt::format("{} (no generation is in use: pages stay original)", reason)
                             : fmt::format("{} (generation {} goes on serving)", reason, current->number());
  if (error == told) return State::kIdle;
  told = error;
  ++faults;
  return State::kFailed;
}

Adopter::Adopter(std::string data_dir) : work_(std::make_unique<Work>()) {
  while (data_dir.size() > 1 && data_dir.ends_with('/')) data_dir.pop_back();
  work_->current_path = data_dir + "/" + std::string(kCurrentName);
  work_->data_dir = std::move(data_dir);
}

Adopter::~Adopter() = default;

Adopter::State Adopter::step(std::chrono::microseconds budget) noexcept {
  // The libraries below allocate and may run out of memory: the only exception possible here.
  try {
    if (!work_->loading.has_value()) {
      // First, so that replaced generations never pile up however often somebody publishes.
      if (work_->free_replaced(budget)) return State::kWorking;
      return work_->look();
    }
    auto state = work_->load(budget);
    return state ? *state : work_->fail(state.error());
  } catch (...) {
    work_->loading.reset();
    ++work_->faults;
    work_->error = "no memory";  // short: it needs none
    return State::kFailed;
  }
}

Adopter::State Adopter::run_to_end() noexcept {
  State state = State::kWorking;
  while (state == State::kWorking) state = step(std::chrono::seconds(1));
  return state;
}

const std::shared_ptr<const Generation>& Adopter::current() const noexcept {
  return work_->current;
}
const std::string& Adopter::error() const noexcept {
  return work_->error;
}
const std::string& Adopter::data_dir() const noexcept {
  return work_->data_dir;
}
const std::string& Adopter::fault() const noexcept {
  return work_->told;
}
uint64_t Adopter::faults() const noexcept {
  return work_->faults;
}

std::vector<HeldPart> Adopter::held() const {
  std::vector<HeldPart> held;
  const Generation* const current = work_->current.get();
  for (size_t i = 0; current != nullptr && i < kParts; ++i) {
    const auto part = static_cast<Part>(i);
    held.push_back({part, current->number(), current->part(part)->size(), Holder::kInUse});
  }
  work_->retirement.describe(current, held);
  if (!work_->loading.has_value()) return held;
  const Loading& loading = *work_->loading;
  for (size_t i = 0; i < kParts; ++i) {
    const auto part = static_cast<Part>(i);
    const bool shared = current != nullptr && current->part(part)->hash() == loading.files[i].hash &&
                        current->part(part)->size() == loading.files[i].size;
    const uint64_t copied = i < loading.next_part                                  ? loading.files[i].size
                            : i == loading.next_part && loading.loader.has_value() ? loading.loader->copied()
                                                                                   : 0;
    if (!shared && copied > 0) held.push_back({part, loading.number, copied, Holder::kBeingAdopted});
  }
  return held;
}

}  // namespace abm::generation
