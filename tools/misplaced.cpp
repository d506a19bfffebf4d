#include "tools/misplaced.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "rewrite/locate.h"
#include "rewrite/select/selector.h"
#include "rewrite/template/markup_nesting.h"
#include "yaml/source_text.h"

namespace abm::tools {
namespace {

constexpr size_t kMaxNotes = 20;

struct Insert {
  std::string_view key;  ///< as in a rule
  std::string_view markup;
  bool inside = false;
};

std::vector<Insert> inserts(const rewrite::Edit& edit) {
  std::vector<Insert> all = {{"before", edit.before, false},
                             {"prepend", edit.prepend, true},
                             {"text or html", edit.content.value_or(""), true},
                             {"append", edit.append, true},
                             {"after", edit.after, false}};
  std::erase_if(all, [](const Insert& insert) { return insert.markup.empty(); });
  return all;
}

std::string name_at(std::string_view page, uint64_t begin) {
  const std::string_view tag = page.substr(static_cast<size_t>(begin) + 1);
  return ascii_lower(tag.substr(0, tag.find_first_of(" \t\n\f\r/>")));
}

/// All elements of a page, each by its span, outer ones before those in them.
std::vector<rewrite::ElementSpan> every_element(std::string_view page, rewrite::Charset charset) {
  std::vector<rewrite::ElementSpan> spans;
  std::array<rewrite::SelectorList, 1> every;
  if (rewrite::parse_selector("*", every[0])) return spans;
  const auto program = rewrite::compile_selectors(every);
  if (!program) return spans;
  const auto selectors = rewrite::SelectorSet::open(*program);
  if (!selectors) return spans;
  rewrite::RewriterOptions options;
  options.selectors = &*selectors;
  options.charset = charset;
  for (const rewrite::Located& one : rewrite::locate(page, options).elements) spans.push_back(one.span);
  return spans;
}

/// The ancestors of elements that are asked for in the order of the page.
class Ancestors {
 public:
  Ancestors(std::string_view page, rewrite::Charset charset)
      : page_(page), spans_(every_element(page, charset)) {}

  [[nodiscard]] rewrite::Surroundings of(const rewrite::ElementSpan& element, bool inside) {
    while (next_ < spans_.size() && spans_[next_].begin < element.begin) open_.push_back(&spans_[next_++]);
    std::erase_if(open_, [&](const rewrite::ElementSpan* span) { return span->end <= element.begin; });
    rewrite::Surroundings around;
    for (const rewrite::ElementSpan* span : open_) around.ancestors.push_back(name_at(page_, span->begin));
    if (inside) around.ancestors.push_back(name_at(page_, element.begin));
    return around;
  }

 private:
  std::string_view page_;
  std::vector<rewrite::ElementSpan> spans_;
  size_t next_ = 0;
  std::vector<const rewrite::ElementSpan*> open_;
};

}  // namespace

std::vector<std::string> misplaced_markup(std::string_view page, std::string_view name,
                                          const VisitEdits& edits, rewrite::Charset charset) {
  std::vector<std::string> notes;
  if (edits.rendered.edits.empty()) return notes;
  rewrite::RewriterOptions options;
  options.selectors = &edits.program->selectors();
  options.charset = charset;
  const rewrite::LocateResult located = rewrite::locate(page, options);
  Ancestors ancestors(page, charset);
  const yaml::SourceText text(page);
  std::set<std::pair<size_t, std::string>> said;
  for (const rewrite::Located& element : located.elements) {
    for (size_t winner = 0; winner < edits.winners.size(); ++winner) {
      const rewrite::Edit* const edit = edits.edit(winner);
      if (edit == nullptr || edits.winners[winner].slot != element.slot) continue;
      for (const Insert& insert : inserts(*edit)) {
        const rewrite::Surroundings around = ancestors.of(element.span, insert.inside);
        for (const rewrite::MarkupProblem& problem : rewrite::nesting_problems(insert.markup, around)) {
          if (!said.emplace(winner, problem.message).second) continue;
          if (notes.size() == kMaxNotes) {
            notes.push_back(fmt::format("{}: there is more such markup, which is not listed", name));
            return notes;
          }
          const Position at = text.position(static_cast<size_t>(element.span.begin));
          notes.push_back(fmt::format("{}:{}:{}: slot '{}', {} of rule '{}': {}", name, at.line, at.column,
                                      edits.program->slot_name(element.slot), insert.key, edits.rule(winner),
                                      problem.message));
        }
      }
    }
  }
  return notes;
}

}  // namespace abm::tools
