#include "tests/generation/generation_testing.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "accounts/snapshot_writer.h"
#include "generation/folder.h"
#include "generation/hold.h"
#include "ipdb/mmdb_writer.h"
#include "rules/compile/compile.h"

namespace abm::generation::testing {
namespace {

namespace fs = std::filesystem;

accounts::Account make_account(const std::string& id, size_t padding) {
  accounts::Account account;
  account.text[static_cast<size_t>(accounts::TextField::kId)] = id;
  account.text[static_cast<size_t>(accounts::TextField::kName)] = "Name of " + id + std::string(padding, 'x');
  account.text[static_cast<size_t>(accounts::TextField::kDomain)] = id + ".example";
  account.domains = {id + ".example"};
  account.tier = accounts::Tier::kOneToOne;
  return account;
}

std::string make_index(const std::string& account) {
  ipdb::MmdbWriter writer;
  const uint32_t owner = writer.add_record(
      {.account = account, .confidence = Confidence::kMedium, .source = ipdb::Source::kAsn});
  const uint32_t provider = writer.add_record({.account = {}, .exclusion = ipdb::Exclusion::kIsp});
  const uint32_t stranger = writer.add_record(
      {.account = "not-in-the-snapshot", .confidence = Confidence::kHigh, .source = ipdb::Source::kCsv});
  writer.insert(*IpPrefix::parse("192.0.2.0/24"), owner);
  writer.insert(*IpPrefix::parse("2001:db8::/32"), owner);
  writer.insert(*IpPrefix::parse("198.51.100.0/24"), provider);
  writer.insert(*IpPrefix::parse("203.0.113.0/24"), stranger);
  auto bytes = std::move(writer).finish(1'763'780'000, "test");
  EXPECT_TRUE(bytes.ok());
  return *bytes;
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  // In memory if possible: the sweep of faults syncs thousands of files.
  const fs::path memory = "/dev/shm";
  const bool in_memory = ::access(memory.c_str(), W_OK) == 0;
  std::string pattern = ((in_memory ? memory : fs::temp_directory_path()) / "abm-test-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) std::abort();
  ::chmod(pattern.c_str(), 0755);
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code code;
  fs::remove_all(path_, code);
}

Artifacts make_artifacts(const Sample& sample) {
  Artifacts artifacts;
  artifacts.manifest.tenant = sample.tenant;
  artifacts.manifest.feed_version = sample.feed_version;
  artifacts.manifest.sources.push_back(
      {"accounts", "7", *content_hash("feed"), {{"accounts", sample.accounts}}});
  accounts::SnapshotWriter writer;
  for (const std::string& id : {std::string("deere"), std::string("ford"), sample.last})
    writer.add(make_account(id, sample.padding));
  for (size_t i = 0; i < sample.fillers; ++i) writer.add(make_account("filler-" + std::to_string(i), 900));
  accounts::FeedHeader header;
  header.tenant = sample.tenant;
  header.version = sample.feed_version;
  header.generated_at = 1'763'780'000;
  if (sample.expires_at != 0) header.expires_at = sample.expires_at;
  auto snapshot = writer.finish(header);
  EXPECT_TRUE(snapshot.ok());
  rules::Ruleset ruleset;
  ruleset.control = {1000, sample.salt};
  auto program = rules::compile_rules(ruleset);
  EXPECT_TRUE(program.ok());
  artifacts.bytes = {make_index(sample.account), *snapshot, *program};
  return artifacts;
}

uint64_t publish_sample(const std::string& data_dir, const Sample& sample) {
  PublishOptions options;
  options.data_dir = data_dir;
  if (const auto data = open_folder(data_dir); data) {
    if (const auto hold = read_hold(*data); hold) options.hold = *hold;
  }
  const auto published = publish(make_artifacts(sample), options);
  EXPECT_TRUE(published.ok()) << published.message();
  return published ? published->number : 0;
}

std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_text(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

void overwrite_in_place(const std::string& path, std::string_view text) {
  ::chmod(path.c_str(), 0644);
  write_text(path, text);
}

void make_format_2(const std::string& folder) {
  const std::string path = folder + "/" + std::string(kManifestName);
  auto manifest = read_manifest(read_text(path));
  ASSERT_TRUE(manifest.ok()) << manifest.message();
  manifest->format = 2;
  overwrite_in_place(path, write_manifest(*manifest));
}

void make_format_1(const std::string& folder) {
  make_format_2(folder);
  const std::string path = folder + "/" + std::string(kManifestName);
  std::string text = read_text(path);
  text.replace(text.find("generation/2"), 12, "generation/1");
  constexpr std::string_view kMember = "\"sha256\": \"";
  for (size_t at = 0; (at = text.find(kMember, at)) != text.npos;) text.erase(at, kMember.size() + 64 + 3);
  text.resize(text.rfind("  \"xxh3_128\": \""));
  overwrite_in_place(path, text + "  \"xxh3_128\": \"" + hash128(text).hex() + "\"\n}\n");
}

uint64_t inode_of(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace abm::generation::testing
