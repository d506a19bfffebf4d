#include "connect/networks/package_archive.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdio>
#include <string>

#include <fmt/format.h>

#include "connect/networks/asn_table.h"
#include "connect/networks/published.h"

namespace abm::connect {
namespace {

std::string gzipped(const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string member(const std::string& name, const std::string& bytes, char type = '0') {
  std::string header(512, '\0');
  header.replace(0, name.size(), name);
  header.replace(100, 7, "0000644");
  header.replace(124, 11, fmt::format("{:011o}", bytes.size()));
  header[156] = type;
  header.replace(257, 5, "ustar");
  header.replace(148, 8, "        ");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  header.replace(148, 7, fmt::format("{:06o}", sum) + std::string(1, '\0'));
  std::string padded = bytes;
  padded.resize((bytes.size() + 511) / 512 * 512);
  return header + padded;
}

const std::string kEnd(1024, '\0');

TEST(PackageArchive, GivesTheFilesThatWereAskedFor) {
  const std::string tar = member("package/pax", "24 path=package/other\n", 'x') +
                          member("package/a.csv", "aaa") + member("package/b.csv", std::string(5000, 'b')) +
                          member("package/c", "c") + kEnd;
  const auto files = read_package(gzipped(tar), {"package/a.csv", "package/b.csv"}, 1 << 20);
  ASSERT_TRUE(files.ok()) << files.message();
  EXPECT_EQ(files->size(), 2u);
  EXPECT_EQ(files->at("package/a.csv"), "aaa");
  EXPECT_EQ(files->at("package/b.csv"), std::string(5000, 'b'));
}

TEST(PackageArchive, RefusesWhatIsMissingDamagedOrTooLarge) {
  const std::string tar = member("package/a.csv", "aaa") + kEnd;
  const std::string archive = gzipped(tar);
  EXPECT_EQ(read_package(archive, {"package/b.csv"}, 1 << 20).message(), "the archive lacks package/b.csv");
  EXPECT_EQ(read_package(archive, {"package/a.csv"}, 512).message(), "the archive holds more than 512 bytes");
  EXPECT_EQ(read_package("<html>", {}, 512).message(), "the archive is damaged: it is not gzip");
  for (size_t length = 0; length < archive.size(); ++length)
    EXPECT_FALSE(read_package(archive.substr(0, length), {"package/a.csv"}, 1 << 20).ok()) << length;
  std::string longer = tar;
  longer.replace(124, 11, "77777777777");
  EXPECT_FALSE(read_package(gzipped(longer), {"package/a.csv"}, 1 << 20).ok());
  // A link of that name is no file.
  EXPECT_FALSE(
      read_package(gzipped(member("package/a.csv", "", '2') + kEnd), {"package/a.csv"}, 1 << 20).ok());
}

TEST(PackageArchive, EveryFlippedBitOfAHeaderIsRefusedOrHarmless) {
  const std::string tar = member("package/a.csv", "aaa") + kEnd;
  for (size_t bit = 0; bit < 512 * 8; ++bit) {
    std::string bad = tar;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    const auto files = read_package(gzipped(bad), {"package/a.csv"}, 1 << 20);
    if (!files) continue;
    EXPECT_EQ(files->at("package/a.csv"), "aaa") << bit;
  }
}

TEST(PackageArchive, IsTheOneThatTheRegistryDescribes) {
  const std::string sum =
      "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==";  // "abc"
  EXPECT_TRUE(check_integrity("abc", sum).ok());
  EXPECT_TRUE(check_integrity("abc", "sha1-x " + sum).ok());
  EXPECT_FALSE(check_integrity("abd", sum).ok());
  EXPECT_FALSE(check_integrity("abc", "sha1-qZk+NkcGgWq6PiVxeFDCbJzQ2J0=").ok());
  EXPECT_FALSE(check_integrity("abc", "").ok());
}

TEST(AsnTable, TheRegistryNamesTheLatestVersion) {
  const auto package = read_package_metadata(
      R"({"dist-tags":{"latest":"2.3.1"},"versions":{"2.3.0":{},"2.3.1":{"dist":{"integrity":"sha512-x"}}}})");
  ASSERT_TRUE(package.ok()) << package.message();
  EXPECT_EQ(package->version, "2.3.1");
  EXPECT_EQ(package->integrity, "sha512-x");
  EXPECT_FALSE(read_package_metadata("<html>").ok());
  EXPECT_FALSE(read_package_metadata("{}").ok());
  EXPECT_FALSE(read_package_metadata(R"({"dist-tags":{"latest":"../../x"},"versions":{"../../x":{}}})").ok());
}

TEST(AsnTable, EveryLineIsARange) {
  constexpr std::string_view kTable =
      "1.0.0.0,1.0.0.255,13335,\"Cloudflare, Inc.\"\n2001::,2001::1,6939,HE\n";
  const auto table = read_as_table(kTable, "t.csv");
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(table->ranges, 2u);
  EXPECT_EQ(table->csv, kTable);
  EXPECT_EQ(read_as_table("1.0.0.0,1.0.0.255,1,=cmd()\n", "t.csv")->csv, "1.0.0.0,1.0.0.255,1,\"'=cmd()\"\n");
  EXPECT_EQ(read_as_table("1.0.0.0,1.0.0.255,13335,C\nx\n", "t.csv").message(),
            "t.csv:2: not 'range_start,range_end,asn,organization'");
  EXPECT_EQ(read_as_table("", "t.csv").message(), "t.csv: holds no range");
}

TEST(PublishedLists, AreChosenByNameAndByGroup) {
  const auto all = choose_lists({});
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->size(), published_lists().size());
  const auto some = choose_lists({"crawlers", "bingbot", "asn"});
  ASSERT_TRUE(some.ok());
  EXPECT_EQ(some->front()->name, "asn");
  EXPECT_EQ(some->back()->group, "crawlers");
  EXPECT_NE(choose_lists({"bingbto"}).message().find("'bingbto' is no list, did you mean 'bingbot'?"),
            std::string::npos);
}

}  // namespace
}  // namespace abm::connect
