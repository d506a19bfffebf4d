#include "tools/doctor/check_gzip.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace abm::tools::doctor {
namespace {

constexpr size_t kPagesNamed = 5;

// "www.example.com/plans (11840 bytes, nginx's have 9086)"
std::string describe_unspliced(const simdjson::dom::element& page) {
  std::string_view host, path;
  uint64_t spliced = 0, gzip = 0;
  bool arguments = false;
  if (page.at_key("host").get(host) != simdjson::SUCCESS ||
      page.at_key("path").get(path) != simdjson::SUCCESS ||
      page.at_key("arguments").get(arguments) != simdjson::SUCCESS ||
      page.at_key("spliced").get(spliced) != simdjson::SUCCESS ||
      page.at_key("gzip").get(gzip) != simdjson::SUCCESS)
    return {};
  return fmt::format("{}{}{} ({} bytes, nginx's have {})", host, path, arguments ? "?…" : "", spliced, gzip);
}

}  // namespace

void check_gzip(const simdjson::dom::element& status, Findings& findings) {
  simdjson::dom::array pages;
  uint64_t spliced = 0;
  if (status.at_pointer("/page_memory/not_spliced").get(pages) != simdjson::SUCCESS ||
      status.at_pointer("/gzip/spliced").get(spliced) != simdjson::SUCCESS)
    return;
  std::vector<std::string> larger;
  for (const simdjson::dom::element& page : pages) larger.push_back(describe_unspliced(page));
  std::erase(larger, std::string());
  if (!larger.empty()) {
    std::string named;
    for (size_t i = 0; i < std::min(larger.size(), kPagesNamed); ++i)
      named += (i != 0 ? ", " : "") + larger[i];
    if (larger.size() > kPagesNamed) named += fmt::format(" and {} more", larger.size() - kPagesNamed);
    findings.note(
        "gzip",
        fmt::format(
            "nginx compresses answers of these pages until the same one comes again, since pieces would make it "
            "larger: {}",
            named),
        "'abm_gzip always' takes less time and more bytes (conf/README.md, 'Compressed pages')");
  } else if (spliced != 0) {
    findings.ok("gzip",
                fmt::format("{} answers were compressed of parts that were compressed before", spliced));
  }
}

}  // namespace abm::tools::doctor
