// MANIFEST.json: what a generation consists of. Written and read in one fixed layout, so that a worker can
// check it without a JSON parser; its last member is the XXH3-128 of all bytes before that member, against
// damage. What its signature vouches for are the files' SHA-256.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/content_hash.h"
#include "base/result.h"

namespace abm::generation {

/// The files of a generation, in manifest order.
enum class Part : uint8_t { kIpdb, kAccounts, kRules };
inline constexpr size_t kParts = 3;
inline constexpr std::array<std::string_view, kParts> kPartNames = {"ipdb.mmdb", "accounts.bin", "rules.bin"};

inline constexpr std::string_view kManifestName = "MANIFEST.json";
inline constexpr std::string_view kSignatureName = "MANIFEST.json.minisig";
inline constexpr std::string_view kCurrentName = "CURRENT";

/// The name of the feed's entry among a manifest's sources, and of its account count.
inline constexpr std::string_view kAccountsSource = "accounts";
inline constexpr std::string_view kAccountsCount = "accounts";
/// Prefix of the entry name of each network source; the file's name follows.
inline constexpr std::string_view kOneNetworkSource = "networks: ";

struct FileEntry {
  uint64_t size = 0;
  ContentHash hash;

  friend bool operator==(const FileEntry&, const FileEntry&) = default;
};

/// One input of the build, for people and for "unchanged, skip".
struct SourceEntry {
  std::string name;     ///< "accounts", "networks: asn-ipv4.csv", "rules/home.yaml" …
  std::string version;  ///< feed version, file time; may be empty
  ContentHash hash;
  std::vector<std::pair<std::string, uint64_t>> counts;  ///< "accounts" → 61 …

  friend bool operator==(const SourceEntry&, const SourceEntry&) = default;
};

struct Manifest {
  static constexpr uint32_t kFormat = 2;
  uint64_t number = 0;
  std::string created_at;  ///< RFC 3339, UTC
  std::string tenant;
  uint64_t feed_version = 0;
  std::array<FileEntry, kParts> files;
  std::vector<SourceEntry> sources;

  friend bool operator==(const Manifest&, const Manifest&) = default;
  [[nodiscard]] const FileEntry& file(Part part) const noexcept { return files[static_cast<size_t>(part)]; }
};

inline constexpr size_t kMaxManifestBytes = 1u << 20;

[[nodiscard]] std::string write_manifest(const Manifest& manifest);
/// Accepts exactly what write_manifest writes (any other byte is refused). Errors begin with "MANIFEST.json:
/// "; the caller prefixes the folder.
[[nodiscard]] Result<Manifest> read_manifest(std::string_view bytes);

/// Format 1 named its files by XXH3-128 alone: anybody can make another file with that hash.
inline constexpr uint32_t kForgeableFormat = 1;

/// What a manifest says about its generation, but not the files' hashes.
struct ManifestFacts {
  uint32_t format = 0;
  uint64_t number = 0;
  std::string created_at;
  std::string tenant;
  uint64_t feed_version = 0;
  std::array<uint64_t, kParts> sizes{};  ///< bytes of each file
  std::optional<uint64_t> accounts;      ///< std::nullopt: not stated
};
[[nodiscard]] ManifestFacts facts_of(const Manifest& manifest);
/// From a manifest in this format or in format 1. For the control plane, which compares the next feed with
/// the last one and continues the numbering; never a reason to serve, adopt, mirror or link a file.
[[nodiscard]] Result<ManifestFacts> read_manifest_facts(std::string_view bytes);

/// "gen-000043"; numbers above 999,999 get more digits.
[[nodiscard]] std::string generation_name(uint64_t number);
/// The number of a well-formed name; an error for anything else ("../x", "gen-43", "gen-000043/").
[[nodiscard]] Result<uint64_t> parse_generation_name(std::string_view name);

}  // namespace abm::generation
