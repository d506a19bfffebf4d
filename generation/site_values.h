// Values as site.yaml writes them: paths, times, sizes, shares.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "yaml/node.h"
#include "yaml/reader.h"
#include "yaml/source_text.h"

namespace abm::generation {

/// Each reports a wrong value and returns nothing; `what` is its name in the message.
class SiteValues : public yaml::Reader {
 public:
  /// All must outlive the reader. `folder`: absolute, of site.yaml.
  SiteValues(const std::string& file, const std::string& folder, const yaml::SourceText& text,
             Diagnostics& diagnostics)
      : yaml::Reader(file, text, diagnostics), folder_(folder) {}

 protected:
  /// A path as written, from the site's folder.
  [[nodiscard]] std::string absolute(const std::string& path) const;
  bool is_sequence(const yaml::Node& node, std::string_view what);
  /// Text that is neither null nor empty.
  std::optional<std::string> word(const yaml::Node& node, std::string_view what);
  /// A scalar as a path relative to the site's folder; "" for `~` and where there is none.
  std::string path(const yaml::Node* node, std::string_view what);
  std::optional<uint64_t> number(const yaml::Node& node, std::string_view what, uint64_t min, uint64_t max);
  /// "30s", "5m", "2h", "1d".
  std::optional<int64_t> seconds(const yaml::Node& node, std::string_view what);
  /// "512K", "64M", "2G".
  std::optional<uint64_t> bytes(const yaml::Node& node, std::string_view what, uint64_t max);
  /// "50%"
  std::optional<uint32_t> share(const yaml::Node& node, std::string_view what);
  std::optional<bool> flag(const yaml::Node& node, std::string_view what);

 private:
  const std::string& folder_;
};

}  // namespace abm::generation
