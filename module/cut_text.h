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

/// Whether a text can be one of our tokens: base64url, and as long as one. Shorter ones hold no signature.
[[nodiscard]] bool is_token(std::string_view text) noexcept;

/// Whether the name stands in the text, in any case and percent-encoded or not. Where it does
/// not, the functions below find nothing.
[[nodiscard]] bool may_hold(std::string_view text, std::string_view name) noexcept;

/// `query`, without a leading "?", less its arguments of that name (lower case; theirs may be in any, as
/// nginx has it), whatever their value. What can be one of our tokens goes in other spellings, too: behind
/// ";" or "&amp;", with letters or "=" percent-encoded ("%61bm%3D…"). These are its own ones, and go into
/// `cut`. Out of addresses that it quotes, percent-encoded any number of times or not ("next=%2F%3Fabm%3D…"),
/// and out of what stands behind a "#" goes only what can be a token: they may be another site's. Written to
/// `out`, which has room for `query`; what is returned is a view of that.
[[nodiscard]] std::string_view query_without(std::string_view query, std::string_view name, char* out,
                                             Cut& cut) noexcept;

/// The same for a URL, a URI or a request line: the query is what stands behind the first "?".
[[nodiscard]] std::string_view url_without(std::string_view url, std::string_view name, char* out,
                                           Cut& cut) noexcept;

/// Any text, less what can be tokens in the addresses that it quotes, wherever they begin. `cut` stays as it
/// is.
[[nodiscard]] std::string_view text_without(std::string_view text, std::string_view name, char* out,
                                            Cut& cut) noexcept;

/// A Cookie header less its cookies of that name, in exactly that spelling (RFC 6265 5.4). `out` as above.
[[nodiscard]] std::string_view cookies_without(std::string_view header, std::string_view name, char* out,
                                               Cut& cut) noexcept;

/// "www.acme.example" of an address such as "https://www.acme.example:8443/plan"; "" where it is not plain.
[[nodiscard]] std::string_view host_of_url(std::string_view url) noexcept;

/// What a request was sent to.
struct Server {
  std::string_view host;  ///< without port, in any case
  std::string_view port;  ///< as the client wrote it; "" if it did not
  bool secure = false;    ///< over TLS, as far as nginx knows
};

/// Where a redirect leads.
enum class Target {
  kRelative,   ///< to the same server, whatever it is
  kSameHost,   ///< to the same host and port over TLS, or from an open connection to https://
  kElsewhere,  ///< also where it is not plain, and for http:
};
/// A Location as browsers read it (WHATWG URL).
[[nodiscard]] Target target_of(std::string_view location, const Server& server) noexcept;

}  // namespace abm::module
