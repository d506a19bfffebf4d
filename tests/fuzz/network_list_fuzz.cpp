// Any bytes as a published list of networks, and as the page that names Azure's: what is taken is sorted,
// holds no network inside another and none that is too wide, covers all that a list of lines names, and comes
// back the same from the exclusion file that it becomes.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "connect/networks/network_list.h"

namespace {

using namespace abm;
using namespace abm::connect;

void require(bool holds) {
  if (!holds) std::abort();
}

bool covers(const std::vector<IpPrefix>& networks, const IpPrefix& one) {
  return std::any_of(networks.begin(), networks.end(), [&](const IpPrefix& network) {
    return network.address.is_v4 == one.address.is_v4 && network.length <= one.length &&
           network.contains(one.address);
  });
}

void look_at_list(std::string_view bytes) {
  const auto networks = read_network_list(bytes);
  if (!networks) {
    require(!networks.message().empty());
    return;
  }
  require(!networks->empty());
  for (size_t i = 0; i < networks->size(); ++i) {
    const IpPrefix& network = (*networks)[i];
    require(network.length >= (network.address.is_v4 ? 8 : 16));
    require(network.address.truncated(network.length).bytes == network.address.bytes);
    if (i == 0) continue;
    const IpPrefix& before = (*networks)[i - 1];
    require(before.address.is_v4 == network.address.is_v4 ? before.address.bytes < network.address.bytes
                                                          : before.address.is_v4);
    require(!covers({before}, network));
  }
  std::string csv =
      exclusion_csv({.what = "list", .from = "https://list.example", .kind = "crawler"}, *networks);
  csv.erase(csv.find("network,kind\n"), std::string_view("network,kind\n").size());
  const auto again = read_network_list(csv);
  require(again && again->size() == networks->size());
  for (size_t i = 0; i < networks->size(); ++i)
    require((*again)[i].to_string() == (*networks)[i].to_string());
  // What a line names as a plain network is in it.
  const std::string_view text = trimmed(bytes, " \t\r\n");
  if (text.front() == '{' || text.front() == '[') return;
  for (std::string_view rest = bytes; !rest.empty();) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const auto network = IpPrefix::parse(trimmed(rest.substr(0, end), " \t\r"));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    require(!network.has_value() || covers(*networks, *network));
  }
}

void look_at_page(std::string_view page) {
  const auto address = azure_list_address(page, "https://page.example/details");
  if (!address) return;
  require(page.find(*address) != page.npos && address->ends_with(".json") && address->size() <= 500);
  require(address->starts_with("https://download.microsoft.com/") ||
          address->find("://page.example/") != std::string::npos);
  require(address->find_first_of("\"'<> \t\r\n") == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  data[0] % 4 == 0 ? look_at_page(bytes) : look_at_list(bytes);
  return 0;
}
