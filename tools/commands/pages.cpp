// abmctl pages: the sample pages that rules are checked against; fetches them from the site.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/content_hash.h"
#include "base/file.h"
#include "base/page_url.h"
#include "base/text.h"
#include "rewrite/locate.h"
#include "tools/command.h"
#include "tools/commands.h"
#include "tools/inputs.h"
#include "tools/page_source.h"
#include "tools/sitemap.h"

namespace abm::tools {
namespace {

namespace fs = std::filesystem;
using generation::PageInput;

struct PagesOptions {
  SiteOptions site;
  std::string action;
  std::vector<std::string> urls;
  std::string sitemap;
  std::string folder = "samples";
  size_t most = 20;
  bool json = false;
};

/// One sample page, fetched or only looked at.
struct SampleFile {
  std::string url;     ///< as site.yaml has it, or is to have it
  std::string file;    ///< absolute
  bool named = false;  ///< in site.yaml
  std::string fault;   ///< why it could not be read or fetched
  size_t bytes = 0;
  rewrite::PageSigns signs;
};

rewrite::PageSigns signs_of(std::string_view html) {
  const rewrite::SelectorSet none;
  rewrite::RewriterOptions options;
  options.selectors = &none;
  options.charset = rewrite::Charset::kUnlabelled;
  return rewrite::locate(html, options).signs;
}

/// "/pricing" → "pricing.html", "/products/pumps/?x=1" → "products-pumps-1f3c22aa.html": readable, and
/// another one for each page.
std::string file_name_of(std::string_view page) {
  constexpr size_t kLongest = 80;
  if (page == "/") return "index.html";
  std::string name;
  for (const char c : page.substr(1, page.find('?') - 1)) {
    const char lower = ascii_lower(c);
    name += is_digit(c) || (lower >= 'a' && lower <= 'z') || c == '_' ? lower : '-';
  }
  name.resize(std::min(name.size(), kLongest));
  while (name.ends_with('-')) name.pop_back();
  if (fmt::format("/{}", name) == page && !name.starts_with('-') && name != "index") return name + ".html";
  // The name alone does not give the page back.
  const size_t begin = std::min(name.find_first_not_of('-'), name.size());
  return fmt::format("{}{}{:08x}.html", name.substr(begin), begin == name.size() ? "" : "-",
                     static_cast<uint32_t>(hash64(page)));
}

/// Path and query of an address, as written.
std::string page_of(std::string_view address) {
  const size_t host = address.find("://") + 3;
  const size_t path = std::min(address.find_first_of("/?#", host), address.size());
  const std::string_view page =
      address.substr(path, std::min(address.find('#', path), address.size()) - path);
  return page.starts_with('/') ? std::string(page) : fmt::format("/{}", page);
}

/// The entry of site.yaml that an address is about: one with the same address, or with its path alone.
const PageInput* entry_for(const generation::Site& site, const std::string& address) {
  for (const PageInput& page : site.pages) {
    if (page.url == address || page.url == page_of(address)) return &page;
  }
  return nullptr;
}

/// `host`: of the pages whose addresses go into site.yaml as paths alone.
SampleFile fetch_one(const generation::Site& site, const PagesOptions& options, const std::string& address,
                     std::string_view host) {
  SampleFile sample;
  const auto url = parse_page_url(address);
  if (!url || !is_page_address(address)) {
    sample.url = address;
    sample.fault = url ? fmt::format("'{}' is no address: begin with https://", address) : url.message();
    return sample;
  }
  const PageInput* const known = entry_for(site, address);
  sample.named = known != nullptr;
  const std::string name = page_of(address);
  const bool is_elsewhere = url->host != host;
  sample.url = known != nullptr ? known->url : is_elsewhere ? address : name;
  const std::string file =
      is_elsewhere ? file_name_of(fmt::format("/{}{}", url->host, name)) : file_name_of(name);
  sample.file = known != nullptr
                    ? known->file
                    : (fs::path(site.folder) / options.folder / file).lexically_normal().string();
  const bool is_taken = known == nullptr && std::ranges::any_of(site.pages, [&](const PageInput& other) {
                          return other.file == sample.file;
                        });
  if (is_taken) {
    sample.fault = fmt::format(
        "{} is the file of another page of site.yaml: name this one there, with a file of its own",
        path_for_people(sample.file));
    return sample;
  }
  auto page = read_page(address);
  if (!page) {
    sample.fault = page.message();
    return sample;
  }
  sample.bytes = page->html.size();
  if (sample.bytes > generation::kMaxSamplePageBytes) {
    sample.fault = fmt::format("{}: larger than the {} bytes that a sample page may have", page->name,
                               generation::kMaxSamplePageBytes);
    return sample;
  }
  std::error_code code;
  fs::create_directories(fs::path(sample.file).parent_path(), code);
  if (auto written = write_file_atomically(sample.file, page->html); !written) {
    sample.fault = written.message();
    return sample;
  }
  sample.signs = signs_of(page->html);
  return sample;
}

std::vector<SampleFile> look_at_all(const generation::Site& site) {
  std::vector<SampleFile> samples;
  for (const PageInput& page : site.pages) {
    SampleFile& sample = samples.emplace_back();
    sample.url = page.url;
    sample.file = page.file;
    sample.named = true;
    const auto html = read_file(page.file, generation::kMaxSamplePageBytes);
    if (!html) {
      sample.fault = html.message();
      continue;
    }
    sample.bytes = html->size();
    sample.signs = signs_of(*html);
  }
  return samples;
}

void write_json(const std::vector<SampleFile>& samples, const Output& out) {
  std::string text;
  Json json(text);
  json.begin_array();
  for (const SampleFile& sample : samples) {
    json.begin_object()
        .key("url")
        .string(sample.url)
        .key("file")
        .string_or_null(path_for_people(sample.file));
    json.key("named").boolean(sample.named).key("fault").string_or_null(sample.fault);
    json.key("bytes").number(sample.bytes);
    json.key("framework").string_or_null(to_string(sample.signs.framework()));
    json.key("evidence").string_or_null(sample.signs.evidence()).end_object();
  }
  json.end_array();
  out.line(text);
}

void tell(const generation::Site& site, const std::vector<SampleFile>& samples, const Output& out) {
  std::string unnamed;
  for (const SampleFile& sample : samples) {
    if (!sample.fault.empty()) {
      out.note(fmt::format("abmctl: {}: {}", sample.url, sample.fault));
      continue;
    }
    const rewrite::Framework framework = sample.signs.framework();
    out.line(fmt::format("{} ({}): {} bytes, {}", path_for_people(sample.file), sample.url, sample.bytes,
                         framework == rewrite::Framework::kNone
                             ? "no framework was recognized"
                             : fmt::format("{}, told by {}", title_of(framework), sample.signs.evidence())));
    if (sample.named) continue;
    const std::string relative = fs::path(sample.file).lexically_relative(site.folder).string();
    std::string entry;
    Json(entry).begin_object().key("url").string(sample.url).key("file").string(relative).end_object();
    unnamed += fmt::format("\n  - {}", entry);
  }
  if (!unnamed.empty())
    out.line(fmt::format("site.yaml does not name these yet. Below `pages:`:{}", unnamed));
}

Status run(const PagesOptions& options, Context& context) {
  Output& out = context.out;
  if (!options.action.empty() && options.action != "fetch")
    return out.failure(fmt::format("'{}' is nothing that pages can do: write 'abmctl pages fetch {}'",
                                   options.action, options.action));
  Diagnostics diagnostics;
  const auto site = load_site(options.site, diagnostics);
  if (!site.has_value()) {
    out.findings(diagnostics);
    return out.failure("site.yaml cannot be used");
  }
  std::vector<SampleFile> samples;
  if (options.action.empty()) {
    samples = look_at_all(*site);
    if (samples.empty() && !options.json)
      out.line("site.yaml names no sample pages: 'abmctl pages fetch https://…' takes some");
  } else {
    std::vector<std::string> urls = options.urls;
    if (!options.sitemap.empty()) {
      auto found = pages_of_sitemap(options.sitemap, options.most);
      if (!found) return out.failure(found.message());
      urls.insert(urls.end(), found->begin(), found->end());
    }
    if (urls.empty()) {
      for (const PageInput& page : site->pages) {
        if (is_page_address(page.url)) urls.push_back(page.url);
      }
    }
    if (urls.empty()) return out.failure("name the addresses of pages, or --sitemap");
    const auto first = parse_page_url(urls.front());
    for (size_t i = 0; i < urls.size(); ++i) {
      out.progress("fetching pages", i, urls.size());
      samples.push_back(fetch_one(*site, options, urls[i], first ? first->host : ""));
    }
    out.clear_progress();
  }
  options.json ? write_json(samples, out) : tell(*site, samples, out);
  const bool good = std::ranges::all_of(samples, [](const SampleFile& one) { return one.fault.empty(); });
  return good ? Status::kOk : Status::kProblems;
}

}  // namespace

void add_pages(Command& app, Context& context) {
  auto options = std::make_shared<PagesOptions>();
  Command* command =
      app.add_subcommand("pages", "Lists the sample pages that rules are checked against, or fetches some");
  command->add_option("action", options->action,
                      "fetch: take pages from the site; default: list those of site.yaml");
  command->add_option("url", options->urls,
                      "addresses of pages to fetch; default: those that site.yaml names with their address");
  command->add_option("--site", options->site.site,
                      "site.yaml, or its folder; default: the nearest one upward");
  command->add_option("--sitemap", options->sitemap, "fetch the pages that this sitemap names");
  command->add_option("--most", options->most,
                      "how many pages of a sitemap are fetched at most; default: 20");
  command->add_option("--folder", options->folder,
                      "where new pages are saved, below the folder of site.yaml; default: samples");
  command->add_flag("--json", options->json, "the same as JSON");
  command->footer(
      "Pages are asked for as by a visitor who opts out (Sec-GPC: 1): the originals. A page that site.yaml names keeps\n"
      "its file. 'abmctl check' then says for every slot how many elements it matches on each page, and whether the\n"
      "page's framework keeps its edits. Exit status 1 when a page could not be fetched or read.\n"
      "Examples:\n"
      "  abmctl pages\n"
      "  abmctl pages fetch https://www.acme.example/ https://www.acme.example/pricing\n"
      "  abmctl pages fetch --sitemap https://www.acme.example/sitemap.xml --most 10");
  command->callback([options, &context] { context.status = run(*options, context); });
}

}  // namespace abm::tools
