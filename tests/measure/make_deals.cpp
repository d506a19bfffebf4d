// Reads the visit lines of a made-up world on stdin and writes opportunities of its accounts as CSV to
// stdout: make_deals [SEED [RATE [LIFT]]].
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

#include <fmt/format.h>

#include "tests/measure/deal_world.h"

int main(int argc, char** argv) {
  abm::measure::DealOptions options;
  if (argc > 1) options.seed = std::strtoull(argv[1], nullptr, 10);
  if (argc > 2) options.rate = std::strtod(argv[2], nullptr);
  if (argc > 3) options.lift = std::strtod(argv[3], nullptr);
  abm::measure::DealWorld world(options);
  std::string line;
  while (std::getline(std::cin, line)) world.see(line);
  const std::string csv = world.csv();
  std::fwrite(csv.data(), 1, csv.size(), stdout);
  const auto truth = world.truth();
  fmt::print(
      stderr,
      "{} treated accounts, {} with an opportunity that counts ({:.0f} in all); {} of control, {} ({:.0f}); planted "
      "effect: {:.4f} of accounts, {:.2f} per account\n",
      truth.treated, truth.treated_with, truth.treated_amount, truth.control, truth.control_with,
      truth.control_amount, truth.share_effect, truth.amount_effect);
  return 0;
}
