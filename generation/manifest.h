// MANIFEST.json: what a generation consists of. Written and read in one fixed layout, so that a worker can
// check it without a JSON parser; its last member is the XXH3-128 of all bytes before that member, against
// damage. What a signature of it vouches for are the files' SHA-256.
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

/// The name of the feed's entry among a manifest's sources, and of its number of accounts.
inline constexpr std::string_view kAccountsSource = "accounts";
inline constexpr std::string_view kAccountsCount = "accounts";
/// What begins the name of the entry of each source of networks; the file's name follows.
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
/// Accepts exactly what write_manifest writes (any other byte anywhere is refused). Errors begin with
/// "MANIFEST.json: "; the caller puts the folder before it.
[[nodiscard]] Result<Manifest> read_manifest(std::string_view bytes);

/// Format 1 named its files by XXH3-128 alone: anybody can make another file of that hash.
inline constexpr uint32_t kForgeableFormat = 1;

/// What a manifest says of its generation, but not what its files are.
struct ManifestFacts {
  uint32_t format = 0;
  uint64_t number = 0;
  std::string created_at;
  std::string tenant;
  uint64_t feed_version = 0;
  std::array<uint64_t, kParts> sizes{};  ///< bytes of each file
  std::optional<uint64_t> accounts;      ///< how many; std::nullopt: it does not say
};
[[nodiscard]] ManifestFacts facts_of(const Manifest& manifest);
/// Of a manifest in this format or in format 1. For the control plane, which holds the next feed against the
/// last one and counts on from the last number; never a reason to serve, adopt, mirror or link a file.
[[nodiscard]] Result<ManifestFacts> read_manifest_facts(std::string_view bytes);

/// "gen-000043"; numbers above 999,999 get more digits.
[[nodiscard]] std::string generation_name(uint64_t number);
/// The number of a well-formed name; an error for anything else ("../x", "gen-43", "gen-000043/").
[[nodiscard]] Result<uint64_t> parse_generation_name(std::string_view name);

}  // namespace abm::generation
