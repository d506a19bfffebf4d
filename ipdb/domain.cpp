#include "ipdb/domain.h"

#include <idn2.h>
#include <libpsl.h>

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "base/folding.h"
#include "base/hash.h"
#include "base/invisible.h"
#include "base/ip_address.h"
#include "base/text.h"
#include "ipdb/mail_domain_lists.h"
#include "ipdb/mail_domains.h"

namespace abm::ipdb {
namespace {

constexpr std::string_view kWww = "www.", kAceMark = "xn--";

// Lower case, A-labels, without a dot at the end; "" for what is no domain name.
std::string ascii_domain(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > kMaxDomainBytes || name.find('\0') != name.npos || !is_utf8(name))
    return {};
  if (name.starts_with('.') || name.find("..") != name.npos) return {};
  const std::string text = ascii_lower(name);
  uint8_t* encoded = nullptr;
  const int status = idn2_lookup_u8(reinterpret_cast<const uint8_t*>(text.c_str()), &encoded,
                                    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  const std::unique_ptr<uint8_t, decltype(&idn2_free)> owner(encoded, idn2_free);
  if (status != IDN2_OK || encoded == nullptr) return {};
  return reinterpret_cast<const char*>(encoded);
}

std::string unicode_domain(const std::string& ascii) {
  if (ascii.find(kAceMark) == ascii.npos) return {};
  char* decoded = nullptr;
  const int status = idn2_to_unicode_8z8z(ascii.c_str(), &decoded, 0);
  const std::unique_ptr<char, decltype(&idn2_free)> owner(decoded, idn2_free);
  if (status != IDN2_OK || decoded == nullptr) return {};
  std::string unicode = folded(decoded);
  return unicode == ascii ? std::string() : unicode;
}

// Letters, digits, hyphens and dots (RFC 952); underscores occur.
bool has_only_host_letters(const std::string& ascii) {
  return std::all_of(ascii.begin(), ascii.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '.' || c == '_';
  });
}

bool is_registrable(const std::string& ascii) {
  return psl_registrable_domain(psl_builtin(), ascii.c_str()) != nullptr;
}

}  // namespace

std::optional<std::string> registrable_domain(std::string_view name) {
  const std::string ascii = ascii_domain(name);
  const char* const found = ascii.empty() ? nullptr : psl_registrable_domain(psl_builtin(), ascii.c_str());
  return found == nullptr ? std::nullopt : std::optional<std::string>(found);
}

AccountDomain account_domain(std::string_view text) {
  AccountDomain domain;
  std::string name = ascii_domain(trimmed_of_invisible(text));
  if (name.starts_with(kWww) && is_registrable(name.substr(kWww.size()))) name.erase(0, kWww.size());
  const char* const registrable =
      name.empty() ? nullptr : psl_registrable_domain(psl_builtin(), name.c_str());
  if (name.empty() || !has_only_host_letters(name)) {
    domain.fault = "is not a domain name" + note_on_invisible(text);
  } else if (IpAddress::parse(name)) {
    domain.fault = "is an address, not a domain: write it into 'networks'";
  } else if (registrable == nullptr) {
    domain.fault = name.find('.') == name.npos ? "is not a company's domain: it has no dot"
                                               : "is a public suffix, below which anybody may register";
  } else if (const MailDomain mail = mail_domain(registrable); mail == MailDomain::kFree) {
    domain.fault = "is a free-mail provider's, where anybody gets an address";
  } else if (mail == MailDomain::kDisposable) {
    domain.fault = "is a provider's of disposable mailboxes";
  } else {
    domain.unicode = unicode_domain(name);
    domain.name = std::move(name);
  }
  return domain;
}

std::string domain_lists_version() {
  const char* const sum = psl_builtin_sha1sum();
  return fmt::format("{} {:016x} {:016x}", sum == nullptr ? "" : sum, hash64(kFreeMailDomains),
                     hash64(kDisposableMailDomains));
}

}  // namespace abm::ipdb
