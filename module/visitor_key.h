// The key of `visitor`: random, in shared memory only, new each UTC day.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "module/ngx.h"

namespace abm::module {

/// From a worker's timer: makes today's key if there is none yet. Takes the zone's mutex only if it is free.
void rotate_visitor_key(ngx_shm_zone_t* zone) noexcept;

/// 32 hex digits: HMAC-SHA256 of `address` and `user_agent` under today's key, cut to 128 bits. Empty when
/// there is no key (the first moments of a worker, no randomness, the moment of rotation).
[[nodiscard]] std::string_view visitor_hash(std::string_view address, std::string_view user_agent,
                                            std::span<char, 32> out) noexcept;

}  // namespace abm::module
