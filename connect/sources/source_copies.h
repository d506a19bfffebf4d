// What sources said when they could be read last: DATA/feed/sources (merged_feed.h).
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "connect/import/import.h"
#include "connect/sync/incoming_file.h"
#include "generation/account_sources.h"
#include "generation/folder.h"

namespace abm::connect {

inline constexpr std::string_view kSourcesFolder = "sources";

/// Whether it is fetched from an address.
[[nodiscard]] bool is_address(const generation::AccountSource& source);
/// Of a source: the same file or address has the same one.
[[nodiscard]] std::string key_of(const generation::AccountSource& source);
/// DATA/feed/sources
[[nodiscard]] std::string sources_folder(const std::string& data_dir);
/// Deletes what `wanted`, keys of sources, does not name. What cannot be deleted stays until the next time.
void prune_copies(const std::string& data_dir, const std::set<std::string>& wanted);

/// Copies in the data folder; without a folder to write to, only looks. What is fetched or asked for has its
/// copy already: of these nothing is kept a second time.
class SiteCopies final : public KeptCopies {
 public:
  /// `folder`: borrowed; may be null.
  SiteCopies(std::string data_dir, const generation::Folder* folder)
      : data_dir_(std::move(data_dir)), folder_(folder) {}

  std::optional<Copy> last(const generation::AccountSource& source) override;
  Result<bool> begin(const generation::AccountSource& source) override;
  Result<void> write(std::string_view lines) override;
  Result<void> accept() override;
  void discard() override { file_.reset(); }

 private:
  [[nodiscard]] Result<void> flush();

  std::string data_dir_;
  const generation::Folder* folder_;
  std::unique_ptr<IncomingFile> file_;
  std::string text_;
};

}  // namespace abm::connect
