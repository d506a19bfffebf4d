#include "generation/build_feed.h"

#include <algorithm>
#include <unordered_set>

#include "accounts/snapshot_writer.h"
#include "base/file.h"
#include "base/text.h"

namespace abm::generation {
namespace {

using accounts::Account;
using accounts::TextField;

constexpr size_t kMaxFeedBytes = size_t{4} << 30;
constexpr uint64_t kProgressEvery = 8192;  // accounts

/// Collects the distinct values of the feed's fields, in lower case.
class VocabularyCollector {
 public:
  void add(const Account& account) {
    ids_.push_back(account.id());
    for (const std::string& segment : account.segments) segments_.insert(ascii_lower(segment));
    for (const auto& [name, value] : account.attributes) attributes_.insert(ascii_lower(name));
    add(industries_, account, TextField::kIndustry);
    add(countries_, account, TextField::kCountry);
    add(regions_, account, TextField::kRegion);
    add(stages_, account, TextField::kStage);
    add(plays_, account, TextField::kPlay);
    add(owners_, account, TextField::kOwner);
  }
  [[nodiscard]] rules::Vocabulary finish() {
    rules::Vocabulary vocabulary;
    std::sort(ids_.begin(), ids_.end());
    vocabulary.accounts = std::move(ids_);
    vocabulary.segments = sorted(segments_);
    vocabulary.industries = sorted(industries_);
    vocabulary.countries = sorted(countries_);
    vocabulary.regions = sorted(regions_);
    vocabulary.stages = sorted(stages_);
    vocabulary.plays = sorted(plays_);
    vocabulary.owners = sorted(owners_);
    vocabulary.attribute_names = sorted(attributes_);
    return vocabulary;
  }

 private:
  using Names = std::unordered_set<std::string>;

  static void add(Names& names, const Account& account, TextField field) {
    const std::string& value = account.text[static_cast<size_t>(field)];
    if (!value.empty()) names.insert(ascii_lower(value));
  }
  static std::vector<std::string> sorted(const Names& names) {
    std::vector<std::string> out(names.begin(), names.end());
    std::sort(out.begin(), out.end());
    return out;
  }

  std::vector<std::string> ids_;
  Names segments_, industries_, countries_, regions_, stages_, plays_, owners_, attributes_;
};

}  // namespace

std::optional<FeedProducts> build_feed(const std::string& path, const std::string& name,
                                       const Progress& progress, Diagnostics& diagnostics) {
  FeedProducts products;
  accounts::SnapshotWriter writer;
  VocabularyCollector vocabulary;
  if (!path.empty()) {
    auto bytes = read_file(path, kMaxFeedBytes);
    if (!bytes) {
      diagnostics.error({}, {}, bytes.message());
      return std::nullopt;
    }
    products.hash = hash128(*bytes);
    uint64_t count = 0;
    auto summary = accounts::parse_feed(*bytes, name, {}, diagnostics, [&](Account&& account) {
      writer.add(account);
      vocabulary.add(account);
      products.networks.push_back({.id = account.id(),
                                   .networks = std::move(account.networks),
                                   .asns = std::move(account.asns),
                                   .organizations = std::move(account.organizations),
                                   .domains = std::move(account.domains),
                                   .line = account.line});
      if (++count % kProgressEvery == 0 && progress) progress("reading accounts", count, 0);
      return true;
    });
    if (!summary.has_value()) return std::nullopt;
    products.summary = *summary;
  }
  auto snapshot = writer.finish(products.summary.header);
  if (!snapshot) {
    diagnostics.error(name, {}, snapshot.message());
    return std::nullopt;
  }
  products.snapshot = std::move(*snapshot);
  products.vocabulary = vocabulary.finish();
  return products;
}

}  // namespace abm::generation
