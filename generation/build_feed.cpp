#include "generation/build_feed.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "accounts/feed.h"
#include "accounts/snapshot_writer.h"
#include "base/file.h"
#include "base/text.h"
#include "generation/inheritance.h"
#include "generation/minisign.h"
#include "ipdb/domain.h"
#include "ipdb/shared_domains.h"

namespace abm::generation {
namespace {

using accounts::Account;

/// The feed's file, hashed while it is read.
class FeedFileReader final : public accounts::FeedSource {
 public:
  [[nodiscard]] static Result<FeedFileReader> open(const std::string& path) {
    auto fd = open_regular_file(path);
    if (!fd) return fd.error();
    const auto size = file_size(fd->get(), path);
    if (!size) return size.error();
    if (*size > accounts::kMaxFeedBytes)
      return Error{fmt::format("{}: larger than the limit of {} bytes", path, accounts::kMaxFeedBytes)};
    return FeedFileReader(std::move(*fd), path, *size);
  }
  Result<size_t> read(char* to, size_t size) override {
    // Bytes appended in the meantime are left for the next build: the feed's last line
    // tells whether it is complete.
    size = static_cast<size_t>(std::min<uint64_t>(size, size_ - read_));
    ssize_t got = 0;
    do {
      got = ::read(fd_.get(), to, size);
    } while (got < 0 && errno == EINTR);
    if (got < 0) return errno_error(path_, errno);
    read_ += static_cast<uint64_t>(got);
    hasher_.update({to, static_cast<size_t>(got)});
    return static_cast<size_t>(got);
  }
  [[nodiscard]] uint64_t size() const noexcept override { return size_; }
  [[nodiscard]] Result<ContentHash> hash() { return hasher_.finish(); }  ///< once all is read

 private:
  FeedFileReader(Fd fd, std::string path, uint64_t size)
      : fd_(std::move(fd)), path_(std::move(path)), size_(size) {}

  Fd fd_;
  std::string path_;
  uint64_t size_;
  uint64_t read_ = 0;
  ContentHasher hasher_;
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

/// Leaves those of an account's domains that can be its own, as visitors' identities may spell them; the
/// others are warned of. Returns the names that networks are matched by.
std::vector<std::string> settle_domains(Account& account, const std::string& feed, Diagnostics& diagnostics) {
  std::vector<std::string> names, spellings;
  const auto add = [](std::vector<std::string>& list, const std::string& name) {
    if (name.empty() || list.size() == accounts::kMaxDomains) return;
    if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
  };
  for (const std::string& text : account.domains) {
    const ipdb::AccountDomain domain = ipdb::account_domain(text);
    if (!domain.fault.empty()) {
      diagnostics.warning(feed, {static_cast<uint32_t>(account.line), 0}, {},
                          fmt::format("account '{}': domain '{}' {}; it identifies nobody", account.id(),
                                      text, domain.fault));
      continue;
    }
    add(names, domain.name);
    // The first is also shown to people: as the feed writes it.
    const bool as_letters = !is_ascii(text);
    add(spellings, as_letters ? domain.unicode : domain.name);
    add(spellings, as_letters ? domain.name : domain.unicode);
  }
  account.domains = std::move(spellings);
  account.text[static_cast<size_t>(accounts::TextField::kDomain)] =
      account.domains.empty() ? std::string() : account.domains.front();
  return names;
}

accounts::FeedLimits limits_with(const Progress& progress, std::string_view phase,
                                 const accounts::FeedSource& source) {
  accounts::FeedLimits limits;
  limits.progress = [&progress, &source, phase](uint64_t read) {
    if (progress) progress(phase, read, source.size());
  };
  return limits;
}

/// Parents may come after the accounts below them. False: refused.
bool learn_parents(accounts::FeedSource& source, const FeedFile& feed, const Progress& progress,
                   Diagnostics& diagnostics, Inheritance& inheritance) {
  const auto limits = limits_with(progress, "reading parents", source);
  const auto summary = accounts::parse_feed(source, feed.name, limits, diagnostics, [&](Account&& account) {
    inheritance.learn(account);
    return true;
  });
  inheritance.settle();
  return summary.has_value();
}

/// Into `writer` and `products`. False: refused.
bool parse_accounts(accounts::FeedSource& source, const FeedFile& feed, const Inheritance& inheritance,
                    const Progress& progress, Diagnostics& diagnostics, accounts::SnapshotWriter& writer,
                    FeedProducts& products) {
  const std::string& name = feed.name;
  const auto limits = limits_with(progress, "reading accounts", source);
  auto summary = accounts::parse_feed(source, name, limits, diagnostics, [&](Account&& account) {
    const std::vector<std::string> domains = settle_domains(account, name, diagnostics);
    if (!feed.inherit.empty()) inheritance.apply(account);
    if (feed.changes != nullptr) feed.changes->apply(account);
    writer.add(account);
    products.networks.add({.id = account.id(),
                           .networks = account.networks,
                           .asns = account.asns,
                           .organizations = account.organizations,
                           .domains = domains,
                           .line = account.line});
    return true;
  });
  if (!summary.has_value()) return false;
  ipdb::report_shared_domains(products.networks, name, diagnostics);
  products.summary = *summary;
  return true;
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
  const auto refuse = [&](const std::string& reason) {
    diagnostics.error({}, {}, reason);
    return std::nullopt;
  };
  Inheritance inheritance(feed.inherit);
  const auto learn = [&](accounts::FeedSource& source) {
    return learn_parents(source, feed, progress, diagnostics, inheritance);
  };
  const auto parse = [&](accounts::FeedSource& source) {
    return parse_accounts(source, feed, inheritance, progress, diagnostics, writer, products);
  };
  if (!feed.path.empty() && feed.verify_key.empty()) {
    std::optional<ContentHash> learnt;
    if (!feed.inherit.empty()) {
      auto file = FeedFileReader::open(feed.path);
      if (!file) return refuse(file.message());
      if (!learn(*file)) return std::nullopt;
      const auto hash = file->hash();
      if (!hash) return refuse(hash.message());
      learnt = *hash;
    }
    auto file = FeedFileReader::open(feed.path);
    if (!file) return refuse(file.message());
    if (!parse(*file)) return std::nullopt;
    const auto hash = file->hash();
    if (!hash) return refuse(hash.message());
    if (learnt.has_value() && !(*learnt == *hash))
      return refuse(fmt::format("{}: another file took its place while it was read: try again", feed.name));
    products.hash = *hash;
  } else if (!feed.path.empty()) {
    // What was verified is what gets parsed: the file might change between two reads.
    const auto bytes = read_file(feed.path, accounts::kMaxFeedBytes);
    if (!bytes) return refuse(bytes.message());
    if (auto good = check_signature_beside(*bytes, feed); !good) return refuse(good.message());
    if (!feed.inherit.empty()) {
      accounts::FeedText text(*bytes);
      if (!learn(text)) return std::nullopt;
    }
    accounts::FeedText text(*bytes);
    if (!parse(text)) return std::nullopt;
    const auto hash = content_hash(*bytes);
    if (!hash) return refuse(hash.message());
    products.hash = *hash;
  }
  if (progress) progress("writing accounts.bin", 0, 0);
  auto snapshot = writer.finish(products.summary.header);
  if (!snapshot) {
    diagnostics.error(feed.name, {}, snapshot.message());
    return std::nullopt;
  }
  products.snapshot = std::move(*snapshot);
  return products;
}

}  // namespace abm::generation
