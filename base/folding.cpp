// Canonical decomposition, folding of each character, composition: one starter with its marks at a
// time. utf8proc's own functions for whole texts allocate, and order marks in quadratic time.
#include "base/folding.h"

#include <algorithm>
#include <cstring>
#include <span>

#include <utf8proc.h>

#include "base/text.h"

namespace abm {
namespace {

using Point = utf8proc_int32_t;

constexpr size_t kMaxMarksInOrder = 30;
constexpr size_t kMaxGroup = 64;
/// The longest canonical decomposition has four characters.
constexpr size_t kMaxDecomposed = 8;

/// Simple case folding (CaseFolding.txt, status C and S). Where utf8proc only has the full one, of several
/// characters, the simple one is the lower-case letter.
[[nodiscard]] Point folded_point(Point point) noexcept {
  if (point < 0x80) return static_cast<unsigned char>(ascii_lower(static_cast<char>(point)));
  std::array<Point, kMaxDecomposed> full;
  int last = 0;
  const auto size = utf8proc_decompose_char(point, full.data(), static_cast<utf8proc_ssize_t>(full.size()),
                                            UTF8PROC_CASEFOLD, &last);
  return size == 1 ? full[0] : utf8proc_tolower(point);
}

/// Whether a character that is no combining mark may compose with one before it: vowels and final consonants
/// of Hangul, and vowel signs.
[[nodiscard]] bool extends(Point point) noexcept {
  if (point >= 0x1160 && point <= 0x11ff) return true;
  const utf8proc_category_t category = utf8proc_category(point);
  return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC ||
         category == UTF8PROC_CATEGORY_ME;
}

struct BoundedSink {
  std::span<char> room;
  size_t size = 0;
  bool fits = true;

  void put(std::string_view bytes) noexcept {
    if (bytes.size() > room.size() - size) {
      fits = false;
      return;
    }
    std::memcpy(room.data() + size, bytes.data(), bytes.size());
    size += bytes.size();
  }
};

/// A starter with the marks that follow it, decomposed and in canonical order, written when it is complete.
template <bool kFold>
class Group {
 public:
  explicit Group(BoundedSink& sink) noexcept : sink_(sink) {}

  void add(Point point) noexcept {
    if (point < 0x80) {
      write();
      return push(point, 0);
    }
    std::array<Point, kMaxDecomposed> parts;
    int last = 0;
    auto size = utf8proc_decompose_char(point, parts.data(), static_cast<utf8proc_ssize_t>(parts.size()),
                                        UTF8PROC_DECOMPOSE, &last);
    if (size < 1 || size > static_cast<utf8proc_ssize_t>(parts.size())) {
      parts[0] = point;
      size = 1;
    }
    for (utf8proc_ssize_t i = 0; i < size; ++i) add_part(parts[static_cast<size_t>(i)]);
  }

  void write() noexcept {
    if (size_ == 0) return;
    if constexpr (kFold) {
      for (size_t i = 0; i < size_; ++i) points_[i] = folded_point(points_[i]);
    }
    auto left = static_cast<utf8proc_ssize_t>(size_);
    if (size_ > 1) {
      left = utf8proc_normalize_utf32(points_.data(), left,
                                      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    }
    char bytes[4];
    for (utf8proc_ssize_t i = 0; i < left; ++i) {
      const size_t length = encode_utf8(static_cast<char32_t>(points_[static_cast<size_t>(i)]), bytes);
      sink_.put({bytes, length});
    }
    size_ = marks_ = 0;
  }

 private:
  void add_part(Point point) noexcept {
    const auto mark_class = static_cast<uint16_t>(utf8proc_get_property(point)->combining_class);
    if (mark_class == 0) {
      if (size_ == points_.size() || !extends(point)) write();
      marks_ = 0;
      return push(point, 0);
    }
    if (marks_ == kMaxMarksInOrder || size_ == points_.size()) write();
    push(point, mark_class);
    ++marks_;
    for (size_t i = size_ - 1; i > 0 && classes_[i - 1] > mark_class; --i) {
      std::swap(points_[i - 1], points_[i]);
      std::swap(classes_[i - 1], classes_[i]);
    }
  }
  void push(Point point, uint16_t mark_class) noexcept {
    points_[size_] = point;
    classes_[size_++] = mark_class;
  }

  BoundedSink& sink_;
  size_t size_ = 0, marks_ = 0;  ///< marks since the last starter
  std::array<Point, kMaxGroup> points_;
  std::array<uint16_t, kMaxGroup> classes_;
};

template <bool kFold>
void normalize(std::string_view text, BoundedSink& sink) noexcept {
  Group<kFold> group(sink);
  while (!text.empty() && sink.fits) {
    const DecodedPoint point = decode_utf8(text);
    if (point.valid) {
      group.add(static_cast<Point>(point.value));
    } else {
      group.write();
      sink.put(text.substr(0, 1));
    }
    text.remove_prefix(point.length);
  }
  group.write();
}

}  // namespace

std::string_view fold_letters(std::string_view text, FoldBuffer& buffer) noexcept {
  BoundedSink sink{buffer.bytes};
  normalize<true>(text, sink);
  return sink.fits ? std::string_view(buffer.bytes.data(), sink.size) : text;
}

std::string folded(std::string_view text) {
  FoldBuffer buffer;
  return ascii_lower(fold_beyond_ascii(text, buffer));
}

bool is_folded(std::string_view text) noexcept {
  FoldBuffer buffer;
  return fold_beyond_ascii(text, buffer) == text &&
         std::none_of(text.begin(), text.end(), [](char c) { return ascii_lower(c) != c; });
}

int compare_without_case(std::string_view a, std::string_view b) noexcept {
  FoldBuffer left, right;
  a = fold_beyond_ascii(a, left);
  b = fold_beyond_ascii(b, right);
  const size_t common = std::min(a.size(), b.size());
  for (size_t i = 0; i < common; ++i) {
    const auto x = static_cast<unsigned char>(ascii_lower(a[i])),
               y = static_cast<unsigned char>(ascii_lower(b[i]));
    if (x != y) return x < y ? -1 : 1;
  }
  return a.size() == b.size() ? 0 : a.size() < b.size() ? -1 : 1;
}

bool equal_without_case(std::string_view a, std::string_view b) noexcept {
  return compare_without_case(a, b) == 0;
}

std::string_view composed(std::string_view text, FoldBuffer& buffer) noexcept {
  if (has_only_ascii(text)) return text;
  BoundedSink sink{buffer.bytes};
  normalize<false>(text, sink);
  return sink.fits ? std::string_view(buffer.bytes.data(), sink.size) : text;
}

std::string composed(std::string_view text) {
  FoldBuffer buffer;
  return std::string(composed(text, buffer));
}

bool is_word_character(char32_t point) noexcept {
  const utf8proc_category_t category = utf8proc_category(static_cast<Point>(point));
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;
}

}  // namespace abm
