// Writes MANIFEST.json, and reads only what it would write: parse, write again, compare.
#include "generation/manifest.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "base/json_writer.h"
#include "base/timestamp.h"
#include "generation/manifest_layout.h"

namespace abm::generation {
namespace {

constexpr std::string_view kFormatKey = "{\n  \"abm\": \"generation/";
constexpr std::string_view kTailKey = "  \"xxh3_128\": \"";
constexpr std::string_view kTailEnd = "\"\n}\n";
constexpr uint32_t kFormatWithStory = 3;
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

/// `{"a": 1, "b": 2}`, in the order given.
void append_counts(std::string& out, const NamedCounts& counts) {
  out += '{';
  for (size_t i = 0; i < counts.size(); ++i) {
    if (i != 0) out += ", ";
    append_string(out, counts[i].first);
    out += fmt::format(": {}", counts[i].second);
  }
  out += '}';
}

void append_texts(std::string& out, const NamedTexts& texts) {
  out += '{';
  for (size_t i = 0; i < texts.size(); ++i) {
    if (i != 0) out += ", ";
    append_string(out, texts[i].first);
    out += ": ";
    append_string(out, texts[i].second);
  }
  out += '}';
}

/// What format 3 added: where its rules are from, who made it, and what changed.
void append_story(std::string& out, const Manifest& manifest) {
  out += fmt::format("  \"rules_from\": {},\n  \"replaces\": {},\n  \"made\": ", manifest.rules_from,
                     manifest.replaces);
  append_texts(out, manifest.made);
  out += ",\n  \"counts\": ";
  append_counts(out, manifest.counts);
  out += ",\n  \"counts_before\": ";
  append_counts(out, manifest.counts_before);
  out += ",\n  \"patterns\": ";
  append_counts(out, manifest.patterns);
  out += ",\n";
}

/// Everything before the self-hash member.
std::string write_body(const Manifest& manifest) {
  const uint32_t format = manifest.format;
  std::string out = fmt::format(
      "{{\n  \"abm\": \"generation/{}\",\n  \"number\": {},\n  \"created_at\": ", format, manifest.number);
  append_string(out, manifest.created_at);
  out += ",\n  \"tenant\": ";
  append_string(out, manifest.tenant);
  out += fmt::format(",\n  \"feed_version\": {},\n", manifest.feed_version);
  if (format >= kFormatWithStory) append_story(out, manifest);
  out += "  \"files\": [";
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
    out += fmt::format(", {}, \"counts\": ", hash_members(source.hash, format));
    append_counts(out, source.counts);
    out += '}';
  }
  out += "\n  ],\n";
  return out;
}

NamedCounts read_counts(ManifestLayout& in) {
  NamedCounts counts;
  in.expect("{");
  while (!in.failed() && !in.peek("}")) {
    if (!counts.empty()) in.expect(", ");
    std::string name = in.string();
    in.expect(": ");
    counts.emplace_back(std::move(name), in.number());
  }
  in.expect("}");
  return counts;
}

NamedTexts read_texts(ManifestLayout& in) {
  NamedTexts texts;
  in.expect("{");
  while (!in.failed() && !in.peek("}")) {
    if (!texts.empty()) in.expect(", ");
    std::string name = in.string();
    in.expect(": ");
    texts.emplace_back(std::move(name), in.string());
  }
  in.expect("}");
  return texts;
}

void read_story(ManifestLayout& in, Manifest& manifest) {
  in.expect("  \"rules_from\": ");
  manifest.rules_from = in.number();
  in.expect(",\n  \"replaces\": ");
  manifest.replaces = in.number();
  in.expect(",\n  \"made\": ");
  manifest.made = read_texts(in);
  in.expect(",\n  \"counts\": ");
  manifest.counts = read_counts(in);
  in.expect(",\n  \"counts_before\": ");
  manifest.counts_before = read_counts(in);
  in.expect(",\n  \"patterns\": ");
  manifest.patterns = read_counts(in);
  in.expect(",\n");
}

Manifest read_body(ManifestLayout& in, uint32_t format) {
  const bool with_sha256 = format != kForgeableFormat;
  Manifest manifest;
  manifest.format = format;
  in.expect(fmt::format("{}{}\",\n  \"number\": ", kFormatKey, format));
  manifest.number = in.number();
  in.expect(",\n  \"created_at\": ");
  manifest.created_at = in.string();
  in.expect(",\n  \"tenant\": ");
  manifest.tenant = in.string();
  in.expect(",\n  \"feed_version\": ");
  manifest.feed_version = in.number();
  in.expect(",\n");
  if (format >= kFormatWithStory) read_story(in, manifest);
  in.expect("  \"files\": [");
  for (size_t i = 0; i < kParts; ++i) {
    if (i != 0) in.expect(",");
    in.expect("\n    {\"name\": \"");
    in.expect(kPartNames[i]);
    in.expect("\", \"size\": ");
    manifest.files[i].size = in.number();
    in.expect(", ");
    manifest.files[i].hash = in.hash(with_sha256);
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
    source.hash = in.hash(with_sha256);
    in.expect(", \"counts\": ");
    source.counts = read_counts(in);
    in.expect("}");
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
  ManifestLayout in(body);
  Manifest manifest = read_body(in, format);
  if (in.failed() || !in.at_end()) {
    return refused(fmt::format("byte {}: not the layout of format generation/{}", in.offset(), format));
  }
  if (manifest.number == 0) return refused("number 0: generations count from 1");
  if (!parse_rfc3339(manifest.created_at)) {
    return refused(fmt::format("created_at '{}' is not an RFC 3339 time", manifest.created_at));
  }
  // One text per manifest: another spelling of an escape or number did not come from this writer.
  if (write_body(manifest) != body) return refused("not spelled as this version writes it");
  return manifest;
}

}  // namespace

std::string write_manifest(const Manifest& manifest) {
  std::string out = write_body(manifest);
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
    return refused(fmt::format(
        "format generation/{} is newer than this version, which reads up to generation/{}: upgrade", format,
        Manifest::kFormat));
  }
  return read_as(bytes, std::max(format, Manifest::kOldestServed));
}

NamedCounts counts_of_sources(const std::vector<SourceEntry>& sources) {
  struct Stated {
    std::string_view source, of_source, name;
  };
  static constexpr std::array<Stated, 3> kStated = {{{kAccountsSource, kAccountsCount, kCountAccounts},
                                                     {kFragmentsSource, kFilesCount, kCountFragments},
                                                     {kNetworksSource, kClaimsCount, kCountClaims}}};
  NamedCounts counts;
  for (const Stated& stated : kStated) {
    for (const SourceEntry& source : sources) {
      if (source.name != stated.source) continue;
      if (const auto count = count_of(source.counts, stated.of_source); count.has_value())
        counts.emplace_back(stated.name, *count);
    }
  }
  return counts;
}

ManifestFacts facts_of(const Manifest& manifest) {
  ManifestFacts facts;
  facts.format = manifest.format;
  facts.number = manifest.number;
  facts.created_at = manifest.created_at;
  facts.tenant = manifest.tenant;
  facts.feed_version = manifest.feed_version;
  facts.rules_from = manifest.rules_from;
  facts.replaces = manifest.replaces;
  facts.made = manifest.made;
  facts.counts = manifest.counts;
  facts.counts_before = manifest.counts_before;
  facts.patterns = manifest.patterns;
  for (size_t i = 0; i < kParts; ++i) facts.sizes[i] = manifest.files[i].size;
  for (const SourceEntry& source : manifest.sources) {
    facts.sources.emplace_back(source.name, source.counts);
    if (source.name == kAccountsSource && !facts.accounts.has_value())
      facts.accounts = count_of(source.counts, kAccountsCount);
  }
  if (facts.format < kFormatWithStory) facts.counts = counts_of_sources(manifest.sources);
  return facts;
}

Result<ManifestFacts> read_manifest_facts(std::string_view bytes) {
  const bool old = stated_format(bytes) == kForgeableFormat;
  auto manifest = old ? read_as(bytes, kForgeableFormat) : read_manifest(bytes);
  if (!manifest) return manifest.error();
  return facts_of(*manifest);
}

std::string_view text_of(const NamedTexts& texts, std::string_view name) noexcept {
  for (const auto& [key, text] : texts) {
    if (key == name) return text;
  }
  return {};
}

std::optional<uint64_t> count_of(const NamedCounts& counts, std::string_view name) noexcept {
  for (const auto& [key, count] : counts) {
    if (key == name) return count;
  }
  return std::nullopt;
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
