#include "connect/sync/mirror.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "base/file.h"
#include "base/new_file.h"
#include "connect/http/url.h"
#include "connect/sync/mirror_part.h"
#include "connect/sync/state_file.h"
#include "generation/build_feed.h"
#include "generation/data_folder.h"
#include "generation/publish.h"

namespace abm::connect {
namespace {

using generation::Folder;
using generation::Manifest;
using generation::Part;
using MirrorKind = MirrorOutcome::Kind;

constexpr size_t kMaxCurrentBytes = 64;
constexpr uint64_t kMaxPartBytes = 4ull << 30;
constexpr std::string_view kIncoming = ".incoming-";

Result<void> write_published(const Folder& folder, std::string_view name, std::string_view bytes) {
  return replace_file_at(folder.fd.get(), std::string(name), bytes, generation::kPublishedMode,
                         folder.path_of(name));
}

class Mirror {
 public:
  Mirror(HttpClient& client, const MirrorOptions& options)
      : client_(client),
        options_(options),
        now_(static_cast<int64_t>(::time(nullptr))),
        until_(std::chrono::steady_clock::now() + options.longest) {}

  MirrorOutcome run();

 private:
  MirrorOutcome finish(MirrorKind kind, std::string message);
  // Each sets kind and message and returns false if the attempt ends there.
  bool stop(MirrorKind kind, std::string message);
  bool fail(const Error& error) { return stop(MirrorKind::kFailed, error.message); }
  bool refuse(std::string message) { return stop(MirrorKind::kRefused, std::move(message)); }
  bool get(const std::string& name, size_t limit, std::string& text);
  bool look_around();
  bool look_at_hold();
  bool look_at_origin();
  bool may_replace();
  bool adopt_kept();
  bool make_incoming();
  bool bring_part(Part part);
  bool link_part(Part part);
  bool complete();
  void forget_incoming();

  [[nodiscard]] std::string url_of(std::string_view name) const { return fmt::format("{}/{}", base_, name); }
  [[nodiscard]] std::string name_of_next() const { return generation::generation_name(next_.number); }
  [[nodiscard]] std::string incoming_name() const { return std::string(kIncoming) + name_of_next(); }

  HttpClient& client_;
  const MirrorOptions& options_;
  int64_t now_;
  std::chrono::steady_clock::time_point until_;
  std::string base_;
  std::optional<LockedState> locked_;
  std::optional<generation::ManifestFacts> current_;  ///< of the generation that serves here
  std::vector<uint64_t> kept_;                        ///< numbers, newest first
  uint64_t newest_ = 0;                               ///< the newest that was ever here
  Manifest next_;
  std::string manifest_text_, signature_;
  std::optional<Folder> incoming_;
  bool worth_keeping_ = false;  ///< a whole part in incoming_ was fetched
  MirrorOutcome outcome_;
};

bool Mirror::stop(MirrorKind kind, std::string message) {
  outcome_.kind = kind;
  outcome_.message = std::move(message);
  return false;
}

bool Mirror::get(const std::string& name, size_t limit, std::string& text) {
  HttpRequest request;
  request.url = url_of(name);
  request.max_body = limit;
  request.compressed = true;
  request.no_cache = name == generation::kCurrentName;
  request.until = until_;
  TextSink sink;
  const auto reply = client_.get(std::move(request), sink);
  if (!reply) return refuse(reply.message());
  if (reply->status != 200) return refuse(status_fault(url_of(name), reply->status));
  text = std::move(sink.text);
  return true;
}

bool Mirror::look_around() {
  base_ = options_.url;
  while (base_.ends_with('/')) base_.pop_back();
  if (auto good = check_url(base_); !good) return fail(good.error());
  if (base_.find_first_of("?#") != base_.npos)
    return fail(Error{fmt::format("'{}': a mirror's address ends with its folder", url_for_people(base_))});
  auto opened = LockedState::open(options_.data_dir);
  if (!opened) return fail(opened.error());
  locked_.emplace(std::move(*opened));
  auto state = read_mirror_state(options_.data_dir);
  if (!state) outcome_.warnings.push_back(fmt::format("{} (a new one is written)", state.message()));
  if (state && state->has_value()) outcome_.state = **state;
  const auto number = generation::read_current(locked_->data);
  if (!number) return fail(number.error());
  outcome_.generation = *number;
  auto numbers = generation::generation_numbers(locked_->data);
  if (!numbers) return fail(numbers.error());
  kept_.assign(numbers->rbegin(), numbers->rend());
  newest_ = std::max({outcome_.state.generation, *number, kept_.empty() ? 0 : kept_.front()});
  current_ = generation::read_current_facts(locked_->data);
  return true;
}

/// A rollback of this folder holds, too: what it went back from is what the origin still has.
bool Mirror::look_at_hold() {
  if (options_.resume) {
    auto data = generation::LockedFolder::open(options_.data_dir, false);
    if (!data) return fail(data.error());
    if (auto ended = generation::put_hold(data->folder(), std::nullopt); !ended) return fail(ended.error());
    return true;
  }
  const auto hold = generation::read_hold(locked_->data);
  if (!hold) return fail(hold.error());
  if (!hold->has_value()) return true;
  return stop(
      MirrorKind::kHeld,
      fmt::format(
          "{}: rolled back here, so the origin is not followed until 'abmctl sync --mirror … --resume'",
          generation::to_text(**hold)));
}

bool Mirror::look_at_origin() {
  std::string text;
  if (!get(std::string(generation::kCurrentName), kMaxCurrentBytes, text)) return false;
  if (text.ends_with('\n')) text.pop_back();
  const auto number = generation::parse_generation_name(text);
  if (!number)
    return refuse(fmt::format("{}: {}", url_for_people(url_of(generation::kCurrentName)), number.message()));
  const std::string folder = generation::generation_name(*number) + "/";
  const std::string manifest_name = folder + std::string(generation::kManifestName);
  if (!get(manifest_name, generation::kMaxManifestBytes, manifest_text_)) return false;
  const std::string manifest_url = url_for_people(url_of(manifest_name));
  if (!options_.verify_key.empty()) {
    if (!get(folder + std::string(generation::kSignatureName), generation::kMaxSignatureBytes, signature_)) {
      if (outcome_.kind == MirrorKind::kRefused)
        outcome_.message += ": the generation is not signed, and --verify-key asks for a signature";
      return false;
    }
    if (auto good = generation::check_signature(manifest_text_, signature_, options_.verify_key); !good)
      return refuse(fmt::format("{}: {}", manifest_url, good.message()));
  }
  auto manifest = generation::read_manifest(manifest_text_);
  if (!manifest) return refuse(fmt::format("{}{}", url_for_people(url_of(folder)), manifest.message()));
  if (manifest->number != *number) {
    return refuse(fmt::format("{}: says it is generation {}, but its folder is {}'s", manifest_url,
                              manifest->number, *number));
  }
  for (const generation::FileEntry& file : manifest->files) {
    if (file.size > kMaxPartBytes)
      return refuse(fmt::format("{}: names a file of {} bytes, more than the limit of {}", manifest_url,
                                file.size, kMaxPartBytes));
  }
  next_ = std::move(*manifest);
  return true;
}

bool Mirror::may_replace() {
  const std::string origin = url_for_people(base_);
  if (current_.has_value() && current_->tenant != next_.tenant) {
    return refuse(
        fmt::format("{}: is tenant '{}''s, but this data folder is '{}''s: check --mirror and --data", origin,
                    next_.tenant, current_->tenant));
  }
  if (next_.number < newest_ && !options_.allow_rollback) {
    return refuse(fmt::format(
        "{}: generation {} is older than {}, which was here before; if the origin was rolled back "
        "on purpose, say --allow-rollback",
        origin, next_.number, newest_));
  }
  return true;
}

/// The generation may be here already: the current one, or one that was rolled back.
bool Mirror::adopt_kept() {
  auto folder = generation::open_folder_at(locked_->data, name_of_next());
  if (!folder) return fail(folder.error());
  auto text = generation::read_file_in(*folder, generation::kManifestName, generation::kMaxManifestBytes);
  if (!text || *text != manifest_text_) {
    return refuse(
        fmt::format("{}: its generation {} is not the {} that is here: mirror it into a new data folder",
                    url_for_people(base_), next_.number, folder->path));
  }
  if (outcome_.generation == next_.number) {
    outcome_.kind = MirrorKind::kUnchanged;
    return true;
  }
  auto flipped = generation::follow_to(options_.data_dir, next_.number);
  if (!flipped) return fail(flipped.error());
  outcome_.kind = MirrorKind::kAdopted;
  return true;
}

bool Mirror::make_incoming() {
  // What attempts at other generations left behind is of no use any more.
  std::error_code code;
  std::vector<std::string> stale;
  std::filesystem::directory_iterator entry(options_.data_dir, code);
  for (; !code && entry != std::filesystem::directory_iterator(); entry.increment(code)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with(kIncoming) && name != incoming_name()) stale.push_back(entry->path().string());
  }
  for (const std::string& path : stale) (void)generation::remove_tree(path);
  auto folder = make_folder_in(locked_->data, incoming_name(), generation::kFolderMode);
  if (!folder) return fail(folder.error());
  incoming_.emplace(std::move(*folder));
  return true;
}

/// A hard link to a kept generation's file with the same bytes.
bool Mirror::link_part(Part part) {
  const std::string name(generation::kPartNames[static_cast<size_t>(part)]);
  const generation::FileEntry& wanted = next_.file(part);
  for (const uint64_t number : kept_) {
    auto folder = generation::open_folder_at(locked_->data, generation::generation_name(number));
    if (!folder) continue;
    const auto manifest = generation::read_manifest_in(*folder, number);
    if (!manifest || manifest->file(part) != wanted || !generation::is_intact(*folder, part, wanted))
      continue;
    if (::linkat(folder->fd.get(), name.c_str(), incoming_->fd.get(), name.c_str(), 0) == 0) return true;
  }
  return false;
}

bool Mirror::bring_part(Part part) {
  const std::string name(generation::kPartNames[static_cast<size_t>(part)]);
  if (generation::is_intact(*incoming_, part, next_.file(part))) {
    worth_keeping_ = true;
    return true;
  }
  ::unlinkat(incoming_->fd.get(), name.c_str(), 0);
  if (link_part(part)) {
    outcome_.linked.push_back(name);
    return true;
  }
  PartRequest request;
  request.url = url_of(fmt::format("{}/{}", name_of_next(), name));
  request.folder = &*incoming_;
  request.part = part;
  request.entry = next_.file(part);
  request.until = until_;
  if (options_.progress) {
    request.progress = [&](uint64_t done, uint64_t total) {
      options_.progress("fetching " + name, done, total);
    };
  }
  PartResult result = fetch_part(client_, request);
  outcome_.received += result.received;
  switch (result.kind) {
    case PartResult::Kind::kFetched:
      outcome_.fetched.push_back(name);
      worth_keeping_ = true;
      return true;
    case PartResult::Kind::kBroken:
      if (!worth_keeping_ && result.kept == 0) forget_incoming();
      return refuse(std::move(result.message));
    case PartResult::Kind::kRefused:
      forget_incoming();
      return refuse(std::move(result.message));
    case PartResult::Kind::kFailed:
      break;
  }
  forget_incoming();
  return stop(MirrorKind::kFailed, std::move(result.message));
}

void Mirror::forget_incoming() {
  incoming_.reset();
  (void)generation::remove_tree(locked_->data.path_of(incoming_name()));
}

bool Mirror::complete() {
  bool origins_fault = false;
  const auto place = [&]() -> Result<std::string> {
    if (auto written = write_published(*incoming_, generation::kManifestName, manifest_text_); !written)
      return written.error();
    if (!signature_.empty()) {
      if (auto written = write_published(*incoming_, generation::kSignatureName, signature_); !written)
        return written.error();
    }
    if (::fsync(incoming_->fd.get()) != 0) return errno_error(incoming_->path, errno);
    if (auto opened = generation::open_generation(*incoming_, next_.number); !opened) {
      origins_fault = true;
      return opened.error();
    }
    auto data = generation::LockedFolder::open(options_.data_dir, false);
    if (!data) return data.error();
    outcome_.warnings.insert(outcome_.warnings.end(), data->warnings().begin(), data->warnings().end());
    const auto hold = generation::read_hold(data->folder());
    if (!hold) return hold.error();
    if (hold->has_value()) return Error{generation::to_text(**hold)};
    auto warning = data->put_in_place(incoming_name(), next_.number);
    if (!warning) return warning.error();
    for (std::string& text : data->remove_old_generations(options_.keep))
      outcome_.warnings.push_back(std::move(text));
    return warning;
  };
  auto placed = place();
  if (!placed) {
    forget_incoming();
    return stop(origins_fault ? MirrorKind::kRefused : MirrorKind::kFailed, placed.message());
  }
  if (!placed->empty()) outcome_.warnings.push_back(*placed);
  outcome_.kind = MirrorKind::kAdopted;
  return true;
}

MirrorOutcome Mirror::finish(MirrorKind kind, std::string message) {
  outcome_.kind = kind;
  if (kind == MirrorKind::kHeld) {
    outcome_.message = std::move(message);
    return std::move(outcome_);
  }
  const bool good = kind == MirrorKind::kAdopted || kind == MirrorKind::kUnchanged;
  if (good) {
    outcome_.state.attempts.succeeded(now_);
    outcome_.state.generation = std::max(newest_, next_.number);
    outcome_.generation = next_.number;
    outcome_.message = std::move(message);
  } else {
    outcome_.state.attempts.failed(now_, message);
    const std::string stays = outcome_.generation == 0
                                  ? "(no generation is here yet)"
                                  : fmt::format("(generation {} goes on serving)", outcome_.generation);
    outcome_.message = fmt::format("{} {}", message, stays);
  }
  if (!locked_.has_value()) return std::move(outcome_);
  outcome_.state.from = url_for_people(base_);
  if (auto written = write_mirror_state(options_.data_dir, outcome_.state); !written)
    outcome_.warnings.push_back(fmt::format("{} (how this attempt went is not kept)", written.message()));
  return std::move(outcome_);
}

MirrorOutcome Mirror::run() {
  if (!look_around() || !look_at_hold() || !look_at_origin() || !may_replace())
    return finish(outcome_.kind, outcome_.message);
  if (std::find(kept_.begin(), kept_.end(), next_.number) != kept_.end()) {
    if (!adopt_kept()) return finish(outcome_.kind, outcome_.message);
    return finish(outcome_.kind,
                  fmt::format("generation {} {}", next_.number,
                              outcome_.kind == MirrorKind::kUnchanged ? "is up to date" : "serves again"));
  }
  if (!make_incoming()) return finish(outcome_.kind, outcome_.message);
  for (size_t i = 0; i < generation::kParts; ++i) {
    if (!bring_part(static_cast<Part>(i))) return finish(outcome_.kind, outcome_.message);
  }
  if (!complete()) return finish(outcome_.kind, outcome_.message);
  return finish(outcome_.kind,
                fmt::format("generation {} serves: {} fetched ({} bytes), {} unchanged", next_.number,
                            outcome_.fetched.size(), outcome_.received, outcome_.linked.size()));
}

}  // namespace

MirrorOutcome mirror(HttpClient& client, const MirrorOptions& options) {
  return Mirror(client, options).run();
}

}  // namespace abm::connect
