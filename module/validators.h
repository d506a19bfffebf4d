// The validator of a personalized page, and the client's If-None-Match against it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace abm::module {

inline constexpr size_t kEtagSize = sizeof "W/\"abm-0123456789abcdef\"" - 1;

/// W/"abm-<16 hex>" over the origin's validator and the bytes of the winning edits: weak (RFC 9110 8.8.1),
/// since what nginx's later filters do to the page is not part of it. A view of `out`.
std::string_view make_etag(std::string_view origin_etag, uint64_t edits_hash,
                           std::span<char, kEtagSize> out) noexcept;

/// RFC 9110 13.1.2, weak comparison: whether `if_none_match` (a list, or "*") names `etag`.
[[nodiscard]] bool matches_etag(std::string_view if_none_match, std::string_view etag) noexcept;

}  // namespace abm::module
