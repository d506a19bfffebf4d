// Which rows are one company. The answer depends on the set of rows only, never on their order or that of the
// sources.
//
//   a row with an id of its own, a CRM id ── is told by it; its first domain links it to other rows
//   a row with a domain only ─────────────── is told by its first domain
//   a row with a name only ───────────────── is told by its name
//
// Further domains of a row tell nothing: they may be a partner's or a parent's.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connect/import/key_table.h"
#include "connect/import/record.h"
#include "generation/account_sources.h"

namespace abm::connect {

class Companies {
 public:
  static constexpr uint32_t kNone = KeyTable::kNone;

  Companies(generation::SameCompany same, bool roll_up) : same_(same), roll_up_(roll_up) {}

  /// `at`: where the record is in the spool. `intent`: makes no company.
  void add(const ImportRecord& record, uint64_t at, bool intent);

  /// For a source that turns out to be unusable: what came since is forgotten.
  struct Mark {
    size_t records, intents, links, parents;
  };
  [[nodiscard]] Mark mark() const noexcept {
    return {records_.size(), intents_.size(), links_.size(), parents_.size()};
  }
  void back_to(const Mark& mark);

  /// Once all records are there. Companies are numbered in the order of their ids.
  void resolve();

  [[nodiscard]] uint32_t size() const noexcept { return static_cast<uint32_t>(order_.size()); }
  [[nodiscard]] const std::string& id(uint32_t company) const { return ids_[company]; }
  /// The one that comes first among its domains; "" if no domain tells it.
  [[nodiscard]] std::string_view first_domain(uint32_t company) const;
  struct Member {
    uint64_t at = 0;         ///< in the spool
    bool rolled_up = false;  ///< of a company below this one
  };
  /// Records of a company, in no order that means anything.
  [[nodiscard]] std::span<const Member> members(uint32_t company) const;
  /// Places in the spool of rows that add to companies that no other source has.
  [[nodiscard]] const std::vector<uint64_t>& homeless() const noexcept { return homeless_; }

  /// The company that the domain tells; kNone: none, or several (`ambiguous`).
  [[nodiscard]] uint32_t of_domain(std::string_view domain, bool& ambiguous) const;
  /// The company that a row means with a parent's id or domain; kNone if it is not there.
  [[nodiscard]] uint32_t of_parent(std::string_view text) const;

 private:
  struct Link {
    uint32_t strong, domain;  // keys; a strong one may stand in `domain` too, where a row has both ids
    bool has_crm;
  };
  struct Row {
    uint64_t at;
    uint32_t key;
  };
  struct IntentRow {
    uint64_t at;
    uint32_t strong, domain, name;  // keys, tried in this order
  };
  [[nodiscard]] uint32_t root(uint32_t key);
  [[nodiscard]] uint32_t company_of(uint32_t key);
  [[nodiscard]] bool is_shared(uint32_t key) const;
  void unite(uint32_t a, uint32_t b);
  void link_domains();
  void roll_up_children();
  void name_companies();
  template <typename Holds>
  [[nodiscard]] bool any_above(uint32_t key, const Holds& holds) const;
  [[nodiscard]] bool is_above(uint32_t key, uint32_t other) const;
  [[nodiscard]] std::string id_of(uint32_t best_id, uint32_t best_crm, uint32_t best_domain,
                                  uint32_t best_name) const;
  [[nodiscard]] uint32_t parent_key(std::string_view text) const;

  generation::SameCompany same_;
  bool roll_up_;
  KeyTable keys_;
  std::vector<Row> records_;
  std::vector<IntentRow> intents_;
  std::vector<Link> links_;
  std::vector<std::pair<uint32_t, std::string>> parents_;  // of strong keys
  std::map<uint32_t, uint32_t> parent_of_;                 // the same, resolved
  std::vector<uint32_t> up_;                               // union-find over keys
  std::vector<uint32_t> shared_;                           // domains of several companies, sorted
  std::vector<uint32_t> company_of_;                       // by root key: company, or kNone
  std::vector<std::string> ids_;                           // by company
  std::vector<uint32_t> order_;                            // by company: its root key
  std::vector<uint32_t> first_domains_;                    // by company: a key, or kNone
  std::vector<uint32_t> begins_;                           // by company: its first member in `members_`
  std::vector<Member> members_;
  std::vector<uint64_t> homeless_;
};

}  // namespace abm::connect
