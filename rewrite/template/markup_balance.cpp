// Whether a fragment closes what it opens: a stack of names that knows which end tags HTML makes optional.
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "rewrite/template/markup_lint.h"
#include "rewrite/template/markup_walk.h"
#include "rewrite/template/placeholders.h"

namespace abm::rewrite {
namespace {

class BalanceChecker {
 public:
  explicit BalanceChecker(std::string_view fragment) : masked_(mask_placeholders(fragment)) {}

  std::vector<MarkupProblem> run() {
    MarkupWalker<BalanceChecker> walker(masked_, *this);
    walker_ = &walker;
    walker.walk();
    for (const Open& open : open_) {
      report(open.offset, open.slash
                              ? fmt::format("'/>' does not close <{}>: write </{}>", open.name, open.name)
                              : fmt::format("<{}> is not closed", open.name));
    }
    std::ranges::stable_sort(problems_, {}, &MarkupProblem::offset);
    return std::move(problems_);
  }

  void piece(const MarkupPiece& piece) {
    if (piece.region == MarkupRegion::kUnfinished) report(piece.begin, "tag or comment is not finished");
  }

  void tag(const TagToken& token) {
    const std::string name = ascii_lower(token.name);
    if (token.tag == Tag::html_ || token.tag == Tag::head_ || token.tag == Tag::body_) {
      return report(token.begin, fmt::format("<{}{}> belongs to the page, not to a fragment",
                                             token.is_end ? "/" : "", name));
    }
    if (token.is_end) return close(token, name);
    if (walker_->foreign() ? token.self_closing : has_any(token.tag, kVoidTag)) return;
    if (token.self_closing && (token.tag == Tag::svg_ || token.tag == Tag::math_)) return;
    if (ends_paragraph(token.tag)) close_paragraph();
    if (open_.size() < kMaxMarkupDepth) open_.push_back({name, token.tag, token.begin, token.self_closing});
  }

 private:
  struct Open {
    std::string name;
    Tag tag;
    size_t offset;
    bool slash;  ///< written <div/>, which opens the element all the same
  };

  void report(size_t offset, std::string message) {
    if (problems_.size() < kMaxMarkupProblems) problems_.push_back({offset, std::move(message)});
  }

  static bool end_is_optional(Tag tag) noexcept { return has_any(tag, kImplied | kThorough); }

  /// A block ends an open <p>, so a later </p> closes nothing.
  void close_paragraph() {
    for (size_t i = open_.size(); i > 0; --i) {
      const Tag tag = open_[i - 1].tag;
      if (tag == Tag::p_) return open_.resize(i - 1);
      if (has_any(tag, kScope | kForeignScope) || tag == Tag::button_) return;  // "in button scope"
    }
  }

  void close(const TagToken& token, const std::string& name) {
    const auto from_top =
        std::find_if(open_.rbegin(), open_.rend(), [&](const Open& o) { return o.name == name; });
    if (from_top == open_.rend()) {
      const bool is_void = has_any(token.tag, kVoidTag) && token.tag != Tag::br_;
      return report(token.begin, is_void
                                     ? fmt::format("<{}> has no end tag", name)
                                     : fmt::format("</{}> closes nothing that the fragment opened", name));
    }
    for (auto inner = open_.rbegin(); inner != from_top; ++inner) {
      if (!end_is_optional(inner->tag)) {
        report(inner->offset, fmt::format("<{}> is not closed before </{}>", inner->name, name));
      }
    }
    open_.resize(static_cast<size_t>(open_.rend() - from_top) - 1);
  }

  std::string masked_;
  MarkupWalker<BalanceChecker>* walker_ = nullptr;
  std::vector<Open> open_;
  std::vector<MarkupProblem> problems_;
};

}  // namespace

std::vector<MarkupProblem> markup_problems(std::string_view fragment) {
  return BalanceChecker(fragment).run();
}

}  // namespace abm::rewrite
