// A page of HTML to try rules on: a file, standard input, or an address that is fetched.
#pragma once

#include <string>

#include "base/result.h"

namespace abm::tools {

/// No page of a site is larger; a file may be (judge.h).
inline constexpr size_t kMaxFetchedPageBytes = size_t{64} << 20;

struct PageSource {
  std::string name;  ///< what messages call it: the file, or where the page came from in the end
  std::string url;   ///< of a fetched page, after redirects; "" for a file
  std::string html;
  std::string charset;  ///< label of its Content-Type; "": none was given, or a file
};

/// Whether `page` is an http:// or https:// address.
[[nodiscard]] bool is_page_address(const std::string& page);

/// `page`: a file, "-" for standard input, or an address. An address is asked once, like a visitor who opts
/// out (Sec-GPC: 1), so that a site with the module answers with the original; redirects are followed within
/// the site (with and without "www.", from http to https), five at most. Anything but 200 and HTML is an
/// error, and so is a page over kMaxFetchedPageBytes or one that takes over half a minute. Addresses of any
/// network are asked: whoever runs the command names them.
[[nodiscard]] Result<PageSource> read_page(const std::string& page);

/// The text at an address, asked in the same way: of any type, with at most `limit` bytes.
[[nodiscard]] Result<std::string> read_text_at(const std::string& address, size_t limit);

}  // namespace abm::tools
