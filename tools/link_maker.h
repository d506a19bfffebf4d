// Signed links: whom one is for, checked against the published accounts, → the address to send.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "generation/link_token.h"
#include "tools/find_account.h"

namespace abm::tools {

/// The parameter of a link's address (abm_link_key).
inline constexpr std::string_view kLinkParameter = "abm";

/// What a link is made of, as a person wrote it.
struct LinkOrder {
  std::string account;  ///< id, name or domain
  std::string role;     ///< "": none
  std::string campaign;
  std::string url;  ///< of the page: https://host/path
};

/// Which part of an order is wrong.
enum class LinkPart : uint8_t { kAccount, kRole, kCampaign, kUrl };
struct LinkFault {
  LinkPart part = LinkPart::kAccount;
  std::string message;
};

struct MadeLink {
  generation::LinkClaims claims;
  std::string token;
  std::string url;  ///< with the token
};

class LinkMaker {
 public:
  /// `finder` is borrowed; nullptr: accounts are taken as they are written, which must be ids. `expires` in
  /// Unix seconds.
  LinkMaker(std::string key, int64_t expires, AccountFinder* finder)
      : key_(std::move(key)), expires_(expires), finder_(finder) {}

  /// std::nullopt if it was made.
  [[nodiscard]] std::optional<LinkFault> make(const LinkOrder& order, MadeLink& link);
  /// Links to pages that are not read over TLS.
  [[nodiscard]] uint64_t open_links() const noexcept { return open_links_; }

 private:
  [[nodiscard]] Result<std::string> account_of(const std::string& text);

  std::string key_;
  int64_t expires_;
  AccountFinder* finder_;
  uint64_t open_links_ = 0;
};

}  // namespace abm::tools
