#include "generation/site_pages.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "base/file.h"
#include "base/page_url.h"
#include "generation/site_values.h"

namespace abm::generation {
namespace {

using yaml::Node;

class PageListReader : public SiteValues {
 public:
  using SiteValues::SiteValues;

  std::vector<PageInput> read(const Node& node) {
    std::vector<PageInput> pages;
    if (!is_sequence(node, "pages")) return pages;
    for (const Node& item : node.items) {
      if (pages.size() == kMostSamplePages) {
        error(item.at, fmt::format("more than {} pages: choose those that differ", kMostSamplePages));
        break;
      }
      page(item, pages);
    }
    return pages;
  }

 private:
  void page(const Node& node, std::vector<PageInput>& pages) {
    static constexpr std::array<std::string_view, 2> kKeys = {"url", "file"};
    if (!mapping_of(node, "a page", kKeys)) return;
    for (const std::string_view key : kKeys) {
      const Node* const value = node.find(key);
      if (value != nullptr && !value->is_null()) continue;
      error(value != nullptr ? value->at : node.at,
            "a page needs 'url' and 'file', such as { url: /pricing, file: samples/pricing.html }");
      return;
    }
    const Node& url = *node.find("url");
    const auto address = word(url, "url");
    const std::string file = path(node.find("file"), "file");
    if (!address.has_value() || file.empty()) return;
    if (const auto parsed = parse_page_url(*address); !parsed) return error(url.at, parsed.message());
    const auto known = std::ranges::find(pages, *address, &PageInput::url);
    if (known != pages.end())
      return error(url.at, fmt::format("page '{}' is already named in line {}", *address, known->at.line));
    pages.push_back({*address, file, node.at});
  }
};

}  // namespace

std::vector<PageInput> read_page_list(const Node& node, const std::string& file, const std::string& folder,
                                      const yaml::SourceText& text, Diagnostics& diagnostics) {
  return PageListReader(file, folder, text, diagnostics).read(node);
}

std::vector<rules::SamplePage> read_sample_pages(const std::vector<PageInput>& pages,
                                                 const std::string& site_file, Diagnostics& diagnostics) {
  std::vector<rules::SamplePage> read;
  for (const PageInput& page : pages) {
    auto html = read_file(page.file, kMaxSamplePageBytes);
    if (!html) {
      diagnostics.error(
          site_file, page.at,
          fmt::format("{}: fetch it with 'abmctl pages fetch', or take it out of pages", html.message()));
      continue;
    }
    const auto url = parse_page_url(page.url);
    if (!url) continue;  // refused before
    read.push_back({path_for_people(page.file), url->host, url->path, std::move(*html)});
  }
  return read;
}

}  // namespace abm::generation
