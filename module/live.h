// A worker's view of one data folder: the generation in use, and the timer that takes over newer ones.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "generation/adopter.h"
#include "generation/hold_watch.h"
#include "module/ngx.h"
#include "rules/match/matcher.h"

namespace abm::module {

struct MainConf;

/// A generation and the matcher made for it. Nobody but the folder holds it: requests keep copies of what
/// they need, and the rules that their bodies are written with.
struct Live {
  std::shared_ptr<const generation::Generation> generation;
  std::unique_ptr<rules::Matcher> matcher;
  uint64_t selectors =
      0;  ///< stands for the rules' selectors: the same as before if these are, byte for byte
};

/// One per worker and folder. Not thread-safe, like everything in a worker.
class DataFolder {
 public:
  explicit DataFolder(std::string path);

  /// At worker start: takes over what CURRENT names, however long that takes.
  void open(ngx_log_t* log);
  /// One timer tick: at most 1 ms of work. True: more is to be done at once.
  bool poll(ngx_log_t* log);

  /// nullptr before the first generation.
  [[nodiscard]] const std::shared_ptr<const Live>& live() const noexcept { return live_; }
  [[nodiscard]] const std::string& path() const noexcept { return adopter_.data_dir(); }
  /// What this worker has in memory of the folder's generations.
  [[nodiscard]] std::vector<generation::HeldPart> held() const { return adopter_.held(); }
  /// Why what is published now is refused; empty from the first look after that has passed.
  [[nodiscard]] const std::string& fault() const noexcept {
    return unsafe_.empty() ? adopter_.fault() : unsafe_;
  }
  /// Whether the folder's rules are held since a rollback.
  [[nodiscard]] const generation::HoldWatch& hold() const noexcept { return hold_; }
  /// Since when the origin of this mirror holds the rules in use, as the manifest says; "" if it does not.
  [[nodiscard]] std::string_view held_at_origin() const noexcept {
    return live_ == nullptr
               ? std::string_view()
               : generation::text_of(live_->generation->manifest().made, generation::kMadeHeldSince);
  }

 private:
  [[nodiscard]] uint64_t selectors_of(const Live& next) const noexcept;
  bool trusted(ngx_log_t* log);
  bool follow(ngx_log_t* log);
  void report(generation::Adopter::State state, ngx_log_t* log);
  void tell_recovery(ngx_log_t* log);

  generation::Adopter adopter_;
  generation::HoldWatch hold_;
  std::shared_ptr<const Live> live_;
  std::string unsafe_;       ///< who else may write the folder; "" if nobody
  bool fault_told_ = false;  ///< and not yet that it is gone
};

/// Worker start and end: makes the folders, opens what they hold, starts and stops the timer.
ngx_int_t start_folders(ngx_cycle_t* cycle, MainConf* conf);
void stop_folders(MainConf* conf) noexcept;

}  // namespace abm::module
