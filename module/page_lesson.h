// A page that is being learned: compared with the versions that are known of it, and, where it is none of
// them, scanned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "module/page_version.h"
#include "rewrite/recall/gap_finder.h"
#include "rewrite/recall/page_learner.h"

namespace abm::module {

/// A complete page as it was sent, and what it was scanned with.
struct SeenPage {
  PageBytes bytes;
  rewrite::LocatorOptions options;         ///< for all slots
  std::shared_ptr<const void> keep_alive;  ///< of what `options` borrow
  std::optional<FileIdentity> file;        ///< whose bytes these are
};

class PageLesson {
 public:
  /// `known`: versions of the page, best guess first; the first kMostCompared are compared. `max_bytes`: of
  /// the page with its log.
  PageLesson(std::string key, uint64_t arguments, SeenPage page, PageVersions known, size_t max_bytes);
  static constexpr size_t kMostCompared = 2;

  enum class State : uint8_t {
    kWorking,
    kChanging,  ///< it is a known version but for its gaps
    kLearned,
    kRefused,
  };
  /// Reads at most `bytes` more. Throws std::bad_alloc.
  State advance(size_t bytes);

  [[nodiscard]] const std::string& key() const noexcept { return key_; }
  /// What has to be kept beside the page so far and is not charged yet.
  [[nodiscard]] size_t uncharged() const noexcept {
    return to_keep() > charge_.bytes() ? to_keep() - charge_.bytes() : 0;
  }
  /// False: the budget has no room for it.
  [[nodiscard]] bool charge() noexcept { return charge_.set(to_keep()); }
  State refuse(std::string_view why) noexcept;
  /// Once, after kChanging and kLearned, and charge(). Throws std::bad_alloc, and then it cannot be had.
  [[nodiscard]] std::shared_ptr<const PageVersion> take();
  /// After kChanging: the version that the new one stands for.
  [[nodiscard]] const PageVersion* replaced() const noexcept { return known_[compared_].get(); }
  /// After kRefused: why, for people.
  [[nodiscard]] std::string_view refusal() const noexcept { return refusal_; }

 private:
  [[nodiscard]] State compare(size_t bytes);
  [[nodiscard]] State scan(size_t bytes);
  [[nodiscard]] size_t to_keep() const noexcept;
  void set_file(const PageVersion& version) const noexcept;

  std::string key_;
  uint64_t arguments_;
  SeenPage page_;
  Charge charge_;
  PageVersions known_;
  size_t max_bytes_;
  size_t compared_ = 0;  // the version that it is compared with
  std::optional<rewrite::GapFinder> finder_;
  std::optional<rewrite::PageLearner> learner_;
  State state_ = State::kWorking;
  std::string_view refusal_;
};

}  // namespace abm::module
