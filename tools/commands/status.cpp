// abmctl status: which generation serves, how old it and its feed are, how syncing goes, and what is kept.
#include <algorithm>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/timestamp.h"
#include "generation/coverage.h"
#include "generation/generation.h"
#include "generation/primary.h"
#include "generation/publish.h"
#include "tools/age.h"
#include "tools/command.h"
#include "tools/hold_status.h"
#include "tools/inputs.h"
#include "tools/live_status.h"
#include "tools/networks_status.h"
#include "tools/provenance.h"
#include "tools/readers.h"
#include "tools/sync_status.h"

namespace abm::tools {
namespace {

struct StatusOptions {
  SiteOptions site;
  bool json = false;
};

constexpr size_t kListed = 10;  // generations; `abmctl log` tells of all

struct Overview {
  std::string data;
  std::optional<uint64_t> bytes;  ///< of all generations on the disk
  std::vector<generation::GenerationInfo> generations;
  std::shared_ptr<const generation::Generation> current;
  std::string fault;   ///< why the current one cannot be opened
  std::string closed;  ///< why nginx's workers may not read it
  int64_t now = 0;
};

void write_json(const Overview& seen, const Output& out) {
  std::string text;
  Json json(text);
  json.begin_object().key("data").string(seen.data).key("generation");
  if (seen.current == nullptr) {
    json.null();
  } else {
    const generation::Generation& current = *seen.current;
    const auto expires = current.accounts().expires_at();
    json.number(current.number()).key("created_at").string(current.manifest().created_at);
    json.key("tenant")
        .string(current.manifest().tenant)
        .key("feed_version")
        .number(current.manifest().feed_version);
    json.key("feed_generated_at")
        .string(format_rfc3339(current.accounts().generated_at()))
        .key("feed_expires_at");
    expires.has_value() ? json.string(format_rfc3339(*expires)) : json.null();
    json.key("expired").boolean(current.expired(seen.now));
    json.key("accounts").number(current.accounts().size());
    json.key("identifiable").number(generation::coverage_of(current).identifiable());
    json.key("rules").number(current.rules().rule_count());
    json.key("replaces");
    current.manifest().replaces == 0 ? json.null() : json.number(current.manifest().replaces);
    json.key("rules_from");
    current.manifest().rules_from == 0 ? json.null() : json.number(current.manifest().rules_from);
    write_story(json, current.manifest().made, current.manifest().counts, current.manifest().counts_before);
    json.key("sources").begin_array();
    for (const generation::SourceEntry& source : current.manifest().sources) {
      json.begin_object().key("name").string(source.name).key("version").string(source.version);
      json.key("xxh3_128").string(source.hash.xxh3.hex());
      json.key("sha256").string(source.hash.sha256.hex());
      for (const auto& [name, count] : source.counts) json.key(name).number(count);
      json.end_object();
    }
    json.end_array();
  }
  json.key("fault");
  json.string_or_null(seen.fault);
  json.key("closed").string_or_null(seen.closed);
  write_hold(json, seen.data);
  write_sync_state(json, seen.data);
  write_live_states(json, seen.data);
  write_list_states(json, seen.data);
  json.key("disk_bytes");
  seen.bytes.has_value() ? json.number(*seen.bytes) : json.null();
  json.key("generations").begin_array();
  for (const generation::GenerationInfo& info : seen.generations) {
    json.begin_object().key("number").number(info.number).key("created_at").string(info.created_at);
    json.key("feed_version").number(info.feed_version).key("current").boolean(info.current);
    json.key("complete").boolean(info.complete).key("format").number(info.format).end_object();
  }
  json.end_array().end_object();
  out.line(text);
}

/// Who published the one that serves, what changed with it, and how it was tested.
void tell_story(const Overview& seen, const Output& out) {
  for (const generation::GenerationInfo& info : seen.generations) {
    if (!info.current) continue;
    if (const std::string who = who_text(info.made); !who.empty())
      out.line(fmt::format("  published by {}", who));
    if (info.format == generation::Manifest::kFormat) {
      out.line(fmt::format(
          "  {}: {}", info.replaces == 0 ? "the first" : fmt::format("since generation {}", info.replaces),
          change_text(info)));
    }
    if (const std::string tests = tests_text(info.made, info.counts); !tests.empty())
      out.line(fmt::format("  {}", tests));
    if (const auto primary = generation::primary_of(info.made);
        primary.has_value() && !primary->what.empty()) {
      out.line(fmt::format("  primary {}, decided {}, published {} (generation {})", primary->what,
                           format_rfc3339(primary->since).substr(0, 10),
                           format_rfc3339(primary->published).substr(0, 10), primary->generation));
    }
  }
}

void tell(const Overview& seen, const Output& out) {
  if (seen.current != nullptr) {
    const generation::Generation& current = *seen.current;
    const int64_t created = parse_rfc3339(current.manifest().created_at).value_or(seen.now);
    out.line(fmt::format("{}, published {} ago", out.strong(fmt::format("generation {}", current.number())),
                         age(seen.now - created)));
    out.line(fmt::format("  feed version {} of tenant '{}', made {} ago", current.manifest().feed_version,
                         current.manifest().tenant, age(seen.now - current.accounts().generated_at())));
    out.line(fmt::format("  {}", generation::to_text(generation::coverage_of(current))));
    if (const auto expires = current.accounts().expires_at(); expires.has_value()) {
      out.line(current.expired(seen.now)
                   ? fmt::format("  the feed expired at {}: pages are original", format_rfc3339(*expires))
                   : fmt::format("  the feed expires at {}", format_rfc3339(*expires)));
    }
    const uint64_t from = current.manifest().rules_from;
    out.line(fmt::format("  {} rules{}", current.rules().rule_count(),
                         from == 0 ? "" : fmt::format(", those of generation {}", from)));
    tell_story(seen, out);
  } else {
    out.line(fmt::format("no generation serves: {}", seen.fault));
  }
  if (!seen.closed.empty()) out.line(seen.closed);
  tell_hold(out, seen.data);
  tell_sync_state(out, seen.data, seen.now);
  tell_live_states(out, seen.data, seen.now);
  tell_list_states(out, seen.data, seen.now);
  const size_t kept = seen.generations.size();
  if (seen.bytes.has_value()) {
    out.line(fmt::format("{} generation{} kept, {} on the disk", kept, kept == 1 ? "" : "s",
                         byte_text(*seen.bytes)));
  }
  if (kept > kListed) out.line(fmt::format("  {} older ones: see abmctl log", kept - kListed));
  for (size_t i = kept - std::min(kept, kListed); i < kept; ++i) {
    const generation::GenerationInfo& info = seen.generations[i];
    out.line(fmt::format("{} {}  {}  feed version {}{}", info.current ? "*" : " ",
                         generation::generation_name(info.number), info.created_at, info.feed_version,
                         !info.complete ? "  damaged"
                         : info.format < generation::Manifest::kOldestServed
                             ? "  of an older version: publish again"
                             : ""));
  }
}

Status run(const StatusOptions& options, Context& context) {
  const Output& out = context.out;
  auto folder = data_folder(options.site);
  if (!folder) return out.failure(folder.message());
  Overview seen;
  seen.data = *folder;
  seen.now = static_cast<int64_t>(::time(nullptr));
  auto generations = generation::list_generations(*folder);
  if (!generations) return out.failure(generations.message());
  seen.generations = std::move(*generations);
  if (const auto bytes = generation::disk_use(*folder); bytes) seen.bytes = *bytes;
  seen.closed = shut_out_warning(*folder);
  auto current = generation::Generation::open(*folder);
  if (current) {
    seen.current = std::move(*current);
  } else {
    seen.fault = current.message();
  }
  options.json ? write_json(seen, out) : tell(seen, out);
  return seen.current != nullptr && !seen.current->expired(seen.now) ? Status::kOk : Status::kProblems;
}

}  // namespace

void add_status(Command& app, Context& context) {
  auto options = std::make_shared<StatusOptions>();
  Command* command =
      app.add_subcommand("status", "Shows the generation that serves, its feed and the ones kept");
  options->site.add_to(*command);
  command->add_flag("--json", options->json, "the same as JSON");
  command->footer(
      "Also shows who published it, what changed with it, what the generations take on the disk, and how sync,\n"
      "mirror, agent, live sources and the lists of abmctl networks are doing, if they have run. `abmctl log` tells the same of each generation.\n"
      "Exit status 1 when no generation can be opened or its feed has expired.\n"
      "Example:\n"
      "  abmctl status --data /var/lib/abm/acme-web");
  command->callback([options, &context] { context.status = run(*options, context); });
}

}  // namespace abm::tools
