// What is known about whoever makes a request.
#pragma once

#include <cstdint>
#include <string_view>

#include "generation/identify.h"

namespace abm::module {

/// All of it is the request's own: the account is a copy in its pool.
struct Visitor {
  bool asked = false;
  bool opted_out = false;
  bool preview = false;       ///< a valid preview token names the account
  bool expired = false;       ///< the feed's expires_at had passed
  int64_t now = 0;            ///< Unix seconds that schedules are judged by
  uint64_t generation = 0;    ///< that was asked; 0: none was in use
  uint64_t feed_version = 0;  ///< of its accounts
  IpAddress address;
  bool has_address = false;  ///< false on UNIX-domain sockets
  generation::Identity identity;
  bool has_link = false;            ///< a valid one, whomever the visitor is taken for
  bool named_by_token = false;      ///< the account, by a valid link or a signed identity in this request
  std::string_view role, campaign;  ///< of the link that named the account; "": none
  bool consents = false;            ///< to being remembered
  bool has_valid_cookie = false;    ///< and consents to it

  [[nodiscard]] const accounts::AccountView* account() const noexcept {
    return identity.account ? &*identity.account : nullptr;
  }
};

}  // namespace abm::module
