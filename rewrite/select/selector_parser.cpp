// Selectors Level 4 grammar over the tokens of css_tokens: text → SelectorList, or the first refusal.
#include <fmt/format.h>

#include "base/text.h"
#include "rewrite/select/css_tokens.h"
#include "rewrite/select/nth.h"
#include "rewrite/select/selector.h"
#include "rewrite/select/selector_refusals.h"

namespace abm::rewrite {
namespace {

class SelectorParser {
 public:
  explicit SelectorParser(std::string_view text) noexcept : in_(text) {}

  std::optional<SelectorError> parse(SelectorList& out) {
    if (parse_list(out, 0) && !in_.at_end()) in_.fail(in_.offset(), "unexpected ')': no '(' is open");
    return in_.error();
  }

 private:
  bool fail(size_t offset, std::string message) {
    in_.fail(offset, std::move(message));
    return false;
  }

  /// Up to the end or, inside :not and :is (depth > 0), up to but without the ')'.
  bool parse_list(SelectorList& out, size_t depth) {
    do {
      in_.skip_blanks();
      if (out.selectors.size() == kMaxAlternatives) {
        return fail(in_.offset(), fmt::format("more than {} alternatives in one list", kMaxAlternatives));
      }
      if (!parse_complex(out.selectors.emplace_back(), depth)) return false;
    } while (in_.take(','));
    return true;
  }

  bool at_list_end() const noexcept { return in_.at_end() || in_.peek() == ',' || in_.peek() == ')'; }

  bool parse_complex(ComplexSelector& out, size_t depth) {
    while (true) {
      if (out.compounds.size() == kMaxCompounds) {
        return fail(in_.offset(), fmt::format("more than {} compounds in one selector", kMaxCompounds));
      }
      if (!parse_compound(out.compounds.emplace_back(), depth)) return false;
      const bool blank = in_.skip_blanks();
      if (in_.failed()) return false;
      if (at_list_end()) return true;
      const size_t at = in_.offset();
      const std::optional<Combinator> combinator = take_combinator();
      if (!combinator && !blank) {
        return fail(
            at, fmt::format("unexpected {}: a type comes first in its compound, and only '#id', '.class', "
                            "'[attribute]' and ':pseudo-class' follow",
                            in_.quoted_here()));
      }
      if (depth > 0) {
        return fail(at,
                    "':not' and ':is' take compound selectors only (no blank, '>', '+' or '~'); "
                    "write the ancestors or siblings outside");
      }
      out.combinators.push_back(combinator.value_or(Combinator::kDescendant));
      in_.skip_blanks();
      if (combinator && !in_.failed() && at_list_end()) {
        return fail(at, "the combinator has nothing on its right");
      }
    }
  }

  std::optional<Combinator> take_combinator() {
    if (in_.take('>')) return Combinator::kChild;
    if (in_.take('+')) return Combinator::kNextSibling;
    if (in_.take('~')) return Combinator::kSubsequentSibling;
    return std::nullopt;
  }

  bool parse_compound(CompoundSelector& out, size_t depth) {
    const std::optional<bool> type = parse_type(out);
    if (!type) return false;
    bool any = *type;
    for (size_t simple = any ? 1 : 0;; ++simple) {
      in_.skip_comments();
      const char c = in_.peek();
      if (c != '#' && c != '.' && c != '[' && c != ':') break;
      if (simple == kMaxSimple) {
        return fail(in_.offset(), fmt::format("more than {} simple selectors in one compound", kMaxSimple));
      }
      if (!parse_simple(out, c, depth)) return false;
      any = true;
    }
    if (in_.failed()) return false;
    return any || fail(in_.offset(), missing_compound());
  }

  /// Whether there is a type or `*`, with or without a namespace (Selectors 4, 5.1–5.3); nullopt after an
  /// error.
  std::optional<bool> parse_type(CompoundSelector& out) {
    const size_t begin = in_.offset();
    std::string name;
    const bool star = in_.take('*');
    if (!star && in_.starts_identifier()) name = in_.take_name();
    const bool any = star || !name.empty();
    if (in_.peek() != '|') return set_name(std::move(name), out.type, out.written), any;
    if (in_.peek(1) == '|') {
      fail(begin, "'||' selects columns, which only the whole table decides");
      return std::nullopt;
    }
    if (!name.empty()) return fail(begin, no_such_prefix(name)), std::nullopt;
    in_.advance();
    out.nothing = !star;
    if (in_.take('*')) return true;
    if (!in_.starts_identifier()) {
      fail(in_.offset(), fmt::format("'|' needs a type or '*' right after it, not {}", in_.quoted_here()));
      return std::nullopt;
    }
    set_name(in_.take_name(), out.type, out.written);
    return true;
  }

  static void set_name(std::string name, std::string& lower, std::string& written) {
    lower = ascii_lower(name);
    written = lower == name ? std::string() : std::move(name);
  }

  static std::string no_such_prefix(std::string_view prefix) {
    return fmt::format(
        "the namespace prefix '{}' is not declared: there is no @namespace for slots; write the name without "
        "prefix, or '*|' for any namespace",
        prefix);
  }

  std::string missing_compound() const {
    switch (in_.peek()) {
      case '\0':
      case ',':
      case ')':
        return fmt::format("a selector is missing before {}", in_.quoted_here());
      case '>':
      case '+':
      case '~':
        return fmt::format("a selector cannot begin with the combinator {}", in_.quoted_here());
      case '&':
        return "'&' needs an enclosing style rule, and there is none";
      case '{':
        return "unexpected '{': a selector, not a style rule, is needed";
      default:
        break;
    }
    if (in_.starts_name()) {
      return fmt::format("a name cannot begin with {}; escape it as '\\{:x} '", in_.quoted_here(),
                         static_cast<unsigned>(in_.peek()));
    }
    return fmt::format("unexpected {}", in_.quoted_here());
  }

  bool parse_simple(CompoundSelector& out, char c, size_t depth) {
    switch (c) {
      case '#':
        return parse_name("id", out.ids);
      case '.':
        return parse_name("class", out.classes);
      case '[':
        return parse_attribute(out.attributes.emplace_back());
      default:
        return parse_pseudo(out.pseudos.emplace_back(), depth);
    }
  }

  bool parse_name(std::string_view attribute, std::vector<std::string>& out) {
    const size_t begin = in_.offset();
    const char sign = in_.peek();
    in_.advance();
    if (in_.starts_identifier()) {
      out.push_back(in_.take_name());
      return true;
    }
    if (!in_.starts_name()) return fail(begin, fmt::format("'{}' needs a name right after it", sign));
    const std::string name = in_.take_name();
    return fail(begin, fmt::format("'{}{}' does not begin like a name; write [{}{}\"{}\"]", sign, name,
                                   attribute, sign == '#' ? "=" : "~=", name));
  }

  bool parse_attribute(AttributeTest& out) {
    const size_t begin = in_.offset();
    in_.advance();
    in_.skip_blanks();
    if (in_.peek() == '*' && in_.peek(1) == '|') {
      out.any_namespace = true;
      in_.advance(2);
    } else if (in_.peek() == '|') {  // in no namespace, as without it
      in_.advance();
    }
    if (!in_.starts_identifier()) {
      return fail(in_.offset(), fmt::format("'[' needs an attribute name, not {}", in_.quoted_here()));
    }
    set_name(in_.take_name(), out.name, out.written);
    if (in_.peek() == '|' && in_.peek(1) != '=') {
      return fail(begin, no_such_prefix(out.written.empty() ? out.name : out.written));
    }
    in_.skip_blanks();
    if (in_.take(']')) return true;
    if (!parse_operator(out) || !parse_value(out)) return false;
    if (out.value.size() > kMaxValueBytes) {
      return fail(begin, fmt::format("the value of [{}] is longer than {} bytes", out.name, kMaxValueBytes));
    }
    if (is_caseless_attribute(out.name)) out.value_case = LetterCase::kIgnoredInHtml;
    in_.skip_blanks();
    if (in_.starts_identifier() && !parse_flag(out)) return false;
    in_.skip_blanks();
    if (in_.take(']')) return true;
    return fail(in_.at_end() ? begin : in_.offset(),
                fmt::format("'[{}' needs a ']' before {}", out.name, in_.quoted_here()));
  }

  bool parse_operator(AttributeTest& out) {
    constexpr std::string_view kSigns = "~|^$*";
    constexpr AttributeOperator kByCharacter[] = {AttributeOperator::kIncludes, AttributeOperator::kDash,
                                                  AttributeOperator::kPrefix, AttributeOperator::kSuffix,
                                                  AttributeOperator::kSubstring};
    const size_t begin = in_.offset();
    const size_t sign = in_.at_end() ? std::string_view::npos : kSigns.find(in_.peek());
    if (in_.take('=')) {
      out.op = AttributeOperator::kEquals;
    } else if (sign != std::string_view::npos && in_.peek(1) == '=') {
      out.op = kByCharacter[sign];
      in_.advance(2);
    } else if (in_.peek() == '!' && in_.peek(1) == '=') {
      return fail(begin, fmt::format("'!=' is not CSS; write :not([{}=…])", out.name));
    } else {
      return fail(begin, fmt::format("'[{}' needs ']', '=', '~=', '|=', '^=', '$=' or '*=', not {}", out.name,
                                     in_.quoted_here()));
    }
    return true;
  }

  bool parse_value(AttributeTest& out) {
    in_.skip_blanks();
    if (in_.peek() == '"' || in_.peek() == '\'') {
      std::optional<std::string> value = in_.take_string();
      if (!value) return false;
      out.value = std::move(*value);
      return true;
    }
    if (!in_.starts_identifier()) {
      return fail(in_.offset(), fmt::format("the value of [{}] needs quotes: {} cannot begin a bare one",
                                            out.name, in_.quoted_here()));
    }
    out.value = in_.take_name();
    return true;
  }

  bool parse_flag(AttributeTest& out) {
    const size_t begin = in_.offset();
    const std::string flag = in_.take_name();
    if (flag.size() == 1 && ascii_lower(flag[0]) == 'i') {
      out.value_case = LetterCase::kIgnored;
    } else if (flag.size() == 1 && ascii_lower(flag[0]) == 's') {
      out.value_case = LetterCase::kCounts;
    } else {
      return fail(begin,
                  fmt::format("after a value, write 'i' (ignore case), 's' or ']', not '{}'; a value with "
                              "blanks needs quotes",
                              flag));
    }
    return true;
  }

  bool parse_pseudo(PseudoTest& out, size_t depth) {
    const size_t begin = in_.offset();
    in_.advance();
    const bool element = in_.take(':');
    if (!in_.starts_identifier()) return fail(begin, "':' needs the name of a pseudo-class right after it");
    const std::string name = ascii_lower(in_.take_name());
    if (element) return fail(begin, pseudo_element_refusal(name));
    const bool has_argument = in_.take('(');

    bool needs_argument = true;
    if (name == "not" || name == "is") {
      out.kind = name == "not" ? PseudoKind::kNot : PseudoKind::kIs;
    } else if (name == "nth-child" || name == "nth-of-type") {
      out.kind = name == "nth-child" ? PseudoKind::kNthChild : PseudoKind::kNthOfType;
    } else {
      needs_argument = false;
      out.b = 1;
      if (name == "root") {
        out = {};
      } else if (name == "first-child") {
        out.kind = PseudoKind::kNthChild;
      } else if (name == "first-of-type") {
        out.kind = PseudoKind::kNthOfType;
      } else {
        return fail(begin, pseudo_class_refusal(name));
      }
    }
    if (needs_argument != has_argument) {
      return fail(begin, needs_argument ? fmt::format("':{}' needs an argument: write :{}(…)", name, name)
                                        : fmt::format("':{}' takes no argument", name));
    }
    if (!has_argument) return true;
    const bool is_list = out.kind == PseudoKind::kNot || out.kind == PseudoKind::kIs;
    if (is_list ? !parse_argument(out, begin, depth) : !parse_nth(in_, out)) return false;
    return in_.take(')') || fail(begin, fmt::format("':{}(' needs a ')' before {}", name, in_.quoted_here()));
  }

  bool parse_argument(PseudoTest& out, size_t begin, size_t depth) {
    if (depth == kMaxNesting) {
      return fail(begin, fmt::format("':not' and ':is' nested deeper than {}", kMaxNesting));
    }
    auto list = std::make_shared<SelectorList>();
    if (!parse_list(*list, depth + 1)) return false;
    out.argument = std::move(list);
    return true;
  }

  CssCursor in_;
};

}  // namespace

std::optional<SelectorError> parse_selector(std::string_view text, SelectorList& out) {
  out = {};
  if (text.size() > kMaxSelectorBytes) {
    return SelectorError{kMaxSelectorBytes, fmt::format("selector longer than {} bytes", kMaxSelectorBytes)};
  }
  for (size_t i = 0; i < text.size();) {
    const DecodedPoint point = decode_utf8(text.substr(i));
    if (!point.valid) return SelectorError{i, "selector is not UTF-8"};
    if (point.value == 0) return SelectorError{i, "NUL byte in a selector"};
    i += point.length;
  }
  return SelectorParser(text).parse(out);
}

}  // namespace abm::rewrite
