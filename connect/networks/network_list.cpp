#include "connect/networks/network_list.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/text.h"

namespace abm::connect {
namespace {

using simdjson::dom::element;

constexpr std::array<std::string_view, 10> kMembers = {
    "ipv4Prefix", "ipv6Prefix", "ip_prefix",       "ipv6_prefix", "cidr",
    "ipv4_cidrs", "ipv6_cidrs", "addressPrefixes", "addresses",   "ipv6_addresses"};
constexpr unsigned kWidestV4 = 8, kWidestV6 = 16;
constexpr size_t kQuoted = 60;
constexpr int kDeepest = 64;

std::string quoted(std::string_view text) {
  std::string shown;
  for (const char c : text.substr(0, kQuoted)) shown += c >= ' ' && c < 0x7f ? c : '?';
  return fmt::format("'{}{}'", shown, text.size() > kQuoted ? "…" : "");
}

/// As lists write them: some have bits set behind the prefix.
std::optional<IpPrefix> network_from(std::string_view text) {
  if (const auto network = IpPrefix::parse(text)) return network;
  const size_t slash = text.find('/');
  if (slash == text.npos) return std::nullopt;
  const auto address = IpAddress::parse(text.substr(0, slash));
  unsigned length = 0;
  const std::string_view digits = text.substr(slash + 1);
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (!address || code != std::errc{} || end != digits.data() + digits.size() ||
      length > (address->is_v4 ? 32u : 128u))
    return std::nullopt;
  return IpPrefix{address->truncated(length), static_cast<uint8_t>(length)};
}

class Collector {
 public:
  [[nodiscard]] Result<void> take(std::string_view text, std::string_view place) {
    const auto network = network_from(trimmed(text));
    if (!network) return Error{fmt::format("{} is not a network, in {}", quoted(text), place)};
    if (network->length < (network->address.is_v4 ? kWidestV4 : kWidestV6)) {
      return Error{
          fmt::format("{} is wider than any list's, in {}: it would exclude too much of the internet",
                      network->to_string(), place)};
    }
    networks_.push_back(*network);
    return {};
  }

  /// `named`: the value is that of a member that holds networks.
  [[nodiscard]] Result<void> walk(const element& value, std::string_view member, bool named, int depth) {
    if (depth > kDeepest) return Error{"it is nested too deeply"};
    if (std::string_view text; named && value.get(text) == simdjson::SUCCESS)
      return take(text, fmt::format("'{}'", member));
    if (simdjson::dom::array list; value.get(list) == simdjson::SUCCESS) {
      for (const element item : list) {
        if (auto done = walk(item, member, named, depth + 1); !done) return done;
      }
    }
    if (simdjson::dom::object object; value.get(object) == simdjson::SUCCESS) {
      for (const auto field : object) {
        const bool holds = std::find(kMembers.begin(), kMembers.end(), field.key) != kMembers.end();
        if (auto done = walk(field.value, field.key, holds, depth + 1); !done) return done;
      }
    }
    return {};
  }

  [[nodiscard]] Result<std::vector<IpPrefix>> finish() {
    if (networks_.empty()) return Error{"it holds no network: its form must have changed"};
    const auto outer_first = [](const IpPrefix& a, const IpPrefix& b) {
      if (a.address.is_v4 != b.address.is_v4) return a.address.is_v4;
      return a.address.bytes != b.address.bytes ? a.address.bytes < b.address.bytes : a.length < b.length;
    };
    std::sort(networks_.begin(), networks_.end(), outer_first);
    std::vector<IpPrefix> kept;
    for (const IpPrefix& network : networks_) {
      const bool inside = !kept.empty() && kept.back().address.is_v4 == network.address.is_v4 &&
                          kept.back().contains(network.address);
      if (!inside) kept.push_back(network);
    }
    return kept;
  }

 private:
  std::vector<IpPrefix> networks_;
};

Result<std::vector<IpPrefix>> read_lines(std::string_view bytes) {
  Collector collector;
  for (size_t number = 1; !bytes.empty(); ++number) {
    const size_t end = std::min(bytes.find('\n'), bytes.size());
    std::string_view line = trimmed(bytes.substr(0, end), " \t\r");
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    if (line.empty() || line.front() == '#') continue;
    line = trimmed(line.substr(0, line.find(',')), " \t\r\"");
    if (auto taken = collector.take(line, fmt::format("line {}", number)); !taken) return taken.error();
  }
  return collector.finish();
}

std::string_view host_of(std::string_view address) {
  const size_t scheme = address.find("://");
  if (scheme == address.npos) return {};
  address.remove_prefix(scheme + 3);
  return address.substr(0, address.find('/'));
}

}  // namespace

Result<std::vector<IpPrefix>> read_network_list(std::string_view bytes) {
  const std::string_view text = trimmed(bytes, " \t\r\n");
  if (text.empty()) return Error{"it is empty"};
  if (text.front() != '{' && text.front() != '[') return read_lines(bytes);
  simdjson::dom::parser parser;
  element root;
  if (const auto fault = parser.parse(text.data(), text.size()).get(root); fault != simdjson::SUCCESS)
    return Error{fmt::format("it is not JSON: {}", simdjson::error_message(fault))};
  Collector collector;
  if (auto done = collector.walk(root, "", false, 0); !done) return done.error();
  return collector.finish();
}

std::string exclusion_csv(const ExclusionFile& file, const std::vector<IpPrefix>& networks) {
  std::string text = fmt::format(
      "# {}, as published at {}\n# Made by `abmctl networks`, which replaces it: what is changed here is lost.\n"
      "network,kind\n",
      file.what, file.from);
  for (const IpPrefix& network : networks) text += fmt::format("{},{}\n", network.to_string(), file.kind);
  return text;
}

Result<std::string> azure_list_address(std::string_view page, std::string_view page_address) {
  constexpr std::string_view kName = "ServiceTags_Public_", kEnd = ".json";
  constexpr size_t kDate = 8, kLongest = 500;
  for (size_t at = page.find(kName); at != page.npos; at = page.find(kName, at + 1)) {
    const std::string_view rest = page.substr(at + kName.size());
    const bool dated = rest.size() > kDate && std::all_of(rest.begin(), rest.begin() + kDate, is_digit) &&
                       rest.substr(kDate).starts_with(kEnd);
    if (!dated) continue;
    const size_t begin = page.find_last_of("\"'<>= \t\r\n", at) + 1;  // npos + 1 is 0
    const size_t end = at + kName.size() + kDate + kEnd.size();
    const std::string_view address = page.substr(begin, end - begin);
    const std::string_view host = host_of(address);
    const bool trusted = (host == "download.microsoft.com" && address.starts_with("https://")) ||
                         (!host.empty() && host == host_of(page_address));
    if (trusted && address.size() <= kLongest) return std::string(address);
  }
  return Error{
      "the page does not name a file ServiceTags_Public_YYYYMMDD.json: download it by hand, and name it with --from azure=FILE"};
}

}  // namespace abm::connect
