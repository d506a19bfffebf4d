// Assembles the program: slots, segments and rules as records, then the index over them.
#include "rules/compile/compile.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <tuple>

#include <fmt/format.h>

#include "base/folding.h"
#include "base/hash.h"
#include "rewrite/select/selector_set.h"
#include "rules/compile/compile_condition.h"
#include "rules/compile/compile_index.h"
#include "rules/compile/compile_rewrite.h"
#include "rules/compile/program_writer.h"
#include "rules/program/arms.h"

namespace abm::rules {
namespace {

class Compiler {
 public:
  explicit Compiler(const Ruleset& ruleset) : ruleset_(ruleset), rewrites_(ruleset.slots, writer_) {}

  Result<std::string> run() {
    if (std::optional<Error> fault = add_site()) return *fault;
    for (const Segment& segment : ruleset_.segments) {
      if (std::optional<Error> fault = add_segment(segment)) return *fault;
    }
    for (const Rule& rule : ruleset_.rules) {
      if (std::optional<Error> fault = add_rule(rule)) return *fault;
    }
    header_.account_subjects = compile_index(ruleset_, segment_names_, rank_rules(), writer_);
    return writer_.finish(header_);
  }

 private:
  Error fault(const SourceRef& at, std::string_view what) const {
    const std::string_view file =
        at.file < ruleset_.files.size() ? std::string_view(ruleset_.files[at.file]) : "?";
    return Error{fmt::format("{}:{}:{}: {}", file, at.at.line, at.at.column, what)};
  }

  /// Everything except the rules.
  std::optional<Error> add_site() {
    for (const std::string& file : ruleset_.files) writer_.files.push_back(writer_.text(file));
    if (writer_.files.empty()) writer_.files.push_back(writer_.text(""));
    header_.control_buckets = std::min(ruleset_.control.percent, kBuckets);
    header_.control_salt = writer_.text(ruleset_.control.salt);
    header_.flags = ruleset_.control.by_family ? format::kByFamily : 0;
    std::vector<rewrite::SelectorList> selectors;
    for (const Slot& slot : ruleset_.slots) {
      const std::string identity = slot.name + '\0' + slot.selector_text;
      writer_.slots.push_back({writer_.text(slot.name), writer_.text(slot.selector_text), hash64(identity)});
      selectors.push_back(slot.selector);
    }
    Result<std::string> compiled = rewrite::compile_selectors(selectors);
    if (!compiled) return compiled.error();
    writer_.selectors = std::move(*compiled);
    for (uint32_t i = 0; i < ruleset_.segments.size(); ++i) {
      if (!segment_names_.try_emplace(folded(ruleset_.segments[i].name), i).second) {
        return fault(ruleset_.segments[i].at, fmt::format("segment '{}' twice", ruleset_.segments[i].name));
      }
    }
    return std::nullopt;
  }

  std::optional<Error> add_segment(const Segment& segment) {
    format::Segment out;
    out.name = writer_.text(segment.name);
    const std::string wrong = compile_condition(segment.condition, nullptr, writer_, out.tests);
    if (!wrong.empty()) return fault(segment.at, wrong);
    writer_.segments.push_back(out);
    return std::nullopt;
  }

  std::optional<Error> add_rule(const Rule& rule) {
    format::Rule out;
    out.id = writer_.text(rule.id);
    const std::string wrong = compile_condition(rule.when, &segment_names_, writer_, out.tests);
    if (!wrong.empty()) return fault(rule.at, wrong);
    add_variants(rule, out);
    if (!rewrites_.fault().empty()) return fault(rewrites_.fault_at(), rewrites_.fault());
    out.from = rule.from.value_or(std::numeric_limits<int64_t>::min());
    out.until = rule.until.value_or(std::numeric_limits<int64_t>::max());
    out.priority = rule.priority;
    out.holdout = std::min(rule.holdout, kBuckets);
    out.needs = static_cast<uint8_t>(rule.needs);
    out.specificity = static_cast<uint8_t>(specificity(rule.when));
    if (rule.signal) {
      out.has_signal = 1;
      out.signal_name = writer_.text(rule.signal->name);
      out.signal_next = writer_.text(rule.signal->next);
      ++header_.signals;
    }
    out.at = {rule.at.file, rule.at.at.line, rule.at.at.column};
    writer_.rules.push_back(out);
    return std::nullopt;
  }

  void add_variants(const Rule& rule, format::Rule& out) {
    std::vector<format::Variant> variants;
    const auto add = [&](std::string_view id, uint32_t weight, const std::vector<SlotRewrite>& rewrites) {
      const uint32_t before = variants.empty() ? 0 : variants.back().share_end;
      variants.push_back({writer_.text(id), before + weight, 0, rewrites_.add(rewrites)});
    };
    out.plain = rule.variants.empty() ? 1 : 0;
    if (out.plain != 0 && !rule.rewrite.empty()) add("", 1, rule.rewrite);
    for (const Variant& variant : rule.variants) add(variant.id, variant.weight, variant.rewrite);
    for (format::Variant& variant : variants) variant.share_total = variants.back().share_end;
    out.variants = {static_cast<uint32_t>(writer_.variants.size()), static_cast<uint32_t>(variants.size())};
    writer_.variants.insert(writer_.variants.end(), variants.begin(), variants.end());
  }

  /// All rules, strongest first: by priority, then specificity, then file order.
  std::vector<uint32_t> rank_rules() {
    std::vector<uint32_t> order(writer_.rules.size());
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(), [this](uint32_t a, uint32_t b) {
      const format::Rule& x = writer_.rules[a];
      const format::Rule& y = writer_.rules[b];
      return std::tuple(y.priority, y.specificity, a) < std::tuple(x.priority, x.specificity, b);
    });
    for (uint32_t rank = 0; rank < order.size(); ++rank) writer_.rules[order[rank]].rank = rank;
    return order;
  }

  const Ruleset& ruleset_;
  ProgramWriter writer_;
  RewriteCompiler rewrites_;
  SegmentNames segment_names_;
  format::Header header_;
};

}  // namespace

Result<std::string> compile_rules(const Ruleset& ruleset) {
  return Compiler(ruleset).run();
}

}  // namespace abm::rules
