// Attribute edits of one start tag.
#include "rewrite/splice/tag_editor.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "rewrite/scan/attributes.h"

namespace abm::rewrite {
namespace {

/// The next token of a class value, from `at`, which moves behind it. Empty at the end.
std::string_view next_token(std::string_view value, size_t& at) noexcept {
  while (at < value.size() && is_space(value[at])) ++at;
  const size_t from = at;
  while (at < value.size() && !is_space(value[at])) ++at;
  return value.substr(from, at - from);
}

/// Tokens are compared decoded. One too long to decode here equals no class of an edit.
bool same_class(std::string_view raw, std::string_view wanted) noexcept {
  if (is_plain_value(raw, Charset::kUnlabelled)) return raw == wanted;
  char decoded[512];
  if (decoded_capacity(raw.size()) > sizeof(decoded)) return false;
  return std::string_view(decoded, decode_value(raw, Charset::kUnlabelled, decoded)) == wanted;
}

bool has_class(std::string_view value, std::string_view wanted) noexcept {
  for (size_t at = 0;;) {
    const std::string_view token = next_token(value, at);
    if (token.empty()) return false;
    if (same_class(token, wanted)) return true;
  }
}

size_t name_end_of(std::string_view tag) noexcept {
  return static_cast<size_t>(Search::name_end(tag.data() + 1, tag.data() + tag.size()) - tag.data());
}

}  // namespace

bool TagEdits::any() const noexcept {
  for (size_t i = 0; i < size_; ++i) {
    const Edit& e = *edits_[i];
    if (e.hide || !e.attributes.empty() || !e.add_classes.empty() || !e.remove_classes.empty()) return true;
  }
  return false;
}

bool TagEdits::hides() const noexcept {
  for (size_t i = 0; i < size_; ++i) {
    if (edits_[i]->hide) return true;
  }
  return false;
}

bool TagEdits::changes_classes() const noexcept {
  for (size_t i = 0; i < size_; ++i) {
    if (!edits_[i]->add_classes.empty() || !edits_[i]->remove_classes.empty()) return true;
  }
  return false;
}

const AttributeEdit* TagEdits::find(std::string_view raw_name, size_t before_edit) const noexcept {
  for (size_t i = 0; i < size_ && i < before_edit; ++i) {
    for (const AttributeEdit& attribute : edits_[i]->attributes) {
      if (equals_ignoring_case(raw_name, attribute.name)) return &attribute;
    }
  }
  return nullptr;
}

bool TagEdits::removes_class(std::string_view token) const noexcept {
  for (size_t i = 0; i < size_; ++i) {
    for (const std::string_view name : edits_[i]->remove_classes) {
      if (same_class(token, name)) return true;
    }
  }
  return false;
}

void TagEdits::write_classes(std::string_view whole, std::string_view value, uint64_t begin,
                             Output& out) const noexcept {
  // `whole` is at `begin` in the page; pieces of it that stay are emitted from there.
  const auto page = [&](std::string_view piece) {
    const uint64_t from = begin + static_cast<uint64_t>(piece.data() - whole.data());
    out.page(from, from + piece.size());
  };
  const bool quoted = value.data() != nullptr && value.data() > whole.data() &&
                      (value.data()[-1] == '"' || value.data()[-1] == '\'') &&
                      value.data() + value.size() < whole.data() + whole.size();
  size_t name_size = 0;
  while (name_size < whole.size() && !is_space(whole[name_size]) &&
         (name_size == 0 || whole[name_size] != '=')) {
    ++name_size;
  }
  char quote[2] = {'"', '\0'};
  if (quoted) {
    page({whole.data(), static_cast<size_t>(value.data() - whole.data())});
    quote[0] = value.data()[-1];
  } else {
    page(whole.substr(0, name_size));
    out.raw(value.find('"') == std::string_view::npos ? "=\"" : "='");
    quote[0] = value.find('"') == std::string_view::npos ? '"' : '\'';
  }
  bool written = false;
  for (size_t at = 0;;) {
    const size_t blank = at;
    const std::string_view token = next_token(value, at);
    if (token.empty()) break;
    if (removes_class(token)) continue;
    if (written) page(value.substr(blank, at - blank - token.size()));
    page(token);
    written = true;
  }
  for (size_t i = 0; i < size_; ++i) {
    for (const std::string_view name : edits_[i]->add_classes) {
      if (has_class(value, name) && !removes_class(name)) continue;
      if (written) out.raw(" ");
      out.raw(name);
      written = true;
    }
  }
  out.raw(quote[0] == '"' ? "\"" : "'");
}

void TagEdits::append_missing(std::string_view rest, Output& out) const noexcept {
  for (size_t i = 0; i < size_; ++i) {
    for (size_t k = 0; k < edits_[i]->attributes.size(); ++k) {
      const AttributeEdit& edit = edits_[i]->attributes[k];
      if (!edit.value || find(edit.name) != &edit || find_attribute(rest, edit.name)) continue;
      out.raw(" ");
      out.raw(edit.name);
      out.raw("=\"");
      out.raw(*edit.value);
      out.raw("\"");
    }
  }
  if (changes_classes() && find("class") == nullptr && !find_attribute(rest, "class")) {
    bool written = false;
    for (size_t i = 0; i < size_; ++i) {
      for (const std::string_view name : edits_[i]->add_classes) {
        out.raw(written ? " " : " class=\"");
        out.raw(name);
        written = true;
      }
    }
    if (written) out.raw("\"");
  }
  if (hides() && find("hidden") == nullptr && !find_attribute(rest, "hidden")) out.raw(" hidden=\"\"");
}

void TagEdits::write(std::string_view tag, uint64_t begin, Output& out) const noexcept {
  const std::string_view rest = tag.substr(name_end_of(tag));
  size_t written = 0;  // bytes of `tag` that were written or left out
  const auto page_to = [&](size_t to) {
    out.page(begin + written, begin + to);
    written = to;
  };
  const auto is_first = [&](const RawAttribute& attribute, std::string_view name) {
    const auto first = find_attribute(rest, name);
    return first && first->name.data() == attribute.name.data();
  };
  size_t last_end = tag.size() - rest.size();
  bool open_value = false;  // the last attribute is "name=" without a value: what follows would become it
  AttributeCursor cursor(rest);
  for (RawAttribute attribute; cursor.next(attribute);) {
    const size_t from = static_cast<size_t>(attribute.whole.data() - tag.data());
    const size_t to = from + attribute.whole.size();
    const AttributeEdit* const edit = find(attribute.name);
    open_value = attribute.whole.size() > attribute.name.size() && attribute.value.empty() &&
                 attribute.whole.back() != '"' && attribute.whole.back() != '\'';
    if (edit != nullptr && !edit->value) {
      // The blanks before it go too, unless what follows would then join what stands before.
      size_t next = to;
      while (next < tag.size() && is_space(tag[next])) ++next;
      size_t blank = from;
      while (blank > last_end && is_space(tag[blank - 1])) --blank;
      const bool keep_blank = tag[to] == '/' || tag[next] == '=' || (next == to && tag[next] != '>');
      page_to(keep_blank ? from : blank);
      if (tag[next] == '=') out.raw("/");
      written = last_end = to;
      open_value = false;
      continue;
    }
    if (edit != nullptr && is_first(attribute, edit->name)) {
      page_to(from + attribute.name.size());
      out.raw("=\"");
      out.raw(*edit->value);
      out.raw("\"");
      written = to;
      open_value = false;
    } else if (edit == nullptr && changes_classes() && equals_ignoring_case(attribute.name, "class") &&
               is_first(attribute, "class")) {
      page_to(from);
      write_classes(attribute.whole, attribute.value, begin + from, out);
      written = to;
      open_value = false;
    } else if (edit == nullptr && hides() && equals_ignoring_case(attribute.name, "hidden") &&
               is_first(attribute, "hidden")) {
      page_to(from + attribute.name.size());
      out.raw("=\"\"");
      written = to;
      open_value = false;
    }
    last_end = to;
  }
  page_to(std::max(written, last_end));
  if (open_value) out.raw("\"\"");
  append_missing(rest, out);
  page_to(tag.size());
}

}  // namespace abm::rewrite
