#include "connect/sources/merged_feed.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <memory>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "accounts/feed.h"
#include "accounts/feed_writer.h"
#include "base/content_hash.h"
#include "base/hash.h"
#include "connect/http/url.h"
#include "connect/import/import.h"
#include "connect/import/record.h"
#include "connect/sources/live_sources.h"
#include "connect/sources/source_copies.h"
#include "connect/sync/incoming_file.h"
#include "connect/sync/state.h"
#include "connect/sync/state_file.h"
#include "generation/data_folder.h"
#include "generation/replacement.h"

namespace abm::connect {
namespace {

using generation::AccountSource;
using generation::SourceKind;

constexpr std::string_view kMergedFile = "accounts.ndjson";  // generation::feed_copy() names it too
constexpr mode_t kMergedFolderMode = 0750;  // sales data: for the publishing user, not for a web server
constexpr size_t kMaxHeaderLine = 8192;

/// The header of the feed that is there; std::nullopt: there is none.
std::optional<accounts::FeedHeader> header_of_file(const std::string& path) {
  auto fd = open_regular_file(path);
  if (!fd) return std::nullopt;
  std::string start(kMaxHeaderLine, '\0');
  const ssize_t got = ::read(fd->get(), start.data(), start.size());
  if (got <= 0) return std::nullopt;
  start.resize(static_cast<size_t>(got));
  Diagnostics unread;
  return accounts::parse_feed_header(start, path, {}, unread);
}

class FeedMerge {
 public:
  FeedMerge(const MergeOptions& options, ImportReport& report, Diagnostics& diagnostics)
      : options_(options), site_(*options.site), report_(report), diagnostics_(diagnostics) {
    now_ = static_cast<int64_t>(::time(nullptr));
  }
  std::optional<MergedFeed> run();

 private:
  [[nodiscard]] Result<void> open_folders();
  [[nodiscard]] Result<void> put(std::string_view lines);
  [[nodiscard]] std::string fingerprint() const;
  [[nodiscard]] bool is_read_already() const;
  [[nodiscard]] std::string file_of(const AccountSource& source) const {
    return file_of_source(site_, source);
  }
  [[nodiscard]] bool is_unchanged(const Imported& imported);
  [[nodiscard]] uint64_t next_version() const;
  [[nodiscard]] Result<MergedFeed> finish(const Imported& imported);
  void remember(bool merged);
  void tell_unfetched();
  std::nullopt_t refuse(const Error& error) {
    diagnostics_.error({}, {}, error.message);
    return std::nullopt;
  }
  [[nodiscard]] std::string copy() const {
    return fmt::format("{}/{}/{}", site_.data, kFeedFolder, kMergedFile);
  }

  const MergeOptions& options_;
  const generation::Site& site_;
  ImportReport& report_;
  Diagnostics& diagnostics_;
  int64_t now_ = 0;
  std::optional<LockedState> locked_;
  std::optional<generation::Folder> feed_, copies_folder_;
  SourcesState before_, state_;
  Fd body_;  // the accounts, until it is known whether they are others than before
  uint64_t body_bytes_ = 0;
  ContentHasher hasher_;
  Sha256 hash_;
};

Result<void> FeedMerge::open_folders() {
  if (!options_.keep) return {};
  auto opened = LockedState::open(site_.data);
  if (!opened) return opened.error();
  locked_.emplace(std::move(*opened));
  auto feed = make_folder_in(locked_->data, kFeedFolder, kMergedFolderMode);
  if (!feed) return feed.error();
  feed_.emplace(std::move(*feed));
  auto copies = make_folder_in(*feed_, kSourcesFolder, kMergedFolderMode);
  if (!copies) return copies.error();
  copies_folder_.emplace(std::move(*copies));
  for (const generation::Folder* folder : {&*feed_, &*copies_folder_}) {
    if (auto removed = remove_leftovers(*folder); !removed) return removed;
  }
  return {};
}

Result<void> FeedMerge::put(std::string_view lines) {
  if (!body_.valid()) {
    auto file = unnamed_file();
    if (!file) return file.error();
    body_ = std::move(*file);
  }
  hasher_.update(lines);
  body_bytes_ += lines.size();
  return write_all(body_.get(), lines, "a temporary file");
}

/// What decides what the sources say: their files, site.yaml, this program. A file that is changed within the
/// clock's resolution has another size or change time.
std::string FeedMerge::fingerprint() const {
  std::string facts = ABM_VERSION;
  const auto add = [&facts](const std::string& path) {
    struct stat info {};
    const bool there = ::stat(path.c_str(), &info) == 0;
    facts += there ? fmt::format("\n{} {} {} {} {}.{} {}.{}", path, info.st_dev, info.st_ino, info.st_size,
                                 info.st_mtim.tv_sec, info.st_mtim.tv_nsec, info.st_ctim.tv_sec,
                                 info.st_ctim.tv_nsec)
                   : fmt::format("\n{} missing", path);
  };
  add(site_.file);
  for (const AccountSource& source : site_.accounts.merge.sources) {
    add(file_of(source));
    if (!source.verify_key.empty()) add(source.verify_key);
  }
  return hash128(facts).hex();
}

/// Nothing has changed since all sources were read: rules may be published often, and exports may be large.
bool FeedMerge::is_read_already() const {
  struct stat info {};
  const bool all_good = !before_.sources.empty() &&
                        std::all_of(before_.sources.begin(), before_.sources.end(),
                                    [](const SourceState& source) { return source.attempts.fault.empty(); });
  return all_good && before_.inputs == state_.inputs && ::stat(copy().c_str(), &info) == 0 &&
         static_cast<uint64_t>(info.st_size) == before_.size;
}

/// A feed that says the same keeps its version, and so nothing is published.
bool FeedMerge::is_unchanged(const Imported& imported) {
  struct stat info {};
  if (before_.body != hash_ || ::stat(copy().c_str(), &info) != 0 ||
      static_cast<uint64_t>(info.st_size) != before_.size)
    return false;
  const auto header = header_of_file(copy());
  return header.has_value() && header->tenant == site_.accounts.merge.tenant &&
         header->expires_at == imported.expires_at;
}

uint64_t FeedMerge::next_version() const {
  auto version = static_cast<uint64_t>(now_);
  const auto above = [&version](const std::string& tenant, const std::string& other, uint64_t least) {
    if (tenant == other) version = std::max(version, least + 1);
  };
  const std::string& tenant = site_.accounts.merge.tenant;
  if (const auto header = header_of_file(copy()); header.has_value())
    above(tenant, header->tenant, header->version);
  if (const auto data = generation::open_folder(site_.data); data) {
    if (const auto serving = generation::read_current_facts(*data); serving.has_value())
      above(tenant, serving->tenant, serving->feed_version);
  }
  return version;
}

Result<MergedFeed> FeedMerge::finish(const Imported& imported) {
  const auto hash = hasher_.finish();
  if (!hash) return hash.error();
  hash_ = hash->sha256;
  MergedFeed merged;
  state_.body = before_.body;
  state_.size = before_.size;
  if (is_unchanged(imported)) {
    merged.path = copy();
    return merged;
  }
  std::string header;
  accounts::append_header_line(header, {.tenant = site_.accounts.merge.tenant,
                                        .version = next_version(),
                                        .generated_at = now_,
                                        .expires_at = imported.expires_at});
  std::optional<IncomingFile> file;
  if (options_.keep) {
    auto created = IncomingFile::create(*feed_, kMergedFile);
    if (!created) return created.error();
    file.emplace(std::move(*created));
  } else {
    auto created = unnamed_file();
    if (!created) return created.error();
    merged.unnamed = std::move(*created);
    merged.path = fmt::format("/proc/self/fd/{}", merged.unnamed.get());
  }
  const auto write = [&](std::string_view bytes) {
    return file.has_value() ? file->write(bytes) : write_all(merged.unnamed.get(), bytes, "a temporary file");
  };
  if (auto done = write(header); !done) return done.error();
  std::string piece(256u << 10, '\0');
  for (uint64_t at = 0; at < body_bytes_;) {
    const ssize_t got = ::pread(body_.get(), piece.data(), piece.size(), static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return errno_error("a temporary file", got < 0 ? errno : EIO);
    if (auto done = write(std::string_view(piece).substr(0, static_cast<size_t>(got))); !done)
      return done.error();
    at += static_cast<uint64_t>(got);
  }
  if (!file.has_value()) return merged;
  if (auto done = file->put_in_place(); !done) return done.error();
  merged.path = copy();
  state_.body = hash_;
  state_.size = header.size() + body_bytes_;
  return merged;
}

void FeedMerge::remember(bool merged) {
  if (!options_.keep || !locked_.has_value()) return;
  if (!merged) {
    state_.body = before_.body;
    state_.size = before_.size;
  }
  for (size_t i = 0; i < report_.sources.size(); ++i) {
    const SourceReport& told = report_.sources[i];
    SourceState now;
    now.name = told.file;
    const std::optional<generation::LiveInput>& live = site_.accounts.merge.sources[i].live;
    now.live = live.has_value() ? live->name : "";
    now.kind = generation::kSourceKinds[static_cast<size_t>(told.plan.kind)];
    now.rows = told.rows;
    now.accounts = told.accounts;
    const auto known = std::find_if(before_.sources.begin(), before_.sources.end(),
                                    [&told](const SourceState& state) { return state.name == told.file; });
    if (known != before_.sources.end()) now.attempts = known->attempts;
    if (told.fault.empty()) {
      now.attempts.succeeded(now_);
    } else {
      const int64_t good = now.attempts.succeeded_at;
      now.attempts.failed(now_, told.fault);
      now.attempts.succeeded_at = good != 0 ? good : told.kept_from;
    }
    state_.sources.push_back(std::move(now));
  }
  if (auto written = write_sources_state(site_.data, state_); !written)
    diagnostics_.warning({}, {}, {},
                         fmt::format("{} (how this attempt went is not kept)", written.message()));
}

void FeedMerge::tell_unfetched() {
  for (const FetchedFeed& feed : feeds_to_fetch(site_)) {
    std::error_code code;
    if (!std::filesystem::exists(feed.copy(), code))
      diagnostics_.error(
          site_.file, {},
          fmt::format("the feed {} was never fetched: run abmctl sync", url_for_people(feed.source.from)));
  }
}

std::optional<MergedFeed> FeedMerge::run() {
  const size_t errors = diagnostics_.errors();
  tell_unfetched();
  if (diagnostics_.errors() != errors) return std::nullopt;
  if (auto opened = open_folders(); !opened) return refuse(opened.error());
  if (auto state = read_sources_state(site_.data); state && state->has_value()) before_ = std::move(**state);
  state_.inputs = fingerprint();
  if (options_.keep && is_read_already()) {
    MergedFeed merged;
    merged.path = copy();
    return merged;
  }
  SiteCopies copies(site_.data, copies_folder_.has_value() ? &*copies_folder_ : nullptr);
  ImportRequest request;
  request.sources = &site_.accounts.merge;
  request.now = now_;
  request.kept = &copies;
  request.progress = options_.progress;
  request.name_of = name_for_people;
  request.why_missing = why_no_table;
  request.file_of = [this](const AccountSource& source) { return file_of(source); };
  const auto imported =
      import_accounts(request, report_, diagnostics_, [this](std::string_view lines) { return put(lines); });
  if (!imported.has_value()) {
    remember(false);
    return std::nullopt;
  }
  if (options_.keep) {
    std::set<std::string> wanted;
    for (const AccountSource& source : site_.accounts.merge.sources) wanted.insert(key_of(source));
    prune_copies(site_.data, wanted);
    forget_live_sources(site_.data, live_sources(site_));
  }
  auto merged = finish(*imported);
  remember(merged.ok());
  if (!merged) return refuse(merged.error());
  return std::move(*merged);
}

}  // namespace

std::string file_of_source(const generation::Site& site, const AccountSource& source) {
  return is_address(source)
             ? fmt::format("{}/{}/{}/{}", sources_folder(site.data), key_of(source), kFeedFolder, kMergedFile)
             : source.from;
}

std::string FetchedFeed::copy() const {
  return fmt::format("{}/{}/{}", data_dir, kFeedFolder, kMergedFile);
}

std::vector<FetchedFeed> feeds_to_fetch(const generation::Site& site) {
  std::vector<FetchedFeed> feeds;
  const generation::AccountsInput& input = site.accounts;
  if (input.merge.sources.empty()) {
    if (!input.from.starts_with('/')) feeds.push_back({input, site.data});
    return feeds;
  }
  for (const AccountSource& source : input.merge.sources) {
    if (!is_address(source)) continue;
    FetchedFeed feed{input, fmt::format("{}/{}", sources_folder(site.data), key_of(source))};
    feed.source.from = source.from;
    feed.source.verify_key = source.verify_key;
    feed.source.merge = {};
    feeds.push_back(std::move(feed));
  }
  return feeds;
}

Result<void> forget_sources(const generation::Site& site) {
  const std::string& data_dir = site.data;
  forget_live_sources(data_dir, live_sources(site));
  const auto state = read_sources_state(data_dir);
  if (!state || !state->has_value() || (*state)->sources.empty()) return {};
  prune_copies(data_dir, {});
  return write_sources_state(data_dir, {});
}

std::optional<MergedFeed> merge_feed(const MergeOptions& options, ImportReport& report,
                                     Diagnostics& diagnostics) {
  return FeedMerge(options, report, diagnostics).run();
}

}  // namespace abm::connect
