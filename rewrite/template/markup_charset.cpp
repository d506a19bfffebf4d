// Markup for pages that are not UTF-8: non-ASCII characters become references, where those are decoded.
#include <algorithm>

#include "base/text.h"
#include "rewrite/template/byte_writers.h"
#include "rewrite/template/escape.h"
#include "rewrite/template/markup_walk.h"

namespace abm::rewrite {
namespace {

struct ReferenceWriter {
  std::string_view markup;
  BoundedWriter& out;
  bool representable = true;

  void tag(const TagToken&) noexcept {}
  void piece(const MarkupPiece& piece) noexcept {
    const std::string_view bytes = markup.substr(piece.begin, piece.end - piece.begin);
    const bool decoded = piece.region == MarkupRegion::kText || piece.region == MarkupRegion::kRcdata ||
                         piece.region == MarkupRegion::kDoubleQuoted ||
                         piece.region == MarkupRegion::kSingleQuoted ||
                         piece.region == MarkupRegion::kUnquoted;
    size_t plain = 0;
    for (size_t i = 0; i < bytes.size();) {
      const DecodedPoint point = decode_utf8(bytes.substr(i));
      if (point.value >= 0x80) {
        representable = representable && decoded;
        out.append(bytes.substr(plain, i - plain));
        put_point(out, point.value, true);
        plain = i + point.length;
      }
      i += point.length;
    }
    out.append(bytes.substr(plain));
  }
};

}  // namespace

size_t markup_for_charset(char* out, size_t capacity, std::string_view markup, Charset charset) noexcept {
  BoundedWriter writer(out, capacity);
  const bool ascii = markup.end() == std::find_if(markup.begin(), markup.end(), [](char c) {
                       return static_cast<unsigned char>(c) >= 0x80;
                     });
  if (ascii || !needs_references(charset)) {
    writer.append(markup);
    return writer.needed();
  }
  ReferenceWriter references{markup, writer};
  MarkupWalker(markup, references).walk();
  return references.representable ? writer.needed() : kNotRepresentable;
}

}  // namespace abm::rewrite
