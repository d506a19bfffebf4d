#include "connect/import/account_matcher.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "connect/import/cells.h"
#include "connect/import/values.h"
#include "connect/import/websites.h"
#include "ipdb/domain.h"

namespace abm::connect {
namespace {

constexpr std::string_view kIdMarks = ";,|\n\r\t ";
constexpr size_t kToldBytes = 200;

void add_told(std::string& told, std::string_view text) {
  if (!told.empty()) told += ", ";
  told += without_mailboxes(read_text_cell(text, kToldBytes).text);
}

bool is_number(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_digit);
}

}  // namespace

void AccountMatcher::claim(KeyKind kind, std::string_view text, uint32_t account) {
  const uint32_t key = keys_.intern(kind, text);
  if (key >= owners_.size()) owners_.resize(key + 1, kNobody);
  uint32_t& owner = owners_[key];
  owner = owner == kNobody || owner == account ? account : kSeveral;
}

uint32_t AccountMatcher::account_of(KeyKind kind, std::string_view text) const {
  const uint32_t key = keys_.find(kind, text);
  return key == KeyTable::kNone || key >= owners_.size() ? kNobody : owners_[key];
}

void AccountMatcher::add_account(std::string_view id) {
  const uint32_t before = keys_.size(), key = keys_.intern(KeyKind::kId, id);
  if (keys_.size() != before) ++accounts_;
  claim(KeyKind::kId, id, key);
}

void AccountMatcher::add_domain(std::string_view domain, std::string_view account) {
  const uint32_t owner = account_of(KeyKind::kId, account);
  if (owner == kNobody) return;
  const ipdb::AccountDomain name = ipdb::account_domain(domain);
  if (!name.name.empty()) claim(KeyKind::kDomain, name.name, owner);
}

bool AccountMatcher::knows(std::string_view id) const {
  return account_of(KeyKind::kId, id) != kNobody;
}

void AccountMatcher::add_former(
    const std::vector<std::pair<std::string, std::vector<std::string>>>& accounts) {
  std::vector<std::pair<std::string, std::string_view>> free;  // domains of nobody who is listed
  for (const auto& [id, domains] : accounts) {
    if (knows(id)) continue;
    for (const std::string& domain : domains) {
      std::string name = ipdb::account_domain(domain).name;
      if (!name.empty() && account_of(KeyKind::kDomain, name) == kNobody)
        free.emplace_back(std::move(name), id);
    }
  }
  for (const auto& account : accounts)
    claim(KeyKind::kId, account.first, keys_.intern(KeyKind::kId, account.first));
  for (const auto& [name, id] : free) claim(KeyKind::kDomain, name, account_of(KeyKind::kId, id));
}

void AccountMatcher::add_crm_id(std::string_view crm_id, std::string_view account) {
  const uint32_t owner = account_of(KeyKind::kId, account);
  if (owner == kNobody || crm_id.empty()) return;
  claim(KeyKind::kCrmId, crm_id_of(crm_id), owner);
  ++crm_ids_;
}

bool AccountMatcher::take(uint32_t account, MatchedBy by, AccountMatch& match) const {
  match.account = keys_.text(account);
  match.by = by;
  return true;
}

bool AccountMatcher::by_id(const Cells& cells, AccountMatch& match) const {
  const std::string id = ascii_lower(cell_text(cells.account_id));
  if (id.empty()) return false;
  const uint32_t account = account_of(KeyKind::kId, id);
  if (account != kNobody) return take(account, MatchedBy::kId, match);
  add_told(match.told_by, fmt::format("account id {}", id));
  return false;
}

/// True: this decides, be it that there are two.
bool AccountMatcher::by_crm_id(const Cells& cells, AccountMatch& match) const {
  uint32_t found = kNobody;
  MatchedBy by = MatchedBy::kCrmId;
  std::string told;
  const std::string all = cell_text(cells.crm_ids);
  size_t ids = 0;
  for (std::string_view rest = all; !rest.empty();) {
    const size_t end = std::min(rest.find_first_of(kIdMarks), rest.size());
    const std::string_view written = rest.substr(0, end);
    const std::string id = crm_id_of(written);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (id.empty()) continue;
    told += fmt::format("{}{}", told.empty() ? "" : ", ", written);  // as the export has it
    ++ids;
    uint32_t account = account_of(KeyKind::kCrmId, id);
    if (account == kNobody && !is_number(id)) {
      // Lists whose ids are the CRM's, in small letters.
      account = account_of(KeyKind::kId, ascii_lower(id));
      if (account != kNobody && found == kNobody) by = MatchedBy::kId;
    }
    if (account == kNobody) continue;
    found = found == kNobody || found == account ? account : kSeveral;
  }
  if (ids == 0) return false;
  if (found != kNobody && found != kSeveral) return take(found, by, match);
  add_told(match.told_by, fmt::format("CRM id{} {}", ids == 1 ? "" : "s", told));
  if (found == kNobody) return false;
  match.told_by += ", which several accounts have";
  return true;
}

bool AccountMatcher::by_domain(const Cells& cells, AccountMatch& match) const {
  uint32_t found = kNobody;
  std::string told, useless;
  for (const std::string_view cell : cells.domains) {
    for (const WebsiteDomain& domain : domains_in_cell(cell)) {
      if (domain.domain.empty()) {
        useless = fmt::format("'{}', which {}", without_mailboxes(domain.text), domain.fault);
        continue;
      }
      told += fmt::format("{}{}", told.empty() ? "" : ", ", domain.name);
      // "emea.acme.com" may be an account of its own; else it is acme.com's.
      for (std::string_view name = domain.name; name.size() >= domain.domain.size();) {
        const uint32_t account = account_of(KeyKind::kDomain, name);
        if (account != kNobody) {
          found = found == kNobody || found == account ? account : kSeveral;
          break;
        }
        const size_t dot = name.find('.');
        if (dot == name.npos) break;
        name.remove_prefix(dot + 1);
      }
    }
    if (found != kNobody) break;  // further columns are of less use
  }
  if (found != kNobody && found != kSeveral) return take(found, MatchedBy::kDomain, match);
  if (!told.empty()) {
    add_told(match.told_by, fmt::format("domain {}", told));
  } else if (!useless.empty()) {
    add_told(match.told_by, useless);
  }
  if (found == kSeveral) match.told_by += ", which several accounts have";
  return found == kSeveral;
}

AccountMatch AccountMatcher::find(const Cells& cells) const {
  AccountMatch match;
  const bool decided = by_id(cells, match) || by_crm_id(cells, match) || by_domain(cells, match);
  if (decided && match.by != MatchedBy::kNothing) {
    match.told_by.clear();
  } else if (match.told_by.empty()) {
    match.told_by = "neither an id nor a domain";
  }
  return match;
}

}  // namespace abm::connect
