#include "tools/report_outcomes.h"

#include <ctime>
#include <utility>

#include <fmt/format.h>

#include "tools/opportunity_list.h"

namespace abm::tools {
namespace {

constexpr int kMostWindowDays = 1095;

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
                                                                 const AccountListOptions& list_options,
                                                                 const std::optional<AccountList>& list,
                                                                 std::optional<int64_t> from_ms,
                                                                 Output& out) {
  if (options.window != kNoWindow && (options.window < 1 || options.window > kMostWindowDays))
    return Error{fmt::format("--window {} is not 1 to {} days", options.window, kMostWindowDays)};
  auto opportunities =
      load_opportunity_list({.files = options.opportunities,
                             .list = list_options,
                             .progress = [&out](std::string_view phase, uint64_t done, uint64_t total) {
                               out.progress(phase, done, total);
                             }});
  out.clear_progress();
  if (!opportunities) return opportunities.error();
  if (!opportunities->has_value()) {
    if (options.window != kNoWindow)
      return Error{
          "--window is for opportunities, and none are named (--opportunities FILE, or outcomes: in site.yaml)"};
    return std::optional<measure::OutcomesRequest>();
  }
  measure::OutcomesRequest request;
  request.set = std::move((*opportunities)->set);
  request.settings = std::move((*opportunities)->settings);
  if (options.window != kNoWindow) {
    request.settings.window_days = static_cast<uint32_t>(options.window);
    request.settings.window_declared = true;
  }
  if (list.has_value()) request.listed = &list->accounts;
  request.from_ms = from_ms;
  request.now_ms = static_cast<int64_t>(::time(nullptr)) * 1000;
  return std::optional(std::move(request));
}

}  // namespace abm::tools
