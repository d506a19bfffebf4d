#include "connect/live/answers.h"

#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/text.h"

namespace abm::connect {
namespace {

using simdjson::SUCCESS;
using Element = simdjson::dom::element;

constexpr size_t kMaxErrorBody = 64u << 10;

struct ErrorWords {
  std::string code, message;
};

std::string word_of(const simdjson::dom::object& object, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    std::string_view value;
    if (object[key].get(value) == SUCCESS && !value.empty()) return std::string(value);
  }
  return {};
}

/// Salesforce: [{"message", "errorCode"}], and {"error", "error_description"} from its login; HubSpot:
/// {"category", "message"}.
ErrorWords error_words(std::string_view body) {
  ErrorWords words;
  simdjson::dom::parser parser;
  Element root;
  if (body.size() > kMaxErrorBody || parser.parse(body.data(), body.size()).get(root) != SUCCESS)
    return words;
  simdjson::dom::array list;
  if (root.get(list) == SUCCESS && list.at(0).get(root) != SUCCESS) return words;
  simdjson::dom::object object;
  if (root.get(object) != SUCCESS) return words;
  words.code = one_line(word_of(object, {"errorCode", "category", "error"}), 80);
  words.message = word_of(object, {"message", "error_description"});
  return words;
}

std::string_view status_word(long status) {
  switch (status) {
    case 400:
      return " (bad request)";
    case 401:
      return " (not authorized)";
    case 403:
      return " (forbidden)";
    case 404:
      return " (not found)";
    case 429:
      return " (too many requests)";
    default:
      return status >= 500 ? " (it has trouble of its own)" : "";
  }
}

}  // namespace

std::string one_line(std::string_view text, size_t limit) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const DecodedPoint point = decode_utf8(text.substr(i));
    if (out.size() + 4 > limit) return out + "…";
    const bool control = point.value < 0x20 || (point.value >= 0x7f && point.value < 0xa0) ||
                         point.value == 0x2028 || point.value == 0x2029;
    append_utf8(out, control ? U' ' : point.value);
    i += point.length;
  }
  return out;
}

std::string error_code(std::string_view body) {
  return error_words(body).code;
}

std::string refusal(long status, std::string_view body) {
  const ErrorWords words = error_words(body);
  std::string said = words.code;
  if (!words.message.empty()) said += (said.empty() ? "" : ": ") + one_line(words.message);
  return fmt::format("the server answers {}{}{}", status, status_word(status),
                     said.empty() ? "" : fmt::format(": '{}'", said));
}

std::optional<LiveAnswer> answer_of_status(const HttpReply& reply, std::string_view body) {
  if (reply.status == 429 || reply.status >= 500)
    return LiveAnswer{LiveAnswer::Kind::kLater, refusal(reply.status, body), reply.retry_after};
  if (reply.status >= 300 && reply.status < 400) {
    return LiveAnswer{LiveAnswer::Kind::kRefused,
                      fmt::format("it redirects to '{}', where a secret is not taken: name the final address",
                                  one_line(reply.header("location"))),
                      std::nullopt};
  }
  return std::nullopt;
}

bool text_of_value(const Element& value, std::string& out) {
  using Type = simdjson::dom::element_type;
  out.clear();
  switch (value.type()) {
    case Type::STRING: {
      std::string_view text;
      if (value.get(text) != SUCCESS) return false;
      out = text;
      return true;
    }
    case Type::INT64:
      out = fmt::format("{}", int64_t(value));
      return true;
    case Type::UINT64:
      out = fmt::format("{}", uint64_t(value));
      return true;
    case Type::DOUBLE: {
      // Salesforce writes 3.5E8 for money.
      const double number = double(value);
      std::array<char, 400> digits{};  // 309 before the point
      const auto end =
          std::to_chars(digits.data(), digits.data() + digits.size(), number, std::chars_format::fixed);
      out.assign(digits.data(), end.ptr);
      return true;
    }
    case Type::BOOL:
      out = bool(value) ? "true" : "false";
      return true;
    case Type::NULL_VALUE:
      return true;
    default:
      return false;
  }
}

std::string not_documented(std::string_view what) {
  return fmt::format("the answer is not of the documented form: {}", what);
}

}  // namespace abm::connect
