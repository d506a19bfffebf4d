// The sections of rules.bin as they grow, and the finished file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "rules/program/format.h"

namespace abm::rules {

struct ProgramWriter {
  std::string selectors;  ///< compile_selectors' bytes
  std::vector<format::Slot> slots;
  std::vector<format::Segment> segments;
  std::vector<format::Test> tests;
  std::vector<format::Place> places;
  std::vector<format::Text> values;
  std::vector<format::Glob> globs;
  std::vector<int64_t> numbers;
  std::vector<uint32_t> refs;
  std::vector<format::Rule> rules;
  std::vector<format::Variant> variants;
  std::vector<format::Rewrite> rewrites;
  std::vector<format::Attribute> attributes;
  std::vector<format::Text> classes;
  std::vector<format::Template> templates;
  std::vector<format::Part> parts;
  std::vector<format::Fragment> fragments;
  std::vector<format::Text> files;
  std::vector<format::AccountEntry> account_table;
  std::vector<format::Posting> postings;
  std::vector<format::PageEntry> page_table;
  std::vector<format::Filed> filed;

  /// Equal texts share their bytes.
  [[nodiscard]] format::Text text(std::string_view value);
  /// Appends to `refs`.
  [[nodiscard]] format::Range add_refs(const std::vector<uint32_t>& values);
  /// The file. `header` supplies everything that is not a section. Error: more than 4 GiB.
  [[nodiscard]] Result<std::string> finish(format::Header header) const;

 private:
  /// The lowest that says all of the file.
  [[nodiscard]] uint32_t version(const format::Header& header) const;
  /// Of those that are compared without case.
  [[nodiscard]] bool has_only_ascii_texts() const;

  std::string text_;
  std::unordered_map<std::string, format::Text> known_texts_;
};

}  // namespace abm::rules
