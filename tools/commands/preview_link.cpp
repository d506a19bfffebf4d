// abmctl preview-link: a link that shows a page as one account sees it, for a limited time.
#include <charconv>
#include <ctime>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "base/page_url.h"
#include "base/timestamp.h"
#include "generation/preview_token.h"
#include "tools/command.h"
#include "tools/find_account.h"
#include "tools/inputs.h"
#include "tools/url_parameter.h"

namespace abm::tools {
namespace {

struct PreviewLinkOptions {
  SiteOptions site;
  std::string key;
  std::string account;
  std::string url;
  std::string at;
  std::string valid = "24h";
  bool unchecked = false;
  bool json = false;
};

/// "90s", "15m", "24h", "7d" in seconds.
std::optional<int64_t> duration(std::string_view text) {
  int64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || value < 1 || value > 1'000'000 || end + 1 != text.data() + text.size())
    return std::nullopt;
  switch (*end) {
    case 's':
      return value;
    case 'm':
      return value * 60;
    case 'h':
      return value * 3'600;
    case 'd':
      return value * 86'400;
    default:
      return std::nullopt;
  }
}

/// The id of the account. A link for an unknown one would show nothing, and not say why.
Result<std::string> known_account(const PreviewLinkOptions& options) {
  constexpr std::string_view kWayOut = "--unchecked takes the account's id without looking it up";
  auto folder = data_folder(options.site);
  if (!folder) return Error{fmt::format("{} ({})", folder.message(), kWayOut)};
  auto opened = generation::Generation::open(*folder);
  if (!opened) return Error{fmt::format("{} ({})", opened.message(), kWayOut)};
  const auto account = find_account((*opened)->accounts(), options.account);
  if (account) return std::string(account->id());
  return Error{fmt::format("--account '{}': {} (generation {})", options.account, account.message(),
                           (*opened)->number())};
}

Status run(const PreviewLinkOptions& options, Context& context) {
  const Output& out = context.out;
  const auto url = parse_page_url(options.url);
  if (!url) return out.failure(url.message());
  if (url->host.empty())
    return out.failure(fmt::format("url '{}': a link needs its host: https://host/path", options.url));
  generation::PreviewClaims claims{.account = options.account, .host = url->host, .at = std::nullopt};
  const auto valid = duration(options.valid);
  if (!valid.has_value())
    return out.failure(fmt::format("--valid '{}' is not a time such as 90s, 15m, 24h or 7d", options.valid));
  claims.expires = static_cast<int64_t>(::time(nullptr)) + *valid;
  if (!options.at.empty()) {
    claims.at = parse_written_time(options.at);
    if (!claims.at.has_value())
      return out.failure(fmt::format("--at '{}' is not an RFC 3339 time", options.at));
  }
  if (!options.unchecked) {
    auto known = known_account(options);
    if (!known) return out.failure(known.message());
    claims.account = std::move(*known);
  }
  const auto key = generation::read_preview_key(options.key);
  if (!key) return out.failure(key.message());
  const auto token = generation::make_preview_token(claims, *key);
  if (!token) return out.failure(token.message());
  const std::string link = with_parameter(options.url, "abm_preview", *token);
  if (options.json) {
    std::string text;
    Json json(text);
    json.begin_object().key("url").string(link).key("token").string(*token);
    json.key("expires_at").string(format_rfc3339(claims.expires)).end_object();
    out.line(text);
  } else {
    out.line(link);
  }
  return Status::kOk;
}

}  // namespace

void add_preview_link(Command& app, Context& context) {
  auto options = std::make_shared<PreviewLinkOptions>();
  Command* command =
      app.add_subcommand("preview-link", "Makes a link that shows a page as one account sees it");
  options->site.add_to(*command);
  command->add_option("--key", options->key, "the file that abm_preview_key names").required();
  command->add_option("--account", options->account, "the account to see the page as: its id, name or domain")
      .required();
  command->add_option("--url", options->url, "the page: https://host/path").required();
  command->add_option("--at", options->at, "judge schedules by this RFC 3339 time");
  command->add_option("--valid", options->valid, "how long the link works: 90s, 15m, 24h, 7d").show_default();
  command->add_flag("--unchecked", options->unchecked,
                    "take the account's id as it is, without a look at the published generation");
  command->add_flag("--json", options->json, "the result as JSON");
  command->footer(
      "Whoever has the link sees what that account sees, until it expires; no visit is logged.\n"
      "Example:\n"
      "  abmctl preview-link --key /etc/abm/preview.key --account deere --url https://www.acme.example/pricing");
  command->callback([options, &context] { context.status = run(*options, context); });
}

}  // namespace abm::tools
