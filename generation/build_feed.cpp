#include "generation/build_feed.h"

#include "accounts/snapshot_writer.h"
#include "base/file.h"

namespace abm::generation {
namespace {

using accounts::Account;

constexpr size_t kMaxFeedBytes = size_t{4} << 30;
constexpr uint64_t kProgressEvery = 8192;  // accounts

}  // namespace

std::optional<FeedProducts> build_feed(const std::string& path, const std::string& name,
                                       const Progress& progress, Diagnostics& diagnostics) {
  FeedProducts products;
  accounts::SnapshotWriter writer;
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
  return products;
}

}  // namespace abm::generation
