// Shared by the tests of the rewriter: selectors from text, edits, and a check that division into chunks does
// not matter.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "rewrite/locate.h"
#include "rewrite/rewriter.h"
#include "rewrite/select/selector.h"
#include "rewrite/select/selector_set.h"
#include "tests/places.h"

namespace abm::rewrite {

/// A compiled set of selectors and the memory behind it.
class Slots {
 public:
  explicit Slots(const std::vector<std::string>& selectors) {
    std::vector<SelectorList> lists(selectors.size());
    for (size_t i = 0; i < selectors.size(); ++i) {
      const auto error = parse_selector(selectors[i], lists[i]);
      EXPECT_FALSE(error.has_value()) << selectors[i] << ": " << (error ? error->message : "");
    }
    auto compiled = compile_selectors(lists);
    EXPECT_TRUE(compiled.ok());
    words_.resize((compiled->size() + 7) / 8);
    std::copy(compiled->begin(), compiled->end(), static_cast<char*>(static_cast<void*>(words_.data())));
    auto opened = SelectorSet::open(
        {static_cast<const char*>(static_cast<const void*>(words_.data())), compiled->size()});
    EXPECT_TRUE(opened.ok());
    set_ = *opened;
  }
  [[nodiscard]] const SelectorSet& set() const { return set_; }

 private:
  std::vector<uint64_t> words_;
  SelectorSet set_;
};

/// What a sink was given, with a mark for each edit applied.
class TextSink final : public Sink {
 public:
  explicit TextSink(std::string_view applied_mark = {}) : mark_(applied_mark) {}
  void emit(Owner, std::string_view bytes) noexcept override {
    EXPECT_FALSE(bytes.empty());
    html += bytes;
  }
  void applied(uint32_t) noexcept override { html += mark_; }

  std::string html;

 private:
  std::string mark_;
};

inline RewriterOptions options_for(const Slots& slots, std::span<const Edit> edits) {
  RewriterOptions options;
  options.selectors = &slots.set();
  options.edits = edits;
  return options;
}

inline std::string describe(const std::vector<Outcome>& outcomes) {
  std::string text;
  for (const Outcome& o : outcomes) {
    text += std::to_string(o.applied) + "/" + std::to_string(o.skipped) + ":" +
            std::string(to_string(o.reason)) + " ";
  }
  return text;
}

/// Rewrites whole, in several chunk sizes, and as locate + splice; fails unless all agree. Returns the
/// result.
inline RewrittenPage rewrite_every_way(std::string_view page, const RewriterOptions& options) {
  const RewrittenPage whole = rewrite_page(page, options);
  for (const size_t chunk : {1, 2, 3, 7, 16, 31, 64, 1000}) {
    const RewrittenPage divided = rewrite_page(page, options, chunk);
    EXPECT_EQ(divided.html, whole.html) << "chunks of " << chunk;
    EXPECT_EQ(describe(divided.outcomes), describe(whole.outcomes)) << "chunks of " << chunk;
    if (::testing::Test::HasFailure()) return whole;
  }
  const RewrittenPage spliced = splice(page, locate(page, options), options);
  EXPECT_EQ(spliced.html, whole.html) << "locate + splice";
  EXPECT_EQ(describe(spliced.outcomes), describe(whole.outcomes)) << "locate + splice";
  return whole;
}

/// One selector, one edit.
inline RewrittenPage rewrite_one(std::string_view page, const std::string& selector, Edit edit) {
  const Slots slots({selector});
  const Edit edits[] = {edit};
  return rewrite_every_way(page, options_for(slots, edits));
}
inline Edit content(std::string_view markup) {
  Edit edit;
  edit.content = markup;
  return edit;
}

inline std::string read_file_or_empty(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline std::filesystem::path test_data() {
  return places::data_folder();
}

}  // namespace abm::rewrite
