#include "tools/doctor/places.h"

#include <algorithm>

#include <fmt/format.h>

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
    // What a server with locations says, its locations say again.
    const bool serves = owner != nullptr && (owner->name() == "server" || owner->name() == "location") &&
                        std::none_of(block.begin(), block.end(),
                                     [](const Directive& inner) { return inner.name() == "location"; });
    if (serves && context.on) {
      context.place.name = name_of(*owner, context);
      out_.places.push_back(context.place);
    }
    for (const Directive& directive : block) {
      const std::string& name = directive.name();
      if (name == "http" || name == "server" || name == "location" || name == "if" || name == "limit_except")
        enter(directive.block, context, &directive);
      if (name == "log_format" && directive.words.size() > 2)
        out_.log_formats[directive.words[1]] = &directive;
      if (name == "load_module" && directive.words.size() == 2) out_.modules.push_back(directive.words[1]);
      if (name == "pid" && directive.words.size() == 2) out_.pid = directive.words[1];
    }
  }

 private:
  /// A list set here replaces the one from above, as nginx's own directives do.
  void inherit(const std::vector<Directive>& block, Context& context) {
    std::vector<const Directive*> trusted, logs, headers;
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
      if (name == "set_real_ip_from") trusted.push_back(&directive);
      if (name == "access_log") logs.push_back(&directive);
      if (name == "proxy_set_header") headers.push_back(&directive);
      if (name == "listen") context.place.listens.push_back(&directive);
    }
    if (!trusted.empty()) context.place.trusted = trusted;
    if (!logs.empty()) context.place.access_logs = logs;
    if (!headers.empty()) context.place.headers = headers;
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

Configuration read_configuration(const std::vector<Directive>& directives) {
  Configuration out;
  Walk(out).enter(directives, {}, nullptr);
  return out;
}

}  // namespace abm::tools::doctor
