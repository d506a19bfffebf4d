#include "connect/import/cells.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "accounts/account.h"
#include "base/ip_address.h"
#include "base/text.h"
#include "connect/import/values.h"
#include "connect/import/websites.h"

namespace abm::connect {
namespace {

constexpr size_t kMaxCrmIdBytes = 255;
constexpr std::string_view kListMarks = ";,|\n\r";

bool is_crm_letter(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

template <typename Take>
void for_each_part(std::string_view cell, std::string_view separators, const Take& take) {
  while (!cell.empty()) {
    const size_t end = std::min(cell.find_first_of(separators), cell.size());
    take(cell.substr(0, end));
    cell.remove_prefix(std::min(end + 1, cell.size()));
  }
}

}  // namespace

// The suffix tells for each five characters which of them are capitals, so that ids differ in lower case, too
// (Salesforce).
std::string crm_id_of(std::string_view text) {
  std::string id(text);
  constexpr std::string_view kSuffix = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
  constexpr size_t kShort = 15;
  // All Salesforce ids begin with the three characters of their kind; those of accounts with 001.
  if (id.size() != kShort || !id.starts_with("001") || !std::all_of(id.begin(), id.end(), is_crm_letter))
    return id;
  for (size_t block = 0; block < kShort; block += 5) {
    unsigned capitals = 0;
    for (size_t i = 0; i < 5; ++i) {
      if (id[block + i] >= 'A' && id[block + i] <= 'Z') capitals |= 1u << i;
    }
    id += kSuffix[capitals];
  }
  return id;
}

void CellReader::tell(NoteKind kind, std::string_view cell, std::string what, std::string detail) const {
  ImportNote note;
  note.kind = kind;
  note.place = {context_.name, at_};
  note.field = field_;
  note.value = clean(cell);
  note.what = std::move(what);
  note.detail = std::move(detail);
  context_.report->note(std::move(note));
}

std::string CellReader::clean(std::string_view cell) const {
  constexpr size_t kShown = 200;
  return read_text_cell(cell, kShown).text;
}

void CellReader::add_text(std::string text, ImportRecord& record) const {
  record.values.push_back({.field = column_->field,
                           .attribute = column_->field == ImportField::kAttribute
                                            ? context_.attributes->number_of(column_->attribute)
                                            : 0,
                           .text = std::move(text),
                           .number = 0,
                           .at = at_});
}

void CellReader::add_number(int64_t number, ImportRecord& record) const {
  add_text({}, record);
  record.values.back().number = number;
}

void CellReader::read(const TakenColumn& column, std::string_view cell, Position at, ImportRecord& record) {
  column_ = &column;
  field_ = field_text(column.field, column.attribute);
  at_ = at;
  using To = ImportField;
  switch (column.field) {
    case To::kDomains:
      return domains(cell, record);
    case To::kTier:
      return tier(cell, record);
    case To::kSegments:
      return texts(cell, kListMarks, record);
    case To::kOrganizations:
      return texts(cell, ";|\n\r", record);
    case To::kEmployees:
    case To::kRevenueUsd:
    case To::kIntent:
    case To::kEngagement:
    case To::kVisits7d:
    case To::kVisits30d:
    case To::kPeople7d:
    case To::kPeople30d:
    case To::kQuietDays:
    case To::kFirstSeenDays:
      return number(cell, record);
    case To::kNetworks:
      return networks(cell, record);
    case To::kAsns:
      return as_numbers(cell, record);
    case To::kExclude: {
      const auto yes = read_yes_no(cell);
      if (yes.has_value()) return add_number(*yes ? 1 : 0, record);
      if (!cell_text(cell).empty()) tell(NoteKind::kDrop, cell, "is neither yes nor no");
      return;
    }
    case To::kCrmId:
    case To::kParent: {
      const std::string id = crm_id_of(clean(cell));
      if (id.size() > kMaxCrmIdBytes) return tell(NoteKind::kDrop, cell, "is too long for an id");
      if (!id.empty()) add_text(id, record);
      return;
    }
    case To::kId: {
      const std::string id = ascii_lower(clean(cell));
      if (id.empty()) return;
      if (!accounts::is_account_id(id))
        return tell(NoteKind::kDrop, cell, "is not of the form [a-z0-9][a-z0-9._-]{0,63}");
      return add_text(id, record);
    }
    case To::kAttribute:
      return attribute(cell, record);
    default:
      return texts(cell, {}, record);
  }
}

/// One text, or a list of them if there are separators.
void CellReader::texts(std::string_view cell, std::string_view separators, ImportRecord& record) const {
  const std::string whole = cell_text(cell);
  const auto take = [&](std::string_view part) {
    TextCell text = read_text_cell(part, accounts::kMaxTextBytes);
    if (text.text.empty()) return;
    if (!text.note.empty()) tell(NoteKind::kRead, part, text.note);
    text.text = context_.words->of(field_, std::move(text.text));
    if (!text.text.empty()) add_text(std::move(text.text), record);
  };
  if (separators.empty()) return take(whole);
  for_each_part(whole, separators, take);
}

void CellReader::domains(std::string_view cell, ImportRecord& record) const {
  for (WebsiteDomain& found : domains_in_cell(cell)) {
    if (found.domain.empty()) {
      tell(NoteKind::kDrop, found.text, found.fault);
    } else {
      add_text(std::move(found.domain), record);
    }
  }
}

void CellReader::number(std::string_view cell, ImportRecord& record) const {
  const bool score = column_->field == ImportField::kIntent || column_->field == ImportField::kEngagement;
  const NumberCell read = read_number_cell(cell, {.times = column_->times,
                                                  .dollars = column_->field == ImportField::kRevenueUsd,
                                                  .whole_score = score,
                                                  .share = score});
  if (!read.fault.empty()) return tell(NoteKind::kDrop, cell, read.fault);
  if (!read.value.has_value()) return;
  if (!read.note.empty()) tell(NoteKind::kRead, cell, read.note);
  if (column_->field == ImportField::kRevenueUsd && !read.dollars && column_->times == 1 && !says_dollars())
    tell(NoteKind::kDefault, cell, "no currency is written: taken for US dollars");
  add_number(*read.value, record);
}

bool CellReader::says_dollars() const {
  const std::string header = ascii_lower(plan_.headers[column_->column]);
  return header.find("usd") != header.npos || header.find('$') != header.npos;
}

void CellReader::tier(std::string_view cell, ImportRecord& record) const {
  const std::string text = clean(cell);
  if (text.empty()) return;
  const auto tier = accounts::tier_from(ascii_lower(context_.words->of(field_, text)));
  if (!tier.has_value())
    return tell(NoteKind::kDrop, cell, "is no tier of ours: 'values: { tier: … }' says which one it is");
  add_number(static_cast<int64_t>(*tier), record);
}

void CellReader::networks(std::string_view cell, ImportRecord& record) const {
  const std::string whole = cell_text(cell);
  for_each_part(whole, ";,| \n\r\t", [&](std::string_view part) {
    if (part.empty()) return;
    if (IpPrefix::parse(part).has_value()) return add_text(std::string(part), record);
    tell(NoteKind::kDrop, part, "is not a network such as 192.0.2.0/24");
  });
}

void CellReader::as_numbers(std::string_view cell, ImportRecord& record) const {
  const std::string whole = ascii_lower(cell_text(cell));
  for_each_part(whole, ";,| \n\r\t", [&](std::string_view part) {
    if (part.empty()) return;
    const std::string_view digits = part.starts_with("as") ? part.substr(2) : part;
    uint32_t value = 0;
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (code == std::errc{} && end == digits.data() + digits.size() && value != 0)
      return add_number(value, record);
    tell(NoteKind::kDrop, part, "is not an AS number");
  });
}

void CellReader::attribute(std::string_view cell, ImportRecord& record) const {
  const std::string_view how = column_->read;
  if (how == "number") {
    const NumberCell read = read_number_cell(cell, {.times = column_->times});
    if (!read.fault.empty()) return tell(NoteKind::kDrop, cell, read.fault);
    if (!read.note.empty()) tell(NoteKind::kRead, cell, read.note);
    if (read.value.has_value()) add_text(fmt::to_string(*read.value), record);
    return;
  }
  if (how == "yes-no") {
    const auto yes = read_yes_no(cell);
    if (yes.has_value()) return add_text(*yes ? "yes" : "no", record);
    if (!cell_text(cell).empty()) tell(NoteKind::kDrop, cell, "is neither yes nor no");
    return;
  }
  if (how.starts_with("date")) {
    const DateCell read = read_date_cell(cell, how == "date-dmy"   ? DateOrder::kDayFirst
                                               : how == "date-mdy" ? DateOrder::kMonthFirst
                                                                   : DateOrder::kUnknown);
    if (!read.fault.empty()) return tell(NoteKind::kDrop, cell, read.fault);
    if (!read.date.empty()) add_text(read.date, record);
    return;
  }
  texts(cell, {}, record);
}

}  // namespace abm::connect
