#include "generation/sealed_part.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace abm::generation {
namespace {

using Layout = SealedPart::Layout;

std::string pattern(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 2654435761u >> 13);
  return bytes;
}

std::shared_ptr<SealedPart> part_of(std::string_view bytes, Layout layout, size_t piece = 100'000) {
  auto part = SealedPart::create("test", bytes.size(), layout);
  EXPECT_TRUE(part.ok());
  while (!bytes.empty()) {
    EXPECT_TRUE((*part)->append(bytes.substr(0, piece)).ok());
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  EXPECT_TRUE((*part)->finish().ok());
  return *part;
}

/// This process's mappings that are named after our memfds.
size_t mappings() {
  std::ifstream lines("/proc/self/maps");
  size_t count = 0;
  for (std::string line; std::getline(lines, line);) count += line.find("memfd:test") != line.npos ? 1 : 0;
  return count;
}

TEST(SealedPart, HasTheBytesAndTheHashOfWhatWasAppended) {
  constexpr size_t kSegment = SealedPart::kSegmentBytes;
  for (const size_t size :
       {size_t{1}, size_t{4096}, kSegment - 1, kSegment, kSegment + 1, 3 * kSegment + 77}) {
    const std::string bytes = pattern(size);
    for (const Layout layout : {Layout::kOneFile, Layout::kSegments}) {
      for (const size_t piece : {size_t{100'000}, size_t{1} << 30}) {
        const auto part = part_of(bytes, layout, piece);
        EXPECT_TRUE(part->bytes() == bytes) << size;
        EXPECT_EQ(part->hash(), *content_hash(bytes)) << size;
        EXPECT_EQ(part->size(), size);
      }
    }
  }
}

TEST(SealedPart, CannotBeChangedByAnybody) {
  const auto part = part_of(pattern(5000), Layout::kOneFile);
  ASSERT_GE(part->fd(), 0);
  EXPECT_EQ(::write(part->fd(), "x", 1), -1);
  EXPECT_EQ(::ftruncate(part->fd(), 0), -1);
  EXPECT_EQ(::mmap(nullptr, 4096, PROT_WRITE, MAP_SHARED, part->fd(), 0), MAP_FAILED);
  const auto segments = part_of(pattern(3 * SealedPart::kSegmentBytes), Layout::kSegments);
  EXPECT_EQ(segments->fd(), -1) << "nobody has a descriptor of it";
  EXPECT_EQ(mappings(), 4u);
}

TEST(SealedPart, MayBeEmpty) {
  for (const Layout layout : {Layout::kOneFile, Layout::kSegments}) {
    const auto part = part_of("", layout);
    EXPECT_EQ(part->bytes(), "");
    EXPECT_EQ(part->hash(), *content_hash(""));
    EXPECT_EQ(part->fd() >= 0, layout == Layout::kOneFile);
    EXPECT_TRUE(part->release(1));
  }
}

TEST(SealedPart, RefusesMoreOrFewerBytesThanAnnounced) {
  for (const Layout layout : {Layout::kOneFile, Layout::kSegments}) {
    auto part = SealedPart::create("test", 10, layout);
    ASSERT_TRUE(part.ok());
    EXPECT_TRUE((*part)->append("12345").ok());
    EXPECT_FALSE((*part)->finish().ok());
    EXPECT_FALSE((*part)->append("1234567").ok());
  }
}

TEST(SealedPart, GoesASliceAtATime) {
  const auto part = part_of(pattern(8 * SealedPart::kSegmentBytes + 5), Layout::kSegments);
  size_t slices = 1;
  while (!part->release(1)) {
    ++slices;
    EXPECT_LE(mappings(), 10 - slices);
  }
  EXPECT_EQ(slices, 8u);
  EXPECT_EQ(mappings(), 0u);
}

TEST(SealedPart, InOneFileIsCutOffASliceAtATime) {
  const auto part = part_of(pattern(100'000), Layout::kOneFile);
  const Fd other(::fcntl(part->fd(), F_DUPFD_CLOEXEC, 0));
  EXPECT_FALSE(part->release(50'000));
  EXPECT_EQ(*file_size(other.get(), "test"), 49'152u) << "whole pages";
  EXPECT_EQ(part->fd(), -1);
  EXPECT_FALSE(part->release(40'960));
  EXPECT_TRUE(part->release(50'000));
  EXPECT_EQ(mappings(), 0u);
}

}  // namespace
}  // namespace abm::generation
