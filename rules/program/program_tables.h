// The sections of rules.bin as arrays.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "rules/program/format.h"

namespace abm::rules {

/// The file's sections as arrays, for the code in this folder that runs them.
struct ProgramTables {
  std::string_view text;
  std::span<const format::Slot> slots;
  std::span<const format::Segment> segments;
  std::span<const format::Test> tests;
  std::span<const format::Place> places;  ///< by test
  std::span<const format::Text> values;
  std::span<const format::Glob> globs;
  std::span<const int64_t> numbers;
  std::span<const uint32_t> refs;
  std::span<const format::Rule> rules;
  std::span<const format::Variant> variants;
  std::span<const format::Rewrite> rewrites;
  std::span<const format::Attribute> attributes;
  std::span<const format::Text> classes;
  std::span<const format::Template> templates;
  std::span<const format::Part> parts;
  std::span<const format::Fragment> fragments;
  std::span<const format::Text> files;
  uint32_t account_subjects = 0;  ///< one bit per Subject with keys in the account table
  std::span<const format::AccountEntry> account_table;
  std::span<const format::Posting> postings;
  std::span<const format::PageEntry> page_table;
  std::span<const format::Filed> filed;

  [[nodiscard]] std::string_view operator[](format::Text t) const noexcept {
    return {text.data() + t.offset, t.size};
  }
};

}  // namespace abm::rules
