// Serves pages with and without a memory, and compares what leaves at each write.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "../nasty_pages.h"
#include "../random_edits.h"
#include "../rewrite_fixture.h"
#include "rewrite/recall/page_learner.h"

namespace abm::rewrite {

inline std::optional<RememberedPage> learn(std::string_view page, const RewriterOptions& options,
                                           size_t slice = 1000, size_t max_bytes = 1 << 24) {
  PageLearner learner(page, scan_options(options), max_bytes);
  PageLearner::State state = PageLearner::State::kLearning;
  while (state == PageLearner::State::kLearning) state = learner.advance(slice);
  if (state == PageLearner::State::kRefused) return std::nullopt;
  return RememberedPage{page, learner.take(), {}};
}

/// Takes bytes only as long as their owner promises them.
class OwnedSink final : public Sink {
 public:
  explicit OwnedSink(const RememberedPage* remembered) : remembered_(remembered) {}
  void emit(Owner owner, std::string_view bytes) noexcept override {
    EXPECT_FALSE(bytes.empty());
    const std::string_view promised = owner == Owner::kInput ? chunk
                                      : owner == Owner::kRemembered && remembered_ != nullptr
                                          ? remembered_->bytes
                                          : bytes;
    EXPECT_TRUE(lies_in(bytes, promised) && (owner != Owner::kRemembered || remembered_ != nullptr)) << bytes;
    html += bytes;
  }
  void applied(uint32_t edit) noexcept override { html += "\x01" + std::to_string(edit); }

  std::string html;
  std::string_view chunk;

 private:
  static bool lies_in(std::string_view bytes, std::string_view whole) {
    return bytes.data() >= whole.data() && bytes.data() + bytes.size() <= whole.data() + whole.size();
  }
  const RememberedPage* remembered_;
};

/// All that leaves, with a mark after each write.
struct Stream {
  std::string text;
  Recall recall = Recall::kScan;
};
inline Stream stream(std::string_view page, const RewriterOptions& options, const std::vector<size_t>& cuts,
                     bool complete) {
  OwnedSink sink(options.remembered.empty() ? nullptr : options.remembered.front());
  const Rewriter::Pointer rewriter = Rewriter::create(options);
  size_t begin = 0;
  for (const size_t cut : cuts) {
    // A copy of its own: the chunk is gone after the write.
    const std::string chunk(page.substr(begin, cut - begin));
    sink.chunk = chunk;
    rewriter->write(chunk, sink);
    sink.html += "\x02";
    sink.chunk = {};
    begin = cut;
  }
  complete ? rewriter->finish(sink) : rewriter->abandon(sink);
  Stream result{std::move(sink.html), rewriter->recall()};
  const std::span<const Outcome> outcomes = rewriter->outcomes();
  result.text += "\n" + describe({outcomes.begin(), outcomes.end()}) + std::to_string(rewriter->bytes_in()) +
                 " " + std::to_string(rewriter->bytes_out());
  return result;
}

inline std::vector<size_t> cuts_every(size_t step, size_t size) {
  std::vector<size_t> cuts;
  for (size_t at = 0; at < size; at += step) cuts.push_back(std::min(at + step, size));
  return cuts;
}

inline std::vector<size_t> random_cuts(std::mt19937& random, size_t size) {
  std::vector<size_t> cuts;
  for (size_t at = 0; at < size;) cuts.push_back(at = std::min(size, at + random() % 40));
  return cuts;
}

/// Serves `page` with and without the memory; returns how much was recalled.
inline Recall check(std::string_view page, RewriterOptions options, const RememberedPage& remembered,
                    const std::vector<size_t>& cuts, bool complete = true) {
  const Stream plain = stream(page, options, cuts, complete);
  const RememberedPage* const pages[] = {&remembered};
  options.remembered = pages;
  const Stream recalled = stream(page, options, cuts, complete);
  if (recalled.text != plain.text) {
    const auto parted = std::ranges::mismatch(recalled.text, plain.text);
    const auto at = static_cast<size_t>(parted.in1 - recalled.text.begin());
    ADD_FAILURE() << "recalled: " << ::testing::PrintToString(recalled.text.substr(at > 20 ? at - 20 : 0, 60))
                  << "\nplain:    " << ::testing::PrintToString(plain.text.substr(at > 20 ? at - 20 : 0, 60))
                  << "\n"
                  << page;
  }
  return recalled.recall;
}

/// Slots for a page, of which some have edits.
struct Scene {
  explicit Scene(std::mt19937& random) : slots(choose(random)) {
    for (uint32_t slot = 0; slot < selectors.size(); ++slot) {
      if (random() % 2 == 0) continue;
      Edit edit = random_edit(random);
      edit.slot = slot;
      edits.push_back(edit);
    }
    options = options_for(slots, edits);
    if (random() % 4 == 0) options.max_hold = 20 + random() % 100;
    if (random() % 8 == 0) options.max_tag = 10 + random() % 30;
    if (random() % 8 == 0) options.max_depth = 3 + random() % 8;
    if (random() % 8 == 0) options.charset = static_cast<Charset>(random() % 8);
  }
  void add_head_edit() {
    Edit& edit = edits.emplace_back();
    edit.slot = slots.set().head_slot();
    edit.prepend = "{H}";
    options.edits = edits;
  }

  std::vector<std::string> selectors;
  Slots slots;
  std::vector<Edit> edits;
  RewriterOptions options;

 private:
  const std::vector<std::string>& choose(std::mt19937& random) {
    for (size_t n = 1 + random() % 5; n > 0; --n)
      selectors.push_back(kSelectors[random() % std::size(kSelectors)]);
    return selectors;
  }
};

inline unsigned seed_of_test() {
  const char* const seed = std::getenv("ABM_TEST_SEED");
  return seed != nullptr ? static_cast<unsigned>(std::atoi(seed)) : 7u;
}

}  // namespace abm::rewrite
