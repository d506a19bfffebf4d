// abmctl render: a page as one account sees it, byte for byte what the module would send.
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/file.h"
#include "rewrite/scan/charset.h"
#include "tools/command.h"
#include "tools/inputs.h"
#include "tools/judge.h"
#include "tools/line_diff.h"
#include "tools/misplaced.h"
#include "tools/visit.h"
#include "tools/visit_edits.h"

namespace abm::tools {
namespace {

struct RenderOptions {
  GenerationOptions generation;
  VisitOptions visit;
  std::string page;
  std::string charset = "utf-8";
  bool diff = false;
  bool json = false;
};

struct SlotResult {
  std::string_view slot;
  std::string_view rule;
  std::string outcome;  ///< "applied", "missing", "skipped:REASON": as in the visit line
};

struct RenderedPage {
  std::string html;
  std::vector<SlotResult> slots;
  std::vector<std::string> warnings;  ///< misplaced_markup()
};

RenderedPage render_page(std::string page, std::string_view name, const DecidedVisit& visit,
                         rewrite::Charset charset) {
  Arena memory;
  const VisitEdits edits =
      render_visit(visit.generation->rules(), visit.decision, visit.visit, charset, memory);
  RenderedPage result;
  result.warnings = misplaced_markup(page, name, edits, charset);
  rewrite::RewrittenPage rewritten = rewrite_with(std::move(page), edits, charset);
  for (size_t i = 0; i < edits.winners.size(); ++i) {
    result.slots.push_back(
        {edits.program->slot_name(edits.winners[i].slot), edits.rule(i), outcome_text(edits, i, rewritten)});
  }
  result.html = std::move(rewritten.html);
  return result;
}

void write_json(const DecidedVisit& visit, const RenderedPage& page, bool changed, const Output& out) {
  std::string text;
  Json json(text);
  json.begin_object().key("account");
  visit.identity.account.has_value() ? json.string(visit.identity.account->id()) : json.null();
  json.key("arm").string(rules::to_string(visit.decision.arm)).key("skip");
  json.string_or_null(visit.skip);
  json.key("changed").boolean(changed).key("slots").begin_array();
  for (const SlotResult& slot : page.slots) {
    json.begin_object().key("slot").string(slot.slot).key("rule").string(slot.rule).key("outcome").string(
        slot.outcome);
    json.end_object();
  }
  json.end_array().key("warnings").begin_array();
  for (const std::string& warning : page.warnings) json.string(warning);
  json.end_array().key("html").string(page.html).end_object();
  out.line(text);
}

Status run(const RenderOptions& options, Context& context) {
  Output& out = context.out;
  const rewrite::Charset charset = rewrite::charset_from_label(options.charset);
  if (charset == rewrite::Charset::kUnsupported) {
    out.note(fmt::format("charset '{}' cannot be rewritten: the page stays original", options.charset));
  }
  auto page = options.page == "-" ? read_all(STDIN_FILENO, "standard input", kMaxPageBytes)
                                  : read_file(options.page, kMaxPageBytes);
  if (!page) return out.failure(page.message());
  OpenResult opened = open_generation(options.generation, out);
  if (opened.generation == nullptr) return opened.status;
  auto visit = decide(options.visit, std::move(opened.generation));
  if (!visit) return out.failure(visit.message());

  const RenderedPage rendered = render_page(*page, options.page, **visit, charset);
  const bool changed = rendered.html != *page;
  if (options.json) {
    write_json(**visit, rendered, changed, out);
  } else if (options.diff) {
    out.bytes(unified_diff(options.page, *page, options.page + " (as the account sees it)", rendered.html,
                           out.color()));
  } else {
    out.bytes(rendered.html);
  }
  if (!options.json) {
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
  command->add_option("page", options->page, "HTML file, or - for standard input").required();
  command->add_option("--charset", options->charset, "the page's charset, as in its Content-Type")
      .show_default();
  Option diff = command->add_flag("--diff", options->diff, "only the changed lines, as a unified diff");
  command->add_flag("--json", options->json, "what became of each slot, and the page, as JSON")
      .excludes(diff);
  command->footer(
      "Examples:\n"
      "  abmctl render --ip 164.121.3.4 --url https://www.acme.example/ pages/index.html\n"
      "  abmctl render --draft --account deere --url /pricing --diff pages/pricing.html\n"
      "  abmctl render --rules rules/*.yaml --accounts accounts.ndjson --account deere --url / page.html");
  command->callback([options, &context] { context.status = run(*options, context); });
}

}  // namespace abm::tools
