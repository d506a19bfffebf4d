// Reads everything in a snapshot, and compares it with accounts. For tests and fuzz targets.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/account.h"
#include "accounts/feed.h"
#include "accounts/snapshot.h"
#include "accounts/snapshot_format.h"
#include "base/hash.h"

namespace abm::accounts::samples {

/// Calls every accessor for every account. "" if all text is inside `bytes` and every account is found by its
/// key and id; otherwise what is wrong.
[[nodiscard]] inline std::string walk(const Snapshot& snapshot, std::string_view bytes) {
  std::string wrong;
  uint64_t sum = 0;
  const auto visit = [&](std::string_view text) {
    if (text.data() < bytes.data() || text.data() + text.size() > bytes.data() + bytes.size())
      wrong = "text outside";
    for (const char c : text) sum += static_cast<unsigned char>(c);
  };
  visit(snapshot.tenant());
  sum += snapshot.feed_version() +
         static_cast<uint64_t>(snapshot.generated_at() ^ snapshot.expires_at().value_or(0));
  for (uint32_t i = 0; i < snapshot.size(); ++i) {
    const AccountView account = snapshot.at(i);
    for (size_t field = 0; field < kTextFields; ++field) {
      const std::string_view text = account.text(static_cast<TextField>(field));
      if (!text.empty()) visit(text);
    }
    for (size_t field = 0; field < kNumberFields; ++field) {
      sum += static_cast<uint64_t>(account.number(static_cast<NumberField>(field)).value_or(1));
    }
    sum += static_cast<uint64_t>(account.tier()) + (account.excluded() ? 1 : 0);
    for (uint32_t j = 0; j < account.segment_count(); ++j) visit(account.segment(j));
    for (uint32_t j = 0; j < account.domain_count(); ++j) {
      visit(account.domain(j));
      if (const auto owner = snapshot.find_domain(account.domain(j));
          owner && owner->ordinal() >= snapshot.size()) {
        wrong = "domain of nobody";
      }
    }
    for (uint32_t j = 0; j < account.attribute_count(); ++j) {
      visit(account.attribute_name(j));
      visit(account.attribute_value(j));
      if (account.attribute(account.attribute_name(j)) != account.attribute_value(j))
        wrong = "attribute not found";
    }
    visit(account.family());
    sum += account.inherited().bits();
    const VisitedPageViews pages = account.pages();
    for (uint32_t j = 0; j < pages.size(); ++j) {
      visit(pages[j].path);
      sum += pages[j].days;
      if (!pages[j].path.starts_with('/') || pages[j].days >= kPageDays) wrong = "page that cannot be one";
    }
    const auto by_key = snapshot.find(account.key());
    const auto by_id = snapshot.find_id(account.id());
    if (!by_key || by_key->ordinal() != i || !by_id || by_id->ordinal() != i) wrong = "account not found";
  }
  [[maybe_unused]] static volatile uint64_t kept;  // so that no read is optimized away
  kept = sum;
  return wrong;
}

/// "" if the snapshot says about each account what it was written from; otherwise which
/// account and field differ.
[[nodiscard]] inline std::string difference(const Snapshot& snapshot, const std::vector<Account>& accounts,
                                            const FeedHeader& header) {
  if (snapshot.size() != accounts.size()) return "count";
  if (snapshot.tenant() != header.tenant || snapshot.feed_version() != header.version ||
      snapshot.generated_at() != header.generated_at || snapshot.expires_at() != header.expires_at) {
    return "header";
  }
  std::map<std::string_view, std::pair<uint32_t, bool>>
      owners;  // domain → first account, even if others claim it too
  for (uint32_t i = 0; i < accounts.size(); ++i) {
    const Account& account = accounts[i];
    const AccountView view = snapshot.at(i);
    const std::string name = account.id() + " ";
    if (view.key() != hash64(account.id()) || view.ordinal() != i) return name + "key";
    for (size_t field = 0; field < kTextFields; ++field) {
      if (view.text(static_cast<TextField>(field)) != account.text[field])
        return name + std::string(kTextFieldNames[field]);
    }
    for (size_t field = 0; field < kNumberFields; ++field) {
      if (view.number(static_cast<NumberField>(field)) != account.numbers[field]) {
        return name + std::string(kNumberFieldNames[field]);
      }
    }
    if (view.tier() != account.tier || view.excluded() != account.exclude) return name + "tier or exclude";
    if (view.segment_count() != account.segments.size()) return name + "segments";
    for (uint32_t j = 0; j < view.segment_count(); ++j) {
      if (view.segment(j) != account.segments[j]) return name + "segment";
    }
    if (view.domain_count() != account.domains.size()) return name + "domains";
    for (uint32_t j = 0; j < view.domain_count(); ++j) {
      if (view.domain(j) != account.domains[j]) return name + "domain";
      auto& owner = owners.try_emplace(account.domains[j], i, false).first->second;
      owner.second = owner.second || owner.first != i;
    }
    if (view.attribute_count() != account.attributes.size()) return name + "attributes";
    for (uint32_t j = 0; j < view.attribute_count(); ++j) {
      const auto& [key, value] = account.attributes[j];
      if (view.attribute_name(j) != key || view.attribute_value(j) != value || view.attribute(key) != value) {
        return name + "attribute";
      }
    }
    const VisitedPageViews pages = view.pages();
    if (pages.size() != account.pages.size()) return name + "pages";
    for (uint32_t j = 0; j < pages.size(); ++j) {
      if (pages[j].path != account.pages[j].path || pages[j].days != account.pages[j].days)
        return name + "page";
    }
  }
  for (const auto& [domain, owner] : owners) {
    const auto found = snapshot.find_domain(domain);
    if (owner.second ? found.has_value() : !found || found->ordinal() != owner.first)
      return std::string(domain);
  }
  return {};
}

/// Makes the header's hash match again: what an attacker, unlike an accident, would do.
inline void rehash(std::string& file) {
  if (file.size() < sizeof(format::Header)) return;
  const Hash128 hash = hash128(std::string_view(file).substr(format::kHashedFrom));
  auto& header = *records_at<format::Header>(file.data(), 0);
  header.hash_low = hash.low;
  header.hash_high = hash.high;
}

}  // namespace abm::accounts::samples
