// Each test knows where to go when it holds and when it does not. Labels are places not yet known.
#include "rules/compile/compile_condition.h"

#include <algorithm>

#include <fmt/format.h>

#include "accounts/account.h"
#include "base/folding.h"
#include "rules/program/glob_match.h"

namespace abm::rules {
namespace {

using Kind = Condition::Kind;

/// What a condition is known to be before any visit; most are kNo, not constant.
enum class Constant : uint8_t { kNo, kTrue, kFalse };

Constant constant_of(const Condition& condition) {
  if (condition.kind == Kind::kTest) return Constant::kNo;
  if (condition.kind == Kind::kNot) {
    const Constant inner = condition.children.empty() ? Constant::kTrue : constant_of(condition.children[0]);
    return inner == Constant::kTrue    ? Constant::kFalse
           : inner == Constant::kFalse ? Constant::kTrue
                                       : Constant::kNo;
  }
  const Constant neutral = condition.kind == Kind::kAll ? Constant::kTrue : Constant::kFalse;
  const Constant decisive = condition.kind == Kind::kAll ? Constant::kFalse : Constant::kTrue;
  bool open = false;
  for (const Condition& child : condition.children) {
    const Constant c = constant_of(child);
    if (c == decisive) return decisive;
    open = open || c == Constant::kNo;
  }
  return open ? Constant::kNo : neutral;
}

bool too_deep(const Condition& condition, int depth) {
  if (depth > kMaxConditionDepth) return true;
  return std::any_of(condition.children.begin(), condition.children.end(),
                     [depth](const Condition& child) { return too_deep(child, depth + 1); });
}

class ConditionCompiler {
 public:
  ConditionCompiler(const SegmentNames* segments, ProgramWriter& writer) noexcept
      : segments_(segments), w_(writer), begin_(writer.tests.size()) {}

  std::string run(const Condition& condition, format::Range& range) {
    switch (constant_of(condition)) {
      case Constant::kTrue:
        break;
      case Constant::kFalse:
        never();
        break;
      case Constant::kNo:
        emit(condition, kYes, kNo);
        break;
    }
    for (size_t i = begin_; i < w_.tests.size(); ++i) {
      w_.tests[i].yes = resolve(w_.tests[i].yes);
      w_.tests[i].no = resolve(w_.tests[i].no);
    }
    range = {static_cast<uint32_t>(begin_), static_cast<uint32_t>(w_.tests.size() - begin_)};
    return fault_;
  }

 private:
  static constexpr uint32_t kYes = 0, kNo = 1;

  [[nodiscard]] uint32_t resolve(uint32_t label) const {
    if (label == kYes) return format::kAccept;
    if (label == kNo) return format::kReject;
    return labels_[label];
  }

  /// A test that nothing passes: a tier that matches no tier.
  void never() {
    format::Test test;
    test.subject = static_cast<uint8_t>(Subject::kTier);
    test.yes = kYes;
    test.no = kNo;
    w_.tests.push_back(test);
    w_.places.push_back({});
  }

  void emit(const Condition& condition, uint32_t yes, uint32_t no) {
    if (condition.kind == Kind::kTest) return emit_test(condition.test, yes, no);
    if (condition.kind == Kind::kNot) return emit(condition.children[0], no, yes);
    std::vector<const Condition*> open;
    for (const Condition& child : condition.children) {
      if (constant_of(child) == Constant::kNo) open.push_back(&child);
    }
    for (size_t i = 0; i < open.size(); ++i) {
      if (i + 1 == open.size()) return emit(*open[i], yes, no);
      const auto next = static_cast<uint32_t>(labels_.size());
      labels_.push_back(0);
      if (condition.kind == Kind::kAll) {
        emit(*open[i], next, no);
      } else {
        emit(*open[i], yes, next);
      }
      labels_[next] = static_cast<uint32_t>(w_.tests.size() - begin_);
    }
  }

  void emit_test(const Test& test, uint32_t yes, uint32_t no) {
    format::Test out;
    out.subject = static_cast<uint8_t>(test.subject);
    out.yes = yes;
    out.no = no;
    out.name = w_.text(test.name);
    if (test.subject == Subject::kConfidence) out.confidence = static_cast<uint8_t>(test.confidence);
    if (is_number(test.subject)) {
      add_numbers(test, out);
    } else if (test.subject == Subject::kPath || test.subject == Subject::kVisited) {
      add_globs(test, out);
      if (test.subject == Subject::kVisited) out.max = int64_t{test.days} - 1;
    } else {
      add_values(test, out);
    }
    w_.tests.push_back(out);
    w_.places.push_back({test.at.file, test.at.at.line, test.at.at.column});
  }

  void add_numbers(const Test& test, format::Test& out) {
    out.has_min = test.min.has_value() ? 1 : 0;
    out.has_max = test.max.has_value() ? 1 : 0;
    out.min = test.min.value_or(0);
    out.max = test.max.value_or(0);
    out.values = {static_cast<uint32_t>(w_.numbers.size()), static_cast<uint32_t>(test.numbers.size())};
    w_.numbers.insert(w_.numbers.end(), test.numbers.begin(), test.numbers.end());
  }

  void add_globs(const Test& test, format::Test& out) {
    out.values = {static_cast<uint32_t>(w_.globs.size()), static_cast<uint32_t>(test.values.size())};
    for (const std::string& value : test.values) {
      const std::optional<GlobPattern> glob = parse_glob(value);
      if (!glob) {
        fault_ = fmt::format(
            "path pattern of {} bytes is too long: at most {}, and at most {} around its wildcards",
            value.size(), kMaxPatternBytes, kMaxGlobStates - 2);
        continue;
      }
      w_.globs.push_back({w_.text(glob->text), glob->prefix, glob->suffix, glob->kind});
    }
  }

  void add_values(const Test& test, format::Test& out) {
    std::vector<std::string> values;
    for (const std::string& value : test.values) values.push_back(folded(value));
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    for (std::string& value : values) {
      if (test.subject == Subject::kTier) {
        const std::optional<accounts::Tier> tier = accounts::tier_from(value);
        if (!tier) fault_ = fmt::format("'{}' is not a tier", value);
        out.tiers |= tier ? 1u << static_cast<unsigned>(*tier) : 0;
        if (tier) value = accounts::to_string(*tier);
      }
    }
    out.values = {static_cast<uint32_t>(w_.values.size()), static_cast<uint32_t>(values.size())};
    for (const std::string& value : values) w_.values.push_back(w_.text(value));
    if (test.subject == Subject::kSegment && segments_ != nullptr) {
      std::vector<uint32_t> defined;
      for (const std::string& value : values) {
        if (const auto it = segments_->find(value); it != segments_->end()) defined.push_back(it->second);
      }
      out.segments = w_.add_refs(defined);
    }
  }

  const SegmentNames* segments_;
  ProgramWriter& w_;
  size_t begin_;
  std::vector<uint32_t> labels_{0, 0};
  std::string fault_;
};

}  // namespace

std::string compile_condition(const Condition& condition, const SegmentNames* segments, ProgramWriter& writer,
                              format::Range& tests) {
  if (too_deep(condition, 0))
    return fmt::format("the condition is nested deeper than {}", kMaxConditionDepth);
  return ConditionCompiler(segments, writer).run(condition, tests);
}

}  // namespace abm::rules
