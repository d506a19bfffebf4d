// abmctl render: a page as one account sees it, byte for byte what the module would send.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "rewrite/scan/charset.h"
#include "rewrite/scan/mime_type.h"
#include "tools/command.h"
#include "tools/inputs.h"
#include "tools/line_diff.h"
#include "tools/misplaced.h"
#include "tools/page_elements.h"
#include "tools/page_fates.h"
#include "tools/page_reviews.h"
#include "tools/page_source.h"
#include "tools/visit.h"
#include "tools/visit_edits.h"

namespace abm::tools {
namespace {

struct RenderOptions {
  GenerationOptions generation;
  VisitOptions visit;
  std::string page;
  std::string charset;
  std::string delivery = "html";
  bool diff = false;
  bool json = false;
};

struct SlotResult {
  std::string_view slot;
  std::string_view rule;
  std::string outcome;  ///< "applied", "applied:at-risk", "missing", "skipped:REASON": as in the visit line
  std::optional<rewrite::Judgement> judgement;  ///< what the page's framework makes of it
  uint32_t elements = 0;                        ///< of the page, that the slot's selector matches
};

/// A slot that no rule wins for this visit, though the page has it.
struct IdleSlot {
  std::string_view slot;
  uint32_t elements = 0;
};

struct RenderedPage {
  std::string html;
  std::vector<SlotResult> slots;
  std::vector<IdleSlot> idle;
  std::vector<std::string> warnings;  ///< misplaced_markup()
  rewrite::PageSigns signs;
};

/// As a site with `location = /abm.js { abm_script; }` has it.
rules::ScriptPage script_page(const RenderOptions& options) {
  rules::ScriptPage page;
  page.usual = options.delivery == "script" ? rules::Delivery::kScript : rules::Delivery::kHtml;
  page.script = "/abm.js";
  return page;
}

RenderedPage render_page(const PageSource& page, const DecidedVisit& visit, rewrite::Charset charset,
                         const rules::ScriptPage& script) {
  Arena memory;
  const rules::Program& program = visit.generation->rules();
  const VisitEdits edits = render_visit(program, visit.decision, visit.visit, charset, memory, &script);
  RenderedPage result;
  // Markup is out of place where it is, whoever puts it there.
  result.warnings = misplaced_markup(
      page.html, page.name, render_visit(program, visit.decision, visit.visit, charset, memory), charset);
  PageElements found = look_at_page(page.html, program, charset);
  std::vector<uint32_t>& elements = found.of_slot;
  result.signs = found.signs;
  rewrite::RewrittenPage rewritten = rewrite_with(page.html, edits, charset);
  const auto judgements = judge_edits(edits, rewritten);
  for (size_t i = 0; i < edits.winners.size(); ++i) {
    uint32_t& count = elements[edits.winners[i].slot];
    std::string outcome = outcome_text(edits, i, rewritten);
    if (judgements[i].has_value() && is_at_risk(judgements[i]->fate)) outcome += ":at-risk";
    result.slots.push_back({program.slot_name(edits.winners[i].slot), edits.rule(i), std::move(outcome),
                            judgements[i], std::exchange(count, 0)});
  }
  for (uint32_t slot = 0; slot < elements.size(); ++slot) {
    if (elements[slot] != 0) result.idle.push_back({program.slot_name(slot), elements[slot]});
  }
  result.html = std::move(rewritten.html);
  return result;
}

void write_json(const DecidedVisit& visit, const PageSource& source, const RenderedPage& page, bool changed,
                const Output& out) {
  std::string text;
  Json json(text);
  json.begin_object().key("account");
  visit.identity.account.has_value() ? json.string(visit.identity.account->id()) : json.null();
  json.key("arm").string(rules::to_string(visit.decision.arm)).key("skip");
  json.string_or_null(visit.skip);
  json.key("page").string(source.name);
  json.key("framework").string_or_null(to_string(page.signs.framework()));
  json.key("evidence").string_or_null(page.signs.evidence());
  json.key("changed").boolean(changed).key("slots").begin_array();
  for (const SlotResult& slot : page.slots) {
    json.begin_object().key("slot").string(slot.slot).key("rule").string(slot.rule);
    json.key("outcome").string(slot.outcome).key("elements").number(slot.elements);
    json.key("fate").string_or_null(slot.judgement.has_value() ? to_string(slot.judgement->fate)
                                                               : std::string_view());
    json.end_object();
  }
  json.end_array().key("idle_slots").begin_array();
  for (const IdleSlot& slot : page.idle)
    json.begin_object().key("slot").string(slot.slot).key("elements").number(slot.elements).end_object();
  json.end_array().key("warnings").begin_array();
  for (const std::string& warning : page.warnings) json.string(warning);
  json.end_array().key("html").string(page.html).end_object();
  out.line(text);
}

/// What each slot matched: on a terminal all of them, elsewhere what leaves a winner without an element.
/// Edits that do not last are told everywhere.
void tell_slots(const PageSource& source, const RenderedPage& page, const Output& out) {
  if (out.notes_on_terminal() && page.signs.framework() != rewrite::Framework::kNone) {
    out.note(fmt::format("{}: {} will hydrate the page (told by {})", source.name,
                         title_of(page.signs.framework()), page.signs.evidence()));
  }
  for (const SlotResult& slot : page.slots) {
    if (!slot.judgement.has_value() || !is_at_risk(slot.judgement->fate)) continue;
    out.note(fmt::format("warning: {}: slot '{}': {} ({}): {}; {}", source.name, slot.slot,
                         fate_text(slot.judgement->fate), title_of(page.signs.framework()),
                         slot.judgement->why, slot.judgement->remedy));
  }
  for (const SlotResult& slot : page.slots) {
    if (!out.notes_on_terminal() && slot.elements != 0) continue;
    out.note(fmt::format("{}: slot '{}' matches {}: {} (rule '{}')", source.name, slot.slot,
                         elements_text(slot.elements), slot.outcome, slot.rule));
  }
  if (!out.notes_on_terminal()) return;
  for (const IdleSlot& slot : page.idle) {
    out.note(fmt::format("{}: slot '{}' matches {}: no rule wins it", source.name, slot.slot,
                         elements_text(slot.elements)));
  }
}

Status run(const RenderOptions& options, Context& context) {
  Output& out = context.out;
  auto page = read_page(options.page);
  if (!page) return out.failure(page.message());
  VisitOptions visit_options = options.visit;
  if (visit_options.url.empty()) visit_options.url = page->url;
  if (!page->url.empty() && page->url != options.page) out.note(fmt::format("redirected to {}", page->name));
  const std::string label = options.charset.empty() && page->url.empty() ? "utf-8" : options.charset;
  const rewrite::Charset charset = rewrite::charset_of_parameter(label.empty() ? page->charset : label);
  if (charset == rewrite::Charset::kUnsupported) {
    out.note(fmt::format("charset '{}' cannot be rewritten: the page stays original",
                         label.empty() ? page->charset : label));
  }
  OpenResult opened = open_generation(options.generation, out);
  if (opened.generation == nullptr) return opened.status;
  auto visit = decide(visit_options, std::move(opened.generation));
  if (!visit) return out.failure(visit.message());

  const RenderedPage rendered = render_page(*page, **visit, charset, script_page(options));
  const bool changed = rendered.html != page->html;
  if (options.json) {
    write_json(**visit, *page, rendered, changed, out);
  } else if (options.diff) {
    out.bytes(unified_diff(page->name, page->html, page->name + " (as the account sees it)", rendered.html,
                           out.color()));
  } else {
    out.bytes(rendered.html);
  }
  if (!options.json) {
    tell_slots(*page, rendered, out);
    for (const std::string& warning : rendered.warnings) out.note("warning: " + warning);
  }
  if (!changed && !(*visit)->skip.empty()) out.note(fmt::format("original page: {}", (*visit)->skip));
  return Status::kOk;
}

}  // namespace

void add_render(Command& app, Context& context) {
  auto options = std::make_shared<RenderOptions>();
  Command* command = app.add_subcommand("render", "Rewrites a page as an account sees it, onto stdout");
  options->generation.add_to(*command);
  options->visit.add_to(*command);
  command->add_option("page", options->page, "HTML file, - for standard input, or an address to fetch")
      .required();
  command->add_option(
      "--charset", options->charset,
      "the page's charset, as in its Content-Type; default: utf-8, of a fetched page its own");
  command
      ->add_option(
          "--delivery", options->delivery,
          "who makes the edits of slots of which the rules do not say it, as abm_delivery: html, script")
      .one_of({"html", "script"});
  Option diff = command->add_flag("--diff", options->diff, "only the changed lines, as a unified diff");
  command->add_flag("--json", options->json, "what became of each slot, and the page, as JSON")
      .excludes(diff);
  command->footer(
      "An address is asked for the page that a visitor gets who opts out (Sec-GPC: 1): the original.\n"
      "Examples:\n"
      "  abmctl render --ip 164.121.3.4 --url https://www.acme.example/ pages/index.html\n"
      "  abmctl render --draft --account deere --url /pricing --diff pages/pricing.html\n"
      "  abmctl render --draft --account 'Deere & Company' --diff https://www.acme.example/pricing\n"
      "  abmctl render --rules rules/*.yaml --accounts accounts.ndjson --account deere --url / page.html");
  command->callback([options, &context] { context.status = run(*options, context); });
}

}  // namespace abm::tools
