// A published list of networks → an exclusion file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"

namespace abm::connect {

/// The networks of a list, sorted, without those inside another. Reads the JSON of Google, Bing, Apple,
/// OpenAI, AWS, Google Cloud, Azure, Cloudflare, Oracle and Fastly (any text or list of texts under the
/// member names that these use), and text with one network a line, `#` for remarks, and further fields after
/// a comma (RFC 8805). An error if it holds no network, something in the place of one, or one so wide that it
/// would exclude most of the internet: an error page, or a list that has changed its form, must not pass for
/// a short one.
[[nodiscard]] Result<std::vector<IpPrefix>> read_network_list(std::string_view bytes);

struct ExclusionFile {
  std::string_view what;  ///< "Amazon Web Services"
  std::string from;       ///< the address, as people may see it
  std::string_view kind;  ///< "hosting"
};
/// `network,kind`, with where it is from at its top. The same networks give the same bytes.
[[nodiscard]] std::string exclusion_csv(const ExclusionFile& file, const std::vector<IpPrefix>& networks);

/// The address of Azure's list of the week on Microsoft's page about it: the first that ends as
/// ServiceTags_Public_YYYYMMDD.json and is on download.microsoft.com, or on the page's own host.
[[nodiscard]] Result<std::string> azure_list_address(std::string_view page, std::string_view page_address);

}  // namespace abm::connect
