#include "tools/doctor/places.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace abm::tools::doctor {
namespace {

struct Context {
  bool on = false;
  std::string server_name;
  Place place;
};

class Walk {
 public:
  explicit Walk(Configuration& out) : out_(out) {}

  void enter(const std::vector<Directive>& block, Context context, const Directive* owner) {
    inherit(block, context);
    // A server with locations answers nothing itself: they inherit what it sets. A location answers what
    // those inside it do not match.
    const bool serves =
        owner != nullptr &&
        (owner->name() == "location" ||
         (owner->name() == "server" && std::none_of(block.begin(), block.end(), [](const Directive& inner) {
            return inner.name() == "location";
          })));
    if (owner != nullptr) context.place.name = name_of(*owner, context);
    if (serves && context.on) out_.places.push_back(with_ifs(block, context.place));
    if (std::any_of(block.begin(), block.end(),
                    [](const Directive& inner) { return inner.name() == "abm_visitor"; }))
      out_.visitors.push_back(with_ifs(block, context.place));
    for (const Directive& directive : block) {
      const std::string& name = directive.name();
      if (name == "http" || name == "server" || name == "location" || name == "if" || name == "limit_except")
        enter(directive.block, context, &directive);
      if (name == "log_format" && directive.words.size() > 2)
        out_.log_formats[directive.words[1]] = &directive;
      assign(directive);
      if (name == "load_module" && directive.words.size() == 2) out_.modules.push_back(directive.words[1]);
      if (name == "pid" && directive.words.size() == 2) out_.pid = directive.words[1];
      if (name == "user" && owner == nullptr && directive.words.size() > 1) out_.user = &directive;
    }
  }

 private:
  /// A list set here replaces the one from above, as nginx's own directives do.
  void inherit(const std::vector<Directive>& block, Context& context) {
    std::vector<const Directive*> trusted, logs, headers, answers;
    std::map<std::string, std::vector<const Directive*>> passed;
    for (const Directive& directive : block) {
      const std::string& name = directive.name();
      const std::string& value = directive.words.size() > 1 ? directive.words[1] : directive.words[0];
      if (name == "abm") context.on = value == "on";
      if (name == "abm_data") {
        context.place.data = value;
        if (std::find(out_.data_folders.begin(), out_.data_folders.end(), value) == out_.data_folders.end())
          out_.data_folders.push_back(value);
      }
      if (name == "real_ip_header") context.place.real_ip_header = value;
      if (name == "server_name" && context.server_name.empty()) context.server_name = value;
      if (name == "server_name") {
        for (size_t i = 1; i < directive.words.size(); ++i)
          context.place.server_names.push_back(ascii_lower(directive.words[i]));
      }
      if (name == "set_real_ip_from") trusted.push_back(&directive);
      if (name == "access_log") logs.push_back(&directive);
      if (name == "proxy_set_header") headers.push_back(&directive);
      if (name == "add_header") {
        answers.push_back(&directive);
        out_.added_headers.insert(ascii_lower(value));
      }
      if (name.ends_with("_pass_header")) passed[name].push_back(&directive);
      if (name == "expires") context.place.expires = &directive;
      if (name == "abm_identity") context.place.identity = &directive;
      if (name == "abm_link_key") {
        for (size_t i = 1; i < directive.words.size(); ++i)
          out_.link_keys.push_back({directive.words[i], directive.place(), i == 1});
      }
      if (name == "abm_no_transform") context.place.ignores_no_transform = value == "ignore";
      if (name == "listen") context.place.listens.push_back(&directive);
    }
    if (!trusted.empty()) context.place.trusted = trusted;
    if (!logs.empty()) context.place.access_logs = logs;
    if (!headers.empty()) context.place.headers = headers;
    if (!answers.empty()) context.place.answer_headers = answers;
    for (const auto& [name, here] : passed) {
      // Each of them inherits for itself.
      std::erase_if(context.place.passed,
                    [&name = name](const Directive* each) { return each->name() == name; });
      context.place.passed.insert(context.place.passed.end(), here.begin(), here.end());
    }
  }

  /// A place, with what its `if` blocks add for some of its requests.
  static Place with_ifs(const std::vector<Directive>& block, Place place) {
    for (const Directive& inner : block) {
      if (inner.name() != "if") continue;
      for (const Directive& header : inner.block) {
        if (header.name() == "add_header") place.answer_headers.push_back(&header);
      }
    }
    return place;
  }

  void assign(const Directive& directive) {
    const std::vector<std::string>& words = directive.words;
    const std::string& name = directive.name();
    // The variable that it sets, and the text that is read for it.
    size_t target = 0, source = 0;
    if (name == "set" || name == "auth_request_set") target = 1, source = 2;
    if (name == "map" || name == "geo" || name == "split_clients") target = words.size() - 1, source = 1;
    if (target == 0 || source >= words.size() || !words[target].starts_with('$')) return;
    Assignment assignment{&directive, {}};
    if (target != source) assignment.sources.push_back(words[source]);
    // A map's values may be variables too.
    for (const Directive& entry : directive.block)
      assignment.sources.insert(assignment.sources.end(), entry.words.begin() + 1, entry.words.end());
    out_.assignments.emplace(ascii_lower(std::string_view(words[target]).substr(1)), std::move(assignment));
  }

  static std::string name_of(const Directive& owner, const Context& context) {
    std::string words;
    for (const std::string& word : owner.words) words += (words.empty() ? "" : " ") + word;
    return fmt::format("{}{}{} ({})", words, context.server_name.empty() ? "" : " of ", context.server_name,
                       owner.place());
  }

  Configuration& out_;
};

}  // namespace

bool listens_inside(const Place& place) {
  return !place.listens.empty() &&
         std::all_of(place.listens.begin(), place.listens.end(), [](const Directive* listen) {
           const std::string& address = listen->words.size() > 1 ? listen->words[1] : listen->words[0];
           return address.starts_with("127.") || address.starts_with("localhost") ||
                  address.starts_with("[::1]") || address.starts_with("unix:");
         });
}

std::optional<Listen> read_listen(const Directive& listen) {
  Listen out;
  std::string address = listen.words.size() > 1 ? listen.words[1] : "80";
  for (size_t i = 2; i < listen.words.size(); ++i) {
    const std::string& word = listen.words[i];
    if (word == "quic" || word == "http3") return std::nullopt;
    out.tls = out.tls || word == "ssl";
    out.proxy_protocol = out.proxy_protocol || word == "proxy_protocol";
  }
  if (address.starts_with("unix:")) {
    out.file = address.substr(5);
    return out;
  }
  const size_t bracket = address.find(']');
  const size_t colon = address.find(':', bracket == address.npos ? 0 : bracket);
  const bool only_port = address.find_first_not_of("0123456789") == address.npos;
  out.port = only_port ? address : colon == address.npos ? "80" : address.substr(colon + 1);
  if (!only_port) out.host = address.substr(0, colon);
  if (out.host == "*" || out.host == "0.0.0.0" || out.host == "[::]") out.host.clear();
  return out;
}

Configuration read_configuration(const std::vector<Directive>& directives) {
  Configuration out;
  Walk(out).enter(directives, {}, nullptr);
  for (const Place& place : out.places) {
    for (const Directive* directive : place.listens) {
      const auto listen = read_listen(*directive);
      if (!listen || listen->proxy_protocol || listen->port.empty()) continue;
      Door door{fmt::format("{}:{}", listen->host.empty() ? "127.0.0.1" : listen->host, listen->port),
                listen->tls, place.server_names};
      if (std::find(out.doors.begin(), out.doors.end(), door) == out.doors.end())
        out.doors.push_back(std::move(door));
    }
  }
  return out;
}

}  // namespace abm::tools::doctor
