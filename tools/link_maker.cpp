#include "tools/link_maker.h"

#include <fmt/format.h>

#include "accounts/account.h"
#include "base/page_url.h"
#include "base/text.h"
#include "tools/url_parameter.h"

namespace abm::tools {
namespace {

bool is_own_machine(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.") || host == "[::1]";
}

std::string bad_text(std::string_view name, size_t limit) {
  return fmt::format("{}: at most {} bytes of UTF-8 without control characters", name, limit);
}

}  // namespace

Result<std::string> LinkMaker::account_of(const std::string& text) {
  if (text.empty()) return Error{"no account: name it by its id, name or domain"};
  if (finder_ == nullptr) {
    if (accounts::is_account_id(text)) return text;
    return Error{fmt::format("'{}' is not an account id", text)};
  }
  const auto account = finder_->find(text);
  if (!account) return Error{fmt::format("account '{}': {}", text, account.message())};
  if (account->excluded())
    return Error{
        fmt::format("account '{}' is excluded: whoever follows the link would see nothing of it", text)};
  return std::string(account->id());
}

std::optional<LinkFault> LinkMaker::make(const LinkOrder& order, MadeLink& link) {
  auto account = account_of(order.account);
  if (!account) return LinkFault{LinkPart::kAccount, account.message()};
  if (!generation::is_link_text(order.role))
    return LinkFault{LinkPart::kRole, bad_text("role", generation::kMaxRoleBytes)};
  if (!generation::is_link_text(order.campaign))
    return LinkFault{LinkPart::kCampaign, bad_text("campaign", generation::kMaxCampaignBytes)};
  if (order.url.empty()) return LinkFault{LinkPart::kUrl, "no page to link to: https://host/path"};
  const auto url = parse_page_url(order.url);
  if (!url) return LinkFault{LinkPart::kUrl, url.message()};
  if (url->host.empty())
    return LinkFault{LinkPart::kUrl,
                     fmt::format("url '{}': a link needs its host: https://host/path", order.url)};
  if (find_parameter(url->query, kLinkParameter).has_value())
    return LinkFault{LinkPart::kUrl, fmt::format("url '{}': it has an abm= already; take it out", order.url)};
  link.claims = {.account = std::move(*account),
                 .role = order.role,
                 .campaign = order.campaign,
                 .host = url->host,
                 .expires = expires_};
  auto token = generation::make_link_token(link.claims, key_);
  if (!token) return LinkFault{LinkPart::kUrl, token.message()};
  if (ascii_lower(order.url).starts_with("http://") && !is_own_machine(url->host)) ++open_links_;
  link.url = with_parameter(order.url, kLinkParameter, *token);
  link.token = std::move(*token);
  return std::nullopt;
}

}  // namespace abm::tools
