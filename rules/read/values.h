// Compares the values in a rule's tests with what the feed has: warnings name the nearest.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rules/ast.h"
#include "rules/read/checker.h"
#include "rules/read/vocabulary.h"

namespace abm::rules {

/// Values and names in tests and placeholders against the feed. Borrows both for its lifetime.
class ValueCheck {
 public:
  /// `vocabulary` may be null: then only near misses of defined segments are found.
  ValueCheck(const Vocabulary* vocabulary, const std::set<std::string>& defined_segments);

  /// `value` is lower case, located at `at`.
  void test_value(Checker& check, Subject subject, std::string_view value, Position at) const;
  /// NAME of `attributes.NAME`, in a test or a placeholder.
  void attribute_name(Checker& check, std::string_view name, Position at) const;

 private:
  const Vocabulary* vocabulary_;
  std::vector<std::string> segments_;  ///< of the feed and of rules; sorted, lower case
};

}  // namespace abm::rules
