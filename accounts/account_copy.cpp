// The copy is laid out as a snapshot of one account, so the same view reads both.
#include "accounts/account_copy.h"

#include <algorithm>
#include <cstring>

#include "accounts/snapshot_format.h"

namespace abm::accounts {
namespace {

using namespace format;

constexpr std::string_view kRole = "role";

/// Calls `take(name, value)` for each attribute, sorted by name.
template <typename Take>
void for_each_attribute(const AccountView& account, std::string_view role, Take&& take) noexcept {
  bool added = role.empty();
  for (uint32_t i = 0; i < account.attribute_count(); ++i) {
    const std::string_view name = account.attribute_name(i);
    if (!added && name >= kRole) {
      take(kRole, role);
      added = true;
      if (name == kRole) continue;
    }
    take(name, account.attribute_value(i));
  }
  if (!added) take(kRole, role);
}

// Calls `take(text)` for each string of the copy, in order of their numbers: first the stored texts, then the
// account's references, then what its activity and its family name.
template <typename Take>
void for_each_string(const AccountView& account, uint32_t domains, std::string_view role,
                     Take&& take) noexcept {
  for (size_t i = 0; i < kTextFields; ++i) {
    const auto field = static_cast<TextField>(i);
    if (field != TextField::kDomain && field != TextField::kMoved) take(account.text(field));
  }
  for (uint32_t i = 0; i < account.segment_count(); ++i) take(account.segment(i));
  for (uint32_t i = 0; i < domains; ++i) take(account.domain(i));
  for_each_attribute(account, role, [&](std::string_view name, std::string_view value) {
    take(name);
    take(value);
  });
  take(account.text(TextField::kMoved));
  const VisitedPageViews pages = account.pages();
  for (uint32_t i = 0; i < pages.size(); ++i) take(pages[i].path);
  take(account.family());
}

}  // namespace

std::optional<AccountView> copy_account(const AccountView& account, const MemorySource& memory,
                                        std::string_view role) noexcept {
  const uint32_t domains = std::min(account.domain_count(), 1u);
  uint32_t attributes = 0;
  for_each_attribute(account, role, [&](std::string_view, std::string_view) { ++attributes; });
  const uint32_t refs = account.segment_count() + domains + 2 * attributes;
  const uint32_t moved = static_cast<uint32_t>(kStoredTexts) + refs;
  const VisitedPageViews pages = account.pages();
  const uint32_t family = moved + 1 + pages.size();
  const uint32_t strings = family + 1;
  const Activity* const activity = account.activity();
  const Family* const family_record = account.family_record();
  uint32_t text_bytes = 0;
  for_each_string(account, domains, role,
                  [&](std::string_view text) { text_bytes += static_cast<uint32_t>(text.size()); });
  const Header header{.version = kVersion,
                      .header_bytes = sizeof(Header),
                      .accounts = 1,
                      .refs = refs,
                      .strings = strings,
                      .text_bytes = text_bytes,
                      .activities = activity == nullptr ? 0u : 1u,
                      .pages = pages.size(),
                      .families = family_record == nullptr ? 0u : 1u};
  const Layout at = layout(header);
  auto* const base = static_cast<char*>(memory.get(at.end));
  if (base == nullptr) return std::nullopt;
  // No AccountView reads the header's other fields or the tables that find accounts.
  std::memset(base, 0, at.text);
  std::memcpy(base, &header, sizeof header);

  const Sections<char> to(base, at);
  Record& record = *to.records;
  record = *account.record_;
  for (uint32_t i = 0; i < kStoredTexts; ++i) record.texts[i] = i;
  record.refs = 0;
  record.domains = static_cast<uint16_t>(domains);
  record.attributes = static_cast<uint16_t>(attributes);
  for (uint32_t i = 0; i < refs; ++i) to.refs[i] = static_cast<uint32_t>(kStoredTexts) + i;
  if (activity != nullptr) {
    *to.activities = *activity;
    to.activities->account = 0;
    to.activities->moved = moved;
    to.activities->first_page = 0;
    for (uint32_t i = 0; i < pages.size(); ++i) to.pages[i] = {moved + 1 + i, pages[i].days};
  }
  if (family_record != nullptr) *to.families = {0, family, family_record->inherited};
  uint32_t number = 0;
  uint32_t end = 0;
  for_each_string(account, domains, role, [&](std::string_view text) {
    std::copy(text.begin(), text.end(), to.text + end);
    end += static_cast<uint32_t>(text.size());
    to.offsets[++number] = end;
  });
  return AccountView(base, to.records, account.ordinal());
}

}  // namespace abm::accounts
