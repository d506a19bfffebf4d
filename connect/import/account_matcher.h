// Which listed account an opportunity is of: by the list's own id, by the CRM's id, by a domain, in this
// order. Who may be two is nobody: no opportunity is taken for somebody else's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connect/import/key_table.h"

namespace abm::connect {

enum class MatchedBy : uint8_t { kNothing, kId, kCrmId, kDomain };

struct AccountMatch {
  std::string account;  ///< id; "": none
  MatchedBy by = MatchedBy::kNothing;
  std::string told_by;  ///< of none: what was looked for, "CRM id 0015e00002xyz, domain acme.com"
};

class AccountMatcher {
 public:
  void add_account(std::string_view id);
  /// `domain`: as in the feed. One of several accounts tells none of them.
  void add_domain(std::string_view domain, std::string_view account);
  /// Of an account that was added; of others it does nothing.
  void add_crm_id(std::string_view crm_id, std::string_view account);

  /// Accounts that are on the list no longer: id and domains. A domain that a listed account has, or several
  /// of these, tells none of them.
  void add_former(const std::vector<std::pair<std::string, std::vector<std::string>>>& accounts);

  [[nodiscard]] bool knows(std::string_view id) const;
  [[nodiscard]] bool has_crm_ids() const noexcept { return crm_ids_ != 0; }
  [[nodiscard]] uint32_t accounts() const noexcept { return accounts_; }

  /// Cells as written: an id, ids of the CRM's companies, websites or mail addresses.
  struct Cells {
    std::string_view account_id, crm_ids;
    std::vector<std::string_view> domains;
  };
  [[nodiscard]] AccountMatch find(const Cells& cells) const;

 private:
  static constexpr uint32_t kNobody = UINT32_MAX, kSeveral = UINT32_MAX - 1;

  void claim(KeyKind kind, std::string_view text, uint32_t account);
  [[nodiscard]] uint32_t account_of(KeyKind kind, std::string_view text) const;
  [[nodiscard]] bool by_id(const Cells& cells, AccountMatch& match) const;
  [[nodiscard]] bool by_crm_id(const Cells& cells, AccountMatch& match) const;
  [[nodiscard]] bool by_domain(const Cells& cells, AccountMatch& match) const;
  [[nodiscard]] bool take(uint32_t account, MatchedBy by, AccountMatch& match) const;

  KeyTable keys_;
  std::vector<uint32_t> owners_;  // by key: the key of the account's id, kNobody or kSeveral
  uint32_t accounts_ = 0;
  uint64_t crm_ids_ = 0;
};

}  // namespace abm::connect
