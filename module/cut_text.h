// Takes arguments out of URLs and cookies out of headers: what is meant for us alone, nobody else is to read.
#pragma once

#include <string_view>

namespace abm::module {

/// What was taken out, of one text or of several.
struct Cut {
  std::string_view value;  ///< of the first one, as it was written: a view of the text
  bool found = false;      ///< there was one
  bool differ = false;     ///< there were several, and they did not all have this value

  void add(std::string_view one) noexcept {
    if (!found) value = one;
    differ = differ || (found && one != value);
    found = true;
  }
};

/// `query`, without a leading "?", less its arguments of that name (lower case; theirs may be in any, as
/// nginx has it) and less those of addresses that it quotes, percent-encoded or not ("next=%2F%3Fabm%3D…").
/// Only its own ones go into `cut`. Written to `out`, which has room for `query`; what is returned is a view
/// of that.
[[nodiscard]] std::string_view query_without(std::string_view query, std::string_view name, char* out,
                                             Cut& cut) noexcept;

/// The same for a URL, a URI or a request line: the query is what stands behind the first "?".
[[nodiscard]] std::string_view url_without(std::string_view url, std::string_view name, char* out,
                                           Cut& cut) noexcept;

/// A Cookie header less its cookies of that name, in exactly that spelling (RFC 6265 5.4). `out` as above.
[[nodiscard]] std::string_view cookies_without(std::string_view header, std::string_view name, char* out,
                                               Cut& cut) noexcept;

/// Where a redirect leads from a page of `host` (lower case).
enum class Target { kSameHost, kElsewhere };
/// A Location as browsers read it (WHATWG URL); kElsewhere also where it is not plain that it is the same
/// host, and for an http: address if `secure`.
[[nodiscard]] Target target_of(std::string_view location, std::string_view host, bool secure) noexcept;

}  // namespace abm::module
