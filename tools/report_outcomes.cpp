#include "tools/report_outcomes.h"

#include <ctime>
#include <utility>

#include <fmt/format.h>

#include "tools/opportunity_list.h"

namespace abm::tools {
namespace {

constexpr int kMost = static_cast<int>(generation::kMostWindowDays);

}  // namespace

void OutcomeOptions::add_to(Command& command) {
  command
      .add_option(
          "--opportunities", opportunities,
          "export of opportunities (deals), such as deals.csv or hubspot:deals.csv; may be repeated; besides "
          "those of the site (outcomes: opportunities:)")
      .repeatable();
  command.add_option(
      "--window", window,
      "days from an account's start in which an opportunity counts; default: outcomes: window: of the "
      "site, or 180");
}

Result<std::optional<measure::OutcomesRequest>> outcomes_request(const OutcomeOptions& options,
                                                                 OutcomesBasis basis,
                                                                 std::vector<std::string>& unread,
                                                                 Output& out) {
  if (options.window != kNoWindow && (options.window < 1 || options.window > kMost))
    return Error{fmt::format("--window {} is not 1 to {} days", options.window, kMost)};
  auto opportunities =
      load_opportunity_list({.files = options.opportunities,
                             .list = basis.list_options,
                             .seen = std::move(basis.seen),
                             .progress = [&out](std::string_view phase, uint64_t done,
                                                uint64_t total) { out.progress(phase, done, total); },
                             .unread = &unread});
  out.clear_progress();
  if (!opportunities) return opportunities.error();
  if (!opportunities->has_value()) {
    if (options.window != kNoWindow && unread.empty())
      return Error{
          "--window is for opportunities, and none are named (--opportunities FILE, or outcomes: in site.yaml)"};
    return std::optional<measure::OutcomesRequest>();
  }
  measure::OutcomesRequest request;
  request.set = std::move((*opportunities)->set);
  request.settings = std::move((*opportunities)->settings);
  if (options.window != kNoWindow) {
    const auto window = static_cast<uint32_t>(options.window);
    if (request.settings.window_declared && request.settings.window_days != window) {
      request.set.remarks.push_back(fmt::format(
          "--window {} takes the place of the {} days that site.yaml declares: this is another comparison than the "
          "one that was meant",
          window, request.settings.window_days));
    }
    request.settings.window_declared = true;
    request.settings.window_days = window;
  }
  if (basis.list.has_value()) request.listed = &basis.list->accounts;
  request.from_ms = basis.from_ms;
  request.now_ms = static_cast<int64_t>(::time(nullptr)) * 1000;
  return std::optional(std::move(request));
}

}  // namespace abm::tools
