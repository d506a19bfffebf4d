#include "measure/report/page_frame.h"

#include <openssl/evp.h>

#include <fmt/format.h>

#include "measure/embedded.h"
#include "measure/report/html.h"

namespace abm::measure {
namespace {

/// 'sha256-BASE64', as a content security policy names an inline script or style.
std::string csp_hash(std::string_view text) {
  unsigned char digest[32];
  unsigned char base64[48];
  if (EVP_Digest(text.data(), text.size(), digest, nullptr, EVP_sha256(), nullptr) != 1) return "'none'";
  EVP_EncodeBlock(base64, digest, sizeof digest);
  return fmt::format("'sha256-{}'", reinterpret_cast<const char*>(base64));
}

}  // namespace

std::string open_page(std::string_view title, bool with_script) {
  std::string out = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  out += fmt::format(
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      "script-src {}; style-src {}; base-uri 'none'; form-action 'none'\">\n",
      with_script ? csp_hash(kPageScript) : "'none'", csp_hash(kPageCss));
  out += fmt::format(
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<title>{}</title>\n",
      escaped(title));
  return out + fmt::format("<style>{}</style>\n</head>\n<body>\n", kPageCss);
}

std::string close_page(bool with_script) {
  return (with_script ? fmt::format("<script>{}</script>\n", kPageScript) : "") + "</body>\n</html>\n";
}

}  // namespace abm::measure
