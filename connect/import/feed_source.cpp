#include "connect/import/feed_source.h"

#include <array>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "accounts/feed.h"
#include "accounts/feed_writer.h"
#include "base/timestamp.h"
#include "ipdb/domain.h"

namespace abm::connect {
namespace {

constexpr size_t kMaxFeedHeader = 1u << 20;

RecordValue text_value(ImportField field, std::string text, Position at) {
  return {.field = field, .attribute = 0, .text = std::move(text), .number = 0, .at = at};
}

RecordValue number_value(ImportField field, int64_t number, Position at) {
  return {.field = field, .attribute = 0, .text = {}, .number = number, .at = at};
}

ImportRecord record_of(const accounts::Account& account, const SourceContext& context) {
  ImportRecord record;
  record.source = context.number;
  record.at = {static_cast<uint32_t>(account.line), 1};
  const Position at = record.at;
  const auto put = [&](ImportField field, std::string text) {
    if (!text.empty()) record.values.push_back(text_value(field, std::move(text), at));
  };
  using A = accounts::TextField;
  using To = ImportField;
  constexpr std::pair<A, To> kTexts[] = {
      {A::kId, To::kId},           {A::kName, To::kName},     {A::kIndustry, To::kIndustry},
      {A::kCountry, To::kCountry}, {A::kRegion, To::kRegion}, {A::kStage, To::kStage},
      {A::kPlay, To::kPlay},       {A::kOwner, To::kOwner},   {A::kParent, To::kParent}};
  for (const auto& [from, to] : kTexts) {
    const std::string& text = account.text[static_cast<size_t>(from)];
    const bool is_id = to == To::kId || to == To::kParent;
    put(to, is_id ? text : context.words->of(field_text(to, {}), text));
  }
  constexpr std::array<To, accounts::kNumberFields> kNumbers = {
      // in the order of NumberField
      To::kEmployees, To::kRevenueUsd, To::kIntent,    To::kEngagement, To::kVisits7d,
      To::kVisits30d, To::kPeople7d,   To::kPeople30d, To::kQuietDays,  To::kFirstSeenDays};
  for (size_t i = 0; i < kNumbers.size(); ++i) {
    if (account.numbers[i].has_value())
      record.values.push_back(number_value(kNumbers[i], *account.numbers[i], at));
  }
  for (const std::string& domain : account.domains) {
    ipdb::AccountDomain found = ipdb::account_domain(domain);
    if (found.fault.empty()) {
      put(To::kDomains, std::move(found.name));
      continue;
    }
    ImportNote note;
    note.kind = NoteKind::kDrop;
    note.place = {context.name, at};
    note.field = field_text(To::kDomains, {});
    note.value = domain;
    note.what = std::move(found.fault);
    context.report->note(std::move(note));
  }
  for (const std::string& segment : account.segments)
    put(To::kSegments, context.words->of("segments", segment));
  for (const std::string& network : account.networks) put(To::kNetworks, network);
  for (const uint32_t asn : account.asns) record.values.push_back(number_value(To::kAsns, asn, at));
  for (const std::string& name : account.organizations) put(To::kOrganizations, name);
  for (const auto& [name, value] : account.attributes) {
    std::string text = context.words->of(field_text(To::kAttribute, name), value);
    if (text.empty()) continue;
    put(To::kAttribute, std::move(text));
    record.values.back().attribute = context.attributes->number_of(name);
  }
  // A feed cannot tell "untiered" from a tier that it does not name.
  if (account.tier != accounts::Tier::kUntiered)
    record.values.push_back(number_value(To::kTier, static_cast<int64_t>(account.tier), at));
  if (account.exclude) record.values.push_back(number_value(To::kExclude, 1, at));
  // Which days they are of is known for one feed, not for several sources together.
  const std::string& moved = account.text[static_cast<size_t>(A::kMoved)];
  if (!moved.empty() || !account.pages.empty()) {
    ImportNote note;
    note.kind = NoteKind::kDrop;
    note.place = {context.name, at};
    note.field = moved.empty() ? std::string(accounts::kPagesName) : std::string("moved");
    note.what = "not taken from one of several sources";
    context.report->note(std::move(note));
  }
  return record;
}

/// Of a feed that this site may use.
Result<accounts::FeedHeader> feed_header(const OpenSource& open, const SourceContext& context) {
  auto file = open();
  if (!file) return file.error();
  std::string start;
  while (start.find('\n') == start.npos && start.size() < kMaxFeedHeader) {
    const size_t had = start.size();
    start.resize(had + kMaxFeedHeader / 16);
    const auto got = (*file)->read(start.data() + had, start.size() - had);
    if (!got) return got.error();
    start.resize(had + *got);
    if (*got == 0) break;
  }
  Diagnostics diagnostics;
  const auto header = accounts::parse_feed_header(start, context.name, {}, diagnostics);
  if (!header.has_value()) return Error{diagnostics.first_error()};
  if (!context.tenant.empty() && header->tenant != context.tenant)
    return Error{
        fmt::format("{}: a feed of tenant '{}', not of '{}'", context.name, header->tenant, context.tenant)};
  if (header->expires_at.has_value() && context.now >= *header->expires_at)
    return Error{
        fmt::format("{}: the feed expired at {}", context.name, format_rfc3339(*header->expires_at))};
  return *header;
}

}  // namespace

Result<void> read_feed_source(const OpenSource& open, const SourceContext& context,
                              std::optional<int64_t>& expires_at) {
  context.facts->plan.kind = generation::SourceKind::kFeed;
  const auto header = feed_header(open, context);
  if (!header) return header.error();
  std::string line;
  if (context.keep) {
    accounts::append_header_line(line, *header);
    if (auto kept = context.keep(line); !kept) return kept;
  }
  auto file = open();
  if (!file) return file.error();
  accounts::FeedLimits limits;
  limits.progress = context.progress;
  Diagnostics diagnostics;
  Result<void> taken;
  const auto summary =
      accounts::parse_feed(**file, context.name, limits, diagnostics, [&](accounts::Account&& account) {
        ++context.facts->rows;
        ++context.facts->records;
        if (context.keep) {
          line.clear();
          accounts::append_account_line(line, account);
          taken = context.keep(line);
        }
        if (taken.ok()) taken = context.take(record_of(account, context));
        return taken.ok();
      });
  if (!taken) return taken;
  if (!summary.has_value()) return Error{diagnostics.first_error()};
  if (header->expires_at.has_value() && (!expires_at.has_value() || *header->expires_at < *expires_at))
    expires_at = header->expires_at;
  return {};
}

}  // namespace abm::connect
