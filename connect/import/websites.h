// Whose a website is: what people write as an address of a company's site, as the domain that the company
// registered.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace abm::connect {

struct WebsiteDomain {
  std::string text;    ///< as written
  std::string domain;  ///< registrable, lower case, A-labels: "https://www.x.co.uk/a?b" → "x.co.uk"; "" if
                       ///< there is none
  std::string name;    ///< what it was told by, without `www.`: "shop.x.co.uk"; "" if there is no domain
  std::string fault;   ///< why it names no company: a free-mail provider's, a site that many share, no domain
};

/// All domains in a cell: addresses, host names or mail addresses, separated by commas, semicolons, bars or
/// blanks.
[[nodiscard]] std::vector<WebsiteDomain> domains_in_cell(std::string_view cell);

/// `text` with each mail address as its domain alone: "joe@acme.com" → "acme.com".
[[nodiscard]] std::string without_mailboxes(std::string_view text);

}  // namespace abm::connect
