#include "generation/build_rules.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/content_hash.h"
#include "base/file.h"
#include "rules/compile/compile.h"

namespace abm::generation {
namespace {

/// Reads files below a folder by names relative to it, and remembers what was read.
class RootedSource final : public rules::FileSource {
 public:
  explicit RootedSource(std::string root) : root_(std::move(root)) {}

  Result<std::string> read(const std::string& path, size_t limit) override {
    auto bytes = rules::disk_source().read(on_disk(path), limit);
    return bytes ? remember(path, std::move(*bytes)) : bytes;
  }
  Result<std::string> read_beneath(const std::string& folder, const std::string& path,
                                   size_t limit) override {
    auto bytes = rules::disk_source().read_beneath(on_disk(folder), path, limit);
    return bytes ? remember(folder == "." ? path : fmt::format("{}/{}", folder, path), std::move(*bytes))
                 : bytes;
  }
  Result<std::vector<std::string>> list(const std::string& folder, size_t limit) override {
    return rules::disk_source().list(on_disk(folder), limit);
  }

  [[nodiscard]] std::string on_disk(const std::string& path) const {
    return root_.empty() || path.starts_with('/') ? path : fmt::format("{}/{}", root_, path);
  }
  [[nodiscard]] const std::map<std::string, ContentHash>& hashes() const noexcept { return hashes_; }

 private:
  Result<std::string> remember(const std::string& name, std::string bytes) {
    const auto hash = content_hash(bytes);
    if (!hash) return hash.error();
    hashes_[name] = *hash;
    return bytes;
  }

  std::string root_;
  std::map<std::string, ContentHash> hashes_;
};

Result<std::vector<SourceEntry>> sources_of(const RootedSource& source,
                                            const std::vector<std::string>& files) {
  std::vector<SourceEntry> entries;
  SourceEntry fragments;
  fragments.name = kFragmentsSource;
  ContentHasher all;
  uint64_t count = 0;
  for (const auto& [path, hash] : source.hashes()) {
    if (std::find(files.begin(), files.end(), path) != files.end()) {
      SourceEntry& entry = entries.emplace_back();
      entry.name = path;
      entry.hash = hash;
    } else {
      all.update(fmt::format("{} {}\n", hash.sha256.hex(), path));
      ++count;
    }
  }
  if (count != 0) {
    auto hash = all.finish();
    if (!hash) return hash.error();
    fragments.hash = *hash;
    fragments.counts = {{std::string(kFilesCount), count}};
    entries.push_back(std::move(fragments));
  }
  return entries;
}

}  // namespace

std::optional<RulesProducts> build_rules(const std::string& folder, const std::vector<std::string>& files,
                                         const rules::LoadOptions& options, Diagnostics& diagnostics) {
  RootedSource source(folder);
  Diagnostics found;
  // A site may begin without any rules; the loader takes an empty list for a mistake.
  std::optional<rules::Ruleset> ruleset = rules::Ruleset{};
  if (!files.empty()) ruleset = rules::load_rules(files, source, options, found);
  found.for_each([&](Diagnostic& diagnostic) {
    std::string& file = diagnostic.file;
    // Sample pages have names for people already.
    const bool is_page =
        std::ranges::any_of(options.pages, [&](const rules::SamplePage& page) { return page.name == file; });
    if (!file.empty() && !is_page) file = path_for_people(source.on_disk(file));
  });
  diagnostics.add_all(std::move(found));
  if (!ruleset.has_value()) return std::nullopt;
  auto program = rules::compile_rules(*ruleset);
  if (!program) {
    diagnostics.error({}, {}, program.message());
    return std::nullopt;
  }
  RulesProducts products;
  products.program = std::move(*program);
  auto sources = sources_of(source, files);
  if (!sources) {
    diagnostics.error({}, {}, sources.message());
    return std::nullopt;
  }
  products.sources = std::move(*sources);
  for (const auto& [path, hash] : source.hashes()) products.files.push_back({source.on_disk(path), hash});
  products.rules = ruleset->rules.size();
  products.silenced = std::move(ruleset->silenced);
  products.pages = std::move(ruleset->reviews);
  return products;
}

}  // namespace abm::generation
