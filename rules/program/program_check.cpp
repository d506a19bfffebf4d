// The meaning of tests and refs depends on their owner, so their ranges must follow one another without gap
// or overlap: each record is looked at once, and the whole check is linear whatever the file claims.
#include "rules/program/program_check.h"

#include <bit>

#include <fmt/format.h>

#include "base/folding.h"
#include "base/text.h"
#include "rewrite/template/escape.h"
#include "rules/ast.h"
#include "rules/placeholder.h"
#include "rules/program/arms.h"
#include "rules/program/index_key.h"

namespace abm::rules {
namespace {

using namespace format;

class ProgramChecker {
 public:
  explicit ProgramChecker(const ProgramTables& tables) noexcept : t_(tables) {}

  std::string run(const Header& header) {
    text(header.control_salt, "control salt");
    need(header.control_buckets <= kBuckets, "control", 0);
    check_texts();
    if (header.version == kAsciiVersion && fault_.empty()) check_folding();
    check_templates();
    check_rewrites(header.version);
    check_segments();
    check_rules(header.signals);
    // A file has the lowest version that says all of it.
    const bool by_family = header.flags == kByFamily;
    need(header.flags <= kByFamily, "flags", 0);
    need(by_family == (header.version == kFamilyVersion), "version", header.version);
    need(by_family || active_ == (header.version == kActivityVersion), "version", header.version);
    check_index();
    need(next_test_ == t_.tests.size() && next_ref_ == t_.refs.size(), "unowned record", 0);
    return fault_;
  }

 private:
  void need(bool holds, std::string_view what, size_t index) {
    if (!holds && fault_.empty()) fault_ = fmt::format("{} {} is out of range", what, index);
  }
  void text(Text value, std::string_view what, size_t index = 0) {
    need(value.offset <= t_.text.size() && value.size <= t_.text.size() - value.offset, what, index);
  }
  void range(Range value, size_t records, std::string_view what, size_t index) {
    need(value.begin <= records && value.count <= records - value.begin, what, index);
  }
  /// A range that is empty or begins where the previous one ended.
  bool follows(Range value, size_t records, size_t& next, std::string_view what, size_t index) {
    const bool fits =
        value.count == 0 ? value.begin <= records : value.begin == next && value.count <= records - next;
    need(fits, what, index);
    if (fits) next += value.count;
    return fits;
  }
  /// Refs of one owner, each below `limit`.
  void refs(Range value, size_t limit, std::string_view what, size_t index) {
    if (!follows(value, t_.refs.size(), next_ref_, what, index)) return;
    for (const uint32_t ref : t_.refs.subspan(value.begin, value.count)) need(ref < limit, what, index);
  }
  void template_of(uint32_t index, TemplateForm form, std::string_view what, size_t owner) {
    if (index == kNone) return;
    need(index < t_.templates.size() && t_.templates[index].form == form, what, owner);
  }

  void check_texts() {
    for (size_t i = 0; i < t_.files.size(); ++i) text(t_.files[i], "file", i);
    for (size_t i = 0; i < t_.values.size(); ++i) text(t_.values[i], "value", i);
    for (size_t i = 0; i < t_.globs.size(); ++i) {
      text(t_.globs[i].text, "glob", i);
      need(t_.globs[i].kind <= GlobKind::kGeneral, "glob", i);
    }
    for (size_t i = 0; i < t_.classes.size(); ++i) text(t_.classes[i], "class", i);
    for (size_t i = 0; i < t_.slots.size(); ++i) {
      text(t_.slots[i].name, "slot", i);
      text(t_.slots[i].selector, "slot", i);
    }
    need(t_.places.size() == t_.tests.size(), "place", t_.places.size());
    for (size_t i = 0; i < t_.places.size(); ++i) need(t_.places[i].file < t_.files.size(), "place", i);
  }

  /// Before version 2, only ASCII letters were folded: other text may not be what is compared with it now.
  void check_folding() {
    const auto need_folded = [this](Text value) {
      const std::string_view bytes = t_[value];
      if (!fault_.empty() || is_ascii(bytes) || is_folded(bytes)) return;
      fault_ = fmt::format("'{}' is from a program that compared only ASCII letters without case", bytes);
    };
    for (const Text& value : t_.values) need_folded(value);
    for (const Glob& glob : t_.globs) need_folded(glob.text);
    for (size_t i = 0; i < t_.fragments.size(); ++i) {
      text(t_.fragments[i].path, "fragment", i);
      if (fault_.empty()) need_folded(t_.fragments[i].path);
    }
  }

  void check_templates() {
    for (size_t i = 0; i < t_.parts.size(); ++i) {
      const Part& part = t_.parts[i];
      text(part.text, "part", i);
      text(part.name, "part", i);
      need(part.source == kNone || part.source < kSources, "part", i);
      active_ = active_ || (part.source != kNone && is_activity_source(part.source));
      need(part.place <= static_cast<uint8_t>(rewrite::Place::kUrlSingleQuoted), "part", i);
    }
    for (size_t i = 0; i < t_.templates.size(); ++i) {
      range(t_.templates[i].parts, t_.parts.size(), "template", i);
      need(t_.templates[i].form <= TemplateForm::kPath, "template", i);
    }
    for (size_t i = 0; i < t_.fragments.size(); ++i) {
      text(t_.fragments[i].path, "fragment", i);
      need(t_.fragments[i].content != kNone, "fragment", i);
      template_of(t_.fragments[i].content, TemplateForm::kMarkup, "fragment", i);
    }
    for (size_t i = 0; i < t_.attributes.size(); ++i) {
      text(t_.attributes[i].name, "attribute", i);
      template_of(t_.attributes[i].value, TemplateForm::kAttribute, "attribute", i);
    }
  }

  static bool is_known_delivery(uint8_t deliver, bool may_script) noexcept {
    return deliver <= static_cast<uint8_t>(may_script ? Deliver::kScript : Deliver::kHtml);
  }
  void check_rewrites(uint32_t version) {
    const bool may_script = version >= kScriptVersion;
    bool scripts = false;
    for (size_t i = 0; i < t_.rewrites.size(); ++i) {
      const Rewrite& rewrite = t_.rewrites[i];
      need(rewrite.slot < t_.slots.size() && is_known_delivery(rewrite.deliver, may_script), "rewrite", i);
      scripts = scripts || rewrite.deliver == static_cast<uint8_t>(Deliver::kScript);
      for (const uint32_t markup :
           {rewrite.content, rewrite.before, rewrite.prepend, rewrite.append, rewrite.after}) {
        template_of(markup, TemplateForm::kMarkup, "rewrite", i);
      }
      template_of(rewrite.html_file, TemplateForm::kPath, "rewrite", i);
      range(rewrite.fragments, t_.fragments.size(), "rewrite", i);
      range(rewrite.attributes, t_.attributes.size(), "rewrite", i);
      range(rewrite.add_classes, t_.classes.size(), "rewrite", i);
      range(rewrite.remove_classes, t_.classes.size(), "rewrite", i);
    }
    need(scripts || version != kScriptVersion, "version", version);
    for (size_t i = 0; i < t_.variants.size(); ++i) {
      text(t_.variants[i].id, "variant", i);
      range(t_.variants[i].rewrites, t_.rewrites.size(), "variant", i);
    }
  }

  void check_test(const format::Test& test, size_t position, size_t count, bool in_segment, size_t index) {
    const auto jump = [&](uint32_t to) {
      return to == kAccept || to == kReject || (to > position && to < count);
    };
    need(jump(test.yes) && jump(test.no), "test", index);
    need(test.subject < kSubjects, "test", index);
    text(test.name, "test", index);
    const auto subject = static_cast<Subject>(test.subject);
    const bool globs = subject == Subject::kPath || subject == Subject::kVisited;
    const size_t values = is_number(subject) ? t_.numbers.size() : globs ? t_.globs.size() : t_.values.size();
    range(test.values, values, "test", index);
    active_ = active_ || is_activity_subject(subject);
    need(subject != Subject::kVisited || (test.max >= 0 && test.max < accounts::kPageDays), "test", index);
    need(subject != Subject::kConfidence || (test.confidence >= 1 && test.confidence <= 3), "test", index);
    // A segment inside a segment would make evaluation recursive.
    need(test.segments.count == 0 || (subject == Subject::kSegment && !in_segment), "test", index);
    refs(test.segments, t_.segments.size(), "test", index);
  }
  void check_tests(Range tests, bool in_segment, std::string_view what, size_t owner) {
    if (!follows(tests, t_.tests.size(), next_test_, what, owner)) return;
    for (size_t i = 0; i < tests.count; ++i) {
      check_test(t_.tests[tests.begin + i], i, tests.count, in_segment, tests.begin + i);
    }
  }

  void check_segments() {
    for (size_t i = 0; i < t_.segments.size(); ++i) {
      text(t_.segments[i].name, "segment", i);
      need(t_.segments[i].posting == kNone || t_.segments[i].posting < t_.postings.size(), "segment", i);
      check_tests(t_.segments[i].tests, true, "segment", i);
    }
  }

  void check_rules(uint32_t signals) {
    uint32_t with_signal = 0;
    for (size_t i = 0; i < t_.rules.size(); ++i) {
      const format::Rule& rule = t_.rules[i];
      for (const Text value : {rule.id, rule.signal_name, rule.signal_next}) text(value, "rule", i);
      need(rule.at.file < t_.files.size(), "rule", i);
      need(rule.needs >= 1 && rule.needs <= 3 && rule.holdout <= kBuckets && rule.rank < t_.rules.size(),
           "rule", i);
      range(rule.variants, t_.variants.size(), "rule", i);
      check_tests(rule.tests, false, "rule", i);
      with_signal += rule.has_signal != 0 ? 1u : 0u;
    }
    need(with_signal == signals, "signal count", signals);
  }

  void check_index() {
    for (size_t i = 0; i < t_.filed.size(); ++i) need(t_.filed[i].rule < t_.rules.size(), "filed rule", i);
    need(!t_.postings.empty(), "posting", 0);
    for (size_t i = 0; i < t_.postings.size(); ++i) {
      range(t_.postings[i].any_page, t_.filed.size(), "posting", i);
      refs(t_.postings[i].paged, t_.rules.size(), "posting", i);
      refs(t_.postings[i].segments, t_.segments.size(), "posting", i);
      need(t_.postings[i].page_kinds >> kPageKinds == 0, "posting", i);
    }
    need(t_.account_table.empty() || std::has_single_bit(t_.account_table.size()), "account table", 0);
    for (size_t i = 0; i < t_.account_table.size(); ++i) {
      const uint32_t posting = t_.account_table[i].posting;
      need(posting == kNone || posting < t_.postings.size(), "account key", i);
    }
    need(t_.page_table.empty() || std::has_single_bit(t_.page_table.size()), "page table", 0);
    for (size_t i = 0; i < t_.page_table.size(); ++i) {
      range(t_.page_table[i].rules, t_.filed.size(), "page key", i);
    }
  }

  const ProgramTables& t_;
  size_t next_test_ = 0;
  size_t next_ref_ = 0;
  bool active_ = false;  // something is about what visits made of an account
  std::string fault_;
};

}  // namespace

std::string check_tables(const Header& header, const ProgramTables& tables) {
  return ProgramChecker(tables).run(header);
}

}  // namespace abm::rules
