// abmctl link: addresses to send to people at an account, which say who they are from.
#include <unistd.h>

#include <ctime>
#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "base/file.h"
#include "base/page_url.h"
#include "base/timestamp.h"
#include "generation/link_token.h"
#include "tools/command.h"
#include "tools/inputs.h"
#include "tools/link_table.h"
#include "tools/url_parameter.h"

namespace abm::tools {
namespace {

constexpr int64_t kSecondsOfDay = 86'400;
constexpr size_t kLargestTable = 256u << 20;

struct LinkOptions {
  SiteOptions site;
  std::string key;
  LinkOrder order;
  uint32_t days = 60;
  std::string csv;
  std::string check;
  bool unchecked = false;
  bool json = false;
};

/// The key of --key, or that of site.yaml. Reports what is wrong.
std::optional<std::string> link_key(const LinkOptions& options, Context& context) {
  std::string path = options.key;
  if (path.empty()) {
    Diagnostics diagnostics;
    const auto site = load_site(options.site, diagnostics);
    if (!site.has_value()) {
      context.out.findings(diagnostics);
      context.status = context.out.failure("say which key signs: --key FILE, or link_key in site.yaml");
      return std::nullopt;
    }
    path = site->link_key;
  }
  if (path.empty()) {
    context.status = context.out.failure(
        "say which key signs: --key FILE, or link_key in site.yaml; it is the first file of abm_link_key");
    return std::nullopt;
  }
  auto key = generation::read_link_key(path);
  if (key) return std::move(*key);
  context.status = context.out.failure(key.message());
  return std::nullopt;
}

void write_link(Json& json, const MadeLink& link) {
  json.key("account").string(link.claims.account).key("role");
  json.string_or_null(link.claims.role);
  json.key("campaign");
  json.string_or_null(link.claims.campaign);
  json.key("url").string(link.url).key("token").string(link.token);
  json.key("expires_at").string(format_rfc3339(link.claims.expires));
}

Status make_one(const LinkOptions& options, LinkMaker& maker, const Output& out) {
  MadeLink link;
  if (const auto fault = maker.make(options.order, link)) return out.failure(fault->message);
  if (!options.json) {
    out.line(link.url);
    return Status::kOk;
  }
  std::string text;
  Json json(text);
  json.begin_object();
  write_link(json, link);
  json.end_object();
  out.line(text);
  return Status::kOk;
}

Status make_table(const LinkOptions& options, LinkMaker& maker, const Output& out) {
  const bool from_stdin = options.csv == "-";
  const auto bytes =
      from_stdin ? read_all(STDIN_FILENO, "stdin", kLargestTable) : read_file(options.csv, kLargestTable);
  if (!bytes) return out.failure(bytes.message());
  Diagnostics diagnostics;
  const LinkTable table =
      make_links(*bytes, from_stdin ? "stdin" : options.csv, options.order, maker, diagnostics);
  if (!diagnostics.ok()) {
    out.findings(diagnostics);
    out.note("nothing was written: a list with gaps is soon sent");
    return Status::kProblems;
  }
  if (!options.json) {
    out.bytes(table.csv);
    return Status::kOk;
  }
  std::string text;
  Json json(text);
  json.begin_array();
  for (const LinkedRow& row : table.rows) {
    json.begin_object().key("line").number(row.line);
    write_link(json, row.link);
    json.end_object();
  }
  json.end_array();
  out.line(text);
  return Status::kOk;
}

/// Why nobody would be recognised by the link; "" if somebody would.
std::string fault_of(const generation::LinkClaims& claims, const PageUrl& url, const AccountFinder* finder,
                     const generation::Generation* generation) {
  if (static_cast<int64_t>(::time(nullptr)) >= claims.expires)
    return fmt::format("it expired at {}", format_rfc3339(claims.expires));
  if (url.host != claims.host) return fmt::format("it was made for {}, not for {}", claims.host, url.host);
  if (finder == nullptr) return {};
  const auto account = generation->accounts().find_id(claims.account);
  if (!account.has_value()) return fmt::format("generation {} has no such account", generation->number());
  return account->excluded() ? "the account is excluded" : "";
}

Status check_link(const LinkOptions& options, const std::string& key, const AccountFinder* finder,
                  const generation::Generation* generation, const Output& out) {
  const auto url = parse_page_url(options.check);
  if (!url) return out.failure(url.message());
  const auto token = find_parameter(url->query, kLinkParameter);
  if (!token.has_value()) return out.failure(fmt::format("url '{}': it has no abm=", options.check));
  const auto claims = generation::open_link_token(*token, {.first = key, .second = {}});
  const std::string fault = claims.has_value() ? fault_of(*claims, *url, finder, generation)
                                               : "it was not signed with this key, or not all of it is here";
  const Status status = fault.empty() ? Status::kOk : Status::kProblems;
  if (options.json) {
    std::string text;
    Json json(text);
    json.begin_object().key("valid").boolean(fault.empty()).key("fault");
    json.string_or_null(fault);
    if (claims.has_value()) {
      json.key("host").string(claims->host);
      write_link(json, {.claims = *claims, .token = std::string(*token), .url = options.check});
    }
    json.end_object();
    out.line(text);
    return status;
  }
  if (claims.has_value()) {
    out.line(fmt::format("{}{}{}, on {}, until {}", out.strong(claims->account),
                         claims->role.empty() ? "" : ", role " + claims->role,
                         claims->campaign.empty() ? "" : ", campaign " + claims->campaign, claims->host,
                         format_rfc3339(claims->expires)));
  }
  out.line(fault.empty() ? std::string("valid") : "not valid: " + fault);
  return status;
}

Status run(const LinkOptions& options, Context& context) {
  const Output& out = context.out;
  if (options.csv.empty() && options.check.empty() && options.order.account.empty())
    return out.failure("say whom the link is for: --account ID, or --csv FILE for many");
  const auto key = link_key(options, context);
  if (!key.has_value()) return context.status;
  std::shared_ptr<const generation::Generation> generation;
  std::optional<AccountFinder> finder;
  if (!options.unchecked) {
    constexpr std::string_view kWayOut = "--unchecked takes ids of accounts without looking them up";
    const auto folder = data_folder(options.site);
    if (!folder) return out.failure(fmt::format("{} ({})", folder.message(), kWayOut));
    auto opened = generation::Generation::open(*folder);
    if (!opened) return out.failure(fmt::format("{} ({})", opened.message(), kWayOut));
    generation = std::move(*opened);
    finder.emplace(generation->accounts());
  }
  AccountFinder* const known = finder.has_value() ? &*finder : nullptr;
  if (!options.check.empty()) return check_link(options, *key, known, generation.get(), out);
  LinkMaker maker(*key, static_cast<int64_t>(::time(nullptr)) + options.days * kSecondsOfDay, known);
  const Status status = options.csv.empty() ? make_one(options, maker, out) : make_table(options, maker, out);
  if (status == Status::kOk && maker.open_links() > 0)
    out.note("warning: http:// sends the link's token where others can read it; link to https://");
  return status;
}

}  // namespace

void add_link(Command& app, Context& context) {
  auto options = std::make_shared<LinkOptions>();
  Command* command =
      app.add_subcommand("link", "Makes links for e-mail and ads that say which account a visitor is from");
  options->site.add_to(*command);
  command->add_option("url", options->order.url,
                      "the page: https://host/path; with --csv, of rows without one");
  command->add_option("--key", options->key,
                      "the first file of abm_link_key; default: link_key of site.yaml");
  Option account = command->add_option("--account", options->order.account,
                                       "the account that the link is sent to: its id, name or domain");
  command->add_option("--role", options->order.role,
                      "what the reader does there: account.attributes.role of the visit");
  command->add_option("--campaign", options->order.campaign, "a name for the report");
  command->add_option("--days", options->days, "how long the link works").show_default().in_range(1, 366);
  Option csv =
      command->add_option("--csv", options->csv,
                          "a table with a column account, and role, campaign, url if you like; - is stdin");
  csv.excludes(account);
  command->add_option("--check", options->check, "say what this link says, and whether it is valid")
      .excludes(account)
      .excludes(csv);
  command->add_flag("--unchecked", options->unchecked,
                    "take ids of accounts as they are, without a look at the published generation");
  command->add_flag("--json", options->json, "the result as JSON");
  command->footer(
      "Whoever has a link is taken for somebody at that account until it expires: send each to one reader, and keep\n"
      "it short-lived. --role and --campaign are also those of rows of --csv that have none.\n"
      "Examples:\n"
      "  abmctl link --account deere --role \"plant manager\" --campaign q4 https://www.acme.example/pricing\n"
      "  abmctl link --csv readers.csv --campaign q4 https://www.acme.example/ >links.csv\n"
      "  abmctl link --check 'https://www.acme.example/?abm=…'");
  command->callback([options, &context] { context.status = run(*options, context); });
}

}  // namespace abm::tools
