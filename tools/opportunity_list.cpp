#include "tools/opportunity_list.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include <fmt/format.h>

#include "accounts/feed.h"
#include "base/file.h"
#include "connect/import/opportunities.h"
#include "connect/import/source_file.h"
#include "connect/sources/crm_ids.h"
#include "connect/sources/live_sources.h"
#include "tools/former_accounts.h"
#include "tools/import_options.h"

namespace abm::tools {
namespace {

using connect::AccountMatcher;
using generation::AccountSource;

/// The site, if one is named or near; std::nullopt where there is none, or none can be used and none is
/// needed.
Result<std::optional<generation::Site>> site_of(const OpportunityListOptions& options) {
  // A data folder alone says nothing of outcomes.
  if (options.list.site.site.empty() && !options.list.site.data.empty())
    return std::optional<generation::Site>();
  Diagnostics diagnostics;
  auto site = load_site(options.list.site, diagnostics);
  if (site.has_value()) return site;
  const bool is_there = !diagnostics.all().front().file.empty();
  const bool wanted = !options.list.site.site.empty() || (is_there && !options.files.empty());
  if (wanted) return Error{diagnostics.first_error()};
  return std::optional<generation::Site>();
}

Result<void> add_feed(const std::string& path, AccountMatcher& matcher) {
  auto bytes = read_file(path, accounts::kMaxFeedBytes);
  if (!bytes) return bytes.error();
  Diagnostics diagnostics;
  const auto summary = accounts::parse_feed(*bytes, path, {}, diagnostics, [&](accounts::Account&& account) {
    matcher.add_account(account.id());
    for (const std::string& domain : account.domains) matcher.add_domain(domain, account.id());
    return true;
  });
  if (!summary.has_value()) return Error{diagnostics.first_error()};
  return {};
}

void add_snapshot(const accounts::Snapshot& snapshot, AccountMatcher& matcher) {
  for (uint32_t i = 0; i < snapshot.size(); ++i) {
    const accounts::AccountView account = snapshot.at(i);
    matcher.add_account(account.id());
    for (uint32_t domain = 0; domain < account.domain_count(); ++domain)
      matcher.add_domain(account.domain(domain), account.id());
  }
}

Result<void> add_accounts(const AccountListOptions& options, AccountMatcher& matcher) {
  if (!options.accounts.empty()) return add_feed(options.accounts, matcher);
  const auto generation = find_generation(options.site);
  if (!generation) return generation.error();
  if (*generation != nullptr) add_snapshot((*generation)->accounts(), matcher);
  if (matcher.accounts() != 0) return {};
  return Error{
      "opportunities need a list of accounts to belong to: publish the site first, name it with --site, or "
      "name a feed with --accounts"};
}

/// "": they are known, or the site has none.
std::string add_crm_ids(const generation::Site& site, const generation::Progress& progress,
                        AccountMatcher& matcher) {
  if (site.accounts.merge.sources.empty()) return {};
  connect::CrmIdsRequest request;
  request.site = &site;
  request.progress = progress;
  request.take = [&matcher](std::string_view account, const std::vector<std::string>& crm_ids) {
    for (const std::string& id : crm_ids) matcher.add_crm_id(id, account);
  };
  const auto done = connect::read_crm_ids(request);
  if (done) return {};
  return fmt::format(
      "the CRM ids of accounts could not be read, so that opportunities are told by domains alone: {}",
      done.message());
}

Result<void> add_files(const std::vector<std::string>& files, std::vector<AccountSource>& sources) {
  using generation::kOpportunityKinds;
  for (const std::string& text : files) {
    auto source = source_from_text(text);
    if (!source) return Error{fmt::format("--opportunities: {}", source.message())};
    if (std::ranges::find(kOpportunityKinds, source->kind) == kOpportunityKinds.end())
      return Error{fmt::format(
          "--opportunities {}: must be a table, of HubSpot, Salesforce, Demandbase or anybody (csv)", text)};
    sources.push_back(std::move(*source));
  }
  return {};
}

/// "": it can be read.
std::string why_unread(const AccountSource& source) {
  if (std::string why = connect::why_no_table(source); !why.empty()) return why;
  const auto file = connect::open_source_file(source.from);
  return file ? std::string() : file.message();
}

std::string missing_text(const generation::Site& site, const AccountSource& source, const std::string& why) {
  return fmt::format("{}; 'outcomes:' of {}:{} names it: {}, or take it out there until there is one", why,
                     path_for_people(site.file), source.at.line,
                     source.live.has_value() ? "let it be read" : "export opportunities to that place");
}

/// Those of the site; those that are not there are told instead, if somebody listens.
std::vector<AccountSource> sources_of_site(const OpportunityListOptions& options,
                                           const std::optional<generation::Site>& site) {
  std::vector<AccountSource> sources;
  if (!site.has_value() || !site->outcomes.has_value()) return sources;
  for (const AccountSource& source : site->outcomes->sources) {
    const std::string why = options.unread == nullptr ? std::string() : why_unread(source);
    if (why.empty()) {
      sources.push_back(source);
    } else {
      options.unread->push_back("opportunities are missing: " + missing_text(*site, source, why));
    }
  }
  return sources;
}

/// What was named is there, but cannot be used: an error, or a remark where only the site names it.
Result<std::optional<OpportunityList>> unusable(const OpportunityListOptions& options, Error error) {
  if (options.unread == nullptr || !options.files.empty()) return error;
  options.unread->push_back(fmt::format(
      "opportunities are not in this report, though 'outcomes:' of site.yaml names some: {}", error.message));
  return std::optional<OpportunityList>();
}

}  // namespace

std::vector<std::string> missing_opportunities(const generation::Site& site) {
  std::vector<std::string> out;
  if (!site.outcomes.has_value()) return out;
  for (const AccountSource& source : site.outcomes->sources) {
    if (const std::string why = why_unread(source); !why.empty())
      out.push_back(missing_text(site, source, why));
  }
  return out;
}

void check_opportunities(const generation::Site& site, Diagnostics& diagnostics) {
  if (!site.outcomes.has_value()) return;
  for (const AccountSource& source : site.outcomes->sources) {
    const std::string why = why_unread(source);
    if (why.empty()) continue;
    diagnostics.warning(site.file, source.at, {},
                        fmt::format("{}: the report has no opportunities until then", why));
  }
}

Result<std::optional<OpportunityList>> load_opportunity_list(const OpportunityListOptions& options) {
  auto site = site_of(options);
  if (!site) return site.error();
  OpportunityList list;
  if (site->has_value() && (*site)->outcomes.has_value()) list.settings = *(*site)->outcomes;
  std::vector<AccountSource> sources = sources_of_site(options, *site);
  if (auto added = add_files(options.files, sources); !added) return added.error();
  if (sources.empty()) return std::optional<OpportunityList>();
  AccountMatcher matcher;
  if (auto added = add_accounts(options.list, matcher); !added) return unusable(options, added.error());
  const std::string former = add_former_accounts(options.list.site, options.seen, matcher);
  const std::string unknown =
      site->has_value() ? add_crm_ids(**site, options.progress, matcher) : std::string();
  connect::OpportunityRequest request;
  request.sources = sources;
  request.settings = &list.settings;
  request.accounts = &matcher;
  request.now = static_cast<int64_t>(::time(nullptr));
  request.name_of = connect::name_for_people;
  request.why_missing = connect::why_no_table;
  request.asked_at = connect::asked_at;
  request.progress = options.progress;
  auto set = connect::read_opportunities(request);
  if (!set) return unusable(options, set.error());
  list.set = std::move(*set);
  for (const std::string& remark : {unknown, former}) {
    if (!remark.empty()) list.set.remarks.push_back(remark);
  }
  return std::optional(std::move(list));
}

}  // namespace abm::tools
