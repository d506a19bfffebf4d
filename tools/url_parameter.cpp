#include "tools/url_parameter.h"

#include <algorithm>

#include <fmt/format.h>

namespace abm::tools {

std::string with_parameter(std::string_view url, std::string_view name, std::string_view value) {
  const size_t fragment = std::min(url.find('#'), url.size());
  const std::string_view before = url.substr(0, fragment);
  const char separator = before.find('?') == before.npos ? '?' : '&';
  return fmt::format("{}{}{}={}{}", before, separator, name, value, url.substr(fragment));
}

std::optional<std::string_view> find_parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view one = query.substr(0, end);
    if (one.starts_with(name) && one.substr(name.size()).starts_with('=')) return one.substr(name.size() + 1);
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return std::nullopt;
}

}  // namespace abm::tools
