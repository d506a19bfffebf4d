#include "tools/find_account.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/folding.h"
#include "base/text.h"

namespace abm::tools {
namespace {

using accounts::AccountView;

constexpr size_t kListedAccounts = 20;
constexpr uint32_t kSuggestions = 20;

std::string bare_domain(std::string_view text) {
  std::string domain = ascii_lower(text);
  if (domain.ends_with('.')) domain.pop_back();
  if (domain.starts_with("www.")) domain.erase(0, 4);
  return domain;
}

bool lists_domain(const AccountView& account, std::string_view domain) {
  for (uint32_t i = 0; i < account.domain_count(); ++i) {
    if (bare_domain(account.domain(i)) == domain) return true;
  }
  return false;
}

std::string account_text(const AccountView& account) {
  std::string text = fmt::format("{} ({}", account.id(), account.name());
  if (account.domain_count() > 0) text += fmt::format(", {}", account.domain(0));
  return text + ")";
}

Error no_account(const accounts::Snapshot& accounts, std::string_view text) {
  std::vector<std::string_view> known;
  for (uint32_t i = 0; i < accounts.size(); ++i) {
    known.push_back(accounts.at(i).id());
    known.push_back(accounts.at(i).name());
  }
  return Error{
      fmt::format("the feed has no such account, by id, name or domain{}", did_you_mean(text, known))};
}

Error several_accounts(const std::vector<AccountView>& found) {
  std::vector<std::string> shown;
  for (const AccountView& account : found) {
    if (shown.size() == kListedAccounts) break;
    shown.push_back(account_text(account));
  }
  std::string more;
  if (found.size() > shown.size()) more = fmt::format(" and {} more", found.size() - shown.size());
  return Error{fmt::format("{} accounts answer to that: {}{}; name one by its id", found.size(),
                           fmt::join(shown, ", "), more)};
}

}  // namespace

Result<AccountView> find_account(const accounts::Snapshot& accounts, std::string_view text) {
  if (const auto account = accounts.find_id(text)) return *account;
  const std::string domain = bare_domain(text);
  std::vector<AccountView> found;
  for (uint32_t i = 0; i < accounts.size(); ++i) {
    const AccountView account = accounts.at(i);
    if (equal_without_case(account.name(), text) || (!domain.empty() && lists_domain(account, domain)))
      found.push_back(account);
  }
  if (found.empty()) return no_account(accounts, text);
  if (found.size() > 1) return several_accounts(found);
  return found.front();
}

AccountFinder::AccountFinder(const accounts::Snapshot& accounts) : accounts_(accounts) {
  for (uint32_t i = 0; i < accounts.size(); ++i) {
    const AccountView account = accounts.at(i);
    ordinals_.emplace(folded(account.name()), i);
    for (uint32_t j = 0; j < account.domain_count(); ++j)
      ordinals_.emplace(bare_domain(account.domain(j)), i);
  }
}

Result<AccountView> AccountFinder::find(std::string_view text) {
  if (const auto account = accounts_.find_id(text)) return *account;
  std::set<uint32_t> found;
  for (const std::string& key : {folded(text), bare_domain(text)}) {
    const auto [first, last] = ordinals_.equal_range(key);
    for (auto at = first; at != last; ++at) found.insert(at->second);
  }
  if (found.size() == 1) return accounts_.at(*found.begin());
  if (found.empty()) {
    // What it may have meant takes a look at every name: not for each line of a wrong file.
    if (++misses_ <= kSuggestions) return no_account(accounts_, text);
    return Error{"the feed has no such account, by id, name or domain"};
  }
  std::vector<AccountView> accounts;
  for (const uint32_t ordinal : found) accounts.push_back(accounts_.at(ordinal));
  return several_accounts(accounts);
}

}  // namespace abm::tools
