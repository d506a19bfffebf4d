#include "accounts/snapshot_checker.h"

#include <cstddef>
#include <cstring>
#include <random>
#include <span>

#include <gtest/gtest.h>

#include "tests/accounts/feed_samples.h"
#include "tests/accounts/snapshot_walk.h"

namespace abm::accounts {
namespace {

using namespace format;

template <typename T>
T load(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}
template <typename T>
void store(char* at, T value) {
  std::memcpy(at, &value, sizeof value);
}

/// With activity and pages.
std::string small_file() {
  std::string file = samples::snapshot_of_feed(samples::generated_feed(3));
  EXPECT_GT(header_of(file.data()).activities, 0u);
  EXPECT_GT(header_of(file.data()).pages, 1u);
  return file;
}

std::string error_of(const std::string& file) {
  const auto snapshot = Snapshot::open(file);
  return snapshot ? "" : snapshot.message();
}

TEST(SnapshotChecker, RefusesTruncationAtEveryLength) {
  const std::string file = small_file();
  ASSERT_EQ(error_of(file), "");
  for (size_t length = 0; length < file.size(); ++length) {
    EXPECT_NE(error_of(file.substr(0, length)), "") << length;
  }
  EXPECT_NE(error_of(file + '\0'), "");
}

TEST(SnapshotChecker, RefusesBytesThatAreNotAligned) {
  const std::string file = small_file();
  for (size_t shift = 0; shift < 8; ++shift) {
    const std::string moved = std::string(shift, 'x') + file;
    const auto snapshot = Snapshot::open(std::string_view(moved).substr(shift));
    EXPECT_EQ(snapshot.ok(), shift == 0);
    if (snapshot) continue;
    EXPECT_NE(snapshot.message().find("not 8-byte aligned"), std::string::npos) << snapshot.message();
  }
}

TEST(SnapshotChecker, RefusesAFlipOfEveryBit) {
  const std::string file = small_file();
  for (size_t bit = 0; bit < file.size() * 8; ++bit) {
    std::string flipped = file;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_NE(error_of(flipped), "") << "bit " << bit;
  }
}

/// With a matching hash, damage is either refused or harmless: anything a visitor could
/// trigger stays in bounds.
TEST(SnapshotChecker, LetsNoRehashedDamageOutOfBounds) {
  const std::string file = small_file();
  size_t accepted = 0;
  const auto check = [&](std::string damaged) {
    samples::rehash(damaged);
    const auto snapshot = Snapshot::open(damaged);
    if (!snapshot) return;
    ++accepted;
    EXPECT_EQ(samples::walk(*snapshot, damaged), "");
  };
  for (size_t bit = kHashedFrom * 8; bit < file.size() * 8; ++bit) {
    std::string flipped = file;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    check(std::move(flipped));
  }
  // Harmless flips exist (a letter of a name, the feed's version); otherwise the loop above tested nothing.
  EXPECT_GT(accepted, 100u);
  std::mt19937 random(11);
  for (int i = 0; i < 5000; ++i) {
    std::string damaged = file;
    for (auto edits = 1 + random() % 4; edits > 0; --edits) {
      const size_t at = kHashedFrom + random() % (file.size() - kHashedFrom - 4);
      const uint32_t values[] = {0,
                                 1,
                                 0xffffffff,
                                 0x7fffffff,
                                 static_cast<uint32_t>(random()),
                                 static_cast<uint32_t>(random() % 64)};
      store(damaged.data() + at, values[random() % std::size(values)]);
    }
    check(std::move(damaged));
  }
}

TEST(SnapshotChecker, RefusesEveryCountOfFourBillion) {
  for (const size_t at :
       {offsetof(Header, version), offsetof(Header, header_bytes), offsetof(Header, file_bytes),
        offsetof(Header, flags), offsetof(Header, tenant), offsetof(Header, accounts),
        offsetof(Header, domain_bits), offsetof(Header, key_bits), offsetof(Header, refs),
        offsetof(Header, strings), offsetof(Header, text_bytes), offsetof(Header, activities),
        offsetof(Header, pages)}) {
    std::string file = small_file();
    store(file.data() + at, 0xffffffffu);
    samples::rehash(file);
    EXPECT_NE(error_of(file), "") << "byte " << at;
  }
  for (const size_t at : {offsetof(Record, refs), offsetof(Record, segments), offsetof(Record, attributes),
                          offsetof(Record, texts), offsetof(Record, texts) + 32}) {
    std::string file = small_file();
    store(file.data() + sizeof(Header) + sizeof(Record) + at, 0xffffffffu);
    samples::rehash(file);
    EXPECT_NE(error_of(file), "") << "record byte " << at;
  }
  for (const size_t at : {offsetof(Activity, account), offsetof(Activity, moved),
                          offsetof(Activity, first_page), offsetof(Activity, page_count)}) {
    std::string file = small_file();
    store(file.data() + layout(header_of(file.data())).activities + at, 0xffffffffu);
    samples::rehash(file);
    EXPECT_NE(error_of(file), "") << "activity byte " << at;
  }
}

struct Damage {
  const char* what;
  size_t at;
  uint64_t value;
  size_t bytes;
  const char* message;
};

void expect_refused(const std::string& file, std::span<const Damage> damages) {
  for (const Damage& damage : damages) {
    std::string damaged = file;
    std::memcpy(damaged.data() + damage.at, &damage.value, damage.bytes);
    samples::rehash(damaged);
    const std::string message = error_of(damaged);
    EXPECT_NE(message.find(damage.message), std::string::npos) << damage.what << ": " << message;
    EXPECT_NE(message.find("; the snapshot is refused, publish again"), std::string::npos) << message;
    EXPECT_EQ(message.rfind("byte ", 0), 0u) << message;
  }
}

/// Every field of Activity and Page, and bytes after the text that bring them to a multiple of 8.
std::string file_with_activity() {
  for (std::string name = "A";; name += 'a') {
    std::string file = samples::snapshot_of_feed(samples::feed_of(
        R"({"id":"a","name":")" + name +
        R"(","visits_7d":1,"visits_30d":2,"people_7d":1,"people_30d":2,"quiet_days":3,"first_seen_days":90,)"
        R"("moved":"up","pages_30d":{"/a":1,"/b":1,"/c":2}})"
        "\n"
        R"({"id":"b","name":"B","quiet_days":3,"pages_30d":{"/a":29}})"
        "\n"
        R"({"id":"c","name":"C"})"));
    const Layout at = layout(header_of(file.data()));
    if (at.activities - at.text_end == 7) return file;
  }
}

TEST(SnapshotChecker, SaysWhatIsWrongWithActivity) {
  const std::string file = file_with_activity();
  ASSERT_EQ(error_of(file), "");
  const Layout at = layout(header_of(file.data()));
  const size_t second = at.activities + sizeof(Activity);
  const size_t flags = at.records + offsetof(Record, flags);
  const auto path_of = [&](size_t page) { return load<uint32_t>(file.data() + at.pages + 8 * page); };
  const Damage damages[] = {
      {"activities", offsetof(Header, activities), 1000, 4, "byte 72: the counts add up to "},
      {"pages", offsetof(Header, pages), 1000, 4, "byte 72: the counts add up to "},
      {"gap", at.text_end, 1, 1, "bytes after the text that are not 0"},
      {"gap's end", at.activities - 1, 1, 1, "bytes after the text that are not 0"},
      {"flag", flags, 0, 1, "activity of an account that says it has none"},
      {"flag too many", flags + 2 * sizeof(Record), kHasActivity, 1, "an account whose activity is missing"},
      {"no such account", at.activities + offsetof(Activity, account), 99, 4,
       "activity of an account that says it has none"},
      {"twice", second + offsetof(Activity, account), 0, 4, "activity of an account that says it has none"},
      {"of another", second + offsetof(Activity, account), 2, 4,
       "activity of an account that says it has none"},
      {"given", at.activities + offsetof(Activity, given), 127, 2, "a number that does not exist"},
      {"negative", at.activities + 8, ~uint64_t{0}, 8, "number out of range"},
      {"not given", at.activities + offsetof(Activity, given), 0, 2, "number out of range"},
      {"moved", at.activities + offsetof(Activity, moved), 1u << 20, 4, "string number out of range"},
      {"first page", at.activities + offsetof(Activity, first_page), 1, 4, "pages out of place"},
      {"too many pages", at.activities + offsetof(Activity, page_count), 65, 2, "more pages than allowed"},
      {"more pages", at.activities + offsetof(Activity, page_count), 5, 2, "pages out of place"},
      {"fewer pages", at.activities + offsetof(Activity, page_count), 2, 2, "pages out of place"},
      {"shared page", second + offsetof(Activity, first_page), 0, 4, "pages out of place"},
      {"lost page", second + offsetof(Activity, page_count), 0, 2, "pages that belong to no account"},
      {"path", at.pages, 1u << 20, 4, "string number out of range"},
      {"no path", at.pages, 0, 4, "a page that cannot be one"},
      {"not a path", at.pages, load<uint32_t>(file.data() + at.records + offsetof(Record, texts)), 4,
       "a page that cannot be one"},
      {"days", at.pages + 3 * sizeof(Page) + 4, 30, 4, "a page that cannot be one"},
      {"later first", at.pages + 4, 2, 4, "pages that are not sorted"},
      {"twice the page", at.pages, path_of(1), 4, "pages that are not sorted"},
      {"earlier last", at.pages + 2 * sizeof(Page) + 4, 0, 4, "pages that are not sorted"},
  };
  expect_refused(file, damages);
  std::string empty = file;
  std::memset(empty.data() + second, 0, offsetof(Activity, account));
  std::memset(empty.data() + second + offsetof(Activity, page_count), 0, 4);
  samples::rehash(empty);
  EXPECT_NE(error_of(empty).find("activity that says nothing"), std::string::npos) << error_of(empty);
}

TEST(SnapshotChecker, SaysWhatIsWrongWithFamilies) {
  const std::string file =
      samples::snapshot_of_feed(samples::feed_of(R"({"id":"a","name":"A"})"
                                                 "\n"
                                                 R"({"id":"b","name":"B","parent":"a"})"
                                                 "\n"
                                                 R"({"id":"c","name":"C","parent":"b"})"));
  ASSERT_EQ(error_of(file), "");
  const Layout at = layout(header_of(file.data()));
  const size_t flags = at.records + offsetof(Record, flags);
  const size_t second = at.families + sizeof(Family);
  const Damage damages[] = {
      {"families", offsetof(Header, families), 1000, 4, "byte 72: the counts add up to "},
      {"reserved", offsetof(Header, reserved), 1, 4, "byte 108: bytes that are not 0"},
      {"flag", flags + sizeof(Record), 0, 1, "the family of an account that says it has none"},
      {"flag too many", flags, kHasFamily, 1, "an account whose family is missing"},
      {"no such account", at.families, 99, 4, "the family of an account that says it has none"},
      {"twice", second, 1, 4, "the family of an account that says it has none"},
      {"of another", second, 0, 4, "the family of an account that says it has none"},
      {"top", at.families + offsetof(Family, top), 1u << 20, 4, "string number out of range"},
      {"inherited", at.families + offsetof(Family, inherited), 8, 4, "a field that is never inherited"},
      {"nothing", at.families + offsetof(Family, top), 0, 4, "a family that says nothing"},
  };
  expect_refused(file, damages);
}

TEST(SnapshotChecker, SaysWhatIsWrong) {
  const std::string file = small_file();
  const Layout at = layout(header_of(file.data()));
  const size_t second = sizeof(Header) + sizeof(Record);
  const Damage damages[] = {
      {"magic", 0, 'X', 1, "byte 0: this is not an accounts snapshot"},
      {"version", offsetof(Header, version), 4, 4, "byte 8: format version 4, this program reads 1 to 3"},
      {"no version", offsetof(Header, version), 0, 4, "byte 8: format version 0, this program reads 1 to 3"},
      {"header", offsetof(Header, version), 1, 4, "byte 12: wrong header size"},
      {"header of 2", offsetof(Header, version), 2, 4, "byte 12: wrong header size"},
      {"size", offsetof(Header, file_bytes), 96, 8, "byte 16: the header says 96 bytes, the file has 1"},
      {"accounts", offsetof(Header, accounts), 2, 4, "byte 72: the counts add up to "},
      {"flags", offsetof(Header, flags), 2, 4, "byte 64: unknown flags"},
      {"expiry", offsetof(Header, expires_at), 9, 8, "byte 56: an expiry without its flag"},
      {"tenant", offsetof(Header, tenant), 1u << 20, 4, "byte 68: string number out of range"},
      {"record flags", second + offsetof(Record, flags), 8, 1, "unknown flags"},
      {"tier", second + offsetof(Record, tier), 4, 1, "unknown tier"},
      {"key", second, 1, 8, "an account whose id and key do not agree"},
      {"name", second + offsetof(Record, texts) + 4, 0, 4, "an account without a name"},
      {"number", second + offsetof(Record, numbers), ~uint64_t{0}, 8, "number out of range"},
      {"text", second + offsetof(Record, texts) + 8, 1u << 20, 4, "string number out of range"},
      {"refs", second + offsetof(Record, refs), 0, 4, "string numbers out of place"},
      {"ref", at.refs, 1u << 20, 4, "string number out of range"},
      {"empty segment", at.refs, 0, 4, "string number out of range"},
      {"key slot", at.key_slots, 99, 4, "an account that does not exist"},
      {"offset order", at.offsets + 8, 0, 4, "an empty string that is not string 0"},
      {"offset", at.offsets + 8, 0xfffffff, 4, "a string reaches beyond the file"},
      {"first offset", at.offsets, 1, 4, "string 0 is not the empty one"},
      {"control character", at.text, '\n', 1, "text that is too long, not UTF-8 or holds control characters"},
      {"not UTF-8", at.text, 0xff, 1, "text that is too long, not UTF-8 or holds control characters"},
  };
  expect_refused(file, damages);
  std::string unhashed = file;
  unhashed.back() = 'x';
  EXPECT_EQ(error_of(unhashed),
            "byte 24: the hash does not match the content; the snapshot is refused, publish again");
}

TEST(SnapshotChecker, RefusesTablesThatLoseAnAccount) {
  const std::string file = small_file();
  const Layout at = layout(header_of(file.data()));
  for (uint64_t slot = at.key_slots; slot < at.refs; slot += sizeof(KeySlot)) {
    if (load<uint32_t>(file.data() + slot) == 0) continue;
    for (const uint32_t entry : {0u, 1u + load<uint32_t>(file.data() + slot) % 3}) {
      std::string damaged = file;
      store(damaged.data() + slot, entry);
      samples::rehash(damaged);
      EXPECT_NE(error_of(damaged), "");
    }
  }
  size_t domains = 0;
  for (uint64_t slot = at.domain_slots; slot < at.key_slots; slot += sizeof(DomainSlot)) {
    if (load<uint32_t>(file.data() + slot) == 0) continue;
    ++domains;
    std::string damaged = file;
    store(damaged.data() + slot, 1 + load<uint32_t>(file.data() + slot) % 3);
    samples::rehash(damaged);
    EXPECT_NE(error_of(damaged), "");
  }
  EXPECT_GE(domains, 3u);
}

TEST(SnapshotChecker, FindsTheSameInSlicesOfAnySize) {
  const std::string file = samples::snapshot_of_feed(samples::generated_feed(40));
  std::string damaged = file;
  damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 1);
  for (const size_t budget : {size_t{1}, size_t{7}, size_t{100}, size_t{4096}, size_t{1} << 20}) {
    for (const std::string* bytes : {&file, static_cast<const std::string*>(&damaged)}) {
      SnapshotChecker checker(*bytes);
      size_t steps = 0;
      Result<bool> done = checker.step(budget);
      // Every slice makes progress: all checks together are a few times the file.
      for (; done && !*done; done = checker.step(budget)) ASSERT_LT(++steps, file.size() * 4 / budget + 100);
      EXPECT_EQ(done.ok(), bytes == &file) << budget;
      if (done) {
        EXPECT_EQ(samples::walk(checker.snapshot(), *bytes), "");
        EXPECT_TRUE(*checker.step(budget));
      } else {
        EXPECT_FALSE(checker.step(budget)) << "an error stays";
      }
    }
  }
}

}  // namespace
}  // namespace abm::accounts
