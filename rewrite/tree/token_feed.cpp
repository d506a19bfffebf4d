// The charset of a page, from its byte order mark and its meta elements; text without the mark.
#include "rewrite/tree/token_feed.h"

#include <optional>

#include "base/text.h"
#include "rewrite/scan/attributes.h"
#include "rewrite/scan/name_hash.h"

namespace abm::rewrite {
namespace {

constexpr std::string_view kMetaAttributes[] = {"charset", "content", "http-equiv"};

/// The charset that a meta element names, as written; nullopt where it names none.
std::optional<std::string_view> charset_label(const TagToken& meta) noexcept {
  if (const auto charset = find_attribute(meta.rest(), "charset")) return charset->value;
  const auto content = find_attribute(meta.rest(), "content");
  if (!content) return std::nullopt;
  const auto equiv = find_attribute(meta.rest(), "http-equiv");
  if (!equiv || !equals_ignoring_case(equiv->value, "content-type")) return std::nullopt;
  constexpr std::string_view kCharset = "charset=";
  const size_t at = content->value.find(kCharset);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view label = content->value.substr(at + kCharset.size());
  return label.substr(0, label.find_first_of("; \t\r\n"));
}

}  // namespace

bool TokenFeed::take_bom(std::string_view bytes, uint64_t offset) noexcept {
  if (bom_size_ == kMaxBom) return true;
  for (size_t i = 0; i < bytes.size() && bom_size_ < kMaxBom; ++i) {
    if (offset + i == bom_size_) bom_[bom_size_++] = static_cast<unsigned char>(bytes[i]);
  }
  if (bom_size_ >= 2 && ((bom_[0] == 0xFE && bom_[1] == 0xFF) || (bom_[0] == 0xFF && bom_[1] == 0xFE)))
    return false;
  if (bom_size_ == 3 && bom_[0] == 0xEF && bom_[1] == 0xBB && bom_[2] == 0xBF) charset_ = Charset::kUtf8;
  return true;
}

void TokenFeed::text(std::string_view bytes, uint64_t offset) noexcept {
  static constexpr char kBom[] = "\xEF\xBB\xBF";
  while (offset < 3 && !bytes.empty() && bytes.front() == kBom[offset]) {  // a byte order mark is no text
    bytes.remove_prefix(1);
    ++offset;
  }
  if (!bytes.empty()) tree_.text(bytes, offset);
}

uint64_t TokenFeed::asked_attributes() const noexcept {
  uint64_t bits = tree_.asked_attributes();
  for (const std::string_view name : kMetaAttributes) bits |= attribute_bit(name);
  return bits;
}

bool TokenFeed::asks_attribute(std::string_view lower_name) const noexcept {
  for (const std::string_view name : kMetaAttributes) {
    if (name == lower_name) return true;
  }
  return tree_.asks_attribute(lower_name);
}

bool TokenFeed::take_meta(const TagToken& token) noexcept {
  const std::optional<std::string_view> label = charset_label(token);
  if (!label) return true;
  const Charset named = charset_from_label(*label);
  if (named == Charset::kUnlabelled) return true;
  // A declaration of UTF-16 in bytes that read as ASCII means UTF-8 (HTML 13.2.3.2). Other encodings that
  // hide markup, such as ISO-2022-JP, are not scanned.
  const bool utf16 = label->size() >= 6 && equals_ignoring_case(label->substr(0, 6), "utf-16");
  if (named == Charset::kUnsupported && !utf16) return false;
  charset_ = utf16 ? Charset::kUtf8 : named;
  return true;
}

}  // namespace abm::rewrite
