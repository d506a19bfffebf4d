#include "tools/doctor/fetch.h"

#include <chrono>
#include <cstdint>
#include <utility>

namespace abm::tools::doctor {
namespace {

constexpr uint64_t kMaxBody = 1u << 20;
constexpr std::chrono::seconds kPatience{10};

}  // namespace

Result<Answer> fetch(const std::string& url, const std::string& connect_to) {
  connect::HttpSettings settings;
  settings.connect = settings.stall = settings.total = kPatience;
  connect::HttpRequest request;
  request.url = url;
  request.max_body = kMaxBody;
  request.as_is = true;
  request.connect_to = connect_to;
  connect::TextSink sink;
  auto reply = connect::HttpClient(settings).get(std::move(request), sink);
  if (!reply) return reply.error();
  return Answer{*std::move(reply), std::move(sink.text)};
}

}  // namespace abm::tools::doctor
