// A stack of names, the surroundings at its bottom, and for each start tag the rules that would change that
// stack.
#include "rewrite/template/markup_nesting.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "rewrite/template/markup_walk.h"
#include "rewrite/template/placeholders.h"

namespace abm::rewrite {
namespace {

constexpr std::string_view kUnknown;

bool is_table_context(Tag tag) noexcept {
  return has_any(tag, kFosters) || tag == Tag::colgroup_;
}

/// Stays where it is written, directly in a table, a section, a row or a column group.
bool stays_in_table(Tag parent, Tag child) noexcept {
  if (child == Tag::script_ || child == Tag::style_ || child == Tag::template_) return true;
  switch (parent) {
    case Tag::table_:
      return has_any(child, kTablePart);
    case Tag::tr_:
      return has_any(child, kCell);
    case Tag::colgroup_:
      return child == Tag::col_;
    default:  // tbody, tfoot, thead
      return child == Tag::tr_ || has_any(child, kCell);
  }
}

std::string_view content_of(Tag parent) noexcept {
  switch (parent) {
    case Tag::table_:
      return "<caption>, <colgroup>, <thead>, <tbody>, <tfoot> and <tr>";
    case Tag::tr_:
      return "<td> and <th>";
    case Tag::colgroup_:
      return "<col>";
    default:
      return "<tr>";
  }
}

bool is_list(Tag tag) noexcept {
  return tag == Tag::ul_ || tag == Tag::ol_ || tag == Tag::menu_ || tag == Tag::dir_;
}

bool is_definition(Tag tag) noexcept {
  return tag == Tag::dd_ || tag == Tag::dt_;
}

/// Elements for which every parser keeps a place in a select.
bool stays_in_select(Tag tag) noexcept {
  return tag == Tag::option_ || tag == Tag::optgroup_ || tag == Tag::hr_ || tag == Tag::script_ ||
         tag == Tag::template_;
}

class NestingChecker {
 public:
  NestingChecker(std::string_view fragment, const Surroundings& around)
      : masked_(mask_placeholders(fragment)) {
    for (const std::string& name : around.ancestors) open(name, tag_of(key_of(name)), true);
  }

  std::vector<MarkupProblem> run() {
    MarkupWalker<NestingChecker> walker(masked_, *this);
    walker.walk();
    return std::move(problems_);
  }

  void piece(const MarkupPiece& piece) {
    if (piece.region != MarkupRegion::kText || !deep_known() || in_foreign()) return;
    const std::string_view text = std::string_view(masked_).substr(piece.begin, piece.end - piece.begin);
    const size_t first = text.find_first_not_of(" \t\n\f\r");
    if (first == text.npos) return;
    const Open* const parent = known_parent();
    if (parent == nullptr) return;
    if (is_table_context(parent->tag)) {
      report(piece.begin + first, fmt::format("text goes in front of the table: <{}> holds only {}",
                                              parent->name, content_of(parent->tag)));
    } else if (parent->tag == Tag::head_) {
      report(piece.begin + first, "text ends the page's <head>");
    }
  }

  void tag(const TagToken& token) {
    const std::string name = ascii_lower(token.name);
    if (token.is_end) return close(name, token.begin);
    if (open_.size() >= kMaxMarkupDepth) {
      ++beyond_;
      return;
    }
    if (in_text_only()) return;
    if (const Open* const parent = known_parent();
        parent != nullptr && has_any(parent->tag, kRcdataTag | kRawTextTag)) {
      told_text_ = true;
      return report(token.begin,
                    fmt::format("<{}> is shown as text in <{}>, which holds no markup", name, parent->name));
    }
    const bool foreign = in_foreign();
    if (foreign) {
      breakout(token, name);
    } else {
      html(token, name);
    }
    if (foreign ? token.self_closing : has_any(token.tag, kVoidTag)) return;
    if (token.self_closing && (token.tag == Tag::svg_ || token.tag == Tag::math_)) return;
    open_.push_back(
        {name, in_foreign() && !has_any(token.tag, kForeignScope) ? Tag::kNone_ : token.tag, false});
  }

 private:
  struct Open {
    std::string name;
    Tag tag = Tag::kNone_;
    bool around = false;   ///< of the page, not of the fragment
    bool foreign = false;  ///< what is in it is of svg or math
  };

  [[nodiscard]] bool deep_known() const noexcept { return beyond_ == 0; }
  [[nodiscard]] bool in_text_only() const noexcept { return told_text_ || beyond_ != 0; }
  [[nodiscard]] const Open* known_parent() const noexcept {
    return open_.empty() || open_.back().name == kUnknown ? nullptr : &open_.back();
  }

  /// In svg or math, and not in HTML inside them.
  [[nodiscard]] bool in_foreign() const noexcept { return !open_.empty() && open_.back().foreign; }
  void open(std::string name, Tag tag, bool around) {
    const bool root = tag == Tag::svg_ || tag == Tag::math_;
    const bool foreign = root || (in_foreign() && !name.empty() && !has_any(tag, kForeignScope));
    // Elements of svg and math that are named like HTML's follow none of their rules.
    const Tag known = in_foreign() && foreign && !root ? Tag::kNone_ : tag;
    open_.push_back({std::move(name), known, around, foreign});
  }

  void report(size_t offset, std::string message) {
    if (problems_.size() < kMaxMarkupProblems) problems_.push_back({offset, std::move(message)});
  }

  void ends(size_t offset, std::string_view name, size_t at) {
    report(offset, fmt::format("<{}> ends the <{}> around it", name, open_[at].name));
    open_.resize(at);
  }

  /// The nearest open element that `is` accepts, if none before it is one that `bounds` accepts.
  template <typename Is, typename Bounds>
  [[nodiscard]] size_t find(Is is, Bounds bounds) const {
    for (size_t i = open_.size(); i-- > 0;) {
      if (is(open_[i].tag)) return i;
      if (bounds(open_[i].tag)) break;
    }
    return open_.size();
  }
  [[nodiscard]] size_t find_in_scope(Tag wanted, TagFlags also = 0, Tag bound = Tag::kNone_) const {
    return find([&](Tag tag) { return tag == wanted; },
                [&](Tag tag) {
                  return has_any(tag, kScope | kForeignScope | also) ||
                         (bound != Tag::kNone_ && tag == bound);
                });
  }

  void breakout(const TagToken& token, std::string_view name) {
    if (!has_any(token.tag, kBreakout)) return;
    const size_t at =
        find([](Tag tag) { return tag == Tag::svg_ || tag == Tag::math_; }, [](Tag) { return false; });
    if (at < open_.size()) ends(token.begin, name, at);
  }

  void html(const TagToken& token, std::string_view name) {
    if (const Open* const parent = known_parent()) {
      if (parent->tag == Tag::head_ && !has_any(token.tag, kHeadTag) && token.tag != Tag::noscript_)
        return ends(token.begin, name, open_.size() - 1);
      if (is_table_context(parent->tag)) return in_table(token, name, *parent);
    }
    if (in_select(token, name)) return;
    if (has_any(token.tag, kTablePart)) return table_part(token, name);
    if (ends_paragraph(token.tag)) {
      // A paragraph of the fragment itself may end so: its end tag is optional.
      const size_t at = find_in_scope(Tag::p_, 0, Tag::button_);
      if (at < open_.size() && open_[at].around) return ends(token.begin, name, at);
    }
    if (token.tag == Tag::a_ || token.tag == Tag::nobr_) {
      const size_t at = find_in_scope(token.tag);
      if (at < open_.size()) return ends(token.begin, name, at);
    }
    if (token.tag == Tag::button_) {
      const size_t at = find_in_scope(Tag::button_);
      if (at < open_.size()) return ends(token.begin, name, at);
    }
    if (has_any(token.tag, kHeading) && !open_.empty() && has_any(open_.back().tag, kHeading))
      return ends(token.begin, name, open_.size() - 1);
    if (token.tag == Tag::form_) {
      const size_t at =
          find([](Tag tag) { return tag == Tag::form_; }, [](Tag tag) { return tag == Tag::template_; });
      if (at < open_.size()) return report(token.begin, "<form> is dropped: there is one around it");
    }
    if (token.tag == Tag::li_ || is_definition(token.tag)) item(token, name);
    if (token.tag == Tag::option_) option(token, name);
  }

  void in_table(const TagToken& token, std::string_view name, const Open& parent) {
    if (stays_in_table(parent.tag, token.tag)) return;
    const bool goes_on = parent.tag == Tag::colgroup_ || has_any(token.tag, kTablePart);
    if (goes_on && parent.around) return ends(token.begin, name, open_.size() - 1);
    if (goes_on) {
      imply_end(open_.size() - 1);
      return html(token, name);
    }
    if (token.tag == Tag::form_) {
      return report(token.begin,
                    fmt::format("<form> in <{}> is closed at once: what it holds is not in it", parent.name));
    }
    report(token.begin, fmt::format("<{}> goes in front of the table: <{}> holds only {}", name, parent.name,
                                    content_of(parent.tag)));
  }

  /// A part of a table whose parent is none, or is not known.
  void table_part(const TagToken& token, std::string_view name) {
    const size_t at = find([](Tag tag) { return has_any(tag, kCell) || tag == Tag::caption_; },
                           [](Tag tag) { return tag == Tag::table_ || tag == Tag::template_; });
    if (at < open_.size()) {
      if (open_[at].around) return ends(token.begin, name, at);
      imply_end(at);
      return html(token, name);
    }
    const Open* const parent = known_parent();
    if (parent == nullptr || parent->tag == Tag::template_) return;
    report(token.begin,
           fmt::format("<{}> is dropped: it belongs in a table, not in <{}>", name, parent->name));
  }

  /// Whether it is in a select, where the other rules do not apply.
  bool in_select(const TagToken& token, std::string_view name) {
    const size_t at = find([](Tag tag) { return tag == Tag::select_; },
                           [](Tag tag) { return tag != Tag::option_ && tag != Tag::optgroup_; });
    if (at == open_.size()) return false;
    if (token.tag == Tag::select_ || token.tag == Tag::input_ || token.tag == Tag::textarea_ ||
        has_any(token.tag, kTablePart)) {
      ends(token.begin, name, at);
    } else if (!stays_in_select(token.tag)) {
      report(token.begin, fmt::format("<{}> is dropped in <select> by browsers older than 2025", name));
    } else if (token.tag == Tag::option_) {
      option(token, name);
    }
    return true;
  }

  void option(const TagToken& token, std::string_view name) {
    if (open_.empty() || open_.back().tag != Tag::option_) return;
    if (open_.back().around) return ends(token.begin, name, open_.size() - 1);
    imply_end(open_.size() - 1);
  }

  void item(const TagToken& token, std::string_view name) {
    const bool definition = is_definition(token.tag);
    const size_t at =
        find([&](Tag tag) { return definition ? is_definition(tag) : tag == Tag::li_; },
             [](Tag tag) {
               return has_any(tag, kSpecial) && tag != Tag::address_ && tag != Tag::div_ && tag != Tag::p_;
             });
    if (at < open_.size()) {
      if (open_[at].around) return ends(token.begin, name, at);
      imply_end(at);
    }
    const Open* const parent = known_parent();
    if (parent == nullptr) return;
    const bool listed =
        definition ? parent->tag == Tag::dl_ || parent->tag == Tag::div_ : is_list(parent->tag);
    if (listed || parent->tag == Tag::template_) return;
    report(token.begin, fmt::format("<{}> belongs in {}, not in <{}>", name,
                                    definition ? "<dl>" : "<ul>, <ol> or <menu>", parent->name));
  }

  /// Elements of the fragment whose end tags may be left out, so nothing is wrong unless they follow after
  /// all.
  void imply_end(size_t at) {
    for (size_t i = at; i < open_.size(); ++i) ended_.push_back(open_[i].name);
    open_.resize(at);
  }

  void close(const std::string& name, size_t offset) {
    if (beyond_ != 0) {
      --beyond_;
      return;
    }
    for (size_t i = open_.size(); i-- > 0 && !open_[i].around;) {
      if (open_[i].name == name) return open_.resize(i);
    }
    const auto ended = std::find(ended_.begin(), ended_.end(), name);
    if (ended == ended_.end()) return;
    ended_.erase(ended);
    report(offset, fmt::format("</{}> comes too late: a tag in its element has ended that", name));
  }

  std::string masked_;
  std::vector<Open> open_;
  std::vector<std::string> ended_;  ///< by imply_end()
  std::vector<MarkupProblem> problems_;
  size_t beyond_ = 0;       ///< elements open deeper than kMaxMarkupDepth
  bool told_text_ = false;  ///< the parent holds no markup, which is said once
};

}  // namespace

std::vector<MarkupProblem> nesting_problems(std::string_view fragment, const Surroundings& around) {
  return NestingChecker(fragment, around).run();
}

}  // namespace abm::rewrite
