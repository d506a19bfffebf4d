// Everything here is bounded by the constants in the header, whatever a client sends.
#include "rules/match/page_facts.h"

#include "base/text.h"

namespace abm::rules {
namespace {

/// Takes the part before `separator` off the front of `rest`.
std::string_view next_part(std::string_view& rest, char separator) noexcept {
  const size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

/// A weight in thousandths (RFC 9110 12.4.2); -1 if the text is not a weight.
int weight_of(std::string_view text) noexcept {
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return -1;
  int weight = (text[0] - '0') * 1000;
  if (text.size() > 1 && text[1] != '.') return -1;
  int unit = 100;
  for (size_t i = 2; i < text.size() && i < 5; ++i, unit /= 10) {
    if (text[i] < '0' || text[i] > '9') return -1;
    weight += (text[i] - '0') * unit;
  }
  return std::min(weight, 1000);
}

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

std::string_view preferred_language(std::string_view header) noexcept {
  std::string_view rest = header.substr(0, std::min(header.size(), kMaxLanguageBytes));
  std::string_view best;
  int best_weight = 0;
  while (!rest.empty()) {
    std::string_view entry = next_part(rest, ',');
    const std::string_view tag = trimmed(next_part(entry, ';'));
    int weight = 1000;
    while (!entry.empty()) {
      const std::string_view parameter = trimmed(next_part(entry, ';'));
      if (parameter.size() > 2 && ascii_lower(parameter[0]) == 'q' && parameter[1] == '=') {
        weight = weight_of(parameter.substr(2));
      }
    }
    if (tag.empty() || tag == "*" || weight <= best_weight) continue;
    best = tag;
    best_weight = weight;
  }
  return best;
}

std::string_view primary_subtag(std::string_view language) noexcept {
  return language.substr(0, std::min(language.find('-'), language.size()));
}

std::optional<std::string_view> decode_query(std::string_view raw, std::span<char> buffer) noexcept {
  size_t size = 0;
  for (size_t i = 0; i < raw.size(); ++i) {
    if (size == buffer.size()) return std::nullopt;
    char c = raw[i] == '+' ? ' ' : raw[i];
    if (c == '%' && raw.size() - i > 2) {
      const int high = hex_digit(raw[i + 1]), low = hex_digit(raw[i + 2]);
      if (high >= 0 && low >= 0) {
        c = static_cast<char>(high * 16 + low);
        i += 2;
      }
    }
    buffer[size++] = c;
  }
  return std::string_view(buffer.data(), size);
}

PageFacts::PageFacts(std::string_view host, std::string_view path, std::string_view query,
                     std::string_view language) noexcept
    : host_(host), path_(path), query_(query), accept_language_(language) {
  if (host_.ends_with('.')) host_.remove_suffix(1);
}

std::string_view PageFacts::language() noexcept {
  if (!has_language_) language_ = preferred_language(accept_language_);
  has_language_ = true;
  return language_;
}

void PageFacts::split_query() noexcept {
  has_parameters_ = true;
  std::string_view rest = query_.substr(0, std::min(query_.size(), kMaxQueryBytes));
  while (!rest.empty() && parameters_ < parameter_.size()) {
    std::string_view value = next_part(rest, '&');
    if (value.empty()) continue;
    const std::string_view name = next_part(value, '=');
    parameter_[parameters_++] = {name.data(), value.data(), static_cast<uint32_t>(name.size()),
                                 static_cast<uint32_t>(value.size())};
  }
}

std::optional<std::string_view> PageFacts::query(std::string_view name) noexcept {
  if (!has_parameters_) split_query();
  std::array<char, 256> decoded;
  for (size_t i = 0; i < parameters_; ++i) {
    const Parameter& parameter = parameter_[i];
    if (decode_query({parameter.name, parameter.name_size}, decoded) != name) continue;
    return std::string_view(parameter.value, parameter.value_size);
  }
  return std::nullopt;
}

void PageFacts::make_keys() noexcept {
  has_keys_ = true;
  const auto set = [this](uint32_t kind, uint64_t value) {
    keys_[kind] = value;
    keys_present_ |= 1u << kind;
  };
  set(kHostName, folded_hash(host_));
  const std::string_view path = folded_path();
  if (path.size() <= kMaxKeyPath) set(kExactPath, folded_hash(path));
  size_t folders = 0;
  for (size_t i = 1; i < std::min(path.size(), kMaxKeyPath) && folders < kMaxKeyFolders; ++i) {
    if (path[i] == '/') set(folder_kind(++folders), folded_hash(path.substr(0, i + 1)));
  }
}

}  // namespace abm::rules
