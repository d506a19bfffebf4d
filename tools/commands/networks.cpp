// abmctl networks: fetches the lists of networks that their owners publish.
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/file.h"
#include "connect/networks/fetch.h"
#include "connect/sync/feed_sync.h"
#include "tools/command.h"
#include "tools/commands.h"
#include "tools/inputs.h"

namespace abm::tools {
namespace {

using connect::FetchOutcome;
using connect::PublishedList;

struct NetworksOptions {
  SiteOptions site;
  std::vector<std::string> names, from;
  bool allow_shrink = false;
  bool list = false;
  bool json = false;
};

std::string_view text_of(FetchOutcome::Kind kind) {
  switch (kind) {
    case FetchOutcome::Kind::kUpdated:
      return "updated";
    case FetchOutcome::Kind::kUnchanged:
      return "unchanged";
    case FetchOutcome::Kind::kRefused:
      return "refused";
    case FetchOutcome::Kind::kFailed:
      return "failed";
  }
  return {};
}

/// `--from NAME=ADDRESS`
Result<std::map<std::string, std::string>> addresses(const std::vector<std::string>& given) {
  std::map<std::string, std::string> found;
  for (const std::string& text : given) {
    const size_t equals = text.find('=');
    if (equals == 0 || equals == text.npos || equals + 1 == text.size())
      return Error{fmt::format("--from '{}' is not NAME=ADDRESS, such as asn=https://npm.example", text)};
    const std::string name = text.substr(0, equals);
    const auto lists = connect::choose_lists({name});
    if (!lists) return Error{fmt::format("--from: {}", lists.message())};
    if (lists->size() != 1 || lists->front()->name != name)
      return Error{fmt::format("--from '{}': '{}' is a group; name one list", text, name)};
    found[name] = text.substr(equals + 1);
  }
  return found;
}

bool is_named(const generation::Site& site, const std::string& path) {
  std::error_code code;
  for (const generation::NetworkInput& input : site.networks) {
    if (std::filesystem::equivalent(input.path, path, code)) return true;
  }
  return false;
}

void show_lists(const NetworksOptions& options, const std::vector<const PublishedList*>& lists,
                const Output& out) {
  if (!options.json) {
    for (const PublishedList* list : lists)
      out.line(fmt::format("{:<13} {:<9} {:<8} {}: {}", list->name, list->group,
                           list->kind.empty() ? "-" : list->kind, list->what, list->address));
    return;
  }
  std::string text;
  Json json(text);
  json.begin_array();
  for (const PublishedList* list : lists) {
    json.begin_object().key("name").string(list->name).key("group").string(list->group);
    json.key("kind").string_or_null(list->kind).key("what").string(list->what);
    json.key("address").string(list->address).end_object();
  }
  json.end_array();
  out.line(text);
}

void write_json(const std::vector<FetchOutcome>& outcomes, const Output& out) {
  std::string text;
  Json json(text);
  json.begin_array();
  for (const FetchOutcome& outcome : outcomes) {
    json.begin_object().key("name").string(outcome.state.name).key("result").string(text_of(outcome.kind));
    json.key("message").string(outcome.message).key("from").string_or_null(outcome.state.from);
    json.key("version").string_or_null(outcome.state.version).key("networks").number(outcome.state.networks);
    json.key("files").begin_array();
    for (const std::string& file : outcome.files) json.string(file);
    json.end_array().end_object();
  }
  json.end_array();
  out.line(text);
}

/// What site.yaml does not read yet.
void tell_unnamed(const generation::Site& site, const std::vector<FetchOutcome>& outcomes,
                  const Output& out) {
  std::string lines;
  for (const FetchOutcome& outcome : outcomes) {
    for (const std::string& file : outcome.files) {
      if (is_named(site, file)) continue;
      const std::string relative = std::filesystem::path(file).lexically_relative(site.folder).string();
      const bool inside = !relative.empty() && !relative.starts_with("..");
      lines += fmt::format("\n  - {{ {}: {} }}", outcome.state.name == connect::kAsnList ? "asn" : "exclude",
                           inside ? relative : file);
    }
  }
  if (!lines.empty()) out.line(fmt::format("site.yaml does not read these yet. Below `networks:`:{}", lines));
}

Status run(const NetworksOptions& options, Context& context) {
  Output& out = context.out;
  const auto lists = connect::choose_lists(options.names);
  if (!lists) return out.failure(lists.message());
  if (options.list) {
    show_lists(options, *lists, out);
    return Status::kOk;
  }
  const auto from = addresses(options.from);
  if (!from) return out.failure(from.message());
  Diagnostics diagnostics;
  const auto site = load_site(options.site, diagnostics);
  if (!site.has_value()) {
    out.findings(diagnostics);
    return out.failure("nothing was fetched: site.yaml cannot be used");
  }
  connect::HttpClient client(connect::http_settings(site->accounts));
  Status status = Status::kOk;
  std::vector<FetchOutcome> outcomes;
  for (const PublishedList* list : *lists) {
    connect::FetchOptions fetch;
    fetch.data_dir = site->data;
    fetch.max_shrink_percent = site->max_shrink_percent;
    fetch.allow_shrink = options.allow_shrink;
    if (const auto given = from->find(std::string(list->name)); given != from->end())
      fetch.from = given->second;
    fetch.progress = [&out](std::string_view phase, uint64_t done, uint64_t total) {
      out.progress(phase, done, total);
    };
    outcomes.push_back(connect::fetch_list(client, *list, fetch));
    out.clear_progress();
    const FetchOutcome& outcome = outcomes.back();
    const bool good =
        outcome.kind == FetchOutcome::Kind::kUpdated || outcome.kind == FetchOutcome::Kind::kUnchanged;
    if (!good) {
      out.note(fmt::format("abmctl: {}: {}: {}", list->name, text_of(outcome.kind), outcome.message));
      status = std::max(
          status, outcome.kind == FetchOutcome::Kind::kFailed ? Status::kCouldNotRun : Status::kProblems);
    } else if (!options.json) {
      out.line(fmt::format("{}: {}: {}", list->name, text_of(outcome.kind), outcome.message));
      if (list->name == connect::kAsnList) out.line(fmt::format("  {}", connect::kAsnCredit));
    }
  }
  options.json ? write_json(outcomes, out) : tell_unnamed(*site, outcomes, out);
  return status;
}

}  // namespace

void add_networks(Command& app, Context& context) {
  auto options = std::make_shared<NetworksOptions>();
  Command* command = app.add_subcommand(
      "networks", "Fetches published lists of networks: AS numbers, and exclusions of crawlers and clouds");
  command->add_option("list", options->names, "lists or groups (asn, crawlers, clouds); default: all");
  command->add_option("--site", options->site.site,
                      "site.yaml, or its folder; default: the nearest one upward");
  command
      ->add_option(
          "--from", options->from,
          "NAME=ADDRESS: where a list is instead: a URL, or a file; for asn an npm registry (default: the one that npm "
          "asks on this machine), or the package's archive; may be repeated")
      .repeatable();
  command->add_flag("--allow-shrink", options->allow_shrink,
                    "accept a list with fewer networks than max_shrink allows");
  command->add_flag("--list", options->list, "show the lists and their addresses; fetch nothing");
  command->add_flag("--json", options->json, "the results as JSON");
  command->footer(
      "Files are in the data folder, below networks/; name those that you want in site.yaml, as asn or exclude. Asks\n"
      "only for what has changed, and replaces a file only by a whole and plausible one; abmctl status shows how old\n"
      "each is. Run it daily, from a timer: the agent publishes what has changed.\n"
      "Exit status 1 when a list could not be reached or was refused (its last good file stays), 2 when this machine\n"
      "failed.\n"
      "Examples:\n"
      "  abmctl networks\n"
      "  abmctl networks asn crawlers --site /etc/abm/site.yaml\n"
      "  abmctl networks azure --from azure=ServiceTags_Public_20261123.json");
  command->callback([options, &context] { context.status = run(*options, context); });
}

}  // namespace abm::tools
