#include "ipdb/network_builder.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"
#include "ipdb/domain.h"
#include "ipdb/mmdb_validator.h"
#include "ipdb/mmdb_writer.h"
#include "ipdb/network_claims.h"
#include "ipdb/network_guard.h"
#include "ipdb/network_names.h"
#include "ipdb/network_painter.h"
#include "ipdb/network_readers.h"

namespace abm::ipdb {
namespace {

using Kind = NetworkSource::Kind;

// Raised whenever the same inputs would give a different index.
constexpr std::string_view kBuilderVersion = "abm-networks/4";
constexpr std::array<std::string_view, 5> kKindNames = {"csv", "exclude", "asn", "mmdb", "as_numbers"};

std::string_view kind_name(Kind kind) {
  return kKindNames[static_cast<size_t>(kind)];
}
const std::string& name_of(const NetworkSource& source) {
  return source.name.empty() ? source.path : source.name;
}

// Length-prefixed fields: no two different inputs feed the hash the same bytes.
class InputHasher {
 public:
  explicit InputHasher(const NetworkInputs& inputs, const NetworkOptions& options) {
    text(kBuilderVersion);
    text(domain_lists_version());
    number(options.max_as_addresses);
    number(static_cast<uint64_t>(options.special));
    text(options.description);
    number(inputs.accounts.size());
    for (size_t i = 0; i < inputs.accounts.size(); ++i) {
      const NetworkAccounts::View account = inputs.accounts[i];
      text(account.id);
      texts(account.networks);
      number(account.asns.size());
      for (const uint32_t asn : account.asns) number(asn);
      texts(account.organizations);
      texts(account.domains);
    }
    number(inputs.sources.size());
  }
  void source(const NetworkSource& source, const ContentHash& content) {
    text(kind_name(source.kind));
    text(source.key);
    text(source.match);
    text(source.confidence);
    text({reinterpret_cast<const char*>(content.sha256.bytes.data()), content.sha256.bytes.size()});
  }
  [[nodiscard]] Result<ContentHash> finish() { return hasher_.finish(); }

 private:
  void number(uint64_t value) {
    hasher_.update(std::string_view(reinterpret_cast<const char*>(&value), sizeof value));
  }
  void text(std::string_view value) {
    number(value.size());
    hasher_.update(value);
  }
  void texts(const PackedList<std::string_view>& values) {
    number(values.size());
    for (const std::string_view value : values) text(value);
  }

  ContentHasher hasher_;
};

// A file without a single entry is a mistake: an export that failed, the wrong file, all lines commented out.
void refuse_empty(size_t errors_before, ReaderContext& context) {
  if (context.report.entries != 0 || context.diagnostics.errors() != errors_before) return;
  context.diagnostics.error(
      context.report.name, {},
      "holds no entry: fill it, or take it out of `networks:` in site.yaml (nothing is published without it)");
}

// What each account had before anything was left out.
void note_claims(const NetworkInputs& inputs, const AccountDirectory& directory, const Claims& claims,
                 NetworkReport& report) {
  std::vector<uint8_t>& had = report.had;
  for (const Claim& claim : claims.listed) had[claim.account] |= kListedClaim;
  for (const AsRange& range : claims.as_ranges) had[range.account] |= kAsClaim;
  for (const Claim& claim : claims.vendor_as) had[claim.account] |= kVendorClaim;
  for (const Claim& claim : claims.vendor) had[claim.account] |= kVendorClaim;
  for (uint32_t i = 0; i < inputs.accounts.size(); ++i) {
    if (directory.has_asns(i)) had[i] |= kHasAsNumbers;
  }
}

void read_source(const NetworkSource& source, std::string_view bytes, ReaderContext& context) {
  switch (source.kind) {
    case Kind::kCsv:
      return read_network_csv(bytes, context);
    case Kind::kExclude:
      return read_exclusion_csv(bytes, context);
    case Kind::kAsn:
      return read_asn_csv(bytes, context);
    case Kind::kMmdb:
      return read_vendor_mmdb(bytes, source, context);
    case Kind::kAsNumbers:
      return read_as_numbers_csv(bytes, context);
  }
}

}  // namespace

std::optional<NetworkIndex> build_networks(const NetworkInputs& inputs, const NetworkOptions& options,
                                           Diagnostics& diagnostics) {
  const size_t errors_before = diagnostics.errors();
  if (inputs.sources.size() >= std::numeric_limits<uint16_t>::max()) {
    diagnostics.error({}, {}, fmt::format("{} network sources are too many", inputs.sources.size()));
    return std::nullopt;
  }
  AccountDirectory directory(inputs.accounts);
  OrganizationMatcher names(directory);
  NetworkIndex index;
  Claims claims;
  InputHasher hasher(inputs, options);
  index.report.sources.resize(inputs.sources.size() + 1);
  index.report.sources[0].name = inputs.feed;
  index.report.sources[0].kind = "feed";
  const auto context_of = [&](size_t i) {
    const std::string phase = fmt::format("reading {}", index.report.sources[i].name);
    return ReaderContext{inputs,
                         options,
                         directory,
                         names,
                         claims,
                         index.report.sources[i],
                         static_cast<uint16_t>(i),
                         diagnostics,
                         [&options, phase](uint64_t done, uint64_t total) {
                           if (options.progress) options.progress(phase, done, total);
                         }};
  };
  ReaderContext feed = context_of(0);
  read_feed_networks(feed);
  const auto read = [&](size_t i) {
    const NetworkSource& source = inputs.sources[i];
    NetworkSourceReport& report = index.report.sources[i + 1];
    report.name = name_of(source);
    report.kind = kind_name(source.kind);
    const auto bytes = read_file(source.path, options.limits.max_file_bytes);
    if (!bytes) return diagnostics.error({}, {}, bytes.message());
    const auto hash = content_hash(*bytes);
    if (!hash) return diagnostics.error({}, {}, hash.message());
    report.hash = *hash;
    ReaderContext context = context_of(i + 1);
    const size_t errors = diagnostics.errors();
    read_source(source, *bytes, context);
    refuse_empty(errors, context);
    context.progress(bytes->size(), bytes->size());
  };
  // Tables of AS numbers are read when it is known whose they are.
  for (const bool numbers : {true, false}) {
    for (size_t i = 0; i < inputs.sources.size(); ++i) {
      if ((inputs.sources[i].kind == Kind::kAsNumbers) == numbers) read(i);
    }
  }
  if (diagnostics.errors() != errors_before) return std::nullopt;
  for (size_t i = 0; i < inputs.sources.size(); ++i)
    hasher.source(inputs.sources[i], index.report.sources[i + 1].hash);

  index.report.had.resize(inputs.accounts.size());
  settle_names(inputs, names, claims, index.report, diagnostics);
  note_claims(inputs, directory, claims, index.report);
  apply_guard(inputs, options, claims, index.report, diagnostics);
  MmdbWriter writer;
  paint_claims(inputs, options, std::move(claims), writer, index.report, diagnostics);
  if (options.progress) options.progress("writing the index", 0, 1);
  auto bytes = std::move(writer).finish(options.build_epoch, options.description);
  // What we wrote is read back with the worker's own check: a bug of ours surfaces here, not in a worker.
  const auto summary = bytes ? validate_mmdb(*bytes) : Result<MmdbSummary>(bytes.error());
  if (!summary) {
    diagnostics.error({}, {}, fmt::format("networks: {}", summary.message()));
    return std::nullopt;
  }
  index.report.node_count = summary->node_count;
  index.report.record_size = summary->record_size;
  index.bytes = std::move(*bytes);
  const auto inputs_hash = hasher.finish();
  if (!inputs_hash) {
    diagnostics.error({}, {}, inputs_hash.message());
    return std::nullopt;
  }
  index.inputs = *inputs_hash;
  if (options.progress) options.progress("writing the index", 1, 1);
  return index;
}

Result<ContentHash> hash_network_inputs(const NetworkInputs& inputs, const NetworkOptions& options) {
  InputHasher hasher(inputs, options);
  for (const NetworkSource& source : inputs.sources) {
    const auto bytes = read_file(source.path, options.limits.max_file_bytes);
    if (!bytes) return bytes.error();
    const auto hash = content_hash(*bytes);
    if (!hash) return hash.error();
    hasher.source(source, *hash);
  }
  return hasher.finish();
}

}  // namespace abm::ipdb
