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
// account's references.
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
}

}  // namespace

std::optional<AccountView> copy_account(const AccountView& account, const MemorySource& memory,
                                        std::string_view role) noexcept {
  const uint32_t domains = std::min(account.domain_count(), 1u);
  uint32_t attributes = 0;
  for_each_attribute(account, role, [&](std::string_view, std::string_view) { ++attributes; });
  const uint32_t refs = account.segment_count() + domains + 2 * attributes;
  const uint32_t strings = static_cast<uint32_t>(kStoredTexts) + refs;
  uint32_t text_bytes = 0;
  for_each_string(account, domains, role,
                  [&](std::string_view text) { text_bytes += static_cast<uint32_t>(text.size()); });
  Header header{.accounts = 1, .refs = refs, .strings = strings, .text_bytes = text_bytes};
  const Layout at = layout(header);
  auto* const base = static_cast<char*>(memory.get(at.end));
  if (base == nullptr) return std::nullopt;
  // No AccountView reads the header's other fields or the tables that find accounts.
  std::memset(base, 0, at.end - text_bytes);
  std::memcpy(base, &header, sizeof header);

  const Sections<char> to(base, at);
  Record& record = *to.records;
  record = *account.record_;
  for (uint32_t i = 0; i < kStoredTexts; ++i) record.texts[i] = i;
  record.refs = 0;
  record.domains = static_cast<uint16_t>(domains);
  record.attributes = static_cast<uint16_t>(attributes);
  for (uint32_t i = 0; i < refs; ++i) to.refs[i] = static_cast<uint32_t>(kStoredTexts) + i;
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
