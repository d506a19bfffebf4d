// Compiled selector programs for tests: in memory of the right alignment, opened, or to be damaged.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "rewrite/select/selector_set.h"

namespace abm::rewrite {

struct TestProgram {
  TestProgram() = default;
  explicit TestProgram(std::span<const SelectorList> lists) {
    auto compiled = compile_selectors(lists);
    EXPECT_TRUE(compiled.ok()) << (compiled.ok() ? "" : compiled.message());
    if (!compiled) return;
    load(*compiled);
    auto opened = SelectorSet::open(bytes());
    EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.message());
    if (opened) set = *opened;
  }
  TestProgram(std::initializer_list<std::string_view> selectors) : TestProgram(parse(selectors)) {}

  void load(std::string_view program) {
    words.assign((program.size() + 7) / 8, 0);
    std::copy(program.begin(), program.end(), data());
    size = program.size();
  }
  [[nodiscard]] char* data() { return static_cast<char*>(static_cast<void*>(words.data())); }
  [[nodiscard]] std::string_view bytes() { return {data(), size}; }

  static std::vector<SelectorList> parse(std::initializer_list<std::string_view> selectors) {
    std::vector<SelectorList> lists;
    for (const std::string_view text : selectors) {
      const auto error = parse_selector(text, lists.emplace_back());
      EXPECT_FALSE(error) << text << ": " << error->message;
    }
    return lists;
  }

  std::vector<uint64_t> words;
  size_t size = 0;
  SelectorSet set;
};

}  // namespace abm::rewrite
