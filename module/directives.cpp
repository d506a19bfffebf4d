// The directive table, and the setters that nginx does not have ready-made.
#include <string>

#include "base/text.h"
#include "generation/link_token.h"
#include "generation/preview_token.h"
#include "module/browser_script.h"
#include "module/conf.h"
#include "module/fence.h"
#include "module/robot_file.h"
#include "rewrite/scan/mime_type.h"

namespace abm::module {
namespace {

constexpr size_t kMinMaxTag = 64;
constexpr size_t kMaxMaxTag = 16u << 20;

char* const kError = static_cast<char*>(NGX_CONF_ERROR);

ngx_str_t* arguments(ngx_conf_t* cf) {
  return static_cast<ngx_str_t*>(cf->args->elts);
}

// "$name" → the variable's index; NGX_ERROR after nginx's usual message.
ngx_int_t variable_index(ngx_conf_t* cf, ngx_str_t text) {
  if (text.len < 2 || text.data[0] != '$') {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid variable name \"%V\"", &text);
    return NGX_ERROR;
  }
  ngx_str_t name = {text.len - 1, text.data + 1};
  return ngx_http_get_variable_index(cf, &name);
}

// Some location of the server that is being read (or of all servers, in http{}) will need us.
void mark_used(ngx_conf_t* cf) {
  main_conf(cf)->used = 1;
  srv_conf(cf)->used = 1;
}

char* set_flag(ngx_conf_t* cf, ngx_command_t* command, void* conf) {
  char* result = ngx_conf_set_flag_slot(cf, command, conf);
  if (result == NGX_CONF_OK && static_cast<LocConf*>(conf)->enable) mark_used(cf);
  return result;
}

char* set_data(ngx_conf_t* cf, ngx_command_t*, void* memory) {
  auto* conf = static_cast<LocConf*>(memory);
  if (conf->data != nullptr) return const_cast<char*>("is duplicate");
  ngx_str_t path = arguments(cf)[1];
  if (path.len == 0) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid value \"%V\" in \"abm_data\" directive, name a folder",
                       &path);
    return kError;
  }
  if (ngx_conf_full_name(cf->cycle, &path, 0) != NGX_OK) return kError;
  while (path.len > 1 && path.data[path.len - 1] == '/') --path.len;
  mark_used(cf);
  MainConf* all = main_conf(cf);
  auto** folders = static_cast<DataPath**>(all->folders.elts);
  for (ngx_uint_t i = 0; i < all->folders.nelts; ++i) {
    if (view(folders[i]->path) == view(path)) conf->data = folders[i];
  }
  if (conf->data != nullptr) return NGX_CONF_OK;
  auto** slot = static_cast<DataPath**>(ngx_array_push(&all->folders));
  auto* folder = pool_array<DataPath>(cf->pool, 1);
  if (slot == nullptr || folder == nullptr) return kError;
  folder->path = path;
  *slot = folder;
  conf->data = folder;
  return NGX_CONF_OK;
}

// Reads a key file into the cycle's pool; the key's data is nullptr after a message.
ngx_str_t read_key(ngx_conf_t* cf, ngx_str_t path, Result<std::string> (*read)(const std::string&)) {
  if (ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK) return {};
  const auto key = read(std::string(view(path)));
  if (!key) {
    ngx_str_t why = ngx_string_of(key.message());
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\": %V", &arguments(cf)[0], &why);
    return {};
  }
  return ngx_string_of(pool_copy(cf->pool, *key));
}

// Into the first place that is free; false after a message.
bool add_key(ngx_conf_t* cf, KeyPair& keys, ngx_str_t path) {
  if (keys.second.len > 0) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"%V\" takes two keys at most: the one that signs, and the one before it",
                       &arguments(cf)[0]);
    return false;
  }
  ngx_str_t& place = keys.is_set() ? keys.second : keys.first;
  place = read_key(cf, path, generation::read_link_key);
  return place.data != nullptr;
}

char* set_identity(ngx_conf_t* cf, ngx_command_t*, void* memory) {
  constexpr std::string_view kKey = "key=";
  auto* conf = static_cast<LocConf*>(memory);
  if (conf->identity != NGX_CONF_UNSET) return const_cast<char*>("is duplicate");
  ngx_str_t* words = arguments(cf);
  conf->identity = variable_index(cf, words[1]);
  if (conf->identity == NGX_ERROR) return kError;
  conf->identity_kind = generation::IdentityKind::kDomain;
  for (ngx_uint_t i = 2; i < cf->args->nelts; ++i) {
    const std::string_view word = view(words[i]);
    if (word == "by=id") {
      conf->identity_kind = generation::IdentityKind::kId;
    } else if (word.starts_with(kKey)) {
      if (!add_key(cf, conf->identity_keys, ngx_string_of(word.substr(kKey.size())))) return kError;
    } else if (word != "by=domain") {
      ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                         "invalid parameter \"%V\", \"by=domain\", \"by=id\" or \"key=FILE\" is expected",
                         &words[i]);
      return kError;
    }
  }
  if (is_clients_own(view(words[1]).substr(1)) && !conf->identity_keys.is_set()) {
    ngx_conf_log_error(
        NGX_LOG_WARN, cf, 0,
        "clients can send \"%V\" and be taken for any account: have your login service sign it and add "
        "\"key=FILE\", or let \"abm_identity\" name a variable that only your login service sets "
        "(auth_request_set)",
        &words[1]);
  }
  return NGX_CONF_OK;
}

char* set_link_key(ngx_conf_t* cf, ngx_command_t*, void* memory) {
  KeyPair& keys = static_cast<LocConf*>(memory)->link_keys;
  if (keys.is_set()) return const_cast<char*>("is duplicate");
  for (ngx_uint_t i = 1; i < cf->args->nelts; ++i) {
    if (!add_key(cf, keys, arguments(cf)[i])) return kError;
  }
  srv_conf(cf)->takes_links = 1;
  return NGX_CONF_OK;
}

char* set_remember(ngx_conf_t* cf, ngx_command_t*, void* memory) {
  constexpr std::string_view kIf = "if=";
  constexpr time_t kMost = 400 * 24 * 60 * 60;  // browsers keep no cookie longer (RFC 6265bis 5.5)
  auto* conf = static_cast<LocConf*>(memory);
  if (conf->remember != NGX_CONF_UNSET) return const_cast<char*>("is duplicate");
  ngx_str_t* words = arguments(cf);
  const bool has_condition = cf->args->nelts == 3 && view(words[2]).starts_with(kIf);
  if (cf->args->nelts == 2 && view(words[1]) == "off") {
    conf->remember = 0;
    return NGX_CONF_OK;
  }
  if (!has_condition) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"abm_remember\" needs the variable that says whether the visitor has consented: "
                       "\"abm_remember 30d if=$cookie_consent\", or \"abm_remember off\"");
    return kError;
  }
  conf->remember = ngx_parse_time(&words[1], 1);
  if (conf->remember == NGX_ERROR || conf->remember == 0 || conf->remember > kMost) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid value \"%V\", \"abm_remember\" takes a time of at most 400 days: \"30d\"",
                       &words[1]);
    return kError;
  }
  conf->remember_if = variable_index(cf, ngx_string_of(view(words[2]).substr(kIf.size())));
  if (conf->remember_if == NGX_ERROR) return kError;
  srv_conf(cf)->remembers = 1;
  return NGX_CONF_OK;
}

char* set_opt_out(ngx_conf_t* cf, ngx_command_t*, void* memory) {
  auto* conf = static_cast<LocConf*>(memory);
  if (conf->opt_out != nullptr) return const_cast<char*>("is duplicate");
  conf->opt_out = ngx_array_create(cf->pool, cf->args->nelts, sizeof(ngx_int_t));
  if (conf->opt_out == nullptr) return kError;
  for (ngx_uint_t i = 1; i < cf->args->nelts; ++i) {
    const ngx_int_t index = variable_index(cf, arguments(cf)[i]);
    if (index == NGX_ERROR) return kError;
    *static_cast<ngx_int_t*>(ngx_array_push(conf->opt_out)) = index;  // room was made above
  }
  return NGX_CONF_OK;
}

char* set_preview_key(ngx_conf_t* cf, ngx_command_t*, void* memory) {
  auto* conf = static_cast<LocConf*>(memory);
  if (conf->preview_key.data != nullptr) return const_cast<char*>("is duplicate");
  conf->preview_key = read_key(cf, arguments(cf)[1], generation::read_preview_key);
  srv_conf(cf)->takes_previews = 1;
  return conf->preview_key.data != nullptr ? NGX_CONF_OK : kError;
}

char* refuse(ngx_conf_t*, ngx_command_t*, void*) noexcept {
  return kError;
}

char* set_max_tag(ngx_conf_t* cf, ngx_command_t* command, void* conf) {
  char* result = ngx_conf_set_size_slot(cf, command, conf);
  if (result != NGX_CONF_OK) return result;
  const size_t size = static_cast<LocConf*>(conf)->max_tag;
  if (size >= kMinMaxTag && size <= kMaxMaxTag) return NGX_CONF_OK;
  ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid value \"%V\", \"abm_max_tag\" takes %uz to %uz bytes",
                     &arguments(cf)[1], kMinMaxTag, kMaxMaxTag);
  return kError;
}

char* set_poll(ngx_conf_t* cf, ngx_command_t* command, void* conf) {
  char* result = ngx_conf_set_msec_slot(cf, command, conf);
  if (result != NGX_CONF_OK) return result;
  if (static_cast<MainConf*>(conf)->poll > 0) return NGX_CONF_OK;
  ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid value \"%V\", \"abm_poll\" must be greater than zero",
                     &arguments(cf)[1]);
  return kError;
}

// The names move to the cycle's pool: they live as long as the configuration.
char* set_bots(ngx_conf_t* cf, ngx_command_t*, void* memory) {
  auto* conf = static_cast<MainConf*>(memory);
  if (conf->bots.data() != nullptr) return const_cast<char*>("is duplicate");
  ngx_str_t path = arguments(cf)[1];
  if (ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK) return kError;
  const auto names = read_robot_file(std::string(view(path)));
  if (!names) {
    ngx_str_t why = ngx_string_of(names.message());
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"abm_bots\": %V", &why);
    return kError;
  }
  auto* kept = pool_array<std::string_view>(cf->pool, names->size() + 1);
  if (kept == nullptr) return kError;
  for (size_t i = 0; i < names->size(); ++i) {
    kept[i] = pool_copy(cf->pool, (*names)[i]);
    if (kept[i].data() == nullptr) return kError;
  }
  conf->bots = {kept, names->size()};
  return NGX_CONF_OK;
}

char* set_zone(ngx_conf_t* cf, ngx_command_t* command, void* conf) {
  char* result = ngx_conf_set_size_slot(cf, command, conf);
  if (result != NGX_CONF_OK) return result;
  if (static_cast<MainConf*>(conf)->zone_size >= 8 * ngx_pagesize) return NGX_CONF_OK;
  ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "zone \"abm\" of %V is too small, the minimum is %uz bytes",
                     &arguments(cf)[1], 8 * ngx_pagesize);
  return kError;
}

char* set_page_memory(ngx_conf_t* cf, ngx_command_t* command, void* conf) {
  constexpr size_t kLeast = 256 * 1024;
  size_t& size = static_cast<MainConf*>(conf)->page_memory;
  if (view(arguments(cf)[1]) == "off") {
    if (size != NGX_CONF_UNSET_SIZE) return const_cast<char*>("is duplicate");
    size = 0;
    return NGX_CONF_OK;
  }
  char* result = ngx_conf_set_size_slot(cf, command, conf);
  if (result != NGX_CONF_OK) return result;
  if (size >= kLeast) return NGX_CONF_OK;
  ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                     "\"abm_page_memory %V\" is too small, the minimum is %uzk; \"off\" turns it off",
                     &arguments(cf)[1], kLeast / 1024);
  return kError;
}

template <ngx_http_handler_pt Handler>
char* set_handler(ngx_conf_t* cf, ngx_command_t* command, void* conf) {
  auto* core =
      static_cast<ngx_http_core_loc_conf_t*>(ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module));
  auto* location = static_cast<LocConf*>(conf);
  if (location->is_endpoint) {
    ngx_conf_log_error(
        NGX_LOG_EMERG, cf, 0,
        "\"%V\" cannot be in a location that another directive of this module answers already, "
        "give it a location of its own",
        &command->name);
    return kError;
  }
  main_conf(cf)->used = 1;
  core->handler = Handler;
  location->is_endpoint = 1;
  location->tells_edits = Handler == slots_handler;
  location->tells_visitor = Handler == visitor_handler || Handler == slots_handler;
  location->takes_beacons = Handler == seen_handler;
  return NGX_CONF_OK;
}

// Means the same in a URL, in HTML and in JSON.
bool is_plain_uri(std::string_view uri) noexcept {
  if (!uri.starts_with('/') || uri.starts_with("//")) return false;
  return uri.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._~-") ==
         std::string_view::npos;
}

// The server's location that browsers are to ask: pages tell them its URI.
template <ngx_http_handler_pt Handler, std::string_view SrvConf::*Uri>
char* set_endpoint(ngx_conf_t* cf, ngx_command_t* command, void* conf) {
  const auto* core =
      static_cast<ngx_http_core_loc_conf_t*>(ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module));
  bool has_uri = core->named == 0 && core->noname == 0 && is_plain_uri(view(core->name));
#if (NGX_PCRE)
  has_uri = has_uri && core->regex == nullptr;
#endif
  if (!has_uri) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"%V\" needs a location that pages can name, with nothing but letters, digits and "
                       "\"/._~-\": \"location = /abm.js\", not \"%V\"",
                       &command->name, &core->name);
    return kError;
  }
  std::string_view& uri = srv_conf(cf)->*Uri;
  if (!uri.empty()) {
    ngx_str_t other = ngx_string_of(uri);
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"%V\" is in location \"%V\" of this server already, take one of the two out",
                       &command->name, &other);
    return kError;
  }
  uri = view(core->name);
  return set_handler<Handler>(cf, command, conf);
}

char* set_script(ngx_conf_t* cf, ngx_command_t* command, void* conf) {
  char* result = set_endpoint<script_handler, &SrvConf::script_uri>(cf, command, conf);
  if (result != NGX_CONF_OK) return result;
  SrvConf* server = srv_conf(cf);
  const std::string url = std::string(server->script_uri) + "?v=" + std::string(browser_script_version());
  server->script_url = pool_copy(cf->pool, url);
  std::string_view& compressed = main_conf(cf)->script_gzip;
  if (compressed.empty()) compressed = pool_copy(cf->pool, gzipped_browser_script());
  return server->script_url.empty() || compressed.empty() ? kError : NGX_CONF_OK;
}

char* set_slots(ngx_conf_t* cf, ngx_command_t* command, void* conf) {
  char* result = set_endpoint<slots_handler, &SrvConf::slots_uri>(cf, command, conf);
  if (result != NGX_CONF_OK) return result;
  SrvConf* server = srv_conf(cf);
  server->slots_url = pool_copy(cf->pool, std::string(server->slots_uri) + "?url=");
  return server->slots_url.empty() ? kError : NGX_CONF_OK;
}

// Only what browsers read with the HTML parser: to XML, "<a/>text" is a finished element and text, and an
// entity or a CDATA section something else than to HTML.
char* set_types(ngx_conf_t* cf, ngx_command_t* command, void* conf) {
  for (ngx_uint_t i = 1; i < cf->args->nelts; ++i) {
    if (!rewrite::is_xml_type(view(arguments(cf)[i]))) continue;
    ngx_conf_log_error(
        NGX_LOG_EMERG, cf, 0,
        "invalid value \"%V\" in \"abm_types\" directive, pages are read as HTML, and XML read so "
        "would lose content: serve them as text/html, or leave the type out",
        &arguments(cf)[i]);
    return kError;
  }
  return ngx_http_types_slot(cf, command, conf);
}

ngx_conf_enum_t log_ip_values[] = {{literal("truncated"), static_cast<ngx_uint_t>(LogIp::kTruncated)},
                                   {literal("full"), static_cast<ngx_uint_t>(LogIp::kFull)},
                                   {literal("off"), static_cast<ngx_uint_t>(LogIp::kOff)},
                                   {ngx_null_string, 0}};

ngx_conf_enum_t gzip_values[] = {{literal("auto"), static_cast<ngx_uint_t>(Gzip::kAuto)},
                                 {literal("always"), static_cast<ngx_uint_t>(Gzip::kAlways)},
                                 {literal("off"), static_cast<ngx_uint_t>(Gzip::kOff)},
                                 {ngx_null_string, 0}};
ngx_conf_enum_t no_transform_values[] = {{literal("respect"), static_cast<ngx_uint_t>(NoTransform::kRespect)},
                                         {literal("ignore"), static_cast<ngx_uint_t>(NoTransform::kIgnore)},
                                         {ngx_null_string, 0}};

ngx_conf_enum_t delivery_values[] = {{literal("html"), static_cast<ngx_uint_t>(rules::Delivery::kHtml)},
                                     {literal("script"), static_cast<ngx_uint_t>(rules::Delivery::kScript)},
                                     {ngx_null_string, 0}};

constexpr ngx_uint_t kAnywhere = NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF;

}  // namespace

ngx_command_t commands[] = {
    {literal("abm"), kAnywhere | NGX_CONF_FLAG, set_flag, NGX_HTTP_LOC_CONF_OFFSET, offsetof(LocConf, enable),
     nullptr},
    {literal("abm_data"), kAnywhere | NGX_CONF_TAKE1, set_data, NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},
    {literal("abm_log_ip"), kAnywhere | NGX_CONF_TAKE1, ngx_conf_set_enum_slot, NGX_HTTP_LOC_CONF_OFFSET,
     offsetof(LocConf, log_ip), log_ip_values},
    {literal("abm_types"), kAnywhere | NGX_CONF_1MORE, Fence<set_types, refuse>::call,
     NGX_HTTP_LOC_CONF_OFFSET, offsetof(LocConf, types_keys), nullptr},
    {literal("abm_identity"), kAnywhere | NGX_CONF_TAKE1234, Fence<set_identity, refuse>::call,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},
    {literal("abm_link_key"), kAnywhere | NGX_CONF_TAKE12, Fence<set_link_key, refuse>::call,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},
    {literal("abm_remember"), kAnywhere | NGX_CONF_TAKE12, set_remember, NGX_HTTP_LOC_CONF_OFFSET, 0,
     nullptr},
    {literal("abm_opt_out"), kAnywhere | NGX_CONF_1MORE, set_opt_out, NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},
    {literal("abm_preview_key"), kAnywhere | NGX_CONF_TAKE1, Fence<set_preview_key, refuse>::call,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},
    {literal("abm_max_tag"), kAnywhere | NGX_CONF_TAKE1, set_max_tag, NGX_HTTP_LOC_CONF_OFFSET,
     offsetof(LocConf, max_tag), nullptr},
    {literal("abm_gzip"), kAnywhere | NGX_CONF_TAKE1, ngx_conf_set_enum_slot, NGX_HTTP_LOC_CONF_OFFSET,
     offsetof(LocConf, gzip), gzip_values},
    {literal("abm_no_transform"), kAnywhere | NGX_CONF_TAKE1, ngx_conf_set_enum_slot,
     NGX_HTTP_LOC_CONF_OFFSET, offsetof(LocConf, no_transform), no_transform_values},
    {literal("abm_delivery"), kAnywhere | NGX_CONF_TAKE1, ngx_conf_set_enum_slot, NGX_HTTP_LOC_CONF_OFFSET,
     offsetof(LocConf, delivery), delivery_values},
    {literal("abm_poll"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, set_poll, NGX_HTTP_MAIN_CONF_OFFSET,
     offsetof(MainConf, poll), nullptr},
    {literal("abm_bots"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, Fence<set_bots, refuse>::call,
     NGX_HTTP_MAIN_CONF_OFFSET, 0, nullptr},
    {literal("abm_zone"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, set_zone, NGX_HTTP_MAIN_CONF_OFFSET,
     offsetof(MainConf, zone_size), nullptr},
    {literal("abm_page_memory"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, set_page_memory,
     NGX_HTTP_MAIN_CONF_OFFSET, offsetof(MainConf, page_memory), nullptr},
    {literal("abm_status"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS, set_handler<status_handler>,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},
    {literal("abm_visitor"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS, set_handler<visitor_handler>,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},
    {literal("abm_script"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS, Fence<set_script, refuse>::call,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},
    {literal("abm_slots"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS, Fence<set_slots, refuse>::call,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},
    {literal("abm_seen"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS, set_endpoint<seen_handler, &SrvConf::seen_uri>,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},
    ngx_null_command,
};

}  // namespace abm::module
