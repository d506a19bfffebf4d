// Writes the visit lines of a made-up world to stdout: make_visits [SEED [ACCOUNTS [VISITS [LIFT [FAULT]]]]];
// FAULT is cached, unknown, new-salt or silent (visit_world.h).
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

#include "tests/measure/visit_world.h"

int main(int argc, char** argv) {
  abm::measure::WorldOptions options;
  if (argc > 1) options.seed = std::strtoull(argv[1], nullptr, 10);
  if (argc > 2) options.accounts = static_cast<uint32_t>(std::strtoul(argv[2], nullptr, 10));
  if (argc > 3) options.visits_per_account = std::strtod(argv[3], nullptr) / options.accounts;
  if (argc > 4) options.lift = std::strtod(argv[4], nullptr);
  if (argc > 5) {
    const std::string_view fault = argv[5];
    if (fault == "cached") options.faults.cached_control = 0.6;
    if (fault == "unknown") options.faults.unknown_control = 0.7;
    if (fault == "new-salt") options.faults.new_salt_on_day = 15;
    if (fault == "silent") options.faults.silent_until_day = 8;
  }
  const auto truth = abm::measure::make_world(options, [](std::string_view line) {
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fputc('\n', stdout);
  });
  fmt::print(
      stderr,
      "{} visits of people, {} accounts, {} of them control; share that should reach {}: treated {:.4f}, "
      "control {:.4f}, planted effect {:.4f}\n",
      truth.visits, truth.accounts, truth.control_accounts, abm::measure::kWorldGoal, truth.treated_rate,
      truth.control_rate, truth.effect);
  return 0;
}
