// abmctl explain: every rule, why or why not, for one visit.
#include "rules/match/explain.h"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/confidence.h"
#include "base/timestamp.h"
#include "rewrite/scan/mime_type.h"
#include "rules/match/lot.h"
#include "tools/command.h"
#include "tools/find_account.h"
#include "tools/inherited.h"
#include "tools/inputs.h"
#include "tools/page_elements.h"
#include "tools/page_fates.h"
#include "tools/page_reviews.h"
#include "tools/page_source.h"
#include "tools/site_visits.h"
#include "tools/standing_text.h"
#include "tools/visit.h"
#include "tools/visit_edits.h"

namespace abm::tools {
namespace {

struct ExplainOptions {
  GenerationOptions generation;
  VisitOptions visit;
  std::string page;
  bool json = false;
};

/// A slot on the page that was named.
struct SlotOnPage {
  std::string_view slot;
  uint32_t elements = 0;
  bool won = false;
  std::optional<rewrite::Judgement> judgement;  ///< of the winner's edit, where it is applied
};
struct ExplainedPage {
  rewrite::PageSigns signs;
  std::vector<SlotOnPage> slots;
};

using Explanations = std::vector<rules::RuleExplanation>;

std::string_view variant_of(const rules::Program& program, uint32_t rule, int32_t variant) {
  return variant < 0 ? std::string_view() : program.variant_id(rule, static_cast<uint32_t>(variant));
}

/// Where values are from that are not the account's own, and whose lot decides its arm.
void write_family(Json& json, const generation::Generation& generation,
                  const accounts::AccountView& account) {
  json.key("parent").string_or_null(account.text(accounts::TextField::kParent));
  json.key("family").string(account.family());
  json.key("drawn_with").string(rules::lot_owner(generation.rules(), account));
  json.key("inherited").begin_object();
  for (const InheritedValue& value : inherited_values(generation, account))
    json.key(value.field).string(value.from);
  json.end_object();
}

void write_account(Json& json, DecidedVisit& visit) {
  const generation::Identity& identity = visit.identity;
  json.key("identified").boolean(identity.account.has_value()).key("account");
  identity.account.has_value() ? json.string(identity.account->id()) : json.null();
  if (identity.account.has_value()) {
    const accounts::AccountView& account = *identity.account;
    json.key("name").string(account.name()).key("tier").string(accounts::to_string(account.tier()));
    json.key("segments").begin_array();
    for (uint32_t i = 0; i < account.segment_count(); ++i) json.string(account.segment(i));
    for (const std::string_view segment : visit.matcher->defined_segments(account)) json.string(segment);
    json.end_array();
    json.key("confidence").string(to_string(identity.confidence)).key("source").string(identity.source);
    write_family(json, *visit.generation, account);
  }
  json.key("network");
  identity.network.has_value() ? json.string(identity.network->to_string()) : json.null();
  json.key("exclusion");
  json.string_or_null(identity.exclusion);
}

void tell_family(const generation::Generation& generation, const accounts::AccountView& account,
                 const Output& out) {
  if (const std::string_view parent = account.text(accounts::TextField::kParent); !parent.empty()) {
    out.line(fmt::format("parent   {}{}", parent,
                         account.family() == parent ? "" : fmt::format(", family {}", account.family())));
  }
  for (const InheritedValue& value : inherited_values(generation, account))
    out.line(fmt::format("  {} {}: from '{}'", value.field, value.value, value.from));
}

void write_reasons(Json& json, std::string_view key,
                   const std::vector<std::pair<std::string, std::string>>& slots) {
  json.key(key).begin_array();
  for (const auto& [slot, reason] : slots) {
    json.begin_object().key("slot").string(slot).key("reason").string(reason).end_object();
  }
  json.end_array();
}

void write_rule(Json& json, const rules::Program& program, const rules::RuleExplanation& explanation) {
  const rules::RuleInfo rule = program.rule(explanation.rule);
  json.begin_object().key("id").string(rule.id).key("file").string(rule.file).key("line").number(rule.line);
  json.key("priority").number(rule.priority).key("matched").boolean(explanation.matched).key("reason");
  json.string_or_null(explanation.matched ? std::string_view() : explanation.reason);
  if (!explanation.matched && explanation.line != 0) json.key("reason_line").number(explanation.line);
  json.key("held_out").boolean(explanation.held_out).key("variant");
  const std::string_view variant = variant_of(program, explanation.rule, explanation.variant);
  json.string_or_null(variant);
  json.key("won").begin_array();
  for (const std::string& slot : explanation.won) json.string(slot);
  json.end_array();
  write_reasons(json, "original", explanation.original);
  write_reasons(json, "lost", explanation.lost);
  json.end_object();
}

/// Slots that a rule wins, and others that the page has.
ExplainedPage explain_page(const DecidedVisit& visit, const PageSource& page) {
  const rules::Program& program = visit.generation->rules();
  const std::string label = page.url.empty() ? "utf-8" : page.charset;
  const rewrite::Charset charset = rewrite::charset_of_parameter(label);
  const PageElements elements = look_at_page(page.html, program, charset);
  Arena memory;
  const VisitEdits edits = render_visit(program, visit.decision, visit.visit, charset, memory);
  const auto judgements = judge_edits(edits, rewrite_with(page.html, edits, charset));
  ExplainedPage explained{elements.signs, {}};
  for (uint32_t slot = 0; slot < elements.of_slot.size(); ++slot) {
    const auto winner = std::ranges::find(visit.decision.winners, slot, &rules::Winner::slot);
    const bool won = winner != visit.decision.winners.end();
    if (!won && elements.of_slot[slot] == 0) continue;
    SlotOnPage& on_page =
        explained.slots.emplace_back(SlotOnPage{program.slot_name(slot), elements.of_slot[slot], won, {}});
    const auto index = static_cast<size_t>(winner - visit.decision.winners.begin());
    if (won && index < judgements.size()) on_page.judgement = judgements[index];
  }
  return explained;
}

void write_page(Json& json, const PageSource* page, const ExplainedPage& explained) {
  json.key("page");
  if (page == nullptr) {
    json.null();
    return;
  }
  json.begin_object().key("name").string(page->name).key("slots").begin_array();
  for (const SlotOnPage& slot : explained.slots) {
    json.begin_object().key("slot").string(slot.slot).key("elements").number(slot.elements);
    json.key("won").boolean(slot.won).end_object();
  }
  json.end_array().end_object();
  json.key("framework").string_or_null(to_string(explained.signs.framework()));
  json.key("evidence").string_or_null(explained.signs.evidence());
  json.key("fates").begin_object();
  for (const SlotOnPage& slot : explained.slots) {
    if (!slot.judgement.has_value()) continue;
    json.key(slot.slot).begin_object().key("fate").string(to_string(slot.judgement->fate));
    json.key("why").string(slot.judgement->why).key("remedy").string_or_null(slot.judgement->remedy);
    json.end_object();
  }
  json.end_object();
}

/// What visits made of the account of --account; where the site has `engagement`.
class AccountStory {
 public:
  void open(const ExplainOptions& options, const Output& out) {
    Diagnostics diagnostics;
    if (options.visit.account.empty() || options.generation.files.given() ||
        !options.generation.site.data.empty())
      return;
    site_ = load_site(options.generation.site, diagnostics);
    if (!site_.has_value()) return fail(diagnostics.first_error(), out);
    std::error_code code;
    if (!site_->engagement.has_value() || !std::filesystem::exists(visits_database(*site_), code)) return;
    SiteVisitsOptions with;
    with.note = [&out](std::string_view text) { out.note(fmt::format("abmctl: {}", text)); };
    auto visits = SiteVisits::open(*site_, std::move(with));
    if (!visits) return fail(visits.message(), out);
    visits_ = std::move(*visits);
    auto standings = visits_->judge(measure::day_of_seconds(::time(nullptr)));
    if (!standings) return fail(standings.message(), out);
    standings_ = std::move(*standings);
  }

  /// `id`: of the account.
  void look(const std::string& id, const Output& out) {
    if (standings_ == nullptr) return;
    auto story = story_of(visits_->store(), *site_, *standings_, id);
    if (!story) return fail(story.message(), out);
    story_ = std::move(*story);
  }
  [[nodiscard]] bool known() const noexcept { return story_.standing != nullptr; }

  void write(Json& json) const {
    json.key("visits");
    if (!known()) {
      json.null();
      return;
    }
    write_standing(json, *story_.standing, standings_->today());
    write_account_story(json, story_);
    json.end_object();
  }
  void tell(const Output& out) const {
    if (known()) tell_account_story(*site_, story_, standings_->today(), out);
  }

 private:
  static void fail(const std::string& why, const Output& out) {
    out.note(fmt::format("abmctl: what visits made of the account cannot be told: {}", why));
  }
  std::optional<generation::Site> site_;
  std::unique_ptr<SiteVisits> visits_;
  std::shared_ptr<const measure::Standings> standings_;
  StandingStory story_;
};

void write_json(DecidedVisit& visit, const Explanations& explanations, const PageSource* page,
                const ExplainedPage& explained, const AccountStory& story, const Output& out) {
  const rules::Program& program = visit.generation->rules();
  std::string text;
  Json json(text);
  json.begin_object().key("generation").number(visit.generation->number());
  write_account(json, visit);
  json.key("host")
      .string(visit.url.host)
      .key("path")
      .string(visit.url.path)
      .key("query")
      .string(visit.url.query);
  json.key("at").string(format_rfc3339(visit.now)).key("skip");
  json.string_or_null(visit.skip);
  // The matcher's spans are valid until its next call, so the whole decision is written before that.
  json.key("arm").string(rules::to_string(visit.decision.arm)).key("slots").begin_object();
  for (const rules::Winner& winner : visit.decision.winners) {
    json.key(program.slot_name(winner.slot)).begin_object().key("rule").string(program.rule(winner.rule).id);
    const std::string_view variant = variant_of(program, winner.rule, winner.variant);
    json.key("variant");
    json.string_or_null(variant);
    json.key("held_out").boolean(winner.held_out).end_object();
  }
  json.end_object().key("signals").begin_array();
  for (const uint32_t rule : visit.decision.signals) json.string(program.rule(rule).signal_name);
  json.end_array().key("rules").begin_array();
  for (const rules::RuleExplanation& explanation : explanations) write_rule(json, program, explanation);
  json.end_array();
  write_page(json, page, explained);
  story.write(json);
  json.end_object();
  out.line(text);
}

void tell_visitor(const DecidedVisit& visit, const Output& out) {
  const generation::Identity& identity = visit.identity;
  if (identity.account.has_value()) {
    const accounts::AccountView& account = *identity.account;
    out.line(fmt::format("visitor  {} ({}), {}, confidence {}, from {}", out.strong(account.id()),
                         account.name(), accounts::to_string(account.tier()), to_string(identity.confidence),
                         identity.source));
    tell_family(*visit.generation, account, out);
  } else if (!identity.exclusion.empty()) {
    out.line(
        fmt::format("visitor  not identified: {} is {}", identity.network->to_string(), identity.exclusion));
  } else {
    out.line("visitor  not identified");
  }
  out.line(fmt::format("page     {}{}{}{}", visit.url.host, visit.url.path,
                       visit.url.query.empty() ? "" : "?", visit.url.query));
  out.line(fmt::format("at       {}", format_rfc3339(visit.now)));
  const std::string number =
      visit.generation->number() == 0 ? "not published" : fmt::to_string(visit.generation->number());
  out.line(fmt::format("generation {}", number));
}

/// ", drawn with its family 'deere'"; "" where the account draws its own lots.
std::string drawn_with(const DecidedVisit& visit) {
  if (!visit.identity.account.has_value()) return {};
  const accounts::AccountView& account = *visit.identity.account;
  const std::string_view owner = rules::lot_owner(visit.generation->rules(), account);
  return owner == account.id() ? std::string() : fmt::format(", drawn with its family '{}'", owner);
}

void tell_rule(const rules::Program& program, const rules::RuleExplanation& explanation, const Output& out) {
  const rules::RuleInfo rule = program.rule(explanation.rule);
  if (!explanation.matched) {
    out.line(fmt::format("  {} ({}:{}): no: {}", rule.id, rule.file, rule.line, explanation.reason));
    return;
  }
  const std::string_view variant = variant_of(program, explanation.rule, explanation.variant);
  std::string text =
      fmt::format("  {} ({}:{}): {}", out.strong(rule.id), rule.file, rule.line, out.strong("matches"));
  if (!variant.empty()) text += fmt::format(", variant {}", variant);
  if (explanation.held_out) text += ", held out: its slots stay original";
  if (!explanation.won.empty()) text += fmt::format(", wins {}", fmt::join(explanation.won, ", "));
  // A held-out rule has been reported above, for all its slots at once.
  if (!explanation.held_out) {
    for (const auto& [slot, why] : explanation.original)
      text += fmt::format("; {} stays original: {}", slot, why);
  }
  for (const auto& [slot, reason] : explanation.lost) text += fmt::format(", loses {} {}", slot, reason);
  out.line(text);
}

void tell_page(const PageSource& page, const ExplainedPage& explained, const Output& out) {
  const rewrite::Framework framework = explained.signs.framework();
  out.line(
      fmt::format("slots on {}{}", page.name,
                  framework == rewrite::Framework::kNone
                      ? ""
                      : fmt::format(" ({}, told by {})", title_of(framework), explained.signs.evidence())));
  for (const SlotOnPage& slot : explained.slots) {
    std::string line = fmt::format("  {}: {}{}", slot.slot, elements_text(slot.elements),
                                   slot.won ? "" : ", no rule wins it");
    if (slot.judgement.has_value() && framework != rewrite::Framework::kNone) {
      line += fmt::format(", {}: {}", fate_text(slot.judgement->fate), slot.judgement->why);
      if (!slot.judgement->remedy.empty()) line += fmt::format("; {}", slot.judgement->remedy);
    }
    out.line(line);
  }
  if (explained.slots.empty()) out.line("  none: no rule wins a slot, and the page has none of them");
}

/// Without a page, an account's visits are all there is to explain.
Status explain_account(const ExplainOptions& options, const generation::Generation& generation,
                       AccountStory& story, const Output& out) {
  const auto account = find_account(generation.accounts(), options.visit.account);
  if (!account)
    return out.failure(fmt::format("--account '{}': {}", options.visit.account, account.message()));
  story.look(std::string(account->id()), out);
  if (!story.known())
    return out.failure(
        "say which page: --url https://host/path or /path, or name an address as PAGE (of visits, nothing is "
        "known here: see `engagement:` in site.yaml, and abmctl engagement --fold)");
  if (!options.json) {
    story.tell(out);
    return Status::kOk;
  }
  std::string text;
  Json json(text);
  json.begin_object().key("generation").number(generation.number()).key("account").string(account->id());
  story.write(json);
  json.end_object();
  out.line(text);
  return Status::kOk;
}

Status run(const ExplainOptions& options, Context& context) {
  Output& out = context.out;
  VisitOptions visit_options = options.visit;
  std::optional<PageSource> page;
  if (!options.page.empty()) {
    auto read = read_page(options.page);
    if (!read) return out.failure(read.message());
    page = std::move(*read);
    if (visit_options.url.empty()) visit_options.url = page->url;
  }
  OpenResult opened = open_generation(options.generation, out);
  if (opened.generation == nullptr) return opened.status;
  AccountStory story;
  story.open(options, out);
  if (visit_options.url.empty() && !visit_options.account.empty() && !page.has_value())
    return explain_account(options, *opened.generation, story, out);
  auto decided = decide(visit_options, std::move(opened.generation));
  if (!decided) return out.failure(decided.message());
  DecidedVisit& visit = **decided;
  if (visit.identity.account.has_value()) story.look(std::string(visit.identity.account->id()), out);
  ExplainedPage explained;
  if (page.has_value()) explained = explain_page(visit, *page);
  Explanations explanations;
  if (visit.visit.account != nullptr && !visit.identity.account->excluded()) {
    explanations = rules::explain(visit.generation->rules(), visit.visit);
  }
  if (options.json) {
    write_json(visit, explanations, page.has_value() ? &*page : nullptr, explained, story, out);
    return Status::kOk;
  }
  tell_visitor(visit, out);
  if (!visit.skip.empty()) {
    out.line(fmt::format("original page: {}", visit.skip));
  } else {
    out.line(fmt::format("arm      {}{}{}", rules::to_string(visit.decision.arm),
                         visit.decision.arm == rules::Arm::kTreated ? "" : ": the page stays original",
                         drawn_with(visit)));
  }
  if (!explanations.empty()) out.line("rules");
  for (const rules::RuleExplanation& explanation : explanations)
    tell_rule(visit.generation->rules(), explanation, out);
  if (page.has_value()) tell_page(*page, explained, out);
  story.tell(out);
  return Status::kOk;
}

}  // namespace

void add_explain(Command& app, Context& context) {
  auto options = std::make_shared<ExplainOptions>();
  Command* command = app.add_subcommand(
      "explain", "Says for one visit which rules match, which win, and why the others do not");
  options->generation.add_to(*command);
  options->visit.add_to(*command);
  command->add_option(
      "page", options->page,
      "says how many elements each slot matches there: an HTML file, -, or an address to fetch");
  command->add_flag("--json", options->json, "the same as JSON");
  command->footer(
      "Examples:\n"
      "  abmctl explain --ip 164.121.3.4 --url https://www.acme.example/pricing\n"
      "  abmctl explain --draft --account deere --url / --at 2026-12-24T18:00:00Z\n"
      "  abmctl explain --account deere.com https://www.acme.example/pricing\n"
      "  abmctl explain --account deere\n"
      "The last one says what visits made of the account: its engagement day by day, what moved it and until when.");
  command->callback([options, &context] { context.status = run(*options, context); });
}

}  // namespace abm::tools
