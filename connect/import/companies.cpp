#include "connect/import/companies.h"

#include <algorithm>
#include <numeric>
#include <set>

#include <fmt/format.h>

#include "accounts/account.h"
#include "base/folding.h"
#include "base/hash.h"
#include "base/text.h"
#include "connect/import/websites.h"

namespace abm::connect {
namespace {

constexpr int kDeepestParents = 64;

/// Ids of a CRM in the order in which it gave them, as far as that can be told: shorter ones first.
bool is_older(std::string_view a, std::string_view b) noexcept {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

/// `text` as an account's id; what is lost on the way is made up for by a hash.
std::string as_account_id(std::string_view text) {
  constexpr size_t kHashDigits = 8;
  std::string id;
  bool lossy = false;
  for (const char c : text) {
    const char lower = ascii_lower(c);
    const bool good =
        is_digit(lower) || (lower >= 'a' && lower <= 'z') || lower == '.' || lower == '_' || lower == '-';
    if (good) {
      id += lower;
    } else {
      if (!id.empty() && id.back() != '-') id += '-';
      lossy = lossy || c != ' ';
    }
  }
  while (!id.empty() && !is_digit(id.front()) && !(id.front() >= 'a' && id.front() <= 'z')) id.erase(0, 1);
  while (id.ends_with('-')) id.pop_back();
  if (!lossy && !id.empty() && id.size() <= accounts::kMaxIdBytes) return id;
  id.resize(std::min(id.size(), accounts::kMaxIdBytes - kHashDigits - 1));
  if (!id.empty()) id += '-';
  return id + hash128(text).hex().substr(0, kHashDigits);
}

}  // namespace

void Companies::add(const ImportRecord& record, uint64_t at, bool intent) {
  const RecordValue* const id = record.first(ImportField::kId);
  const RecordValue* const crm = record.first(ImportField::kCrmId);
  const RecordValue* const domain = record.first(ImportField::kDomains);
  const RecordValue* const name = record.first(ImportField::kName);
  const uint32_t id_key = id == nullptr ? kNone : keys_.intern(KeyKind::kId, id->text);
  const uint32_t crm_key = crm == nullptr ? kNone : keys_.intern(KeyKind::kCrmId, crm->text);
  const uint32_t domain_key = domain == nullptr ? kNone : keys_.intern(KeyKind::kDomain, domain->text);
  const uint32_t strong = crm_key != kNone ? crm_key : id_key;
  const auto name_key = [&] {
    return keys_.intern(KeyKind::kName, folded(name == nullptr ? std::string_view() : name->text));
  };
  // What only adds may not make two companies one.
  if (intent) {
    intents_.push_back({at, strong, domain_key, strong == kNone && domain_key == kNone ? name_key() : kNone});
    return;
  }
  if (strong != kNone) {
    if (id_key != kNone && crm_key != kNone) links_.push_back({crm_key, id_key, true});
    if (domain_key != kNone) links_.push_back({strong, domain_key, crm_key != kNone});
    if (const RecordValue* const parent = record.first(ImportField::kParent); parent != nullptr)
      parents_.emplace_back(strong, parent->text);
  }
  const uint32_t key = strong != kNone ? strong : domain_key;
  records_.push_back({at, key == kNone ? name_key() : key});
}

void Companies::back_to(const Mark& mark) {
  records_.resize(mark.records);
  intents_.resize(mark.intents);
  links_.resize(mark.links);
  parents_.resize(mark.parents);
}

uint32_t Companies::root(uint32_t key) {
  while (up_[key] != key) key = up_[key] = up_[up_[key]];
  return key;
}

void Companies::unite(uint32_t a, uint32_t b) {
  a = root(a);
  b = root(b);
  if (a != b) up_[std::max(a, b)] = std::min(a, b);
}

uint32_t Companies::parent_key(std::string_view text) const {
  uint32_t key = keys_.find(KeyKind::kCrmId, text);
  if (key == kNone) key = keys_.find(KeyKind::kId, text);
  if (key != kNone) return key;
  const std::vector<WebsiteDomain> domains = domains_in_cell(text);  // written as any company's website
  return domains.size() == 1 ? keys_.find(KeyKind::kDomain, domains.front().domain) : kNone;
}

template <typename Holds>
bool Companies::any_above(uint32_t key, const Holds& holds) const {
  for (int depth = 0; depth < kDeepestParents; ++depth) {
    const auto parent = parent_of_.find(key);
    if (parent == parent_of_.end()) return false;
    if (holds(parent->second)) return true;
    key = parent->second;
  }
  return false;
}

/// Whether `other` is above `key`, at any height.
bool Companies::is_above(uint32_t key, uint32_t other) const {
  return any_above(key, [other](uint32_t above) { return above == other; });
}

/// Rows with the same first domain are one company; but a company below another one on the same domain stays
/// apart from it, and the domain is the upper one's. Where CRM ids decide, a domain of several ids is
/// nobody's.
void Companies::link_domains() {
  for (const Link& link : links_) {
    if (keys_.kind(link.domain) != KeyKind::kDomain) unite(link.strong, link.domain);
  }
  std::sort(links_.begin(), links_.end(), [](const Link& a, const Link& b) {
    return std::pair(a.domain, a.strong) < std::pair(b.domain, b.strong);
  });
  std::vector<uint32_t> strong;
  for (size_t begin = 0, end = 0; begin < links_.size(); begin = end) {
    const uint32_t domain = links_[begin].domain;
    strong.clear();
    for (end = begin; end < links_.size() && links_[end].domain == domain; ++end) {
      if (strong.empty() || strong.back() != links_[end].strong) strong.push_back(links_[end].strong);
    }
    if (keys_.kind(domain) != KeyKind::kDomain) continue;
    if (!parent_of_.empty() && strong.size() > 1) {
      const std::vector<uint32_t> all = strong;  // ascending
      std::erase_if(strong, [&](uint32_t key) {
        return any_above(key, [&](uint32_t other) {
          return other != key && std::binary_search(all.begin(), all.end(), other) && !is_above(other, key);
        });
      });
    }
    std::vector<uint32_t> roots;
    for (const uint32_t key : strong) roots.push_back(root(key));
    std::sort(roots.begin(), roots.end());
    roots.erase(std::unique(roots.begin(), roots.end()), roots.end());
    if (same_ == generation::SameCompany::kCrmId && roots.size() > 1) {
      shared_.push_back(domain);  // ascending
      continue;
    }
    for (const uint32_t key : strong) unite(key, domain);
  }
}

void Companies::roll_up_children() {
  for (const auto& [child, parent] : parent_of_) {
    if (is_above(parent, child)) continue;  // a circle
    unite(child, parent);
  }
}

/// The strings that ids are made of, least first, so that they depend on no order.
std::string Companies::id_of(uint32_t best_id, uint32_t best_crm, uint32_t best_domain,
                             uint32_t best_name) const {
  if (best_id != kNone) return std::string(keys_.text(best_id));
  const bool by_domain = same_ == generation::SameCompany::kDomain;
  const uint32_t first = by_domain ? best_domain : best_crm, second = by_domain ? best_crm : best_domain;
  if (first != kNone) return as_account_id(keys_.text(first));
  if (second != kNone) return as_account_id(keys_.text(second));
  return best_name == kNone ? std::string("company") : as_account_id(keys_.text(best_name));
}

void Companies::name_companies() {
  const uint32_t keys = keys_.size();
  // Of each company the best of each kind; of domains, that of the oldest record of a CRM.
  std::vector<uint32_t> best_id(keys, kNone), best_crm(keys, kNone), best_domain(keys, kNone),
      best_name(keys, kNone);
  std::vector<uint32_t> domain_crm(keys, kNone);
  const auto better_text = [this](uint32_t key, uint32_t than) {
    return than == kNone || is_older(keys_.text(key), keys_.text(than));
  };
  // In roll-up a company's id is that of the one at the top.
  const auto is_top = [this](uint32_t key) { return !roll_up_ || !parent_of_.contains(key); };
  const auto offer = [&](uint32_t key) {
    const uint32_t at = root(key);
    switch (keys_.kind(key)) {
      case KeyKind::kId:
        if (is_top(key) && better_text(key, best_id[at])) best_id[at] = key;
        break;
      case KeyKind::kCrmId:
        if (is_top(key) && better_text(key, best_crm[at])) best_crm[at] = key;
        break;
      case KeyKind::kDomain:
        if (domain_crm[at] == kNone &&
            (best_domain[at] == kNone || keys_.text(key) < keys_.text(best_domain[at])))
          best_domain[at] = key;
        break;
      case KeyKind::kName:
        if (better_text(key, best_name[at])) best_name[at] = key;
        break;
    }
  };
  for (const Link& link : links_) {
    if (keys_.kind(link.domain) != KeyKind::kDomain || !link.has_crm || !is_top(link.strong) ||
        root(link.strong) != root(link.domain))
      continue;
    const uint32_t at = root(link.domain);
    const uint32_t before = domain_crm[at];
    const bool better = before == kNone || is_older(keys_.text(link.strong), keys_.text(before)) ||
                        (link.strong == before && keys_.text(link.domain) < keys_.text(best_domain[at]));
    if (!better) continue;
    domain_crm[at] = link.strong;
    best_domain[at] = link.domain;
  }
  std::vector<bool> known(keys);  // roots of companies that a source made
  for (const Row& row : records_) {
    if (!is_shared(row.key)) known[root(row.key)] = true;
  }
  for (const Link& link : links_) {
    offer(link.strong);
    offer(link.domain);
  }
  for (const Row& row : records_) offer(row.key);

  struct Named {
    std::string id;
    uint32_t key;
  };
  std::vector<Named> named;
  for (uint32_t key = 0; key < keys; ++key) {
    if (up_[key] == key && known[key])
      named.push_back({id_of(best_id[key], best_crm[key], best_domain[key], best_name[key]), key});
  }
  const auto tie = [&](uint32_t key) {
    for (const auto* best : {&best_id, &best_crm, &best_domain, &best_name}) {
      if ((*best)[key] != kNone) return std::pair((*best)[key] == kNone, keys_.text((*best)[key]));
    }
    return std::pair(true, std::string_view());
  };
  const auto by_id = [&](const Named& a, const Named& b) {
    return a.id != b.id ? a.id < b.id : tie(a.key) < tie(b.key);
  };
  std::sort(named.begin(), named.end(), by_id);
  // Two companies whose ids came out the same: the second one's says what it was made of.
  bool changed = false;
  for (size_t i = 1, first = 0; i < named.size(); ++i) {
    if (named[i].id != named[first].id) {
      first = i;
      continue;
    }
    const auto [none, text] = tie(named[i].key);
    named[i].id = as_account_id(
        fmt::format("{} {}", named[i].id, hash128(fmt::format("{}{}", none, text)).hex().substr(0, 8)));
    changed = true;
  }
  if (changed) std::sort(named.begin(), named.end(), by_id);
  company_of_.assign(keys, kNone);
  for (const Named& company : named) {
    company_of_[company.key] = static_cast<uint32_t>(order_.size());
    order_.push_back(company.key);
    first_domains_.push_back(best_domain[company.key]);
  }
  ids_.reserve(named.size());
  for (Named& company : named) ids_.push_back(std::move(company.id));
}

void Companies::resolve() {
  up_.resize(keys_.size());
  std::iota(up_.begin(), up_.end(), 0u);
  std::sort(parents_.begin(), parents_.end());
  for (const auto& [key, text] : parents_) {
    const uint32_t parent = parent_key(text);
    if (parent != kNone && parent != key) parent_of_.emplace(key, parent);
  }
  link_domains();
  std::vector<bool> below(roll_up_ ? records_.size() : 0);  // the record tells of a company below
  if (roll_up_) {
    std::set<uint32_t> children;
    for (const auto& [child, parent] : parent_of_) {
      if (!is_above(parent, child)) children.insert(root(child));
    }
    for (size_t i = 0; i < records_.size(); ++i) below[i] = children.contains(root(records_[i].key));
    roll_up_children();
  }
  name_companies();
  struct Found {
    uint32_t company;
    Member member;
  };
  std::vector<uint32_t> counts(order_.size() + 1);
  const auto each = [&](const auto& take) {
    for (size_t i = 0; i < records_.size(); ++i)
      take(Found{company_of(records_[i].key), {records_[i].at, roll_up_ && below[i]}});
    for (const IntentRow& row : intents_) {
      uint32_t company = kNone;
      for (const uint32_t key : {row.strong, row.domain, row.name}) {
        if (company == kNone && key != kNone) company = company_of(key);
      }
      take(Found{company, {row.at, false}});
    }
  };
  each([&](const Found& found) {
    if (found.company == kNone) {
      homeless_.push_back(found.member.at);
    } else {
      ++counts[found.company + 1];
    }
  });
  std::partial_sum(counts.begin(), counts.end(), counts.begin());
  begins_ = counts;
  members_.resize(begins_.back());
  each([&](const Found& found) {
    if (found.company != kNone) members_[counts[found.company]++] = found.member;
  });
}

uint32_t Companies::company_of(uint32_t key) {
  return is_shared(key) ? kNone : company_of_[root(key)];
}

bool Companies::is_shared(uint32_t key) const {
  return std::binary_search(shared_.begin(), shared_.end(), key);
}

std::string_view Companies::first_domain(uint32_t company) const {
  const uint32_t key = first_domains_[company];
  return key == kNone ? std::string_view() : keys_.text(key);
}

std::span<const Companies::Member> Companies::members(uint32_t company) const {
  return std::span(members_).subspan(begins_[company], begins_[company + 1] - begins_[company]);
}

uint32_t Companies::of_domain(std::string_view domain, bool& ambiguous) const {
  const uint32_t key = keys_.find(KeyKind::kDomain, domain);
  ambiguous = key != kNone && is_shared(key);
  if (key == kNone || ambiguous) return kNone;
  uint32_t at = key;
  while (up_[at] != at) at = up_[at];
  return company_of_[at];
}

uint32_t Companies::of_parent(std::string_view text) const {
  uint32_t key = parent_key(text);
  if (key == kNone) return kNone;
  while (up_[key] != key) key = up_[key];
  return company_of_[key];
}

}  // namespace abm::connect
