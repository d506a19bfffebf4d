// Which rule of "in body" (HTML 13.2.6.4.7) a start tag falls under, by its name.
#pragma once

#include <cstddef>
#include <cstdint>

#include "rewrite/scan/tag_names.h"

namespace abm::rewrite {

enum class BodyStart : uint8_t {
  // Most tags fall under these; TreeSimulator::plain_start knows them.
  kOrdinary,
  kAnyBlock,
  kAnyHeading,
  kListItem,
  kAnyFormatting,
  kVoid,
  kLastPlain = kVoid,

  kAnyHead,  ///< what "in head" takes
  kApplet,   ///< applet, marquee, object
  kBody,
  kButton,
  kDefinition,  ///< dd, dt
  kForeign,     ///< math, svg
  kForm,
  kFrameset,
  kHr,
  kHtml,
  kIframe,
  kIgnored,
  kImage,
  kInput,
  kNobr,
  kNoembed,  ///< noembed, noscript
  kOptgroup,
  kOption,
  kPlaintext,
  kPre,       ///< listing, pre
  kRubyBase,  ///< rb, rtc
  kRubyText,  ///< rp, rt
  kSelect,
  kSource,  ///< param, source, track: void, and a frameset may still follow
  kTable,
  kTextarea,
  kXmp,
};

/// Names with a rule that their flags do not tell.
struct NamedBodyStart {
  Tag tag;
  BodyStart rule;
};
inline constexpr NamedBodyStart kNamedBodyStarts[] = {
    {Tag::applet_, BodyStart::kApplet},
    {Tag::area_, BodyStart::kVoid},
    {Tag::body_, BodyStart::kBody},
    {Tag::br_, BodyStart::kVoid},
    {Tag::button_, BodyStart::kButton},
    {Tag::dd_, BodyStart::kDefinition},
    {Tag::dt_, BodyStart::kDefinition},
    {Tag::embed_, BodyStart::kVoid},
    {Tag::form_, BodyStart::kForm},
    {Tag::frame_, BodyStart::kIgnored},
    {Tag::frameset_, BodyStart::kFrameset},
    {Tag::head_, BodyStart::kIgnored},
    {Tag::hr_, BodyStart::kHr},
    {Tag::html_, BodyStart::kHtml},
    {Tag::iframe_, BodyStart::kIframe},
    {Tag::image_, BodyStart::kImage},
    {Tag::img_, BodyStart::kVoid},
    {Tag::input_, BodyStart::kInput},
    {Tag::keygen_, BodyStart::kVoid},
    {Tag::li_, BodyStart::kListItem},
    {Tag::listing_, BodyStart::kPre},
    {Tag::marquee_, BodyStart::kApplet},
    {Tag::math_, BodyStart::kForeign},
    {Tag::nobr_, BodyStart::kNobr},
    {Tag::noembed_, BodyStart::kNoembed},
    {Tag::noscript_, BodyStart::kNoembed},
    {Tag::object_, BodyStart::kApplet},
    {Tag::optgroup_, BodyStart::kOptgroup},
    {Tag::option_, BodyStart::kOption},
    {Tag::param_, BodyStart::kSource},
    {Tag::plaintext_, BodyStart::kPlaintext},
    {Tag::pre_, BodyStart::kPre},
    {Tag::rb_, BodyStart::kRubyBase},
    {Tag::rp_, BodyStart::kRubyText},
    {Tag::rt_, BodyStart::kRubyText},
    {Tag::rtc_, BodyStart::kRubyBase},
    {Tag::select_, BodyStart::kSelect},
    {Tag::source_, BodyStart::kSource},
    {Tag::svg_, BodyStart::kForeign},
    {Tag::table_, BodyStart::kTable},
    {Tag::textarea_, BodyStart::kTextarea},
    {Tag::track_, BodyStart::kSource},
    {Tag::wbr_, BodyStart::kVoid},
    {Tag::xmp_, BodyStart::kXmp},
};

struct BodyStartTable {
  BodyStart of[kTagCount] = {};

  constexpr BodyStartTable() {
    for (size_t i = 0; i < kTagCount; ++i) of[i] = by_flags(kTagInfo[i].flags);
    for (const NamedBodyStart& named : kNamedBodyStarts) of[static_cast<size_t>(named.tag)] = named.rule;
  }

 private:
  [[nodiscard]] static constexpr BodyStart by_flags(TagFlags flags) noexcept {
    if ((flags & kHeadTag) != 0) return BodyStart::kAnyHead;
    if ((flags & kTablePart) != 0) return BodyStart::kIgnored;
    if ((flags & kBlock) != 0) return BodyStart::kAnyBlock;
    if ((flags & kFormatting) != 0) return BodyStart::kAnyFormatting;
    if ((flags & kHeading) != 0) return BodyStart::kAnyHeading;
    return BodyStart::kOrdinary;
  }
};
inline constexpr BodyStartTable kBodyStarts;

[[nodiscard]] constexpr BodyStart body_start_of(Tag tag) noexcept {
  return kBodyStarts.of[static_cast<size_t>(tag)];
}

}  // namespace abm::rewrite
