// Runs bench/html_rewriter.mjs on the same bytes and slots, with the Bun that the
// environment variable ABM_BUN names.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include <unistd.h>

namespace abm::bench {

struct BunResult {
  double microseconds = 0;  ///< per page, see html_rewriter.mjs
  std::string page;         ///< rewritten
};

/// CPU time of this process.
inline double cpu_microseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

inline bool have_bun() {
  const char* const bun = std::getenv("ABM_BUN");
  return bun != nullptr && ::access(bun, X_OK) == 0;
}

/// std::nullopt if it does not run here (for example on an old processor).
inline std::optional<BunResult> rewrite_with_bun(const std::string& page, int slots) {
  std::string folder = (std::filesystem::temp_directory_path() / "abm-bench-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return std::nullopt;
  const std::string original = folder + "/page.html", rewritten = folder + "/rewritten.html";
  std::ofstream(original, std::ios::binary) << page;
  const std::string command = "\"$ABM_BUN\" '" ABM_SOURCE_DIR "/bench/html_rewriter.mjs' " +
                              std::to_string(slots) + " '" + original + "' '" + rewritten + "'";
  std::optional<BunResult> result;
  if (FILE* const out = ::popen(command.c_str(), "r")) {
    BunResult read;
    const bool complete = std::fscanf(out, "%lf", &read.microseconds) == 1;
    if (::pclose(out) == 0 && complete) {
      std::ifstream in(rewritten, std::ios::binary);
      read.page.assign(std::istreambuf_iterator<char>(in), {});
      result = read;
    }
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  return result;
}

}  // namespace abm::bench
