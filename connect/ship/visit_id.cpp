#include "connect/ship/visit_id.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "base/hash.h"

namespace abm::connect {
namespace {

constexpr std::string_view kLineStart = R"({"v":)";
constexpr size_t kMaxId = 256;  // of a request

// Fit for a header's value: nothing that could end it.
bool fits_in_header(std::string_view id) {
  if (id.empty() || id.size() > kMaxId) return false;
  for (const char c : id) {
    if (c <= ' ' || c > '~') return false;
  }
  return true;
}

bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= 32 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == text.npos;
}

}  // namespace

struct VisitReader::Parser {
  simdjson::dom::parser json;
};

VisitReader::VisitReader() : parser_(std::make_unique<Parser>()) {}
VisitReader::~VisitReader() = default;

std::optional<VisitReader::Visit> VisitReader::parse(std::string_view line) {
  simdjson::dom::object object;
  uint64_t version = 0;
  std::string_view id;
  if (parser_->json.parse(line.data(), line.size()).get(object) != simdjson::SUCCESS) return std::nullopt;
  if (object.at_key("v").get(version) != simdjson::SUCCESS || version == 0) return std::nullopt;
  if (object.at_key("request_id").get(id) != simdjson::SUCCESS) return std::nullopt;
  if (!fits_in_header(id)) return Visit{line, hash128(line).hex()};
  std::string_view kind;
  if (object.at_key("kind").get(kind) != simdjson::SUCCESS) return Visit{line, std::string(id)};
  return Visit{line, fmt::format("{}:{}:{}", id, is_word(kind) ? kind : "other", hash128(line).hex())};
}

std::optional<VisitReader::Visit> VisitReader::read(std::string_view line, bool& damaged) {
  damaged = false;
  if (auto visit = parse(line)) return visit;
  damaged = true;
  const size_t second = line.rfind(kLineStart);
  if (second == 0 || second == std::string_view::npos) return std::nullopt;
  return parse(line.substr(second));
}

}  // namespace abm::connect
