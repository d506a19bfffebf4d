#include "module/page_lesson.h"

#include <algorithm>
#include <utility>

namespace abm::module {

PageLesson::PageLesson(std::string key, uint64_t arguments, SeenPage page, PageVersions known,
                       size_t max_bytes)
    : key_(std::move(key)),
      arguments_(arguments),
      page_(std::move(page)),
      charge_(page_.bytes.new_charge()),
      known_(std::move(known)),
      max_bytes_(max_bytes) {
  page_.bytes.trim();
}

PageLesson::State PageLesson::refuse(std::string_view why) noexcept {
  refusal_ = why;
  return state_ = State::kRefused;
}

// A version, and either its gaps or its log.
size_t PageLesson::to_keep() const noexcept {
  constexpr size_t kVersion = sizeof(PageVersion) + sizeof(LearnedPage) + sizeof(rewrite::PageLog) + 128;
  if (learner_) return kVersion + learner_->log_bytes();
  return state_ == State::kChanging ? kVersion + rewrite::kMostGaps * sizeof(rewrite::PageGap) : 0;
}

PageLesson::State PageLesson::advance(size_t bytes) {
  if (state_ != State::kWorking) return state_;
  if (compared_ < std::min(known_.size(), kMostCompared)) return state_ = compare(bytes);
  return state_ = scan(bytes);
}

PageLesson::State PageLesson::compare(size_t bytes) {
  if (!finder_) finder_.emplace(known_[compared_]->page, page_.bytes.view(), page_.options);
  switch (finder_->advance(bytes)) {
    case rewrite::GapFinder::State::kLooking:
      return State::kWorking;
    case rewrite::GapFinder::State::kFound:
      return State::kChanging;
    case rewrite::GapFinder::State::kDiffers:
      break;
  }
  finder_.reset();
  ++compared_;
  return State::kWorking;
}

PageLesson::State PageLesson::scan(size_t bytes) {
  const std::string_view page = page_.bytes.view();
  if (page.size() >= max_bytes_) return refuse("the page is too large");
  if (!learner_) learner_.emplace(page, page_.options, max_bytes_ - page.size());
  switch (learner_->advance(bytes)) {
    case rewrite::PageLearner::State::kLearning:
      return State::kWorking;
    case rewrite::PageLearner::State::kLearned:
      return State::kLearned;
    case rewrite::PageLearner::State::kRefused:
      break;
  }
  return refuse(learner_->refusal());
}

void PageLesson::set_file(const PageVersion& version) const noexcept {
  version.compared = page_.file;
  version.is_file = page_.file.has_value();
}

std::shared_ptr<const PageVersion> PageLesson::take() {
  if (state_ == State::kChanging) {
    auto version = std::make_shared<PageVersion>(known_[compared_]->learned, finder_->take(), arguments_,
                                                 std::move(charge_));
    if (version->page.gaps.empty()) set_file(*version);
    return version;
  }
  auto log = learner_->take();
  learner_.reset();
  Charge none = page_.bytes.new_charge();
  auto learned = std::make_shared<const LearnedPage>(
      LearnedPage{std::move(page_.bytes), std::move(log), std::move(charge_)});
  auto version = std::make_shared<PageVersion>(std::move(learned), std::vector<rewrite::PageGap>(),
                                               arguments_, std::move(none));
  set_file(*version);
  return version;
}

}  // namespace abm::module
