#include "ipdb/domain.h"

#include <idn2.h>
#include <libpsl.h>

#include <memory>

#include "base/text.h"

namespace abm::ipdb {

std::optional<std::string> registrable_domain(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > kMaxDomainBytes || name.find('\0') != name.npos || !is_utf8(name))
    return std::nullopt;
  if (name.starts_with('.') || name.find("..") != name.npos) return std::nullopt;
  const std::string text = ascii_lower(name);
  uint8_t* encoded = nullptr;
  const int status = idn2_lookup_u8(reinterpret_cast<const uint8_t*>(text.c_str()), &encoded,
                                    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  const std::unique_ptr<uint8_t, decltype(&idn2_free)> owner(encoded, idn2_free);
  if (status != IDN2_OK || encoded == nullptr) return std::nullopt;
  const char* registrable = psl_registrable_domain(psl_builtin(), reinterpret_cast<const char*>(encoded));
  if (registrable == nullptr) return std::nullopt;
  return std::string(registrable);
}

std::string suffix_list_version() {
  const char* sum = psl_builtin_sha1sum();
  return sum == nullptr ? std::string() : std::string(sum);
}

}  // namespace abm::ipdb
