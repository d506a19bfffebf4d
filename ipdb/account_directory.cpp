// AccountDirectory: the tables by which source readers find accounts.
#include <algorithm>

#include "base/folding.h"
#include "base/invisible.h"
#include "base/text.h"
#include "ipdb/domain.h"
#include "ipdb/network_claims.h"
#include "ipdb/organization_name.h"

namespace abm::ipdb {
namespace {

template <typename Table, typename Key>
const AccountDirectory::Accounts* find(const Table& table, const Key& key) {
  const auto found = table.find(key);
  return found == table.end() ? nullptr : &found->second;
}

// Accounts come in ascending order, so a duplicate is always the last one.
void add(AccountDirectory::Accounts& accounts, uint32_t account) {
  if (accounts.empty() || accounts.back() != account) accounts.push_back(account);
}

}  // namespace

AccountDirectory::AccountDirectory(const NetworkAccounts& accounts) : has_asns_(accounts.size()) {
  for (uint32_t i = 0; i < accounts.size(); ++i) {
    const NetworkAccounts::View account = accounts[i];
    add(ids_[std::string(account.id)], i);
    longest_id_ = std::max(longest_id_, account.id.size());
    for (const uint32_t asn : account.asns) add(asns_[asn], i);
    has_asns_[i] = account.asns.size() != 0;
    for (const std::string_view name : account.organizations) {
      // A name from a web page may have no-break spaces.
      add(organizations_[folded(as_it_looks(name))], i);
      if (const std::string key = organization_key(name); !key.empty()) add(organization_keys_[key], i);
      longest_organization_ = std::max(longest_organization_, name.size());
    }
    for (const std::string_view name : account.domains) {
      if (const auto domain = registrable_domain(name)) add(domains_[*domain], i);
    }
  }
}

const AccountDirectory::Accounts* AccountDirectory::by_id(std::string_view id) const {
  if (id.size() > longest_id_) return nullptr;
  scratch_.assign(id);
  return find(ids_, scratch_);
}

const AccountDirectory::Accounts* AccountDirectory::by_asn(uint32_t asn) const {
  return find(asns_, asn);
}

const AccountDirectory::Accounts* AccountDirectory::by_organization(std::string_view name) const {
  // Decomposed, the same name takes up to three times as many bytes.
  if (name.size() > 3 * longest_organization_) return nullptr;
  FoldBuffer buffer;
  if (has_only_ascii(name)) {
    scratch_.assign(name);
  } else {
    const std::string plain = as_it_looks(name);
    scratch_.assign(fold_beyond_ascii(plain, buffer));
  }
  std::transform(scratch_.begin(), scratch_.end(), scratch_.begin(), [](char c) { return ascii_lower(c); });
  return find(organizations_, scratch_);
}

const AccountDirectory::Accounts* AccountDirectory::by_organization_key(const std::string& key) const {
  return find(organization_keys_, key);
}

void AccountDirectory::add_asn(uint32_t asn, uint32_t account) {
  has_asns_[account] = true;
  Accounts& accounts = asns_[asn];
  const auto place = std::lower_bound(accounts.begin(), accounts.end(), account);
  if (place == accounts.end() || *place != account) accounts.insert(place, account);
}

const AccountDirectory::Accounts* AccountDirectory::by_domain(std::string_view name) const {
  const auto domain = registrable_domain(name);
  return domain ? find(domains_, *domain) : nullptr;
}

}  // namespace abm::ipdb
