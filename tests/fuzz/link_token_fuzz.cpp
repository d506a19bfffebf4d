// Any text as a link, a remembered account or a signed identity: what is believed is what our own functions
// write, byte for byte. The first byte chooses: bit 0 whether the rest is the text itself, or bytes that are
// signed with the right key first, as another program may; the bits above it, of which kind.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "generation/link_token.h"

namespace {

using namespace abm;
using namespace abm::generation;

constexpr int64_t kNow = 1'763'780'000;
constexpr std::string_view kHost = "www.acme.example";
constexpr std::string_view kKey = "0123456789abcdef0123456789abcdef";
constexpr std::string_view kOldKey = "fedcba9876543210fedcba9876543210";
constexpr LinkKeys kKeys{.first = kOldKey, .second = kKey};

void require(bool holds) {
  if (!holds) std::abort();
}

/// `token` was made by us, with one of the keys.
template <typename Make>
void require_ours(std::string_view token, Make&& make) {
  const auto one = make(kKey);
  const auto other = make(kOldKey);
  require(one.ok() && other.ok());
  require(token == *one || token == *other);
}

void check_link(std::string_view token) {
  const auto claims = check_link_token(token, kHost, kNow, kKeys);
  if (!claims.has_value()) return;
  require(claims->host == kHost && claims->expires > kNow);
  require(claims->role.size() <= kMaxRoleBytes && is_utf8(claims->role));
  require(claims->campaign.size() <= kMaxCampaignBytes && is_utf8(claims->campaign));
  require_ours(token, [&](std::string_view key) { return make_link_token(*claims, key); });
}

void check_cookie(std::string_view token) {
  const auto claims = check_remembered(token, kHost, kNow, kKeys);
  if (!claims.has_value()) return;
  require(claims->host == kHost && claims->expires > kNow && claims->since <= kNow + 300);
  require_ours(token, [&](std::string_view key) { return make_remembered(*claims, key); });
}

void check_identity(std::string_view text) {
  const auto identity = check_signed_identity(text, kNow, kKeys);
  if (!identity.has_value()) return;
  require(identity->expires > kNow && !identity->value.empty());
  require_ours(text, [&](std::string_view key) {
    return make_signed_identity(identity->value, identity->expires, key);
  });
}

/// `EXPIRES\nVALUE` with a signature.
std::string signed_identity(std::string_view bytes) {
  const auto mac = sign(Purpose::kIdentity, bytes, kKey);
  const size_t line = bytes.find('\n');
  if (!mac.has_value() || line == bytes.npos) return {};
  std::string text = "1." + std::string(bytes.substr(0, line)) + ".";
  for (const unsigned char byte : *mac) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text + "." + std::string(bytes.substr(line + 1));
}

std::string signed_token(Purpose purpose, std::string_view bytes) {
  auto token = make_token(purpose, bytes, kKey);
  return token ? *token : std::string();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if ((data[0] & 1) == 0) {
    check_link(rest);
    check_cookie(rest);
    check_identity(rest);
    return 0;
  }
  switch ((data[0] >> 1) % 3) {
    case 0:
      check_link(signed_token(Purpose::kLink, rest));
      break;
    case 1:
      check_cookie(signed_token(Purpose::kRemembered, rest));
      break;
    default:
      check_identity(signed_identity(rest));
  }
  return 0;
}
