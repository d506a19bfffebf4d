// The An+B notation of CSS Syntax 6.
#include "rewrite/select/nth.h"

#include <tuple>

#include <fmt/format.h>

#include "base/text.h"

namespace abm::rewrite {
namespace {

/// Unsigned digits at the cursor; false when beyond the limit.
bool take_digits(CssCursor& in, int32_t& value) {
  value = 0;
  while (is_digit(in.peek())) {
    value = value * 10 + (in.peek() - '0');
    if (value > kMaxNth) return false;
    in.advance();
  }
  return true;
}

bool refuse(CssCursor& in, size_t begin) {
  in.fail(begin,
          "expected 'odd', 'even', a number or an+b as in '2n+1' (blanks only around the middle sign)");
  return false;
}

bool refuse_large(CssCursor& in, size_t begin) {
  in.fail(begin, fmt::format("number larger than {}", kMaxNth));
  return false;
}

/// "b", "an" or "an+b".
bool take_terms(CssCursor& in, PseudoTest& out, size_t begin) {
  const int32_t sign = in.peek() == '-' ? -1 : 1;
  if (in.peek() == '-' || in.peek() == '+') in.advance();
  const bool has_digits = is_digit(in.peek());
  int32_t number = 1;
  if (has_digits && !take_digits(in, number)) return refuse_large(in, begin);
  if (ascii_lower(in.peek()) != 'n') {
    out.a = 0;
    out.b = sign * number;
    return (has_digits && !in.starts_name()) || refuse(in, begin);
  }
  in.advance();
  out.a = sign * number;
  out.b = 0;
  in.skip_blanks();
  if (in.peek() != '+' && in.peek() != '-') return true;
  const int32_t second_sign = in.peek() == '-' ? -1 : 1;
  in.advance();
  in.skip_blanks();
  if (!is_digit(in.peek())) return refuse(in, begin);
  if (!take_digits(in, number)) return refuse_large(in, begin);
  out.b = second_sign * number;
  return !in.starts_name() || refuse(in, begin);
}

}  // namespace

bool parse_nth(CssCursor& in, PseudoTest& out) {
  in.skip_blanks();
  const size_t begin = in.offset();
  for (const auto& [word, a, b] : {std::tuple{"odd", 2, 1}, std::tuple{"even", 2, 0}}) {
    CssCursor ahead = in;
    if (!ahead.starts_identifier() || !equals_ignoring_case(ahead.take_name(), word)) continue;
    in = ahead;
    in.skip_blanks();
    out.a = a;
    out.b = b;
    return !in.failed();
  }

  if (!take_terms(in, out, begin)) return false;
  in.skip_blanks();
  if (in.failed()) return false;
  if (in.peek() == ')' || in.at_end()) return true;
  if (ascii_lower(in.peek()) == 'o' && ascii_lower(in.peek(1)) == 'f') {
    in.fail(in.offset(),
            "':nth-child(… of …)' counts by another selector, which is not supported; "
            "give the elements a class, or use :nth-of-type(…)");
    return false;
  }
  return refuse(in, begin);
}

}  // namespace abm::rewrite
