#include "tools/account_list.h"

#include <string_view>
#include <unordered_map>

#include <fmt/format.h>

#include "accounts/feed.h"
#include "base/file.h"
#include "generation/recognition.h"
#include "rules/match/lot.h"
#include "rules/program/arms.h"

namespace abm::tools {
namespace {

using accounts::TextField;

std::string text_of(const accounts::Account& account, TextField field) {
  return account.text[static_cast<size_t>(field)];
}

Result<std::optional<AccountList>> from_feed(const std::string& path) {
  auto bytes = read_file(path, accounts::kMaxFeedBytes);
  if (!bytes) return bytes.error();
  AccountList list;
  Diagnostics diagnostics;
  const auto summary = accounts::parse_feed(*bytes, path, {}, diagnostics, [&](accounts::Account&& account) {
    list.accounts.push_back({account.id(),
                             account.name(),
                             std::string(accounts::to_string(account.tier)),
                             text_of(account, TextField::kStage),
                             text_of(account, TextField::kOwner),
                             account.exclude,
                             {},
                             {},
                             account.segments});
    return true;
  });
  if (!summary.has_value()) return Error{diagnostics.first_error()};
  list.name =
      fmt::format("feed version {} of {} ({})", summary->header.version, summary->header.tenant, path);
  return std::optional(std::move(list));
}

std::string_view way_of(ipdb::Source source) {
  using generation::kWayNames;
  using generation::Way;
  const Way way = source == ipdb::Source::kMmdb  ? Way::kVendor
                  : source == ipdb::Source::kAsn ? Way::kAsNumber
                                                 : Way::kNetworks;
  return kWayNames[static_cast<size_t>(way)];
}

/// As generation::Recogniser says it; the generation itself does not know why.
std::string recognised_by(const accounts::Snapshot& snapshot, const accounts::AccountView& account,
                          const std::unordered_map<uint64_t, std::string_view>& known) {
  if (const auto found = known.find(account.key()); found != known.end()) return std::string(found->second);
  for (uint32_t i = 0; i < account.domain_count(); ++i) {
    const auto owner = snapshot.find_domain(account.domain(i));
    if (owner.has_value() && owner->id() == account.id())
      return std::string(generation::kWayNames[static_cast<size_t>(generation::Way::kIdentity)]);
  }
  return std::string(generation::kWayNames[static_cast<size_t>(generation::Way::kNothing)]);
}

AccountList from_generation(const generation::Generation& generation) {
  const accounts::Snapshot& snapshot = generation.accounts();
  AccountList list;
  std::unordered_map<uint64_t, std::string_view> known;
  for (const ipdb::Index::NamedAccount& named : generation.index().named_accounts())
    known.emplace(named.key, way_of(named.source));
  list.name = fmt::format("feed version {} of {} (generation {})", snapshot.feed_version(), snapshot.tenant(),
                          generation.number());
  for (uint32_t i = 0; i < snapshot.size(); ++i) {
    const accounts::AccountView account = snapshot.at(i);
    measure::ListedAccount& listed = list.accounts.emplace_back();
    listed = {std::string(account.id()),
              std::string(account.name()),
              std::string(accounts::to_string(account.tier())),
              std::string(account.text(TextField::kStage)),
              std::string(account.text(TextField::kOwner)),
              account.excluded(),
              recognised_by(snapshot, account, known)};
    if (!account.excluded()) {
      const std::string_view owner = rules::lot_owner(generation.rules(), account);
      const bool control = rules::in_control(generation.rules(), owner);
      listed.arm = rules::to_string(control ? rules::Arm::kControl : rules::Arm::kTreated);
      if (generation.rules().draws_by_family()) listed.family = owner;
    }
    for (uint32_t k = 0; k < account.segment_count(); ++k) listed.segments.emplace_back(account.segment(k));
  }
  return list;
}

}  // namespace

void AccountListOptions::add_to(Command& command) {
  site.add_to(command);
  command.add_option("--accounts", accounts,
                     "account feed (NDJSON) to measure reach against, instead of a site's");
}

Result<std::shared_ptr<const generation::Generation>> find_generation(const SiteOptions& options) {
  const bool named = !options.site.empty() || !options.data.empty();
  const auto folder = data_folder(options);
  if (!folder) {
    // One that cannot be used is not the same as none.
    if (named || !site_file(options).empty()) return folder.error();
    return std::shared_ptr<const generation::Generation>();
  }
  auto opened = generation::Generation::open(*folder);
  if (!opened && !named) return std::shared_ptr<const generation::Generation>();
  return opened;
}

Result<std::optional<AccountList>> load_account_list(const AccountListOptions& options) {
  if (!options.accounts.empty()) return from_feed(options.accounts);
  const auto generation = find_generation(options.site);
  if (!generation) return generation.error();
  if (*generation == nullptr) return std::optional<AccountList>();
  return std::optional(from_generation(**generation));
}

}  // namespace abm::tools
