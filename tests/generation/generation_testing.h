// What the tests of this folder share: a scratch folder, and small generations that
// differ where a test wants it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "generation/build.h"
#include "generation/publish.h"

namespace abm::generation::testing {

/// A new folder, mode 0755, deleted with everything in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

struct Sample {
  std::string account = "deere";  ///< owner of 192.0.2.0/24
  std::string tenant = "acme-web";
  uint64_t feed_version = 7;
  int64_t expires_at = 0;   ///< 0: never
  std::string salt = "q4";  ///< of the control group: changes rules.bin only
  uint64_t accounts = 3;
  size_t padding = 0;        ///< bytes of names, to make accounts.bin larger
  size_t fillers = 0;        ///< further accounts of about one kilobyte each
  std::string last = "eon";  ///< the third account's id
};

/// Three parts made with the writers of their formats. 192.0.2.0/24 and 2001:db8::/32 belong to the account,
/// 198.51.100.0/24 to an access provider, 203.0.113.0/24 to an account that the snapshot lacks.
[[nodiscard]] Artifacts make_artifacts(const Sample& sample = {});

/// Publishes into `data_dir` and returns the number; fails the test on error.
uint64_t publish_sample(const std::string& data_dir, const Sample& sample = {});

[[nodiscard]] std::string read_text(const std::string& path);
void write_text(const std::string& path, std::string_view text);
/// Overwrites a published (read-only) file in place, keeping its inode.
void overwrite_in_place(const std::string& path, std::string_view text);
/// Rewrites a generation's manifest as version 0.1.0 wrote it.
void make_format_1(const std::string& folder);
/// The same as the versions wrote it that came before format 3.
void make_format_2(const std::string& folder);
[[nodiscard]] uint64_t inode_of(const std::string& path);
/// Names in `folder`, sorted.
[[nodiscard]] std::vector<std::string> names_in(const std::string& folder);

}  // namespace abm::generation::testing
