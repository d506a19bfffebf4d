// The variables, one small reader each.
#include "module/variables.h"

#include <charconv>
#include <cstring>

#include "module/ask_visitor.h"
#include "module/context.h"
#include "module/decide.h"
#include "module/exposure.h"
#include "module/fence.h"
#include "module/response.h"
#include "module/visit_line.h"

namespace abm::module {
namespace {

using Value = ngx_http_variable_value_t;
using accounts::NumberField;
using accounts::TextField;

constexpr std::string_view kAttributePrefix = "abm_attr_";
constexpr size_t kMaxJoined = 4096;  // bytes of a list's text

ngx_int_t set(Value* value, std::string_view text) noexcept {
  value->valid = 1;
  value->no_cacheable = 0;
  value->not_found = 0;
  value->len = static_cast<unsigned>(text.size()) & 0x0fffffffu;
  value->data = bytes_of(text);
  return NGX_OK;
}

ngx_int_t set_nothing(ngx_http_request_t*, Value* value, uintptr_t) noexcept {
  return set(value, "");
}

// The context, its visitor identified; nullptr without abm_data or memory. A subrequest asks on behalf of the
// page that it is part of. What nginx gets stays valid as long as the request, since it keeps values across
// internal redirects.
Context* asked(ngx_http_request_t* r) noexcept {
  if (loc_conf(r)->data == nullptr && loc_conf(r->main)->data == nullptr) return nullptr;
  Context* context = enter_location(r);
  if (context != nullptr) known_visitor(*context, loc_conf(r));
  return context;
}

// Names joined with commas, in the request's memory.
class Joined {
 public:
  explicit Joined(ngx_pool_t* pool) noexcept : data_(static_cast<char*>(ngx_pnalloc(pool, kMaxJoined))) {}
  void add(std::string_view name) noexcept {
    const size_t comma = size_ > 0 ? 1 : 0;
    if (data_ == nullptr || name.size() + comma > kMaxJoined - size_) return;
    if (comma) data_[size_++] = ',';
    std::memcpy(data_ + size_, name.data(), name.size());
    size_ += name.size();
  }
  [[nodiscard]] std::string_view text() const noexcept { return {data_, size_}; }

 private:
  char* data_;
  size_t size_ = 0;
};

template <typename Number>
std::string_view number_text(ngx_pool_t* pool, Number number) noexcept {
  auto* data = static_cast<char*>(ngx_pnalloc(pool, NGX_INT64_LEN));
  if (data == nullptr) return {};
  return {data, static_cast<size_t>(std::to_chars(data, data + NGX_INT64_LEN, number).ptr - data)};
}

enum class Field : uintptr_t { kTier, kSegments, kConfidence, kSource, kArm, kRules, kIdentified };

ngx_int_t text_variable(ngx_http_request_t* r, Value* value, uintptr_t data) {
  const Context* context = asked(r);
  const auto* account = context != nullptr ? context->visitor.account() : nullptr;
  return set(value, account != nullptr ? account->text(static_cast<TextField>(data)) : "");
}

ngx_int_t number_variable(ngx_http_request_t* r, Value* value, uintptr_t data) {
  const Context* context = asked(r);
  const auto* account = context != nullptr ? context->visitor.account() : nullptr;
  if (account == nullptr) return set(value, "");
  const auto number = account->number(static_cast<NumberField>(data));
  return set(value, number.has_value() ? number_text(r->pool, *number) : "");
}

ngx_int_t field_variable(ngx_http_request_t* r, Value* value, uintptr_t data) {
  Context* context = asked(r);
  const auto* account = context != nullptr ? context->visitor.account() : nullptr;
  if (account == nullptr) return set(value, "");
  switch (static_cast<Field>(data)) {
    case Field::kTier:
      return set(value, accounts::to_string(account->tier()));
    case Field::kConfidence:
      return set(value, to_string(context->visitor.identity.confidence));
    case Field::kSource:
      return set(value, context->visitor.identity.source);
    case Field::kIdentified:
      return set(value, "1");
    case Field::kSegments: {
      Joined joined(r->pool);
      for (uint32_t i = 0; i < account->segment_count(); ++i) joined.add(account->segment(i));
      return set(value, joined.text());
    }
    case Field::kArm:
      return set(value, match_rules(*context, loc_conf(r), Asking::kEarly).arm_text());
    case Field::kRules: {
      Joined joined(r->pool);
      for (const PlannedRule& rule : match_rules(*context, loc_conf(r), Asking::kEarly).rules)
        joined.add(rule.id);
      return set(value, joined.text());
    }
  }
  return set(value, "");
}

ngx_int_t attribute_variable(ngx_http_request_t* r, Value* value, uintptr_t data) {
  const Context* context = asked(r);
  const auto* account = context != nullptr ? context->visitor.account() : nullptr;
  std::string_view name = view(*reinterpret_cast<const ngx_str_t*>(data));
  name.remove_prefix(kAttributePrefix.size());
  return set(value, account != nullptr ? account->attribute(name) : "");
}

ngx_int_t generation_variable(ngx_http_request_t* r, Value* value, uintptr_t) {
  const Context* context = asked(r);
  if (context == nullptr || context->visitor.generation == 0) return set(value, "");
  return set(value, number_text(r->pool, context->visitor.generation));
}

ngx_int_t rewrite_us_variable(ngx_http_request_t* r, Value* value, uintptr_t) {
  const Context* context = find_context(r);
  const ngx_int_t rc = set(value, context != nullptr ? number_text(r->pool, context->spent_ns / 1000) : "");
  value->no_cacheable = 1;
  return rc;
}

ngx_int_t recall_variable(ngx_http_request_t* r, Value* value, uintptr_t) {
  const Context* context = find_context(r);
  const ngx_int_t rc = set(value, context != nullptr ? recall_text(*context) : "");
  value->no_cacheable = 1;
  return rc;
}

ngx_int_t visit_variable(ngx_http_request_t* r, Value* value, uintptr_t) {
  Context* context = r == r->main ? find_context(r) : nullptr;
  if (context == nullptr || !context->logging) return set(value, "");
  if (context->beacon != nullptr) return set(value, build_seen_line(*context, r));
  if (!settle(*context, r)) return set(value, "");
  return set(value, build_visit_line(*context, r));
}

template <auto Get>
constexpr ngx_http_get_variable_pt kFenced = Fence<Get, set_nothing>::call;

constexpr uintptr_t id(TextField field) noexcept {
  return static_cast<uintptr_t>(field);
}
constexpr uintptr_t id(NumberField field) noexcept {
  return static_cast<uintptr_t>(field);
}
constexpr uintptr_t id(Field field) noexcept {
  return static_cast<uintptr_t>(field);
}

ngx_http_variable_t variables[] = {
    {literal("abm_account"), nullptr, kFenced<text_variable>, id(TextField::kId), 0, 0},
    {literal("abm_account_name"), nullptr, kFenced<text_variable>, id(TextField::kName), 0, 0},
    {literal("abm_tier"), nullptr, kFenced<field_variable>, id(Field::kTier), 0, 0},
    {literal("abm_segments"), nullptr, kFenced<field_variable>, id(Field::kSegments), 0, 0},
    {literal("abm_industry"), nullptr, kFenced<text_variable>, id(TextField::kIndustry), 0, 0},
    {literal("abm_stage"), nullptr, kFenced<text_variable>, id(TextField::kStage), 0, 0},
    {literal("abm_engagement"), nullptr, kFenced<number_variable>, id(NumberField::kEngagement), 0, 0},
    {literal("abm_visits_7d"), nullptr, kFenced<number_variable>, id(NumberField::kVisits7d), 0, 0},
    {literal("abm_visits_30d"), nullptr, kFenced<number_variable>, id(NumberField::kVisits30d), 0, 0},
    {literal("abm_people_7d"), nullptr, kFenced<number_variable>, id(NumberField::kPeople7d), 0, 0},
    {literal("abm_people_30d"), nullptr, kFenced<number_variable>, id(NumberField::kPeople30d), 0, 0},
    {literal("abm_quiet_days"), nullptr, kFenced<number_variable>, id(NumberField::kQuietDays), 0, 0},
    {literal("abm_first_seen_days"), nullptr, kFenced<number_variable>, id(NumberField::kFirstSeenDays), 0,
     0},
    {literal("abm_confidence"), nullptr, kFenced<field_variable>, id(Field::kConfidence), 0, 0},
    {literal("abm_source"), nullptr, kFenced<field_variable>, id(Field::kSource), 0, 0},
    {literal("abm_arm"), nullptr, kFenced<field_variable>, id(Field::kArm), 0, 0},
    {literal("abm_rules"), nullptr, kFenced<field_variable>, id(Field::kRules), 0, 0},
    {literal("abm_generation"), nullptr, kFenced<generation_variable>, 0, 0, 0},
    {literal("abm_rewrite_us"), nullptr, kFenced<rewrite_us_variable>, 0, NGX_HTTP_VAR_NOCACHEABLE, 0},
    {literal("abm_recall"), nullptr, kFenced<recall_variable>, 0, NGX_HTTP_VAR_NOCACHEABLE, 0},
    {literal("abm_identified"), nullptr, kFenced<field_variable>, id(Field::kIdentified), 0, 0},
    {literal("abm_visit"), nullptr, kFenced<visit_variable>, 0, 0, 0},
    {literal("abm_attr_"), nullptr, kFenced<attribute_variable>, 0, NGX_HTTP_VAR_PREFIX, 0},
};

}  // namespace

ngx_int_t add_variables(ngx_conf_t* cf) {
  for (ngx_http_variable_t& known : variables) {
    ngx_http_variable_t* variable = ngx_http_add_variable(cf, &known.name, known.flags);
    if (variable == nullptr) return NGX_ERROR;
    variable->get_handler = known.get_handler;
    variable->data = known.data;
  }
  return NGX_OK;
}

ngx_int_t find_own_variables(ngx_cycle_t* cycle, MainConf* conf) noexcept {
  const auto* core = static_cast<ngx_http_core_main_conf_t*>(
      ngx_http_cycle_get_module_main_conf(cycle, ngx_http_core_module));
  if (ngx_array_init(&conf->own_variables, cycle->pool, 4, sizeof(ngx_uint_t)) != NGX_OK) return NGX_ERROR;
  const auto* all = static_cast<const ngx_http_variable_t*>(core->variables.elts);
  for (ngx_uint_t i = 0; i < core->variables.nelts; ++i) {
    if (!view(all[i].name).starts_with("abm_")) continue;
    auto* index = static_cast<ngx_uint_t*>(ngx_array_push(&conf->own_variables));
    if (index == nullptr) return NGX_ERROR;
    *index = i;
  }
  return NGX_OK;
}

}  // namespace abm::module
