#include "ipdb/shared_domains.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include <fmt/format.h>

#include "base/hash.h"

namespace abm::ipdb {
namespace {

struct ListedDomain {
  uint64_t hash;
  uint32_t account;
};

std::string_view domain_with_hash(const NetworkAccounts::View& account, uint64_t hash) {
  for (const std::string_view domain : account.domains) {
    if (hash64(domain) == hash) return domain;
  }
  return {};
}

}  // namespace

void report_shared_domains(const NetworkAccounts& accounts, const std::string& feed,
                           Diagnostics& diagnostics) {
  std::vector<ListedDomain> listed;
  for (uint32_t i = 0; i < accounts.size(); ++i) {
    for (const std::string_view domain : accounts[i].domains) listed.push_back({hash64(domain), i});
  }
  std::sort(listed.begin(), listed.end(), [](const ListedDomain& a, const ListedDomain& b) {
    return a.hash != b.hash ? a.hash < b.hash : a.account < b.account;
  });
  std::vector<const ListedDomain*> shared;  // the second and later accounts of each
  for (size_t i = 1; i < listed.size(); ++i) {
    if (listed[i].hash == listed[i - 1].hash && listed[i].account != listed[i - 1].account)
      shared.push_back(&listed[i]);
  }
  std::stable_sort(shared.begin(), shared.end(),
                   [](const ListedDomain* a, const ListedDomain* b) { return a->account < b->account; });
  for (const ListedDomain* const second : shared) {
    const ListedDomain* first = second;
    while (first != listed.data() && first[-1].hash == second->hash) --first;
    const NetworkAccounts::View owner = accounts[first->account], rival = accounts[second->account];
    diagnostics.warning(
        feed, {static_cast<uint32_t>(rival.line), 0}, "",
        fmt::format("account '{}': domain '{}' is also that of account '{}' ({}:{}); it identifies neither",
                    rival.id, domain_with_hash(rival, second->hash), owner.id, feed, owner.line));
  }
}

}  // namespace abm::ipdb
