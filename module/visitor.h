// What is known about whoever makes a request.
#pragma once

#include <cstdint>

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

  [[nodiscard]] const accounts::AccountView* account() const noexcept {
    return identity.account ? &*identity.account : nullptr;
  }
};

}  // namespace abm::module
