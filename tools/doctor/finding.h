// What doctor says about one thing that it looked at.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace abm::tools::doctor {

enum class State : uint8_t {
  kOk,
  kNote,  ///< nothing is known to be wrong: worth knowing, or could not be checked
  kProblem,
};

struct Finding {
  std::string check;  ///< "realip": what was looked at; the runbook's heading
  State state = State::kOk;
  std::string message;
  std::string remedy;  ///< "" when all is well
};

class Findings {
 public:
  void ok(std::string check, std::string message) {
    all_.push_back({std::move(check), State::kOk, std::move(message), {}});
  }
  void note(std::string check, std::string message, std::string remedy) {
    all_.push_back({std::move(check), State::kNote, std::move(message), std::move(remedy)});
  }
  void problem(std::string check, std::string message, std::string remedy) {
    all_.push_back({std::move(check), State::kProblem, std::move(message), std::move(remedy)});
  }
  [[nodiscard]] const std::vector<Finding>& all() const noexcept { return all_; }
  [[nodiscard]] size_t problems() const noexcept {
    size_t count = 0;
    for (const Finding& finding : all_) count += finding.state == State::kProblem ? 1 : 0;
    return count;
  }

 private:
  std::vector<Finding> all_;
};

}  // namespace abm::tools::doctor
