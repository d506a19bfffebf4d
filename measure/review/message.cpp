// A review as a message: the page, and the text for whoever reads mail without HTML.
#include <openssl/evp.h>

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "measure/review/show.h"
#include "measure/review/tables.h"

namespace abm::measure {
namespace {

constexpr size_t kEncodedBytes = 57;   // of a line: 76 characters of base64 (RFC 2045, 6.8)
constexpr size_t kSubjectBytes = 42;   // of an encoded word: at most 75 characters (RFC 2047, 2)
constexpr size_t kAddressBytes = 900;  // a line of a header has at most 998 (RFC 5322, 2.1.1)
// No line of base64 begins like that.
constexpr std::string_view kBoundary = "=_abm_review";

std::string base64_of(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(std::max(size, 0)));
  return out;
}

/// Pieces that do not cut a character.
std::string subject_of(std::string_view text) {
  if (is_ascii(text) && text.size() <= 200) return std::string(text);
  std::string out;
  while (!text.empty()) {
    size_t size = 0;
    while (size < text.size()) {
      const size_t next = decode_utf8(text.substr(size)).length;
      if (size + next > kSubjectBytes) break;
      size += next;
    }
    out += fmt::format("{}=?utf-8?B?{}?=", out.empty() ? "" : "\n ", base64_of(text.substr(0, size)));
    text.remove_prefix(size);
  }
  return out;
}

/// Lines of text end with CRLF, whatever the transfer makes of them (RFC 2046, 4.1.1).
std::string part_of(std::string_view type, std::string_view text) {
  std::string canonical;
  for (const char c : text) canonical += c == '\n' ? std::string("\r\n") : std::string(1, c);
  std::string out = fmt::format(
      "--{}\nContent-Type: {}; charset=utf-8\nContent-Transfer-Encoding: base64\n\n", kBoundary, type);
  for (size_t at = 0; at < canonical.size(); at += kEncodedBytes)
    out += base64_of(std::string_view(canonical).substr(at, kEncodedBytes)) + "\n";
  return out + "\n";
}

}  // namespace

Result<std::string> review_message(const Review& review, const std::string& to) {
  const bool printable = std::all_of(to.begin(), to.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (trimmed(to).empty() || !printable || to.size() > kAddressBytes)
    return Error{fmt::format(
        "an address such as sales@example.com is needed, in ASCII and at most {} characters", kAddressBytes)};
  return fmt::format(
             "To: {}\nSubject: {}\nAuto-Submitted: auto-generated\nMIME-Version: 1.0\n"
             "Content-Type: multipart/alternative; boundary=\"{}\"\n\n",
             trimmed(to), subject_of(review_title(review)), kBoundary) +
         part_of("text/plain", review_text(review, false)) + part_of("text/html", review_page(review)) +
         fmt::format("--{}--\n", kBoundary);
}

}  // namespace abm::measure
