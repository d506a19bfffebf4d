// Written twice: once to know the size, once into memory of that size.
#include "rules/match/edits_json.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/json_writer.h"
#include "base/text.h"
#include "rewrite/scan/attribute_context.h"
#include "rewrite/scan/attributes.h"

namespace abm::rules {
namespace {

constexpr std::string_view kBlockBegin = "<script type=\"application/json\" id=\"abm-edits\">";
constexpr std::string_view kScriptBegin = "</script><script src=\"";
constexpr std::string_view kNonceBegin = "\" nonce=\"";
constexpr std::string_view kScriptEnd = "\"></script>";

/// JSON's bytes, with what means something in HTML escaped: it only ever occurs within strings. Counts what
/// is beyond its memory.
class HtmlSafeBuffer {
 public:
  HtmlSafeBuffer(std::span<char> memory, bool ascii) noexcept : memory_(memory), ascii_(ascii) {}

  void append(const char* bytes, size_t size) noexcept {
    const std::string_view text(bytes, size);
    size_t plain = 0;
    for (size_t i = 0; i < size;) {
      const auto byte = static_cast<unsigned char>(text[i]);
      const bool is_markup = byte == '<' || byte == '>' || byte == '&';
      if (!is_markup && (byte < 0x80 || !ascii_)) {
        ++i;
        continue;
      }
      put(text.substr(plain, i - plain));
      const DecodedPoint point = decode_utf8(text.substr(i));
      escape_point(static_cast<uint32_t>(point.value));
      plain = i += point.length;
    }
    put(text.substr(plain));
  }
  void put(std::string_view bytes) noexcept {
    if (size_ + bytes.size() <= memory_.size())
      std::memcpy(memory_.data() + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  [[nodiscard]] size_t size() const noexcept { return size_; }

 private:
  void escape(uint32_t unit) noexcept {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const std::array<char, 6> text = {'\\',
                                      'u',
                                      kDigits[unit >> 12 & 15],
                                      kDigits[unit >> 8 & 15],
                                      kDigits[unit >> 4 & 15],
                                      kDigits[unit & 15]};
    put({text.data(), text.size()});
  }
  void escape_point(uint32_t point) noexcept {
    if (point < 0x10000) return escape(point);
    escape(0xd800 + ((point - 0x10000) >> 10));
    escape(0xdc00 + ((point - 0x10000) & 0x3ff));
  }

  std::span<char> memory_;
  size_t size_ = 0;
  bool ascii_;
};

using EditsWriter = JsonWriter<HtmlSafeBuffer>;

/// Remembers whether it ever had none left: then some value is not what it has to be.
class ValueMemory {
 public:
  explicit ValueMemory(const MemorySource& source) noexcept : source_(source) {}
  [[nodiscard]] void* get(size_t size) noexcept {
    void* const memory = source_.get(size);
    failed_ = failed_ || memory == nullptr;
    return memory;
  }
  [[nodiscard]] bool failed() const noexcept { return failed_; }

 private:
  const MemorySource& source_;
  bool failed_ = false;
};

/// A piece of an attribute's value as the browser has it once the tag is read.
void write_value(EditsWriter& json, std::string_view raw, ValueMemory& memory) noexcept {
  if (rewrite::is_plain_value(raw, rewrite::Charset::kUtf8)) {
    json.string(raw);
    return;
  }
  auto* const decoded = static_cast<char*>(memory.get(rewrite::decoded_capacity(raw.size())));
  if (decoded == nullptr) {
    json.string("");
    return;
  }
  json.string({decoded, rewrite::decode_value(raw, rewrite::Charset::kUtf8, decoded)});
}

void write_markup(EditsWriter& json, std::string_view key, std::string_view markup) noexcept {
  if (!markup.empty()) json.key(key).string(markup);
}

void write_classes(EditsWriter& json, std::string_view key, std::span<const std::string_view> classes,
                   ValueMemory& memory) noexcept {
  if (classes.empty()) return;
  json.key(key).begin_array();
  for (const std::string_view name : classes) write_value(json, name, memory);
  json.end_array();
}

/// Calls `visit(name)` for each element on which the edit would load or run something: where the slot does
/// not say which element it is, the rewriter looks.
template <typename Visit>
void for_each_unsafe_element(const rewrite::Edit& edit, Visit&& visit) noexcept {
  if (!edit.guarded) return;
  for (const rewrite::AttributeEdit& attribute : edit.attributes) {
    for (const rewrite::AttributeEntry& entry : rewrite::attribute_table()) {
      if (entry.element.empty() ||
          (entry.attribute != attribute.name && entry.attribute != rewrite::kAnyAttribute))
        continue;
      if (!rewrite::harmless_on(entry.element, attribute.name, attribute.value.has_value()))
        visit(entry.element);
    }
  }
}

void write_selector(EditsWriter& json, std::string_view selector, const rewrite::Edit* edit,
                    ValueMemory& memory) noexcept {
  json.key("select");
  constexpr std::string_view kBegin = ":is(", kNot = "):not(";
  size_t names = 0;
  if (edit != nullptr)
    for_each_unsafe_element(*edit, [&](std::string_view name) { names += name.size() + 1; });
  if (names == 0) {
    json.string(selector);
    return;
  }
  const size_t size = kBegin.size() + selector.size() + kNot.size() + names;
  auto* const text = static_cast<char*>(memory.get(size));
  if (text == nullptr) {
    json.string(":not(*)");
    return;
  }
  char* next = text;
  const auto put = [&](std::string_view part) { next = std::copy(part.begin(), part.end(), next); };
  put(kBegin);
  put(selector);
  put(kNot);
  for_each_unsafe_element(*edit, [&](std::string_view name) {
    put(name);
    put(",");
  });
  next[-1] = ')';
  json.string({text, size});
}

void write_edit(EditsWriter& json, const Program& program, const rewrite::Edit& edit,
                ValueMemory& memory) noexcept {
  json.begin_object().key("slot").string(program.slot_name(edit.slot));
  write_selector(json, program.slot_selector(edit.slot), &edit, memory);
  if (edit.content.has_value()) json.key("html").string(*edit.content);
  write_markup(json, "before", edit.before);
  write_markup(json, "prepend", edit.prepend);
  write_markup(json, "append", edit.append);
  write_markup(json, "after", edit.after);
  if (!edit.attributes.empty()) {
    json.key("attributes").begin_object();
    for (const rewrite::AttributeEdit& attribute : edit.attributes) {
      json.key(attribute.name);
      if (attribute.value.has_value()) {
        write_value(json, *attribute.value, memory);
      } else {
        json.null();
      }
    }
    json.end_object();
  }
  write_classes(json, "addClass", edit.add_classes, memory);
  write_classes(json, "removeClass", edit.remove_classes, memory);
  if (edit.hide) json.key("hide").boolean(true);
  if (edit.remove) json.key("remove").boolean(true);
  json.end_object();
}

/// A path of a page, percent-encoded.
void write_path(EditsWriter& json, std::string_view key, std::string_view path,
                ValueMemory& memory) noexcept {
  constexpr std::string_view kKept = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-._~";
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  auto* const text = static_cast<char*>(memory.get(3 * path.size()));
  if (text == nullptr) return;
  char* next = text;
  for (const char c : path) {
    if (kKept.find(c) != kKept.npos) {
      *next++ = c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    *next++ = '%';
    *next++ = kDigits[byte >> 4];
    *next++ = kDigits[byte & 15];
  }
  json.key(key).string({text, static_cast<size_t>(next - text)});
}

void write_url(EditsWriter& json, std::string_view key, std::string_view url) noexcept {
  if (!url.empty()) json.key(key).string(url);
}

void write_edits(HtmlSafeBuffer& out, const PageEdits& page, ValueMemory& memory) noexcept {
  EditsWriter json(out);
  json.begin_object().key("v").number(1);
  if (!page.edits.empty() || !page.watched.empty()) write_path(json, "page", page.path, memory);
  json.key("edits").begin_array();
  for (const rewrite::Edit& edit : page.edits) write_edit(json, *page.program, edit, memory);
  json.end_array();
  if (!page.watched.empty()) {
    json.key("watch").begin_array();
    for (const uint32_t slot : page.watched) {
      json.begin_object().key("slot").string(page.program->slot_name(slot));
      write_selector(json, page.program->slot_selector(slot), nullptr, memory);
      json.end_object();
    }
    json.end_array();
  }
  if (page.page != nullptr) {
    write_url(json, "slots", page.page->slots);
    write_url(json, "seen", page.page->seen);
    if (!page.page->seen.empty()) json.key("id").string(page.page->id);
  }
  json.end_object();
}

void write_block(HtmlSafeBuffer& out, const PageEdits& page, ValueMemory& memory) noexcept {
  out.put(kBlockBegin);
  write_edits(out, page, memory);
  out.put(kScriptBegin);
  out.put(page.page->script);
  out.put(kScriptEnd);
}

/// Once to find out the size, and once for good.
template <typename Write>
std::string_view write_twice(const PageEdits& page, const MemorySource& source, Write&& write) noexcept {
  ValueMemory memory(source);
  HtmlSafeBuffer count({}, page.ascii);
  write(count, page, memory);
  auto* const text = static_cast<char*>(memory.get(count.size()));
  if (text == nullptr) return {};
  HtmlSafeBuffer out({text, count.size()}, page.ascii);
  write(out, page, memory);
  return memory.failed() ? std::string_view() : std::string_view(text, count.size());
}

}  // namespace

std::string_view edits_json(const PageEdits& edits, const MemorySource& memory) noexcept {
  return write_twice(edits, memory, write_edits);
}

std::string_view edits_block(const PageEdits& edits, const MemorySource& memory) noexcept {
  return write_twice(edits, memory, write_block);
}

std::string_view block_with_nonce(std::string_view block, std::string_view nonce,
                                  const MemorySource& memory) noexcept {
  const size_t size = block.size() + kNonceBegin.size() + nonce.size();
  auto* const text = static_cast<char*>(memory.get(size));
  if (text == nullptr) return {};
  char* next = text;
  const std::string_view before = block.substr(0, block.size() - kScriptEnd.size());
  for (const std::string_view part : {before, kNonceBegin, nonce, kScriptEnd})
    next = std::copy(part.begin(), part.end(), next);
  return {text, size};
}

}  // namespace abm::rules
