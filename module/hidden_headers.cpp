// Two header lists take turns in the request; nginx's own filters go by pointers in headers_in, which come
// out and go back.
#include "module/hidden_headers.h"

#include <algorithm>
#include <array>
#include <utility>

#include "module/conf.h"

namespace abm::module {
namespace {

constexpr std::array<std::string_view, 4> kWithheld = {"range", "if-range", "if-none-match",
                                                       "if-modified-since"};
constexpr std::string_view kAcceptEncoding = "accept-encoding";
constexpr ngx_uint_t kListSlots = 24;
constexpr ngx_uint_t kReading = NGX_HTTP_GET | NGX_HTTP_HEAD;

// Whether it is written as a range, an entity tag or a date (RFC 9110 14.2, 8.8.3, 5.6.7): a variable with
// such a text is a copy of the header, while any other text may be equal by chance, or by the client's
// choice.
bool is_distinctive(std::string_view value) noexcept {
  if (value.starts_with("bytes=")) return true;
  const std::string_view tag = value.starts_with("W/") ? value.substr(2) : value;
  if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"') return true;
  return ngx_parse_http_time(bytes_of(value), value.size()) != NGX_ERROR;
}

std::string_view lower_key(const ngx_table_elt_t& header) noexcept {
  return header.lowcase_key == nullptr
             ? std::string_view()
             : std::string_view(reinterpret_cast<const char*>(header.lowcase_key), header.key.len);
}

// With methods other than GET and HEAD these headers mean something else to the origin (RFC 9110 13.1, 14.2).
bool is_withheld(const ngx_http_request_t* r, std::string_view key) noexcept {
  return (r->method & kReading) != 0 && std::find(kWithheld.begin(), kWithheld.end(), key) != kWithheld.end();
}

// A list of one part points into itself: wherever either list is kept, it points to where it is used,
// r->headers_in.
void settle_list(ngx_list_t& list, const ngx_list_part_t* was) noexcept {
  if (list.last == was) list.last = &list.part;
}

// Makes nginx read the headers' own variables again.
void forget_variables(ngx_http_request_t* r) noexcept {
  for (const ngx_int_t index : main_conf(r)->hidden_variables) {
    r->variables[index].valid = 0;
    r->variables[index].not_found = 0;
  }
}

std::string_view text_of(const ngx_http_variable_value_t& value) noexcept {
  return value.valid && !value.not_found
             ? std::string_view(reinterpret_cast<const char*>(value.data), value.len)
             : std::string_view();
}

bool same(const ngx_http_variable_value_t& a, const ngx_http_variable_value_t& b) noexcept {
  return a.valid == b.valid && a.not_found == b.not_found && a.len == b.len && a.data == b.data;
}

}  // namespace

ngx_int_t add_hidden_variables(ngx_conf_t* cf) noexcept {
  static constexpr std::array<std::string_view, kHiddenVariables> kNames = {
      "http_range", "http_if_range", "http_if_none_match", "http_if_modified_since", "http_accept_encoding"};
  for (size_t i = 0; i < kNames.size(); ++i) {
    ngx_str_t name = ngx_string_of(kNames[i]);
    const ngx_int_t index = ngx_http_get_variable_index(cf, &name);
    if (index == NGX_ERROR) return NGX_ERROR;
    main_conf(cf)->hidden_variables[i] = index;
  }
  return NGX_OK;
}

// `set` and `map` make copies of a header that reading it again does not reach: they are recognized by their
// text.
void HiddenHeaders::find_variables(ngx_http_request_t* r) noexcept {
  std::array<std::string_view, 2 * kWithheld.size()> texts;
  size_t count = 0;
  for_each_header(r->headers_in.headers, [&](const ngx_table_elt_t& header) {
    if (is_withheld(r, lower_key(header)) && is_distinctive(view(header.value)))
      texts[count++] = view(header.value);
    return count < texts.size();
  });
  if (count == 0) return;
  const auto* core =
      static_cast<ngx_http_core_main_conf_t*>(ngx_http_get_module_main_conf(r, ngx_http_core_module));
  const auto repeats_header = [&](ngx_uint_t i) {
    const auto end = texts.begin() + static_cast<ptrdiff_t>(count);
    return std::find(texts.begin(), end, text_of(r->variables[i])) != end;
  };
  size_t found = 0;
  for (ngx_uint_t i = 0; i < core->variables.nelts; ++i) found += repeats_header(i) ? 1 : 0;
  auto* variables = found > 0 ? pool_array<Variable>(r->pool, found) : nullptr;
  if (variables == nullptr) return;
  size_t next = 0;
  for (ngx_uint_t i = 0; i < core->variables.nelts; ++i) {
    if (!repeats_header(i)) continue;
    variables[next].index = i;
    variables[next].own = variables[next].shown = r->variables[i];
    variables[next].shown.valid = 0;
    variables[next].shown.not_found = 1;
    variables[next].shown.len = 0;
    r->variables[i] = variables[next++].shown;
  }
  variables_ = {variables, found};
}

// The client's own list is left as it is, since mirrored and earlier subrequests share it; so is
// headers_in.accept_encoding, which nginx's gzip and gzip_static go by.
bool HiddenHeaders::ask_origin(ngx_http_request_t* r) noexcept {
  bool needed = false;
  for_each_header(r->headers_in.headers, [&](const ngx_table_elt_t& header) {
    const std::string_view key = lower_key(header);
    needed = is_withheld(r, key) || key == kAcceptEncoding;
    return !needed;
  });
  if (!needed) return true;
  ngx_list_t list;
  if (ngx_list_init(&list, r->pool, kListSlots, sizeof(ngx_table_elt_t)) != NGX_OK) return false;
  ngx_table_elt_t* encoding = nullptr;
  bool complete = true;
  for_each_header(r->headers_in.headers, [&](const ngx_table_elt_t& header) {
    const std::string_view key = lower_key(header);
    if (is_withheld(r, key) || (key == kAcceptEncoding && encoding != nullptr)) return true;
    auto* copy = static_cast<ngx_table_elt_t*>(ngx_list_push(&list));
    if (copy == nullptr) {
      complete = false;
      return false;
    }
    *copy = header;
    if (key == kAcceptEncoding) {
      copy->value = literal("identity");
      encoding = copy;
    }
    return true;
  });
  if (!complete) return false;
  find_variables(r);
  forget_variables(r);
  other_list_ = r->headers_in.headers;
  r->headers_in.headers = list;
  settle_list(r->headers_in.headers, &list.part);
  phase_ = Phase::kOriginAsked;
  if ((r->method & kReading) != 0) withhold_validators(r);
  return true;
}

void HiddenHeaders::expect_page(ngx_http_request_t* r) noexcept {
  restore_list(r);
  withhold_validators(r);
  phase_ = Phase::kPageExpected;
}

void HiddenHeaders::personalize(ngx_http_request_t* r) noexcept {
  phase_ = Phase::kPersonalized;
  if (!other_list_) return;
  std::swap(r->headers_in.headers, *other_list_);
  forget_variables(r);
  for (const Variable& variable : variables_) {
    ngx_http_variable_value_t& value = r->variables[variable.index];
    if (same(value, variable.own)) value = variable.shown;
  }
}

void HiddenHeaders::restore(ngx_http_request_t* r) noexcept {
  restore_list(r);
  restore_validators(r);
  phase_ = Phase::kRestored;
}

void HiddenHeaders::start_over(ngx_http_request_t* r) noexcept {
  restore(r);
  *this = HiddenHeaders();
}

void HiddenHeaders::restore_list(ngx_http_request_t* r) noexcept {
  if (!list_is_hidden()) return;
  std::swap(r->headers_in.headers, *other_list_);
  forget_variables(r);
  for (const Variable& variable : variables_) {
    ngx_http_variable_value_t& value = r->variables[variable.index];
    if (same(value, variable.shown)) value = variable.own;
  }
}

void HiddenHeaders::withhold_validators(ngx_http_request_t* r) noexcept {
  if (withheld_) return;
  withheld_ = {std::exchange(r->headers_in.range, nullptr), std::exchange(r->headers_in.if_range, nullptr),
               std::exchange(r->headers_in.if_none_match, nullptr),
               std::exchange(r->headers_in.if_modified_since, nullptr)};
}

void HiddenHeaders::restore_validators(ngx_http_request_t* r) noexcept {
  if (!withheld_) return;
  r->headers_in.range = withheld_->range;
  r->headers_in.if_range = withheld_->if_range;
  r->headers_in.if_none_match = withheld_->if_none_match;
  r->headers_in.if_modified_since = withheld_->if_modified_since;
  withheld_.reset();
}

const ngx_table_elt_t* HiddenHeaders::if_none_match() const noexcept {
  return withheld_ ? withheld_->if_none_match : nullptr;
}

bool HiddenHeaders::origin_saw_validators(const ngx_http_request_t* r) const noexcept {
  if (other_list_ || r->upstream == nullptr || (r->method & kReading) == 0) return false;
  return r->headers_in.range != nullptr || r->headers_in.if_range != nullptr ||
         r->headers_in.if_none_match != nullptr || r->headers_in.if_modified_since != nullptr;
}

}  // namespace abm::module
