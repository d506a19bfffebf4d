#include "tools/account_list.h"

#include <fmt/format.h>

#include "accounts/feed.h"
#include "base/file.h"

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
    list.accounts.push_back({account.id(), account.name(), std::string(accounts::to_string(account.tier)),
                             text_of(account, TextField::kStage), text_of(account, TextField::kOwner),
                             account.exclude});
    return true;
  });
  if (!summary.has_value()) return Error{diagnostics.first_error()};
  list.name =
      fmt::format("feed version {} of {} ({})", summary->header.version, summary->header.tenant, path);
  return std::optional(std::move(list));
}

AccountList from_generation(const generation::Generation& generation) {
  const accounts::Snapshot& snapshot = generation.accounts();
  AccountList list;
  list.name = fmt::format("feed version {} of {} (generation {})", snapshot.feed_version(), snapshot.tenant(),
                          generation.number());
  for (uint32_t i = 0; i < snapshot.size(); ++i) {
    const accounts::AccountView account = snapshot.at(i);
    list.accounts.push_back({std::string(account.id()), std::string(account.name()),
                             std::string(accounts::to_string(account.tier())),
                             std::string(account.text(TextField::kStage)),
                             std::string(account.text(TextField::kOwner)), account.excluded()});
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
    if (named) return folder.error();
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
