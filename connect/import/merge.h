// The rows of one company, of all sources → one account. Later sources correct earlier ones, field by field;
// within one source counts what most rows say. The order of rows never counts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/account.h"
#include "base/result.h"
#include "connect/import/companies.h"
#include "connect/import/record.h"
#include "connect/import/report.h"
#include "connect/import/source_context.h"
#include "generation/account_sources.h"

namespace abm::connect {

class Merger {
 public:
  /// All are borrowed; the report has an entry for each source.
  struct Parts {
    const generation::AccountSources* sources;
    const AttributeNames* attributes;
    const Companies* companies;
    RecordSpool* spool;
    ImportReport* report;
  };
  explicit Merger(const Parts& parts) : parts_(parts) {}

  [[nodiscard]] Result<accounts::Account> account(uint32_t company);
  /// Of the company that account() was asked for last.
  [[nodiscard]] std::vector<std::string> crm_ids() const;

 private:
  struct Said {
    uint32_t source;
    bool below;  ///< by a company that was rolled up into this one
    const RecordValue* value;
  };
  using Values = std::vector<Said>;

  [[nodiscard]] Result<void> load(uint32_t company);
  [[nodiscard]] Values said_of(ImportField field, uint32_t attribute = 0, bool below = false) const;
  void leave_facts_to_others(Values& values) const;
  [[nodiscard]] NotePlace place_of(const Said& said) const;
  void note(NoteKind kind, const Said* said, std::string field, std::string value, std::string what,
            std::string detail = {}, const Said* other = nullptr) const;
  void tell_merge() const;

  /// The winner, or nullptr if nobody says anything.
  template <typename Key, typename Better>
  const Said* choose(const Values& values, const std::string& field, bool rows_may_differ, const Key& key,
                     const Better& better) const;
  [[nodiscard]] std::string text(ImportField field, uint32_t attribute = 0) const;
  [[nodiscard]] std::optional<int64_t> number(ImportField field, bool highest) const;
  [[nodiscard]] std::vector<std::string> texts(ImportField field, size_t limit, bool below) const;
  void domains(accounts::Account& account) const;
  void parent(accounts::Account& account) const;
  void attributes(accounts::Account& account) const;
  void role(accounts::Account& account) const;
  void tier(accounts::Account& account) const;
  void limit(size_t most, std::vector<std::string>& list, std::string_view field) const;

  Parts parts_;
  uint32_t company_ = 0;
  struct Loaded {
    ImportRecord record;
    bool below;
  };
  std::vector<Loaded> records_;
};

}  // namespace abm::connect
