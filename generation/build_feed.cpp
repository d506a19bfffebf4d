#include "generation/build_feed.h"

#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>

#include "accounts/snapshot_writer.h"
#include "base/file.h"
#include "base/paged_array.h"
#include "generation/minisign.h"

namespace abm::generation {
namespace {

using accounts::Account;

constexpr size_t kMaxFeedBytes = size_t{4} << 30;

/// A feed in memory that shrinks while it is read, so that it does not stand beside all that is made of it.
class FeedBytes {
 public:
  [[nodiscard]] static Result<FeedBytes> read(const std::string& path) {
    auto fd = open_regular_file(path);
    if (!fd) return fd.error();
    const auto size = file_size(fd->get(), path);
    if (!size) return size.error();
    if (*size > kMaxFeedBytes)
      return Error{fmt::format("{}: larger than the limit of {} bytes", path, kMaxFeedBytes)};
    FeedBytes feed;
    feed.bytes_ = PagedArray<char>(static_cast<size_t>(*size));
    // What is appended meanwhile is left for the next time: the feed's last line tells whether it is whole.
    while (feed.size_ < *size) {
      const ssize_t got = ::read(fd->get(), &feed.bytes_[feed.size_], *size - feed.size_);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return errno_error(path, errno);
      if (got == 0) break;
      feed.size_ += static_cast<size_t>(got);
    }
    return feed;
  }
  [[nodiscard]] std::string_view view() const noexcept {
    return size_ == 0 ? std::string_view() : std::string_view(&bytes_[0], size_);
  }
  void forget_before(size_t offset) noexcept { bytes_.forget(offset); }

 private:
  PagedArray<char> bytes_;
  size_t size_ = 0;
};

Result<void> check_signature_beside(std::string_view bytes, const FeedFile& feed) {
  const std::string path = fmt::format("{}{}", feed.path, kSignatureSuffix);
  auto signature = read_file(path, kMaxSignatureBytes);
  if (!signature) {
    return Error{
        fmt::format("{}: the feed's signature, which `accounts: verify_key:` asks for", signature.message())};
  }
  if (auto good = check_signature(bytes, *signature, feed.verify_key); !good)
    return Error{fmt::format("{}: {}", path_for_people(path), good.message())};
  return {};
}

}  // namespace

Result<void> check_signature(std::string_view bytes, std::string_view signature,
                             const std::string& verify_key) {
  const auto key = read_minisign_public_key(verify_key);
  if (!key) return key.error();
  if (auto good = minisign_verify(bytes, signature, *key); !good)
    return Error{fmt::format("{} (verify_key {}, id {})", good.message(), path_for_people(verify_key),
                             minisign_key_id(*key))};
  return {};
}

std::optional<FeedProducts> build_feed(const FeedFile& feed, const Progress& progress,
                                       Diagnostics& diagnostics) {
  FeedProducts products;
  accounts::SnapshotWriter writer;
  const std::string& name = feed.name;
  if (!feed.path.empty()) {
    auto bytes = FeedBytes::read(feed.path);
    if (!bytes) {
      diagnostics.error({}, {}, bytes.message());
      return std::nullopt;
    }
    if (!feed.verify_key.empty()) {
      if (auto good = check_signature_beside(bytes->view(), feed); !good) {
        diagnostics.error({}, {}, good.message());
        return std::nullopt;
      }
    }
    products.hash = hash128(bytes->view());
    accounts::FeedLimits limits;
    limits.read_up_to = [&](size_t offset) {
      if (progress) progress("reading accounts", offset, bytes->view().size());
      bytes->forget_before(offset);
    };
    auto summary = accounts::parse_feed(bytes->view(), name, limits, diagnostics, [&](Account&& account) {
      writer.add(account);
      products.networks.push_back({.id = account.id(),
                                   .networks = std::move(account.networks),
                                   .asns = std::move(account.asns),
                                   .organizations = std::move(account.organizations),
                                   .domains = std::move(account.domains),
                                   .line = account.line});
      return true;
    });
    if (!summary.has_value()) return std::nullopt;
    products.summary = *summary;
  }
  if (progress) progress("writing accounts.bin", 0, 0);
  auto snapshot = writer.finish(products.summary.header);
  if (!snapshot) {
    diagnostics.error(name, {}, snapshot.message());
    return std::nullopt;
  }
  products.snapshot = std::move(*snapshot);
  return products;
}

}  // namespace abm::generation
