// The element names that tree construction knows, found by a packed key, and what the standard says of each.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "rewrite/scan/bytes.h"

namespace abm::rewrite {

/// What an HTML element of a name is (HTML 13.2.4.2, 13.2.4.3, 13.2.6).
using TagFlags = uint32_t;
inline constexpr TagFlags kSpecial = 1 << 0;
inline constexpr TagFlags kVoidTag = 1 << 1;
inline constexpr TagFlags kScope = 1 << 2;  ///< bounds every scope but that of tables
inline constexpr TagFlags kFormatting = 1 << 3;
inline constexpr TagFlags kImplied = 1 << 4;   ///< "generate implied end tags" ends it
inline constexpr TagFlags kThorough = 1 << 5;  ///< "generate all implied end tags thoroughly" ends it
inline constexpr TagFlags kHeading = 1 << 6;
inline constexpr TagFlags kBlock = 1 << 7;      ///< its start tag closes an open p
inline constexpr TagFlags kContainer = 1 << 8;  ///< its end tag closes all inside, if it is in scope
inline constexpr TagFlags kBreakout = 1 << 9;   ///< its start tag leaves foreign content
inline constexpr TagFlags kTablePart = 1 << 10;
inline constexpr TagFlags kForeignScope = 1 << 11;  ///< bounds scopes in svg or math
inline constexpr TagFlags kHeadTag = 1 << 12;       ///< its start tag goes by the rules of "in head" anywhere
inline constexpr TagFlags kRawTextTag = 1 << 13;    ///< content without markup and without references
inline constexpr TagFlags kRcdataTag = 1 << 14;     ///< content without markup
inline constexpr TagFlags kTableSection = 1 << 15;
inline constexpr TagFlags kCell = 1 << 16;
inline constexpr TagFlags kFosters = 1 << 17;    ///< what is misplaced in it goes in front of the table
inline constexpr TagFlags kListScope = 1 << 18;  ///< bounds the scope of li
inline constexpr TagFlags kOwnEnd = 1 << 19;     ///< its end tag has a rule of its own
inline constexpr TagFlags kShadowTag = 1 << 21;  ///< may have a shadow root (DOM, "valid shadow host name")
/// Added by html_traits: in the body, its end tag pops it if it is on top, and does nothing else.
inline constexpr TagFlags kPlainEnd = 1 << 20;

// name, flags: in alphabetical order. Elements without flags are listed only because pages use them often.
#define ABM_TAGS(X)                                                                    \
  X(a, kFormatting)                                                                    \
  X(abbr, 0)                                                                           \
  X(address, kSpecial | kBlock | kContainer)                                           \
  X(applet, kSpecial | kScope | kContainer)                                            \
  X(area, kSpecial | kVoidTag)                                                         \
  X(article, kSpecial | kBlock | kContainer | kShadowTag)                              \
  X(aside, kSpecial | kBlock | kContainer | kShadowTag)                                \
  X(audio, 0)                                                                          \
  X(b, kFormatting | kBreakout)                                                        \
  X(base, kSpecial | kVoidTag | kHeadTag)                                              \
  X(basefont, kSpecial | kVoidTag | kHeadTag)                                          \
  X(bgsound, kSpecial | kVoidTag | kHeadTag)                                           \
  X(big, kFormatting | kBreakout)                                                      \
  X(blockquote, kSpecial | kBlock | kContainer | kBreakout | kShadowTag)               \
  X(body, kSpecial | kBreakout | kOwnEnd | kShadowTag)                                 \
  X(br, kSpecial | kVoidTag | kBreakout | kOwnEnd)                                     \
  X(button, kSpecial | kContainer)                                                     \
  X(canvas, 0)                                                                         \
  X(caption, kSpecial | kScope | kThorough | kTablePart | kContainer)                  \
  X(center, kSpecial | kBlock | kContainer | kBreakout)                                \
  X(circle, 0)                                                                         \
  X(cite, 0)                                                                           \
  X(code, kFormatting | kBreakout)                                                     \
  X(col, kSpecial | kVoidTag | kTablePart)                                             \
  X(colgroup, kSpecial | kThorough | kTablePart)                                       \
  X(dd, kSpecial | kImplied | kThorough | kContainer | kBreakout)                      \
  X(del, 0)                                                                            \
  X(desc, kForeignScope)                                                               \
  X(details, kSpecial | kBlock | kContainer)                                           \
  X(dfn, 0)                                                                            \
  X(dialog, kBlock | kContainer)                                                       \
  X(dir, kSpecial | kBlock | kContainer)                                               \
  X(div, kSpecial | kBlock | kContainer | kBreakout | kShadowTag)                      \
  X(dl, kSpecial | kBlock | kContainer | kBreakout)                                    \
  X(dt, kSpecial | kImplied | kThorough | kContainer | kBreakout)                      \
  X(em, kFormatting | kBreakout)                                                       \
  X(embed, kSpecial | kVoidTag | kBreakout)                                            \
  X(fieldset, kSpecial | kBlock | kContainer)                                          \
  X(figcaption, kSpecial | kBlock | kContainer)                                        \
  X(figure, kSpecial | kBlock | kContainer)                                            \
  X(font, kFormatting)                                                                 \
  X(footer, kSpecial | kBlock | kContainer | kShadowTag)                               \
  X(foreignobject, kForeignScope)                                                      \
  X(form, kSpecial | kOwnEnd)                                                          \
  X(frame, kSpecial | kVoidTag)                                                        \
  X(frameset, kSpecial | kOwnEnd)                                                      \
  X(g, 0)                                                                              \
  X(h1, kSpecial | kHeading | kContainer | kBreakout | kShadowTag)                     \
  X(h2, kSpecial | kHeading | kContainer | kBreakout | kShadowTag)                     \
  X(h3, kSpecial | kHeading | kContainer | kBreakout | kShadowTag)                     \
  X(h4, kSpecial | kHeading | kContainer | kBreakout | kShadowTag)                     \
  X(h5, kSpecial | kHeading | kContainer | kBreakout | kShadowTag)                     \
  X(h6, kSpecial | kHeading | kContainer | kBreakout | kShadowTag)                     \
  X(head, kSpecial | kBreakout | kOwnEnd)                                              \
  X(header, kSpecial | kBlock | kContainer | kShadowTag)                               \
  X(hgroup, kSpecial | kBlock | kContainer)                                            \
  X(hr, kSpecial | kVoidTag | kBreakout)                                               \
  X(html, kSpecial | kScope)                                                           \
  X(i, kFormatting | kBreakout)                                                        \
  X(iframe, kSpecial | kRawTextTag)                                                    \
  X(image, 0)                                                                          \
  X(img, kSpecial | kVoidTag | kBreakout)                                              \
  X(input, kSpecial | kVoidTag)                                                        \
  X(ins, 0)                                                                            \
  X(kbd, 0)                                                                            \
  X(keygen, kSpecial | kVoidTag)                                                       \
  X(label, 0)                                                                          \
  X(legend, 0)                                                                         \
  X(li, kSpecial | kImplied | kThorough | kContainer | kBreakout)                      \
  X(link, kSpecial | kVoidTag | kHeadTag)                                              \
  X(listing, kSpecial | kBlock | kContainer | kBreakout)                               \
  X(main, kSpecial | kBlock | kContainer | kShadowTag)                                 \
  X(malignmark, 0)                                                                     \
  X(mark, 0)                                                                           \
  X(marquee, kSpecial | kScope | kContainer)                                           \
  X(math, 0)                                                                           \
  X(menu, kSpecial | kBlock | kContainer | kBreakout)                                  \
  X(meta, kSpecial | kVoidTag | kBreakout | kHeadTag)                                  \
  X(mglyph, 0)                                                                         \
  X(mi, kForeignScope)                                                                 \
  X(mn, kForeignScope)                                                                 \
  X(mo, kForeignScope)                                                                 \
  X(ms, kForeignScope)                                                                 \
  X(mtext, kForeignScope)                                                              \
  X(nav, kSpecial | kBlock | kContainer | kShadowTag)                                  \
  X(nobr, kFormatting | kBreakout)                                                     \
  X(noembed, kSpecial | kRawTextTag)                                                   \
  X(noframes, kSpecial | kHeadTag | kRawTextTag)                                       \
  X(noscript, kSpecial | kRawTextTag)                                                  \
  X(object, kSpecial | kScope | kContainer)                                            \
  X(ol, kSpecial | kBlock | kContainer | kBreakout | kListScope)                       \
  X(optgroup, kImplied | kThorough)                                                    \
  X(option, kImplied | kThorough)                                                      \
  X(p, kSpecial | kBlock | kImplied | kThorough | kContainer | kBreakout | kShadowTag) \
  X(param, kSpecial | kVoidTag)                                                        \
  X(path, 0)                                                                           \
  X(picture, 0)                                                                        \
  X(plaintext, kSpecial | kRawTextTag)                                                 \
  X(pre, kSpecial | kBlock | kContainer | kBreakout)                                   \
  X(q, 0)                                                                              \
  X(rb, kImplied | kThorough)                                                          \
  X(rect, 0)                                                                           \
  X(rp, kImplied | kThorough)                                                          \
  X(rt, kImplied | kThorough)                                                          \
  X(rtc, kImplied | kThorough)                                                         \
  X(ruby, kBreakout)                                                                   \
  X(s, kFormatting | kBreakout)                                                        \
  X(samp, 0)                                                                           \
  X(script, kSpecial | kHeadTag | kRawTextTag)                                         \
  X(search, kSpecial | kBlock | kContainer)                                            \
  X(section, kSpecial | kBlock | kContainer | kShadowTag)                              \
  X(select, kSpecial | kScope | kContainer)                                            \
  X(small, kFormatting | kBreakout)                                                    \
  X(source, kSpecial | kVoidTag)                                                       \
  X(span, kBreakout | kShadowTag)                                                      \
  X(strike, kFormatting | kBreakout)                                                   \
  X(strong, kFormatting | kBreakout)                                                   \
  X(style, kSpecial | kHeadTag | kRawTextTag)                                          \
  X(sub, kBreakout)                                                                    \
  X(summary, kSpecial | kBlock | kContainer)                                           \
  X(sup, kBreakout)                                                                    \
  X(svg, 0)                                                                            \
  X(table, kSpecial | kScope | kBreakout | kFosters)                                   \
  X(tbody, kSpecial | kThorough | kTablePart | kTableSection | kFosters)               \
  X(td, kSpecial | kScope | kThorough | kTablePart | kCell)                            \
  X(template, kSpecial | kScope | kHeadTag)                                            \
  X(textarea, kSpecial | kRcdataTag)                                                   \
  X(tfoot, kSpecial | kThorough | kTablePart | kTableSection | kFosters)               \
  X(th, kSpecial | kScope | kThorough | kTablePart | kCell)                            \
  X(thead, kSpecial | kThorough | kTablePart | kTableSection | kFosters)               \
  X(time, 0)                                                                           \
  X(title, kSpecial | kForeignScope | kHeadTag | kRcdataTag)                           \
  X(tr, kSpecial | kThorough | kTablePart | kFosters)                                  \
  X(track, kSpecial | kVoidTag)                                                        \
  X(tt, kFormatting | kBreakout)                                                       \
  X(u, kFormatting | kBreakout)                                                        \
  X(ul, kSpecial | kBlock | kContainer | kBreakout | kListScope)                       \
  X(use, 0)                                                                            \
  X(var, kBreakout)                                                                    \
  X(video, 0)                                                                          \
  X(wbr, kSpecial | kVoidTag)                                                          \
  X(xmp, kSpecial | kRawTextTag)

/// kNone_ is every name that is not listed. Enumerators carry a trailing underscore: some names are keywords.
enum class Tag : uint8_t {
  kNone_,
#define X(name, flags) name##_,
  ABM_TAGS(X)
#undef X
      annotation_xml_,
  kCount_
};
inline constexpr size_t kTagCount = static_cast<size_t>(Tag::kCount_);

struct TagInfo {
  std::string_view name;
  TagFlags flags = 0;
};
inline constexpr TagInfo kTagInfo[kTagCount] = {
    {"", 0},
#define X(name, flags) {#name, (flags)},
    ABM_TAGS(X)
#undef X
        {"annotation-xml", kForeignScope},
};

[[nodiscard]] constexpr std::string_view name_of(Tag tag) noexcept {
  return kTagInfo[static_cast<size_t>(tag)].name;
}

/// What the stack of open elements keeps of an HTML element's flags.
[[nodiscard]] constexpr TagFlags html_traits(TagFlags flags) noexcept {
  constexpr TagFlags kEndsByRules = kFormatting | kScope | kOwnEnd | kRawTextTag | kRcdataTag;
  return (flags & ~kForeignScope) | ((flags & kEndsByRules) != 0 ? 0 : kPlainEnd);
}

/// Flags and traits, packed: what every tag looks up.
struct TagFlagTable {
  TagFlags flags[kTagCount] = {};
  TagFlags traits[kTagCount] = {};
  constexpr TagFlagTable() {
    for (size_t i = 0; i < kTagCount; ++i) {
      flags[i] = kTagInfo[i].flags;
      traits[i] = html_traits(kTagInfo[i].flags);
    }
  }
};
inline constexpr TagFlagTable kTagFlagTable;

[[nodiscard]] constexpr TagFlags flags_of(Tag tag) noexcept {
  return kTagFlagTable.flags[static_cast<size_t>(tag)];
}
[[nodiscard]] constexpr TagFlags traits_of(Tag tag) noexcept {
  return kTagFlagTable.traits[static_cast<size_t>(tag)];
}
[[nodiscard]] constexpr bool has_any(Tag tag, TagFlags flags) noexcept {
  return (flags_of(tag) & flags) != 0;
}

/// Whether its start tag ends an open p (HTML 13.2.6.4.7, "has a p element in button scope"): table does on
/// pages that are not in quirks mode.
[[nodiscard]] constexpr bool ends_paragraph(Tag tag) noexcept {
  return has_any(tag, kBlock | kHeading) || tag == Tag::dd_ || tag == Tag::dt_ || tag == Tag::form_ ||
         tag == Tag::hr_ || tag == Tag::li_ || tag == Tag::plaintext_ || tag == Tag::table_ ||
         tag == Tag::xmp_;
}

/// Whether an element's content is script, style or text in which no character reference is decoded. True of
/// svg's elements of these names too: a script is a script there, and a style a style.
[[nodiscard]] constexpr bool is_raw_text(Tag tag) noexcept {
  return has_any(tag, kRawTextTag);
}

/// A name in one word, case folded: up to eight ASCII bytes literally, others (longer, not ASCII, with NUL)
/// mixed, top bit set. Two names of at most eight ASCII bytes have equal keys only if they are equal.
using NameKey = uint64_t;

/// Upper-case ASCII letters of eight packed bytes made lower.
[[nodiscard]] constexpr uint64_t lower8(uint64_t w) noexcept {
  constexpr uint64_t kOnes = 0x0101010101010101u;
  const uint64_t low7 = w & (kOnes * 0x7F);
  const uint64_t at_least_a = low7 + kOnes * (0x80 - 'A');
  const uint64_t above_z = low7 + kOnes * (0x80 - 'Z' - 1);
  return w | (((at_least_a & ~above_z & ~w) & (kOnes * 0x80)) >> 2);
}

[[nodiscard]] constexpr NameKey key_of(std::string_view name) noexcept {
  uint64_t key = 0, word = 0;
  size_t in_word = 0;
  bool long_name = name.size() > 8;
  for (const char c : name) {
    word |= static_cast<uint64_t>(static_cast<unsigned char>(c)) << (8 * in_word);
    long_name |= (static_cast<unsigned char>(c) & 0x80) != 0 || c == '\0';
    if (++in_word == 8) {
      key = (key ^ lower8(word)) * 0x9E3779B97F4A7C15u;
      key ^= key >> 29;
      word = 0;
      in_word = 0;
    }
  }
  if (!long_name && name.size() < 8) return lower8(word);
  if (!long_name) {
    for (size_t i = 0; i < 8; ++i)
      word |= static_cast<uint64_t>(static_cast<unsigned char>(name[i])) << (8 * i);
    return lower8(word);
  }
  key = (key ^ lower8(word)) * 0x9E3779B97F4A7C15u;
  return (key ^ (key >> 31) ^ name.size()) | (uint64_t{1} << 63);
}

/// Bytes before the first space or ">" in eight bytes (little-endian); 8 where there is none.
[[nodiscard]] constexpr size_t plain_name_size(uint64_t word) noexcept {
  constexpr uint64_t kOnes = 0x0101010101010101u, kTops = kOnes << 7;
  const uint64_t space = word ^ (kOnes * ' '), greater = word ^ (kOnes * '>');
  // A byte above a zero byte may show as zero too: only the first one counts.
  const uint64_t zeros = (((space - kOnes) & ~space) | ((greater - kOnes) & ~greater)) & kTops;
  return static_cast<size_t>(std::countr_zero(zeros)) / 8;
}

/// Of a name that is not listed: whether it has a hyphen, or is too long for the key to tell.
[[nodiscard]] constexpr bool may_be_custom_element(NameKey key) noexcept {
  constexpr uint64_t kOnes = 0x0101010101010101u, kTops = kOnes << 7;
  const uint64_t hyphen = key ^ (kOnes * '-');
  return ((((hyphen - kOnes) & ~hyphen) | key) & kTops) != 0;
}

/// Bytes of the name that a key has literally: at most 7, else 8.
[[nodiscard]] constexpr size_t packed_size(NameKey key) noexcept {
  return (71 - static_cast<size_t>(std::countl_zero(key))) / 8;
}

struct TagTable {
  static constexpr size_t kSize = 1024;
  static constexpr uint64_t kMultiplier = 0x9E3779B97F4A7C15u;
  NameKey keys[kSize] = {};
  Tag tags[kSize] = {};

  [[nodiscard]] static constexpr size_t slot(NameKey key) noexcept { return (key * kMultiplier) >> 54; }
  constexpr TagTable() {
    for (size_t i = 1; i < kTagCount; ++i) {
      const NameKey key = key_of(kTagInfo[i].name);
      size_t s = slot(key);
      while (keys[s] != 0) s = (s + 1) % kSize;
      keys[s] = key;
      tags[s] = static_cast<Tag>(i);
    }
  }
};
inline constexpr TagTable kTagTable;

/// The element whose name the key is; kNone_ where it has no listed one.
[[nodiscard]] inline Tag tag_of(NameKey key) noexcept {
  for (size_t s = TagTable::slot(key);; s = (s + 1) % TagTable::kSize) {
    if (kTagTable.keys[s] == key) return kTagTable.tags[s];
    if (kTagTable.keys[s] == 0) return Tag::kNone_;
  }
}

}  // namespace abm::rewrite
