// One row's cells → the values of a record. Internal to table_source.cpp.
#pragma once

#include <string>
#include <string_view>

#include "connect/import/source_context.h"

namespace abm::connect {

class CellReader {
 public:
  CellReader(const SourceContext& context, const ColumnPlan& plan) : context_(context), plan_(plan) {}

  /// Adds what the cell says to `record`.
  void read(const TakenColumn& column, std::string_view cell, Position at, ImportRecord& record);

 private:
  void tell(NoteKind kind, std::string_view cell, std::string what, std::string detail = {}) const;
  [[nodiscard]] std::string clean(std::string_view cell) const;
  void add_text(std::string text, ImportRecord& record) const;
  void add_number(int64_t number, ImportRecord& record) const;
  void texts(std::string_view cell, std::string_view separators, ImportRecord& record) const;
  void domains(std::string_view cell, ImportRecord& record) const;
  void number(std::string_view cell, ImportRecord& record) const;
  [[nodiscard]] bool says_dollars() const;
  void tier(std::string_view cell, ImportRecord& record) const;
  void networks(std::string_view cell, ImportRecord& record) const;
  void as_numbers(std::string_view cell, ImportRecord& record) const;
  void attribute(std::string_view cell, ImportRecord& record) const;

  const SourceContext& context_;
  const ColumnPlan& plan_;
  const TakenColumn* column_ = nullptr;
  std::string field_;
  Position at_;
};

/// A CRM's id as it compares: a Salesforce id of 15 characters gets the three that make it 18.
[[nodiscard]] std::string crm_id_of(std::string_view text);
/// The same for the id of an opportunity.
[[nodiscard]] std::string opportunity_id_of(std::string_view text);

}  // namespace abm::connect
