#include "connect/import/websites.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/invisible.h"
#include "base/text.h"
#include "connect/import/values.h"
#include "ipdb/domain.h"

namespace abm::connect {
namespace {

/// Where lists of companies have pages, sites or short addresses of many. Sorted. Those that are public
/// suffixes (github.io) need not be here.
constexpr std::array<std::string_view, 51> kSharedHosts = {"about.me",
                                                           "angel.co",
                                                           "behance.net",
                                                           "bit.ly",
                                                           "blogger.com",
                                                           "blogspot.com",
                                                           "business.site",
                                                           "canva.site",
                                                           "carrd.co",
                                                           "clutch.co",
                                                           "crunchbase.com",
                                                           "facebook.com",
                                                           "fb.com",
                                                           "fb.me",
                                                           "g.page",
                                                           "glassdoor.com",
                                                           "godaddysites.com",
                                                           "goo.gl",
                                                           "instagram.com",
                                                           "jimdo.com",
                                                           "jimdofree.com",
                                                           "kununu.com",
                                                           "linkedin.com",
                                                           "linktr.ee",
                                                           "lnkd.in",
                                                           "medium.com",
                                                           "meetup.com",
                                                           "myshopify.com",
                                                           "mystrikingly.com",
                                                           "notion.site",
                                                           "owler.com",
                                                           "pinterest.com",
                                                           "substack.com",
                                                           "t.co",
                                                           "t.me",
                                                           "telegram.me",
                                                           "tiktok.com",
                                                           "tinyurl.com",
                                                           "tumblr.com",
                                                           "twitter.com",
                                                           "wa.me",
                                                           "webflow.io",
                                                           "weebly.com",
                                                           "whatsapp.com",
                                                           "wikipedia.org",
                                                           "wixsite.com",
                                                           "wordpress.com",
                                                           "xing.com",
                                                           "yelp.com",
                                                           "youtu.be",
                                                           "youtube.com"};
/// The same for what is below their first page; the bare domain is the company that owns it.
constexpr std::array<std::string_view, 12> kSharedBelow = {
    "amazon.com", "apple.com",     "bloomberg.com",  "github.com",      "gitlab.com", "google.com",
    "indeed.com", "microsoft.com", "sharepoint.com", "squarespace.com", "vimeo.com",  "x.com"};

struct Address {
  std::string_view host;
  bool bare = true;  ///< no path
};

/// What is no address is taken as a host.
Address address_in(std::string_view text) {
  Address address;
  if (const size_t scheme = text.find("://"); scheme != text.npos) text.remove_prefix(scheme + 3);
  if (text.starts_with("//")) text.remove_prefix(2);
  if (equals_ignoring_case(text.substr(0, 7), "mailto:")) text.remove_prefix(7);
  const size_t path = text.find_first_of("/?#\\");
  address.bare = path == text.npos || path + 1 == text.size() || text[path] != '/' || text[path + 1] == '?' ||
                 text[path + 1] == '#';
  text = text.substr(0, path);
  if (const size_t at = text.rfind('@'); at != text.npos) text.remove_prefix(at + 1);
  if (const size_t port = text.find(':'); port != text.npos && text.find(':', port + 1) == text.npos)
    text = text.substr(0, port);
  while (text.ends_with('.')) text.remove_suffix(1);
  address.host = text;
  return address;
}

template <size_t kSize>
bool is_listed(const std::array<std::string_view, kSize>& list, std::string_view domain) {
  return std::binary_search(list.begin(), list.end(), domain);
}

}  // namespace

std::vector<WebsiteDomain> domains_in_cell(std::string_view cell) {
  std::vector<WebsiteDomain> out;
  std::set<std::string> seen;
  const std::string text = as_it_looks(cell_text(cell));
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find_first_of(" ,;|\t\r\n", at), text.size());
    const std::string_view word = std::string_view(text).substr(at, end - at);
    at = end + 1;
    if (word.empty()) continue;
    WebsiteDomain found;
    found.text = word;
    const Address address = address_in(word);
    const ipdb::AccountDomain domain = ipdb::account_domain(address.host);
    if (!domain.fault.empty()) {
      found.fault = domain.fault;
    } else if (auto registrable = ipdb::registrable_domain(domain.name); !registrable.has_value()) {
      found.fault = "is not a company's domain";
    } else if (is_listed(kSharedHosts, *registrable) ||
               (is_listed(kSharedBelow, *registrable) && !(address.bare && domain.name == *registrable))) {
      found.fault = "is a site where many companies have pages";
    } else {
      found.domain = std::move(*registrable);
      found.name = domain.name;
    }
    if (found.domain.empty() || seen.insert(found.domain).second) out.push_back(std::move(found));
  }
  return out;
}

std::string without_mailboxes(std::string_view text) {
  constexpr std::string_view kEnds = " \t\r\n,;|<>()[]\"";
  constexpr std::string_view kWideAt = "\uff20";
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const bool wide = text.substr(at).starts_with(kWideAt);
    const size_t length = wide ? kWideAt.size() : 1;
    const size_t after = at + length;
    const bool is_at = wide || text[at] == '@';
    const bool has_box = !out.empty() && kEnds.find(out.back()) == kEnds.npos;
    const bool has_domain = after < text.size() && kEnds.find(text[after]) == kEnds.npos;
    if (is_at && has_box && has_domain) {
      const size_t box = out.find_last_of(kEnds);
      out.resize(box == out.npos ? 0 : box + 1);
    } else {
      out += text.substr(at, length);
    }
    at = after;
  }
  return out;
}

}  // namespace abm::connect
