#include "connect/networks/fetch.h"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/file.h"
#include "base/json_writer.h"
#include "base/new_file.h"
#include "base/timestamp.h"
#include "connect/http/url.h"
#include "connect/networks/asn_table.h"
#include "connect/networks/network_list.h"
#include "connect/networks/npm_registry.h"
#include "connect/networks/package_archive.h"
#include "connect/sync/state_file.h"

namespace abm::connect {
namespace {

using Kind = FetchOutcome::Kind;
using Json = JsonWriter<std::string>;
using Object = simdjson::dom::object;

constexpr std::string_view kStateFormat = "networks-state/1";
constexpr uint64_t kMaxListBytes = 32u << 20, kMaxPageBytes = 4u << 20, kMaxMetadataBytes = 16u << 20;
constexpr uint64_t kMaxArchiveBytes = 128u << 20, kMaxUnpackedBytes = 512u << 20;
constexpr mode_t kListFolderMode = 0755, kListFileMode = 0644;  // public lists

bool is_address(std::string_view text) {
  return text.starts_with("https://") || text.starts_with("http://");
}

std::string text_member(const Object& object, std::string_view key) {
  std::string_view value;
  return object[key].get(value) == simdjson::SUCCESS ? std::string(value) : std::string();
}
uint64_t count_member(const Object& object, std::string_view key) {
  uint64_t value = 0;
  return object[key].get(value) == simdjson::SUCCESS ? value : 0;
}
int64_t time_member(const Object& object, std::string_view key) {
  return parse_rfc3339(text_member(object, key)).value_or(0);
}
std::string time_text(int64_t time) {
  return time == 0 ? std::string() : format_rfc3339(time);
}

Result<void> write_list_states(const std::string& data_dir, const std::vector<ListState>& states) {
  std::string text;
  Json json(text);
  json.begin_object().key("abm").string(kStateFormat).key("lists").begin_array();
  for (const ListState& state : states) {
    json.begin_object().key("name").string(state.name).key("from").string(state.from);
    json.key("etag").string(state.etag).key("version").string(state.version);
    json.key("networks").number(state.networks);
    json.key("changed_at").string_or_null(time_text(state.changed_at));
    json.key("tried_at").string_or_null(time_text(state.attempts.tried_at));
    json.key("succeeded_at").string_or_null(time_text(state.attempts.succeeded_at));
    json.key("failing_since").string_or_null(time_text(state.attempts.failing_since));
    json.key("failures").number(state.attempts.failures).key("fault").string_or_null(state.attempts.fault);
    json.end_object();
  }
  json.end_array().end_object();
  return write_state(data_dir, kNetworksState, text + "\n");
}

/// What an attempt found, before it is put in place.
struct Found {
  std::string version;
  std::string etag;
  uint64_t networks = 0;
  std::vector<std::pair<std::string, std::string>> files;  ///< name and bytes
};

class Fetch {
 public:
  Fetch(HttpClient& client, const PublishedList& list, const FetchOptions& options)
      : client_(client), list_(list), options_(options), now_(static_cast<int64_t>(::time(nullptr))) {
    from_ = options.from.empty() ? std::string(list.address) : options.from;
  }
  FetchOutcome run();

 private:
  [[nodiscard]] bool is_table() const { return list_.name == kAsnList; }
  [[nodiscard]] std::string source() const { return is_address(from_) ? url_for_people(from_) : from_; }
  [[nodiscard]] std::vector<std::string> file_names() const;
  [[nodiscard]] bool has_files() const;
  Result<HttpReply> get(const std::string& url, uint64_t most, std::string if_none_match, TextSink& sink);
  Result<std::optional<Found>> find();
  Result<std::optional<Found>> find_list();
  Result<std::optional<Found>> find_table();
  Result<Found> unpack(std::string_view archive, std::string version);
  Result<bool> put_in_place(const Found& found);
  void finish(Kind kind, std::string message);

  HttpClient& client_;
  const PublishedList& list_;
  const FetchOptions& options_;
  int64_t now_;
  std::string from_;
  std::optional<LockedState> locked_;
  std::optional<generation::Folder> folder_;
  std::vector<ListState> states_;
  FetchOutcome outcome_;
};

std::vector<std::string> Fetch::file_names() const {
  if (!is_table()) return {fmt::format("{}.csv", list_.name)};
  return {std::begin(kAsnFiles), std::end(kAsnFiles)};
}

bool Fetch::has_files() const {
  const auto names = file_names();
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    std::error_code code;
    return std::filesystem::is_regular_file(folder_->path_of(name), code);
  });
}

Result<HttpReply> Fetch::get(const std::string& url, uint64_t most, std::string if_none_match,
                             TextSink& sink) {
  if (auto good = check_url(url); !good) return good.error();
  HttpRequest request;
  request.url = url;
  request.if_none_match = std::move(if_none_match);
  request.compressed = true;
  request.max_body = most;
  if (options_.progress) {
    request.progress = [this](uint64_t done, uint64_t total) {
      options_.progress(fmt::format("fetching {}", list_.name), done, total);
    };
  }
  auto reply = client_.get(std::move(request), sink);
  if (!reply || reply->status == 200 || reply->status == 304) return reply;
  const bool is_private = reply->status == 401 || reply->status == 403;
  const std::string_view remedy =
      is_table() && is_private
          ? ": fetch the package with 'npm pack @ip-location-db/asn', and name its archive: --from asn=FILE"
          : "";
  return Error{fmt::format("{}{}", status_fault(url, reply->status), remedy)};
}

Result<std::optional<Found>> Fetch::find_list() {
  Found found;
  std::string bytes;
  if (!is_address(from_)) {
    auto read = read_file(from_, kMaxListBytes);
    if (!read) return read.error();
    bytes = std::move(*read);
  } else {
    std::string address = from_;
    TextSink page;
    if (list_.name == kAzureList && !address.ends_with(".json")) {
      if (auto reply = get(address, kMaxPageBytes, "", page); !reply) return reply.error();
      auto named = azure_list_address(page.text, address);
      if (!named) return Error{fmt::format("{}: {}", url_for_people(address), named.message())};
      address = std::move(*named);
    }
    TextSink body;
    const bool same = has_files() && outcome_.state.from == source();
    auto reply = get(address, kMaxListBytes, same ? outcome_.state.etag : "", body);
    if (!reply) return reply.error();
    if (reply->status == 304) return std::optional<Found>();
    found.etag = reply->etag;
    bytes = std::move(body.text);
  }
  auto networks = read_network_list(bytes);
  if (!networks) return Error{fmt::format("{}: {}", source(), networks.message())};
  found.networks = networks->size();
  found.files.emplace_back(
      file_names().front(),
      exclusion_csv({.what = list_.what, .from = source(), .kind = list_.kind}, *networks));
  return std::optional(std::move(found));
}

Result<Found> Fetch::unpack(std::string_view archive, std::string version) {
  if (options_.progress) options_.progress("unpacking the table of AS numbers", 0, 0);
  std::vector<std::string> names;
  for (const std::string_view file : kAsnFiles) names.push_back(fmt::format("package/{}", file));
  auto files = read_package(archive, names, kMaxUnpackedBytes);
  if (!files) return files.error();
  Found found;
  found.version = std::move(version);
  for (const std::string_view file : kAsnFiles) {
    const auto table = read_as_table((*files)[fmt::format("package/{}", file)], std::string(file));
    if (!table) return table.error();
    found.networks += table->ranges;
    found.files.emplace_back(file,
                             fmt::format("# {}\n# npm {} {}\n{}", kAsnCredit, kAsnPackage,
                                         found.version.empty() ? "from a file" : found.version, table->csv));
  }
  return found;
}

Result<std::optional<Found>> Fetch::find_table() {
  if (!is_address(from_)) {
    const auto archive = read_file(from_, kMaxArchiveBytes);
    if (!archive) return archive.error();
    auto found = unpack(*archive, "");
    if (!found) return Error{fmt::format("{}: {}", from_, found.message())};
    return std::optional(std::move(*found));
  }
  std::string registry = from_;
  while (registry.ends_with('/')) registry.pop_back();
  const std::string metadata_url = fmt::format("{}/@ip-location-db%2fasn", registry);
  TextSink metadata;
  const bool same = has_files() && outcome_.state.from == source();
  auto reply = get(metadata_url, kMaxMetadataBytes, same ? outcome_.state.etag : "", metadata);
  if (!reply) return reply.error();
  if (reply->status == 304) return std::optional<Found>();
  const auto package = read_package_metadata(metadata.text);
  if (!package) return Error{fmt::format("{}: {}", url_for_people(metadata_url), package.message())};
  if (same && outcome_.state.version == package->version) {
    outcome_.state.etag = reply->etag;
    return std::optional<Found>();
  }
  const std::string archive_url = fmt::format("{}/{}/-/asn-{}.tgz", registry, kAsnPackage, package->version);
  TextSink archive;
  if (auto got = get(archive_url, kMaxArchiveBytes, "", archive); !got) return got.error();
  if (auto good = check_integrity(archive.text, package->integrity); !good)
    return Error{fmt::format("{}: {}", url_for_people(archive_url), good.message())};
  auto found = unpack(archive.text, package->version);
  if (!found) return Error{fmt::format("{}: {}", url_for_people(archive_url), found.message())};
  found->etag = reply->etag;
  return std::optional(std::move(*found));
}

Result<std::optional<Found>> Fetch::find() {
  auto found = is_table() ? find_table() : find_list();
  if (!found || !found->has_value() || options_.allow_shrink || !options_.max_shrink_percent) return found;
  const uint64_t before = has_files() ? outcome_.state.networks : 0;
  const uint64_t least = before - before * *options_.max_shrink_percent / 100;
  if ((*found)->networks < least) {
    return Error{
        fmt::format("{}: has {} networks, {} fewer than before: more than max_shrink {}% "
                    "(--allow-shrink accepts it once)",
                    source(), (*found)->networks, before - (*found)->networks, *options_.max_shrink_percent)};
  }
  return found;
}

/// Whether anything changed.
Result<bool> Fetch::put_in_place(const Found& found) {
  bool changed = false;
  for (const auto& [name, bytes] : found.files) {
    const auto present = read_file(folder_->path_of(name), kMaxUnpackedBytes);
    if (present && *present == bytes) continue;
    if (auto done = replace_file_at(folder_->fd.get(), name, bytes, kListFileMode, folder_->path_of(name));
        !done)
      return done.error();
    changed = true;
  }
  return changed;
}

void Fetch::finish(Kind kind, std::string message) {
  outcome_.kind = kind;
  const bool good = kind == Kind::kUpdated || kind == Kind::kUnchanged;
  if (good) {
    outcome_.state.attempts.succeeded(now_);
    outcome_.message = std::move(message);
  } else {
    outcome_.state.attempts.failed(now_, message);
    outcome_.message = outcome_.state.changed_at == 0
                           ? fmt::format("{} (there is none from before)", message)
                           : fmt::format("{} (what was fetched at {} stays)", message,
                                         format_rfc3339(outcome_.state.changed_at));
  }
  if (!locked_.has_value()) return;
  const auto known = std::find_if(states_.begin(), states_.end(),
                                  [&](const ListState& state) { return state.name == list_.name; });
  known == states_.end() ? states_.push_back(outcome_.state) : static_cast<void>(*known = outcome_.state);
  if (auto written = write_list_states(options_.data_dir, states_); !written && good)
    outcome_.message += fmt::format(" ({}: how this went is not kept)", written.message());
  if (folder_.has_value() && has_files()) {
    for (const std::string& name : file_names()) outcome_.files.push_back(folder_->path_of(name));
  }
}

FetchOutcome Fetch::run() {
  outcome_.state.name = list_.name;
  const auto fail = [&](const Error& error) {
    finish(Kind::kFailed, error.message);
    return std::move(outcome_);
  };
  auto locked = LockedState::open(options_.data_dir);
  if (!locked) return fail(locked.error());
  locked_.emplace(std::move(*locked));
  auto folder = make_folder_in(locked_->data, kNetworksFolder, kListFolderMode);
  if (!folder) return fail(folder.error());
  folder_.emplace(std::move(*folder));
  // A state that cannot be understood is as good as none: everything is fetched once more.
  if (auto states = read_list_states(options_.data_dir); states) states_ = std::move(*states);
  for (const ListState& state : states_) {
    if (state.name == list_.name) outcome_.state = state;
  }
  if (is_table() && options_.from.empty()) {
    auto registry = npm_registry(npm_places(), kAsnScope);
    if (!registry) {
      finish(Kind::kRefused, registry.message());
      return std::move(outcome_);
    }
    from_ = std::move(*registry);
  }
  auto found = find();
  if (!found) {
    finish(Kind::kRefused, found.message());
    return std::move(outcome_);
  }
  ListState& state = outcome_.state;
  bool changed = false;
  if (found->has_value()) {
    const auto placed = put_in_place(**found);
    if (!placed) return fail(placed.error());
    changed = *placed;
    state.etag = (*found)->etag;
    state.version = (*found)->version;
    state.networks = (*found)->networks;
    if (changed || state.changed_at == 0) state.changed_at = now_;
  }
  state.from = source();
  const std::string what = fmt::format(
      "{}{}, {} {}", list_.what, state.version.empty() ? "" : fmt::format(", version {}", state.version),
      state.networks, is_table() ? "ranges" : "networks");
  if (changed) {
    finish(Kind::kUpdated, what);
  } else {
    finish(Kind::kUnchanged, fmt::format("{}, unchanged since {}", what, format_rfc3339(state.changed_at)));
  }
  return std::move(outcome_);
}

}  // namespace

Result<std::vector<ListState>> read_list_states(const std::string& data_dir) {
  std::vector<ListState> states;
  auto text = read_state(data_dir, kNetworksState);
  if (!text) return text.error();
  if (text->empty()) return states;
  simdjson::dom::parser parser;
  Object root;
  simdjson::dom::array lists;
  if (parser.parse(*text).get(root) != simdjson::SUCCESS || text_member(root, "abm") != kStateFormat ||
      root["lists"].get(lists) != simdjson::SUCCESS) {
    return Error{fmt::format("{}/{}/{}: not a state of the format {}", data_dir, kStateFolder, kNetworksState,
                             kStateFormat)};
  }
  for (const PublishedList& list : published_lists()) {
    for (const auto item : lists) {
      Object object;
      if (item.get(object) != simdjson::SUCCESS || text_member(object, "name") != list.name) continue;
      states.push_back({.name = std::string(list.name),
                        .from = text_member(object, "from"),
                        .etag = text_member(object, "etag"),
                        .version = text_member(object, "version"),
                        .networks = count_member(object, "networks"),
                        .changed_at = time_member(object, "changed_at"),
                        .attempts = {.tried_at = time_member(object, "tried_at"),
                                     .succeeded_at = time_member(object, "succeeded_at"),
                                     .failing_since = time_member(object, "failing_since"),
                                     .failures = count_member(object, "failures"),
                                     .fault = text_member(object, "fault")}});
    }
  }
  return states;
}

FetchOutcome fetch_list(HttpClient& client, const PublishedList& list, const FetchOptions& options) {
  return Fetch(client, list, options).run();
}

}  // namespace abm::connect
