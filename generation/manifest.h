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
/// The name of the entry of what changed the feed's accounts (AccountChanges).
inline constexpr std::string_view kChangesSource = "engagement";
/// The name of the index's entry, and of its count of networks.
inline constexpr std::string_view kNetworksSource = "networks";
inline constexpr std::string_view kClaimsCount = "claims";
/// The name of the entry of all fragments together, and of the number of their files.
inline constexpr std::string_view kFragmentsSource = "fragments";
inline constexpr std::string_view kFilesCount = "files";
/// How many lines, ranges or records a network source has.
inline constexpr std::string_view kEntriesCount = "entries";
inline constexpr std::string_view kIdentifiableCount =
    "identifiable";  ///< of the accounts, by a visitor's address
/// Prefix of the entry name of each network source; the file's name follows.
inline constexpr std::string_view kOneNetworkSource = "networks: ";

/// Named values in the order written. Readers keep names that they do not know, so that a later version may
/// add some without a new format.
using NamedTexts = std::vector<std::pair<std::string, std::string>>;
using NamedCounts = std::vector<std::pair<std::string, uint64_t>>;
/// The first of that name; "" if there is none. Valid as long as `texts`.
[[nodiscard]] std::string_view text_of(const NamedTexts& texts, std::string_view name) noexcept;
[[nodiscard]] std::optional<uint64_t> count_of(const NamedCounts& counts, std::string_view name) noexcept;

/// Names in `Manifest::made`; what is not known is left out.
inline constexpr std::string_view kMadeUser = "user";           ///< who published: a login name, or a number
inline constexpr std::string_view kMadeSudoUser = "sudo_user";  ///< for whom sudo ran it, if it did
inline constexpr std::string_view kMadeHost = "host";           ///< where
inline constexpr std::string_view kMadeCommit = "commit";  ///< of the rules' git repository, 40 or 64 digits
inline constexpr std::string_view kMadeWorkTree = "work_tree";  ///< one of kWorkTree…
inline constexpr std::string_view kMadeTests = "tests";         ///< one of kTests…
inline constexpr std::string_view kMadeChanged = "changed";     ///< files unlike those of the one it replaces
/// Codes that the rules' files silence at their top level, with spaces between.
inline constexpr std::string_view kMadeSilenced = "silenced";
inline constexpr std::string_view kTestsPassed = "passed";
inline constexpr std::string_view kTestsNone = "none";
inline constexpr std::string_view kTestsSkipped = "skipped";
inline constexpr std::string_view kWorkTreeClean = "clean";
inline constexpr std::string_view kWorkTreeChanged = "changed";

/// Names in `Manifest::counts`.
inline constexpr std::string_view kCountAccounts = "accounts";
inline constexpr std::string_view kCountRules = "rules";
inline constexpr std::string_view kCountFragments = "fragments";  ///< files that rules insert
inline constexpr std::string_view kCountClaims = "claims";  ///< networks that name an account or exclude
inline constexpr std::string_view kCountTests = "tests";    ///< that the site has

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
  NamedCounts counts;  ///< "accounts" → 61 …

  friend bool operator==(const SourceEntry&, const SourceEntry&) = default;
};

struct Manifest {
  static constexpr uint32_t kFormat = 3;        ///< what is written
  static constexpr uint32_t kOldestServed = 2;  ///< a generation in use outlives an upgrade
  uint32_t format = kFormat;
  uint64_t number = 0;
  std::string created_at;  ///< RFC 3339, UTC
  std::string tenant;
  uint64_t feed_version = 0;
  // Down to `patterns`: since format 3.
  uint64_t rules_from = 0;    ///< the generation whose rules these are; 0: this publication's own
  uint64_t replaces = 0;      ///< the generation that served before; 0: none
  NamedTexts made;            ///< who made it, of what, and what was checked
  NamedCounts counts;         ///< what is in it
  NamedCounts counts_before;  ///< what was in the one that it replaces; empty if that is not known
  NamedCounts patterns;       ///< by pattern of `rules:` in site.yaml: how many files it matched
  std::array<FileEntry, kParts> files;
  std::vector<SourceEntry> sources;

  friend bool operator==(const Manifest&, const Manifest&) = default;
  [[nodiscard]] const FileEntry& file(Part part) const noexcept { return files[static_cast<size_t>(part)]; }
};

inline constexpr size_t kMaxManifestBytes = 1u << 20;

/// In `manifest.format`.
[[nodiscard]] std::string write_manifest(const Manifest& manifest);
/// Formats 2 and 3. Accepts exactly what write_manifest writes (any other byte is refused). Errors begin with
/// "MANIFEST.json: "; the caller prefixes the folder.
[[nodiscard]] Result<Manifest> read_manifest(std::string_view bytes);

/// Format 1 named its files by XXH3-128 alone: anybody can make another file with that hash.
inline constexpr uint32_t kForgeableFormat = 1;

/// The counts of Manifest::counts that a list of sources states: accounts, fragments, claims.
[[nodiscard]] NamedCounts counts_of_sources(const std::vector<SourceEntry>& sources);

/// What a manifest says about its generation, but not the files' hashes.
struct ManifestFacts {
  uint32_t format = 0;
  uint64_t number = 0;
  std::string created_at;
  std::string tenant;
  uint64_t feed_version = 0;
  uint64_t rules_from = 0, replaces = 0;
  NamedTexts made;
  NamedCounts counts;  ///< of an older format: those that its sources state
  NamedCounts counts_before, patterns;
  std::vector<std::pair<std::string, NamedCounts>> sources;  ///< by name
  std::array<uint64_t, kParts> sizes{};                      ///< bytes of each file
  std::optional<uint64_t> accounts;                          ///< of its feed; std::nullopt: not stated
};
[[nodiscard]] ManifestFacts facts_of(const Manifest& manifest);
/// From a manifest in any format, also in format 1. For the control plane, which compares the next feed with
/// the last one and continues the numbering; never a reason to serve, adopt, mirror or link a file.
[[nodiscard]] Result<ManifestFacts> read_manifest_facts(std::string_view bytes);

/// "gen-000043"; numbers above 999,999 get more digits.
[[nodiscard]] std::string generation_name(uint64_t number);
/// The number of a well-formed name; an error for anything else ("../x", "gen-43", "gen-000043/").
[[nodiscard]] Result<uint64_t> parse_generation_name(std::string_view name);

}  // namespace abm::generation
