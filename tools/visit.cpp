#include "tools/visit.h"

#include <ctime>

#include <fmt/format.h>

#include "accounts/account_copy.h"
#include "base/ip_address.h"
#include "base/timestamp.h"
#include "generation/link_token.h"
#include "tools/find_account.h"

namespace abm::tools {
namespace {

Result<generation::Identity> identify(const VisitOptions& options, const generation::Generation& generation) {
  IpAddress address;
  if (options.account.empty()) {
    const auto parsed = IpAddress::parse(options.ip);
    if (!parsed.has_value()) return Error{fmt::format("--ip '{}' is not an IP address", options.ip)};
    address = *parsed;
  }
  if (options.account.empty())
    return generation::identify(generation, address, {}, generation::IdentityKind::kId);
  const auto account = find_account(generation.accounts(), options.account);
  if (!account) return Error{fmt::format("--account '{}': {}", options.account, account.message())};
  if (!options.role.empty()) return generation::identify(generation, {.link = account->id()});
  return generation::identify(generation, address, account->id(), generation::IdentityKind::kId);
}

/// As a worker does: the role of the link instead of the account's own.
Result<void> take_role(const std::string& role, DecidedVisit& visit) {
  if (role.empty() || !visit.identity.account.has_value()) return {};
  if (!generation::is_link_text(role)) {
    return Error{fmt::format("--role: at most {} bytes of UTF-8 without control characters",
                             generation::kMaxRoleBytes)};
  }
  visit.identity.account = accounts::copy_account(*visit.identity.account, visit.memory.source(), role);
  if (!visit.identity.account.has_value()) return Error{"no memory for the account"};
  return {};
}

}  // namespace

void VisitOptions::add_to(Command& command) {
  Option ip_option = command.add_option("--ip", ip, "the visitor's address");
  Option account_option =
      command
          .add_option("--account", account,
                      "the visitor's account, whatever the address: its id, name or domain")
          .excludes(ip_option);
  command.add_option("--role", role, "the role that a link to that account names (abmctl link)")
      .needs(account_option);
  command.add_option(
      "--url", url,
      "the page: https://host/path?query, or /path?query; default: PAGE, if that is an address");
  command.add_option("--at", at, "when, as RFC 3339 (2026-11-22T03:33:20Z); default: now");
  command.add_option("--language", language, "the Accept-Language header");
}

Result<std::unique_ptr<DecidedVisit>> decide(const VisitOptions& options,
                                             std::shared_ptr<const generation::Generation> generation) {
  if (options.ip.empty() == options.account.empty())
    return Error{"say who visits: --ip ADDRESS or --account ID"};
  if (options.url.empty())
    return Error{"say which page: --url https://host/path or /path, or name an address as PAGE"};
  auto result = std::make_unique<DecidedVisit>();
  result->now = static_cast<int64_t>(::time(nullptr));
  if (!options.at.empty()) {
    const auto at = parse_written_time(options.at);
    if (!at.has_value())
      return Error{
          fmt::format("--at '{}' is not an RFC 3339 time, such as 2026-11-22T03:33:20Z", options.at)};
    result->now = *at;
  }
  auto url = parse_page_url(options.url);
  if (!url) return url.error();
  auto identity = identify(options, *generation);
  if (!identity) return identity.error();

  result->generation = std::move(generation);
  result->url = std::move(*url);
  result->language = options.language;
  result->identity = *identity;
  if (auto taken = take_role(options.role, *result); !taken) return taken.error();
  const auto& account = result->identity.account;
  if (result->generation->expired(result->now)) {
    result->skip = "expired";
  } else if (!account.has_value()) {
    result->skip = "unidentified";
  } else if (account->excluded()) {
    result->skip = "excluded";
  }
  result->visit = {.account = account.has_value() ? &*account : nullptr,
                   .confidence = result->identity.confidence,
                   .host = result->url.host,
                   .path = result->url.path,
                   .query = result->url.query,
                   .language = result->language,
                   .now = result->now};
  result->matcher = rules::Matcher::create(result->generation->rules());
  if (result->matcher == nullptr) return Error{"no memory for matching"};
  if (result->skip.empty()) result->decision = result->matcher->match(result->visit);
  return result;
}

}  // namespace abm::tools
