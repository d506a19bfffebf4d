#include "generation/hold.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include <fmt/format.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/new_file.h"
#include "base/timestamp.h"

namespace abm::generation {
namespace {

constexpr size_t kMaxHoldBytes = 4096;
constexpr size_t kMaxUserBytes = 64;
constexpr mode_t kHoldMode = 0644;

bool is_user_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '-';
}

/// The text between `before` and the next `after` in `text`, which then begins behind it.
std::string_view take_hold_member(std::string_view& text, std::string_view before, std::string_view after) {
  if (!text.starts_with(before)) return {};
  const size_t end = text.find(after, before.size());
  if (end == text.npos) return {};
  const std::string_view value = text.substr(before.size(), end - before.size());
  text.remove_prefix(end + after.size());
  return value;
}

uint64_t hold_number(std::string_view digits) {
  uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

}  // namespace

std::string write_hold(const Hold& hold) {
  std::string text = fmt::format(
      "{{\n  \"abm\": \"hold/1\",\n  \"generation\": {},\n  \"since\": \"{}\",\n  \"replaced\": {},\n"
      "  \"by\": \"{}\",\n",
      hold.generation, format_rfc3339(hold.since), hold.replaced, hold.by);
  return text + fmt::format("  \"xxh3_128\": \"{}\"\n}}\n", hash128(text).hex());
}

Result<Hold> parse_hold(std::string_view text) {
  std::string_view rest = text;
  Hold hold;
  hold.generation =
      hold_number(take_hold_member(rest, "{\n  \"abm\": \"hold/1\",\n  \"generation\": ", ",\n"));
  hold.since = parse_rfc3339(take_hold_member(rest, "  \"since\": \"", "\",\n")).value_or(0);
  hold.replaced = hold_number(take_hold_member(rest, "  \"replaced\": ", ",\n"));
  hold.by = take_hold_member(rest, "  \"by\": \"", "\",\n");
  // Read leniently, then written again and compared: whatever is not as this version writes it shows here.
  if (hold.generation == 0 || hold.since == 0 ||
      !std::all_of(hold.by.begin(), hold.by.end(), is_user_letter) || write_hold(hold) != text) {
    return Error{"damaged, or not of the format hold/1"};
  }
  return hold;
}

Result<std::optional<Hold>> read_hold(const Folder& data) {
  if (::faccessat(data.fd.get(), kHoldName.data(), F_OK, 0) != 0 && errno == ENOENT)
    return std::optional<Hold>();
  constexpr std::string_view kRemedy =
      "which rules are held cannot be told: 'abmctl rollback N' holds those of generation N, 'abmctl publish "
      "--resume' publishes the site's own";
  const auto text = read_file_in(data, kHoldName, kMaxHoldBytes);
  if (!text) return Error{fmt::format("{} ({})", text.message(), kRemedy)};
  auto hold = parse_hold(*text);
  if (!hold) return Error{fmt::format("{}: {} ({})", data.path_of(kHoldName), hold.message(), kRemedy)};
  return std::optional<Hold>(std::move(*hold));
}

Result<void> put_hold(const Folder& data, const std::optional<Hold>& hold) {
  const std::string path = data.path_of(kHoldName);
  if (hold.has_value())
    return replace_file_at(data.fd.get(), std::string(kHoldName), write_hold(*hold), kHoldMode, path);
  if (::unlinkat(data.fd.get(), kHoldName.data(), 0) != 0) {
    if (errno == ENOENT) return {};
    return errno_error(path, errno);
  }
  if (::fsync(data.fd.get()) != 0) return errno_error(data.path, errno);
  return {};
}

std::string to_text(const Hold& hold) {
  return fmt::format("held at generation {} since {}", hold.generation, format_rfc3339(hold.since));
}

std::string user_for_hold() {
  std::string name = user_name(::geteuid());
  if (name.empty() || name.size() > kMaxUserBytes || !std::all_of(name.begin(), name.end(), is_user_letter))
    name = fmt::format("uid-{}", ::geteuid());
  return name;
}

}  // namespace abm::generation
