#include "tools/hold_status.h"

#include <optional>

#include <fmt/format.h>

#include "base/timestamp.h"
#include "generation/folder.h"
#include "generation/hold.h"

namespace abm::tools {
namespace {

Result<std::optional<generation::Hold>> hold_of(const std::string& data_dir) {
  const auto data = generation::open_folder(data_dir);
  if (!data) return data.error();
  return generation::read_hold(*data);
}

}  // namespace

void write_hold(Json& json, const std::string& data_dir) {
  const auto hold = hold_of(data_dir);
  json.key("held");
  if (!hold) {
    json.begin_object().key("fault").string(hold.message()).end_object();
  } else if (!hold->has_value()) {
    json.null();
  } else {
    json.begin_object().key("generation").number((*hold)->generation);
    json.key("since").string(format_rfc3339((*hold)->since)).key("replaced");
    (*hold)->replaced == 0 ? json.null() : json.number((*hold)->replaced);
    json.key("by").string((*hold)->by).end_object();
  }
}

void tell_hold(const Output& out, const std::string& data_dir) {
  const auto hold = hold_of(data_dir);
  if (!hold) {
    out.line(hold.message());
  } else if (hold->has_value()) {
    const bool other = (*hold)->replaced != 0 && (*hold)->replaced != (*hold)->generation;
    out.line(fmt::format("{} (rolled back{} by {}): {}", out.strong(to_text(**hold)),
                         other ? fmt::format(" from {}", (*hold)->replaced) : "", (*hold)->by,
                         generation::kUntilResumed));
  }
}

}  // namespace abm::tools
