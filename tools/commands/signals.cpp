// abmctl signals: the visits that a seller should act on, as JSON lines: who, where,
// what they saw, what to do next.
#include <chrono>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "connect/logs/log_files.h"
#include "measure/visits/log_lines.h"
#include "measure/visits/shown_text.h"
#include "measure/visits/visit_line.h"
#include "tools/command.h"
#include "tools/commands.h"
#include "tools/inputs.h"

namespace abm::tools {
namespace {

using measure::VisitLine;

constexpr timespec kBetweenLooks = {.tv_sec = 0, .tv_nsec = 200'000'000};
constexpr std::chrono::seconds kLookEvery{1};

struct SignalsOptions {
  std::vector<std::string> logs;
  SiteOptions site;
  bool follow = false;
  bool only_new = false;
  bool bots = false;
};

volatile std::sig_atomic_t stopped = 0;

class Signals {
 public:
  Signals(bool bots, std::string data, const Output& out) : bots_(bots), shown_(std::move(data)), out_(out) {}

  /// One JSON line for each signal of the visit on `text`.
  void tell(std::string_view text, size_t readable_behind) {
    if (text.empty()) return;
    const VisitLine* const line = parser_.parse(text, readable_behind);
    if (line == nullptr) {
      if (parser_.seen() == nullptr) ++damaged_;  // what was seen of a visit is nothing new to act on
      return;
    }
    if ((line->bot && !bots_) || line->load != measure::PageLoad::kPage) return;
    for (const measure::VisitSignal& signal : line->signals) write(*line, signal);
  }
  [[nodiscard]] uint64_t damaged() const noexcept { return damaged_; }

 private:
  void write(const VisitLine& line, const measure::VisitSignal& signal);
  void write_shown(Json& json, const VisitLine& line);

  bool bots_;
  measure::VisitLineParser parser_;
  measure::ShownTexts shown_;
  const Output& out_;
  uint64_t damaged_ = 0;
};

/// Only what the visitor really got; the page's own framework replaces what is at risk.
void Signals::write_shown(Json& json, const VisitLine& line) {
  json.key("shown").begin_array();
  for (const measure::ShownRule& rule : line.rules) {
    for (const measure::ShownSlot& slot : rule.slots) {
      if (slot.outcome != "applied") continue;
      json.begin_object().key("rule").string(rule.id);
      json.key("variant").string_or_null(rule.variant);
      json.key("slot").string(slot.name);
      json.key("content").string_or_null(shown_.describe(line, rule, slot.name));
      json.end_object();
    }
  }
  json.end_array();
}

void Signals::write(const VisitLine& line, const measure::VisitSignal& signal) {
  const auto account = shown_.account(line);
  // The owner as of now, if the feed names one; otherwise the owner at the time of the visit.
  std::string_view owner =
      account.has_value() ? account->text(accounts::TextField::kOwner) : std::string_view();
  if (owner.empty()) owner = line.owner;
  std::string text;
  Json json(text);
  json.begin_object()
      .key("ts")
      .string(line.ts)
      .key("signal")
      .string(signal.name)
      .key("next")
      .string(signal.next);
  json.key("account").string(line.account);
  json.key("name").string_or_null(account.has_value() ? account->name() : std::string_view());
  json.key("tier").string(line.tier);
  json.key("stage").string_or_null(line.stage);
  json.key("owner").string_or_null(owner);
  json.key("confidence").string(line.confidence);
  json.key("role").string_or_null(line.role);
  json.key("campaign").string_or_null(line.campaign);
  json.key("host").string(line.host).key("path").string(line.path);
  json.key("referrer_host").string_or_null(line.referrer_host);
  json.key("visitor").string_or_null(line.visitor);
  json.key("arm").string_or_null(line.arm);
  write_shown(json, line);
  json.key("rule").string(signal.rule).key("request_id").string(line.request_id).key("bot").boolean(line.bot);
  json.end_object();
  out_.line(text);
}

Status read_all(const std::vector<std::string>& logs, Signals& signals, const Output& out) {
  for (const std::string& log : logs) {
    auto reader = measure::LogReader::open(log);
    if (!reader) return out.failure(reader.message());
    measure::LogReader::Line line;
    for (;;) {
      const auto more = reader->next(line);
      if (!more) return out.failure(more.message());
      if (!*more) break;
      signals.tell(line.too_long ? std::string_view("?") : line.text,
                   line.too_long ? 0 : line.readable_behind);
    }
  }
  return Status::kOk;
}

/// Reads what one log has for now. Looks at its files first, and then once a
/// second while there is always more.
Result<bool> tell_new(connect::LogFiles& files, Signals& signals) {
  using Clock = std::chrono::steady_clock;
  auto looked = Clock::time_point();
  for (bool idle = true; stopped == 0; idle = false) {
    if (looked == Clock::time_point() || Clock::now() - looked >= kLookEvery) {
      if (auto scanned = files.scan(); !scanned) return scanned.error();
      looked = Clock::now();
    }
    const auto batch = files.next();
    if (!batch) return batch.error();
    if (batch->lines.empty()) return idle;
    for (const connect::Line& line : batch->lines) signals.tell(line.text, 0);
    std::fflush(stdout);
    if (auto done = files.advance(*batch, batch->lines.back().end); !done) return done.error();
  }
  return true;
}

Status follow(const SignalsOptions& options, Signals& signals, const Output& out) {
  std::vector<connect::LogFiles> followed;
  const auto note = [&out](std::string_view text) { out.note(fmt::format("abmctl: {}", text)); };
  for (const std::string& log : options.logs) {
    if (log == "-") return out.failure("standard input ends by itself: --follow is for files");
    auto files =
        connect::LogFiles::open({.log = log, .state = "", .from_end = options.only_new, .note = note});
    if (!files) return out.failure(files.message());
    if (auto scanned = files->scan(); !scanned) return out.failure(scanned.message());
    followed.push_back(*std::move(files));
  }
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { stopped = 1; });
  while (stopped == 0) {
    bool idle = true;
    for (connect::LogFiles& files : followed) {
      const auto told = tell_new(files, signals);
      if (!told) return out.failure(told.message());
      idle = idle && *told;
    }
    if (idle) ::nanosleep(&kBetweenLooks, nullptr);
  }
  return Status::kOk;
}

Status run(const SignalsOptions& options, Context& context) {
  const Output& out = context.out;
  std::vector<std::string> logs = options.logs;
  if (logs.empty()) logs.emplace_back("-");
  if (options.follow && options.logs.empty()) return out.failure("--follow needs a log to follow");
  std::string data;
  if (const auto folder = data_folder(options.site)) {
    data = *folder;
  } else if (!options.site.site.empty() || !options.site.data.empty()) {
    return out.failure(folder.message());
  }
  Signals signals(options.bots, data, out);
  const Status status = options.follow ? follow(options, signals, out) : read_all(logs, signals, out);
  if (signals.damaged() > 0) {
    out.note(fmt::format("abmctl: {} {}; `abmctl report` says which", signals.damaged(),
                         signals.damaged() == 1 ? "line is not a visit line" : "lines are not visit lines"));
  }
  return status;
}

}  // namespace

void add_signals(Command& app, Context& context) {
  auto options = std::make_shared<SignalsOptions>();
  Command* command =
      app.add_subcommand("signals", "Lists the visits that somebody should act on, one JSON object per line");
  command->add_option("log", options->logs, "visit logs, plain or gzip; default: standard input");
  options->site.add_to(*command);
  const Option follow = command->add_flag("--follow", options->follow,
                                          "goes on as the logs grow and rotate, until interrupted");
  command->add_flag("--new", options->only_new, "with --follow: leaves out what is there already")
      .needs(follow);
  command->add_flag("--bots", options->bots, "also visits whose user agent says that it is a robot");
  command->footer(
      "A signal is what a rule of the site says about a visit (signal: { name, next }). With a site or its data folder, a\n"
      "line also has the account's name, its owner as of now, and the text that was shown, from the generation that\n"
      "served it.\n"
      "Example:\n"
      "  abmctl signals /var/log/nginx/abm-visits.jsonl --follow --new --data /var/lib/abm/acme-web | my-alerts");
  command->callback([options, &context] { context.status = run(*options, context); });
}

}  // namespace abm::tools
