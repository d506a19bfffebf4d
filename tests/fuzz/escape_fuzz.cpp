// Escaping: a hostile value in any place gives the same tags as "X", by our own tokenizer; both
// writers agree; URL components stay components. Input: one byte (charset), the template's
// markup up to a NUL, the value.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "rewrite/template/escape.h"
#include "rewrite/template/markup_lint.h"
#include "rewrite/template/markup_walk.h"
#include "tests/rewrite/template/template_render.h"

namespace {

using namespace abm::rewrite;

void require(bool holds) {
  if (!holds) std::abort();
}

/// Tags, attributes and regions of a page, without the text in them.
std::string structure(std::string_view page) {
  struct Recorder {
    std::string out;
    void tag(const TagToken& token) { out += token.is_end ? "</" : "<"; }
    void piece(const MarkupPiece& piece) {
      out += static_cast<char>('0' + static_cast<int>(piece.region));
      out += abm::ascii_lower(piece.element);
      out += ' ';
      out += piece.attribute;
    }
  } recorder;
  MarkupWalker(page, recorder).walk();
  return recorder.out;
}

void check_value(std::string_view value, Charset charset) {
  for (const Place place : {Place::kText, Place::kDoubleQuoted, Place::kSingleQuoted, Place::kUrlDoubleQuoted,
                            Place::kUrlSingleQuoted}) {
    std::string appended;
    append_escaped(appended, value, place, charset);
    std::string written(appended.size(), '\0');
    require(escape_into(written.data(), written.size(), value, place, charset) == appended.size());
    require(written == appended);
    require(escape_into(nullptr, 0, value, place, charset) == appended.size());
    require(abm::is_utf8(appended));
    // A value's braces never reach a page unchanged.
    require(appended.find('{') == std::string::npos);
    const bool url = place == Place::kUrlDoubleQuoted || place == Place::kUrlSingleQuoted;
    require(!url || (appended.find_first_of(":/?#\\&\"'<> \t\r\n") == std::string::npos &&
                     appended.find_first_not_of('.') != std::string::npos));
  }
}

void check_template(std::string_view source, std::string_view value, Charset charset) {
  static_cast<void>(markup_problems(source));
  static_cast<void>(markup_facts(source));
  std::string text;
  append_escaped(text, value, Place::kText, charset);
  const auto parsed = accepted_template(source, TemplateKind::kMarkup);
  if (!parsed || text.empty()) return;
  const std::string hostile = render(*parsed, value, charset);
  require(structure(hostile) == structure(render(*parsed, "X", charset)));
  if (!abm::is_utf8(hostile)) return;
  const size_t needed = markup_for_charset(nullptr, 0, hostile, Charset::kSingleByte);
  if (needed == kNotRepresentable) return;
  std::string legacy(needed, '\0');
  require(markup_for_charset(legacy.data(), needed, hostile, Charset::kSingleByte) == needed);
  require(structure(legacy) == structure(hostile));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const Charset charset = data[0] % 2 == 0 ? Charset::kUtf8 : Charset::kSingleByte;
  const std::string_view rest(static_cast<const char*>(static_cast<const void*>(data)) + 1, size - 1);
  const size_t nul = rest.find('\0');
  const std::string_view source = rest.substr(0, nul);
  const std::string_view value = nul == std::string_view::npos ? rest : rest.substr(nul + 1);
  check_value(value, charset);
  check_template(source, value, charset);
  return 0;
}
