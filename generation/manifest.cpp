// Writes MANIFEST.json, and reads only what it would write: parse, write again, compare.
#include "generation/manifest.h"

#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "base/json_writer.h"
#include "base/text.h"
#include "base/timestamp.h"

namespace abm::generation {
namespace {

constexpr std::string_view kFormatKey = "{\n  \"abm\": \"generation/";
constexpr std::string_view kTailKey = "  \"xxh3_128\": \"";
constexpr std::string_view kTailEnd = "\"\n}\n";
constexpr size_t kHexDigits = 32;
constexpr size_t kTailBytes = kTailKey.size() + kHexDigits + kTailEnd.size();

void append_string(std::string& out, std::string_view text) {
  JsonWriter<std::string>(out).string(text);
}

/// `"sha256": "…", "xxh3_128": "…"`; format 1 has only the second.
std::string hash_members(const ContentHash& hash, uint32_t format) {
  const std::string quick = fmt::format("\"xxh3_128\": \"{}\"", hash.xxh3.hex());
  return format == kForgeableFormat ? quick : fmt::format("\"sha256\": \"{}\", {}", hash.sha256.hex(), quick);
}

/// Everything before the self-hash member.
std::string write_body(const Manifest& manifest, uint32_t format) {
  std::string out = fmt::format(
      "{{\n  \"abm\": \"generation/{}\",\n  \"number\": {},\n  \"created_at\": ", format, manifest.number);
  append_string(out, manifest.created_at);
  out += ",\n  \"tenant\": ";
  append_string(out, manifest.tenant);
  out += fmt::format(",\n  \"feed_version\": {},\n  \"files\": [", manifest.feed_version);
  for (size_t i = 0; i < kParts; ++i) {
    out += fmt::format("{}\n    {{\"name\": \"{}\", \"size\": {}, {}}}", i == 0 ? "" : ",", kPartNames[i],
                       manifest.files[i].size, hash_members(manifest.files[i].hash, format));
  }
  out += "\n  ],\n  \"sources\": [";
  for (size_t i = 0; i < manifest.sources.size(); ++i) {
    const SourceEntry& source = manifest.sources[i];
    out += i == 0 ? "\n    {\"name\": " : ",\n    {\"name\": ";
    append_string(out, source.name);
    out += ", \"version\": ";
    append_string(out, source.version);
    out += fmt::format(", {}, \"counts\": {{", hash_members(source.hash, format));
    for (size_t c = 0; c < source.counts.size(); ++c) {
      if (c != 0) out += ", ";
      append_string(out, source.counts[c].first);
      out += fmt::format(": {}", source.counts[c].second);
    }
    out += "}}";
  }
  out += "\n  ],\n";
  return out;
}

/// Walks the fixed layout. The first mismatch stops it; later calls do nothing.
class LayoutReader {
 public:
  explicit LayoutReader(std::string_view bytes) noexcept : bytes_(bytes) {}

  bool peek(std::string_view text) const noexcept { return !failed_ && bytes_.substr(at_).starts_with(text); }
  bool accept(std::string_view text) noexcept {
    if (!peek(text)) return false;
    at_ += text.size();
    return true;
  }
  void expect(std::string_view text) noexcept {
    if (!accept(text)) failed_ = true;
  }
  uint64_t number() noexcept {
    uint64_t value = 0;
    if (failed_) return 0;
    const char* begin = bytes_.data() + at_;
    const auto [end, code] = std::from_chars(begin, bytes_.data() + bytes_.size(), value);
    if (code != std::errc{} || (end - begin > 1 && *begin == '0')) {
      failed_ = true;
      return 0;
    }
    at_ += static_cast<size_t>(end - begin);
    return value;
  }
  ContentHash hash(uint32_t format) noexcept {
    ContentHash hash;
    if (format != kForgeableFormat) {
      expect("\"sha256\": \"");
      const auto sha256 = Sha256::from_hex(failed_ ? "" : bytes_.substr(at_, 2 * hash.sha256.bytes.size()));
      failed_ = failed_ || !sha256.has_value();
      if (failed_) return hash;
      hash.sha256 = *sha256;
      at_ += 2 * hash.sha256.bytes.size();
      expect("\", ");
    }
    expect("\"xxh3_128\": \"");
    hash.xxh3.high = hex(16);
    hash.xxh3.low = hex(16);
    expect("\"");
    return hash;
  }
  std::string string() {
    std::string text;
    expect("\"");
    while (!failed_ && at_ < bytes_.size() && bytes_[at_] != '"') {
      if (bytes_[at_] == '\\') {
        escape(text);
      } else {
        text += bytes_[at_++];
      }
    }
    expect("\"");
    return text;
  }

  [[nodiscard]] bool failed() const noexcept { return failed_; }
  [[nodiscard]] bool at_end() const noexcept { return at_ == bytes_.size(); }
  [[nodiscard]] size_t offset() const noexcept { return at_; }

 private:
  uint64_t hex(size_t digits) noexcept {
    uint64_t value = 0;
    if (failed_ || bytes_.size() - at_ < digits) {
      failed_ = true;
      return 0;
    }
    const char* begin = bytes_.data() + at_;
    const auto [end, code] = std::from_chars(begin, begin + digits, value, 16);
    if (code != std::errc{} || end != begin + digits) failed_ = true;
    at_ += digits;
    return value;
  }
  void escape(std::string& text) {
    ++at_;
    if (at_ >= bytes_.size()) return;
    const char kind = bytes_[at_++];
    switch (kind) {
      case '"':
      case '\\':
      case '/':
        text += kind;
        return;
      case 'b':
        text += '\b';
        return;
      case 'f':
        text += '\f';
        return;
      case 'n':
        text += '\n';
        return;
      case 'r':
        text += '\r';
        return;
      case 't':
        text += '\t';
        return;
      case 'u': {
        const uint64_t point = hex(4);
        if (point >= 0xd800 && point <= 0xdfff) failed_ = true;  // the writer never writes surrogate pairs
        if (!failed_) append_utf8(text, static_cast<char32_t>(point));
        return;
      }
      default:
        failed_ = true;
    }
  }

  std::string_view bytes_;
  size_t at_ = 0;
  bool failed_ = false;
};

Manifest read_body(LayoutReader& in, uint32_t format) {
  Manifest manifest;
  in.expect(fmt::format("{}{}\",\n  \"number\": ", kFormatKey, format));
  manifest.number = in.number();
  in.expect(",\n  \"created_at\": ");
  manifest.created_at = in.string();
  in.expect(",\n  \"tenant\": ");
  manifest.tenant = in.string();
  in.expect(",\n  \"feed_version\": ");
  manifest.feed_version = in.number();
  in.expect(",\n  \"files\": [");
  for (size_t i = 0; i < kParts; ++i) {
    if (i != 0) in.expect(",");
    in.expect("\n    {\"name\": \"");
    in.expect(kPartNames[i]);
    in.expect("\", \"size\": ");
    manifest.files[i].size = in.number();
    in.expect(", ");
    manifest.files[i].hash = in.hash(format);
    in.expect("}");
  }
  in.expect("\n  ],\n  \"sources\": [");
  while (!in.failed() && !in.peek("\n  ],\n")) {
    if (!manifest.sources.empty()) in.expect(",");
    SourceEntry& source = manifest.sources.emplace_back();
    in.expect("\n    {\"name\": ");
    source.name = in.string();
    in.expect(", \"version\": ");
    source.version = in.string();
    in.expect(", ");
    source.hash = in.hash(format);
    in.expect(", \"counts\": {");
    while (!in.failed() && !in.peek("}")) {
      if (!source.counts.empty()) in.expect(", ");
      std::string name = in.string();
      in.expect(": ");
      source.counts.emplace_back(std::move(name), in.number());
    }
    in.expect("}}");
  }
  in.expect("\n  ],\n");
  return manifest;
}

Error refused(std::string_view reason) {
  return Error{fmt::format("{}: {}", kManifestName, reason)};
}

/// The number in the first member; 0: missing.
uint32_t stated_format(std::string_view bytes) noexcept {
  uint32_t format = 0;
  if (!bytes.starts_with(kFormatKey)) return 0;
  bytes.remove_prefix(kFormatKey.size());
  const auto [end, code] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), format);
  return code == std::errc{} && end != bytes.data() + bytes.size() && *end == '"' ? format : 0;
}

/// A manifest of `format` only.
Result<Manifest> read_as(std::string_view bytes, uint32_t format) {
  if (bytes.size() > kMaxManifestBytes) {
    return refused(fmt::format("{} bytes, more than the limit of {}", bytes.size(), kMaxManifestBytes));
  }
  if (bytes.empty()) return refused("empty file");
  if (bytes.size() < kTailBytes || !bytes.ends_with(kTailEnd)) return refused("cut short, or not a manifest");
  const std::string_view body = bytes.substr(0, bytes.size() - kTailBytes);
  const std::string_view tail = bytes.substr(body.size());
  if (!tail.starts_with(kTailKey)) return refused("does not end with its own hash: not a manifest");
  if (tail.substr(kTailKey.size(), kHexDigits) != hash128(body).hex()) {
    return refused("its bytes do not match the hash it states: damaged or edited");
  }
  LayoutReader in(body);
  Manifest manifest = read_body(in, format);
  if (in.failed() || !in.at_end()) {
    return refused(fmt::format("byte {}: not the layout of format generation/{}", in.offset(), format));
  }
  if (manifest.number == 0) return refused("number 0: generations count from 1");
  if (!parse_rfc3339(manifest.created_at)) {
    return refused(fmt::format("created_at '{}' is not an RFC 3339 time", manifest.created_at));
  }
  // One text per manifest: another spelling of an escape or number did not come from this writer.
  if (write_body(manifest, format) != body) return refused("not spelled as this version writes it");
  return manifest;
}

}  // namespace

std::string write_manifest(const Manifest& manifest) {
  std::string out = write_body(manifest, Manifest::kFormat);
  const std::string hash = hash128(out).hex();
  out += kTailKey;
  out += hash;
  out += kTailEnd;
  return out;
}

Result<Manifest> read_manifest(std::string_view bytes) {
  const uint32_t format = stated_format(bytes);
  if (format == kForgeableFormat) {
    return refused(
        "format generation/1 names its files by a hash that can be forged: publish again with this version");
  }
  if (format > Manifest::kFormat) {
    return refused(
        fmt::format("format generation/{} is newer than this version, which reads generation/{}: upgrade",
                    format, Manifest::kFormat));
  }
  return read_as(bytes, Manifest::kFormat);
}

ManifestFacts facts_of(const Manifest& manifest) {
  ManifestFacts facts;
  facts.format = Manifest::kFormat;
  facts.number = manifest.number;
  facts.created_at = manifest.created_at;
  facts.tenant = manifest.tenant;
  facts.feed_version = manifest.feed_version;
  for (size_t i = 0; i < kParts; ++i) facts.sizes[i] = manifest.files[i].size;
  for (const SourceEntry& source : manifest.sources) {
    if (source.name != kAccountsSource || facts.accounts.has_value()) continue;
    for (const auto& [name, value] : source.counts) {
      if (name == kAccountsCount) facts.accounts = value;
    }
  }
  return facts;
}

Result<ManifestFacts> read_manifest_facts(std::string_view bytes) {
  const bool old = stated_format(bytes) == kForgeableFormat;
  auto manifest = old ? read_as(bytes, kForgeableFormat) : read_manifest(bytes);
  if (!manifest) return manifest.error();
  ManifestFacts facts = facts_of(*manifest);
  if (old) facts.format = kForgeableFormat;
  return facts;
}

std::string generation_name(uint64_t number) {
  return fmt::format("gen-{:06}", number);
}

Result<uint64_t> parse_generation_name(std::string_view name) {
  constexpr std::string_view kPrefix = "gen-";
  uint64_t number = 0;
  if (name.starts_with(kPrefix) && name.size() <= kPrefix.size() + 20) {
    const char* begin = name.data() + kPrefix.size();
    const char* end = name.data() + name.size();
    const auto parsed = std::from_chars(begin, end, number);
    if (parsed.ec == std::errc{} && parsed.ptr == end && number != 0 && generation_name(number) == name)
      return number;
  }
  return Error{fmt::format("'{}' is not a generation's name, such as gen-000043", name.substr(0, 64))};
}

}  // namespace abm::generation
