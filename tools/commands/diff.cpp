// abmctl diff: what publishing would change, before it does.
#include <ctime>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/timestamp.h"
#include "tools/command.h"
#include "tools/inputs.h"
#include "tools/provenance.h"
#include "tools/site_diff.h"

namespace abm::tools {
namespace {

constexpr size_t kDefaultSample = 200;

struct DiffArguments {
  SiteOptions site;
  uint64_t from = 0;
  uint64_t to = 0;  ///< 0: the working tree
  std::vector<std::string> urls;
  std::string at;
  std::string language;
  size_t sample = kDefaultSample;
  bool all = false;
  bool json = false;
};

/// The two sides, and what was looked at.
struct Compared {
  std::shared_ptr<const generation::Generation> from, to;
  DiffOptions options;
  SiteDiff diff;
  bool networks_differ = false;
};

using Counts = std::map<std::string, std::set<std::string>>;  // name → accounts

Counts by_slot(const SiteDiff& diff) {
  Counts out;
  for (const SlotChange& change : diff.changes) out[change.slot].insert(change.account);
  return out;
}

Counts by_rule(const SiteDiff& diff) {
  Counts out;
  for (const SlotChange& change : diff.changes) {
    for (const std::string& rule : {change.from.rule, change.to.rule}) {
      if (!rule.empty()) out[rule].insert(change.account);
    }
  }
  return out;
}

std::string name_of(const generation::Generation& generation) {
  return generation.number() == 0 ? "working tree" : fmt::format("generation {}", generation.number());
}

void write_view(Json& json, const SlotView& view) {
  if (view.rule.empty()) {
    json.null();
    return;
  }
  json.begin_object().key("rule").string(view.rule).key("variant");
  json.string_or_null(view.variant);
  json.key("text").string(view.text).end_object();
}

void write_counts(Json& json, const Counts& counts) {
  json.begin_object();
  for (const auto& [key, accounts] : counts) json.key(key).number(accounts.size());
  json.end_object();
}

void write_side(Json& json, const generation::Generation& generation) {
  generation.number() == 0 ? json.null() : json.number(generation.number());
}

/// Who made each side, and what is in it; nobody made a working tree.
void write_sides(Json& json, const Compared& compared) {
  json.key("sides").begin_array();
  for (const auto& side : {compared.from, compared.to}) {
    const generation::Manifest& manifest = side->manifest();
    json.begin_object().key("number");
    write_side(json, *side);
    json.key("created_at").string_or_null(manifest.created_at);
    write_story(json, manifest.made, manifest.counts, manifest.counts_before);
    json.end_object();
  }
  json.end_array();
}

/// "generation 41: 2026-11-22T03:33:20Z, abm@web-1, commit 9f3a1b2c4d5e (clean), 12 tests passed".
void tell_side(const generation::Manifest& manifest, const Output& out) {
  if (manifest.number == 0) return;
  std::string text = fmt::format("generation {}: {}", manifest.number, manifest.created_at);
  for (const std::string& part : {who_text(manifest.made), tests_text(manifest.made, manifest.counts)})
    if (!part.empty()) text += fmt::format(", {}", part);
  out.line(text);
}

/// "rules 6 → 7, networks 810 → 812"; "" if nothing was added or removed, or one side does not say.
std::string count_changes(const generation::NamedCounts& from, const generation::NamedCounts& to) {
  std::string text;
  for (const auto& [name, count] : to) {
    const auto before = generation::count_of(from, name);
    if (name == generation::kCountTests || !before.has_value() || *before == count) continue;
    text += fmt::format("{}{}", text.empty() ? "" : ", ", count_change(name, *before, count));
  }
  return text;
}

void write_json(const Compared& compared, const Output& out) {
  const SiteDiff& diff = compared.diff;
  std::string text;
  Json json(text);
  json.begin_object().key("from");
  write_side(json, *compared.from);
  json.key("to");
  write_side(json, *compared.to);
  json.key("at").string(format_rfc3339(compared.options.now)).key("pages").begin_array();
  for (const DiffPage& page : compared.options.pages) json.string(page.name);
  json.end_array();
  write_sides(json, compared);
  json.key("accounts").begin_object().key("known").number(diff.known);
  json.key("looked_at").number(diff.looked_at).key("changed").number(diff.changed).end_object();
  json.key("networks_differ").boolean(compared.networks_differ);
  json.key("by_slot");
  write_counts(json, by_slot(diff));
  json.key("by_rule");
  write_counts(json, by_rule(diff));
  json.key("inherited").begin_array();
  for (const InheritedChange& change : diff.inherited) {
    json.begin_object().key("account").string(change.account).key("field").string(change.field);
    json.key("from").string(change.from).key("to").string(change.to).end_object();
  }
  json.end_array().key("changes").begin_array();
  for (const SlotChange& change : diff.changes) {
    json.begin_object().key("account").string(change.account).key("page").string(change.page);
    json.key("slot").string(change.slot).key("from");
    write_view(json, change.from);
    json.key("to");
    write_view(json, change.to);
    json.end_object();
  }
  json.end_array().end_object();
  out.line(text);
}

std::string shown(const SlotView& view) {
  if (view.rule.empty()) return "original";
  return view.variant.empty() ? fmt::format("{} {}", view.rule, view.text)
                              : fmt::format("{}/{} {}", view.rule, view.variant, view.text);
}

void tell_counts(std::string_view title, const Counts& counts, const Output& out) {
  out.line(title);
  for (const auto& [name, accounts] : counts) {
    out.line(fmt::format("  {:<24} {} account{}", name, accounts.size(), accounts.size() == 1 ? "" : "s"));
  }
}

void tell(const Compared& compared, const Output& out) {
  const SiteDiff& diff = compared.diff;
  std::string pages;
  for (const DiffPage& page : compared.options.pages) {
    pages += fmt::format("{}{}", pages.empty() ? "" : ", ", page.name);
  }
  out.line(fmt::format("{} → {}, at {}, on {}", name_of(*compared.from), name_of(*compared.to),
                       format_rfc3339(compared.options.now), pages));
  tell_side(compared.from->manifest(), out);
  tell_side(compared.to->manifest(), out);
  if (const std::string counts =
          count_changes(compared.from->manifest().counts, compared.to->manifest().counts);
      !counts.empty())
    out.line(counts);
  out.line(fmt::format("{} of {} accounts looked at see a change ({} known)",
                       out.strong(fmt::to_string(diff.changed)), diff.looked_at, diff.known));
  if (!diff.inherited.empty()) out.line("from parents");
  for (const InheritedChange& change : diff.inherited)
    out.line(fmt::format("  {} {}: {} → {}", change.account, change.field, change.from, change.to));
  if (diff.changes.empty()) return;
  tell_counts("by slot", by_slot(diff), out);
  tell_counts("by rule", by_rule(diff), out);
  std::string account, page;
  for (const SlotChange& change : diff.changes) {
    if (change.account != account || change.page != page) {
      account = change.account;
      page = change.page;
      out.line(fmt::format("{} {}", out.strong(account), page));
    }
    out.line(fmt::format("  {}: {} → {}", change.slot, shown(change.from), shown(change.to)));
  }
}

Result<DiffOptions> diff_options(const DiffArguments& options, const generation::Generation& from,
                                 const generation::Generation& to, const Output& out) {
  DiffOptions result;
  result.now = static_cast<int64_t>(::time(nullptr));
  if (!options.at.empty()) {
    const auto at = parse_written_time(options.at);
    if (!at.has_value()) {
      return Error{
          fmt::format("--at '{}' is not an RFC 3339 time, such as 2026-11-22T03:33:20Z", options.at)};
    }
    result.now = *at;
  }
  for (const std::string& url : options.urls) {
    auto parsed = parse_page_url(url);
    if (!parsed) return parsed.error();
    result.pages.push_back({url, std::move(*parsed)});
  }
  if (result.pages.empty()) {
    LiteralPages literal = literal_pages(from.rules(), to.rules());
    result.pages = std::move(literal.pages);
    if (literal.patterns != 0) {
      out.note(fmt::format("{} path pattern{} of the rules ha{} wildcards: name matching pages with --url",
                           literal.patterns, literal.patterns == 1 ? "" : "s",
                           literal.patterns == 1 ? "s" : "ve"));
    }
  }
  result.language = options.language;
  result.sample = options.all ? 0 : options.sample;
  return result;
}

Status run(const DiffArguments& options, Context& context) {
  Output& out = context.out;
  if (options.to == 0 && !options.site.data.empty()) {
    return out.failure(
        "--data names no working tree: say which generation with --to, or the site with --site");
  }
  GenerationOptions old_side, new_side;
  old_side.site = new_side.site = options.site;
  old_side.number = options.from;
  new_side.number = options.to;
  new_side.draft = options.to == 0;
  Compared compared;
  compared.from = open_generation(old_side, out).generation;
  if (compared.from == nullptr) return Status::kCouldNotRun;
  compared.to = open_generation(new_side, out).generation;
  if (compared.to == nullptr) return Status::kCouldNotRun;

  auto asked = diff_options(options, *compared.from, *compared.to, out);
  if (!asked) return out.failure(asked.message());
  compared.options = std::move(*asked);
  compared.options.progress = [&out](uint64_t done, uint64_t total) {
    out.progress("comparing", done, total);
  };
  auto diff = compare(*compared.from, *compared.to, compared.options);
  if (!diff) return out.failure(diff.message());
  compared.diff = std::move(*diff);
  const auto index = [](const generation::Generation& of) {
    return of.part(generation::Part::kIpdb)->hash();
  };
  compared.networks_differ = !(index(*compared.from) == index(*compared.to));
  options.json ? write_json(compared, out) : tell(compared, out);
  if (compared.networks_differ) {
    out.note("the networks differ too: who is identified may change (abmctl lookup shows one address)");
  }
  return compared.diff.changes.empty() ? Status::kOk : Status::kProblems;
}

}  // namespace

void add_diff(Command& app, Context& context) {
  auto options = std::make_shared<DiffArguments>();
  Command* command = app.add_subcommand(
      "diff", "Says which accounts see which slots change between two generations, or before publishing");
  options->site.add_to(*command);
  command->add_option("--from", options->from, "a published generation; default: the live one");
  command->add_option("--to", options->to,
                      "a published generation; default: the site's files as they are now");
  command->add_option("--url", options->urls,
                      "a page, may be repeated; default: / and the paths without wildcards that rules name");
  command->add_option("--at", options->at, "when, as RFC 3339 (2026-11-22T03:33:20Z); default: now");
  command->add_option("--language", options->language, "the Accept-Language header");
  Option sample =
      command->add_option("--sample", options->sample, "accounts to look at, the same on every run")
          .show_default()
          .positive();
  command->add_flag("--all", options->all, "all accounts").excludes(sample);
  command->add_flag("--json", options->json, "the same as JSON");
  command->footer(
      "Accounts are taken as certainly identified; rules that ask for a host need --url https://host/path.\n"
      "Examples:\n"
      "  abmctl diff\n"
      "  abmctl diff --all --url https://www.acme.example/pricing --at 2026-12-24T18:00:00Z\n"
      "  abmctl diff --from 41 --to 43 --json\n"
      "Exit status: 0 no difference, 1 differences, 2 could not run.");
  command->callback([options, &context] { context.status = run(*options, context); });
}

}  // namespace abm::tools
