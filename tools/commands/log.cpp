// abmctl log: the history of generations: when, who, what changed, and how it was tested.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "generation/publish.h"
#include "tools/command.h"
#include "tools/inputs.h"
#include "tools/provenance.h"

namespace abm::tools {
namespace {

struct LogOptions {
  SiteOptions site;
  size_t most = 0;  ///< 0: all
  bool json = false;
};

using generation::GenerationInfo;

void write_json(const std::vector<GenerationInfo>& history, const Output& out) {
  std::string text;
  Json json(text);
  json.begin_array();
  for (const GenerationInfo& info : history) {
    json.begin_object().key("number").number(info.number).key("created_at");
    json.string_or_null(info.created_at);
    json.key("current").boolean(info.current).key("complete").boolean(info.complete);
    json.key("format").number(info.format).key("feed_version").number(info.feed_version).key("replaces");
    info.replaces == 0 ? json.null() : json.number(info.replaces);
    json.key("rules_from");
    info.rules_from == 0 ? json.null() : json.number(info.rules_from);
    write_story(json, info.made, info.counts, info.counts_before);
    json.end_object();
  }
  json.end_array();
  out.line(text);
}

std::string one_line(const GenerationInfo& info, const Output& out) {
  std::string line =
      fmt::format("{} {}", info.current ? "*" : " ", out.strong(generation::generation_name(info.number)));
  if (info.created_at.empty()) return line + "  cannot be read";
  line += fmt::format("  {}", info.created_at);
  for (const std::string& part : {who_text(info.made), change_text(info), tests_text(info.made, info.counts),
                                  std::string(info.complete ? "" : "damaged")}) {
    if (!part.empty()) line += fmt::format("  {}", part);
  }
  return line;
}

Status run(const LogOptions& options, Context& context) {
  const Output& out = context.out;
  auto folder = data_folder(options.site);
  if (!folder) return out.failure(folder.message());
  auto listed = generation::list_generations(*folder);
  if (!listed) return out.failure(listed.message());
  std::vector<GenerationInfo> history = std::move(*listed);
  std::reverse(history.begin(), history.end());
  if (options.most != 0 && history.size() > options.most) history.resize(options.most);
  if (options.json) {
    write_json(history, out);
  } else {
    for (const GenerationInfo& info : history) out.line(one_line(info, out));
  }
  return Status::kOk;
}

}  // namespace

void add_log(Command& app, Context& context) {
  auto options = std::make_shared<LogOptions>();
  Command* command =
      app.add_subcommand("log", "The history of generations: when, by whom, what changed, which tests");
  options->site.add_to(*command);
  command->add_option("-n,--number", options->most, "only the newest so many");
  command->add_flag("--json", options->json, "the same as JSON");
  command->footer(
      "One line for each generation that is kept, the newest first; the one that serves has a star. `keep:` in site.yaml\n"
      "says which are kept. A visit line names its generation: with its number, abmctl explain and render say what that\n"
      "visitor saw, and abmctl diff what has changed since.\n"
      "Examples:\n"
      "  abmctl log\n"
      "  abmctl log --data /var/lib/abm/acme-web -n 20");
  command->callback([options, &context] { context.status = run(*options, context); });
}

}  // namespace abm::tools
