// What is remembered, for how long, and that it never takes more than it may.
#include "module/page_store.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "rewrite/select/selector.h"

namespace abm::module {
namespace {

using rewrite::Recall;

class PageStoreTest : public ::testing::Test {
 protected:
  PageStoreTest() {
    rewrite::SelectorList selector;
    EXPECT_FALSE(rewrite::parse_selector("h1", selector).has_value());
    program_ = *rewrite::compile_selectors({&selector, 1});
    words_.assign(program_.size() / 8, 0);
    std::memcpy(words_.data(), program_.data(), program_.size());
    selectors_ = *rewrite::SelectorSet::open({reinterpret_cast<const char*>(words_.data()), program_.size()});
  }

  /// Sends a page as the module does, without a rewriter: it is told from the first version that has its
  /// bytes.
  Recall send(PageStore& store, std::string_view page, std::string_view key = "k",
              std::string_view args = "") {
    const PageStore::Sight sight = store.see(key, args);
    PageStore::Served served;
    for (const auto& version : sight.versions) {
      served.version = version.get();
      if (version->page.bytes == page) {
        served.recall = Recall::kWhole;
        break;
      }
    }
    wanted_ = sight.wanted;
    store.served(key, args, served);
    if (sight.wanted && served.recall != Recall::kWhole) {
      PageBytes bytes = store.collect();
      if (store.append(bytes, page, 0)) {
        rewrite::LocatorOptions options;
        options.selectors = &selectors_;
        store.learn(key, args, SeenPage{std::move(bytes), options, nullptr, std::nullopt});
      } else {
        store.refuse(key, args, "the page is too large");
      }
    }
    while (store.work(1000)) {
    }
    return served.recall;
  }

  std::string program_;
  std::vector<uint64_t> words_;
  rewrite::SelectorSet selectors_;
  bool wanted_ = false;
};

std::string page(std::string_view text, size_t size = 100) {
  return "<body><h1>a</h1><ul>" + std::string(size, '.') + "<a title='" + std::string(text) + "'>";
}

TEST_F(PageStoreTest, LearnsAtTheSecondSight) {
  PageStore store(1 << 20);
  EXPECT_EQ(send(store, page("a")), Recall::kScan);
  EXPECT_FALSE(wanted_);
  EXPECT_EQ(send(store, page("a")), Recall::kScan);
  EXPECT_TRUE(wanted_);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(send(store, page("a")), Recall::kWhole);
    EXPECT_FALSE(wanted_);
  }
  EXPECT_EQ(store.versions(), 1u);
  EXPECT_EQ(store.lessons().learned, 1u);
}

// Whatever the others have left of the budget: memory of the kernel's comes in whole pages.
TEST_F(PageStoreTest, ANewPageFindsRoomHoweverLittleIsLeft) {
  for (const size_t others : {3000u, 5000u, 7000u}) {
    for (size_t size = 8300; size < 16500; size += 130) {
      PageStore store(1 << 18);
      for (int i = 0; i < 100; ++i) {
        for (int times = 0; times < 3; ++times) send(store, page("a", others), std::to_string(i));
      }
      for (int times = 0; times < 2; ++times) send(store, page("b", size), "new");
      EXPECT_EQ(send(store, page("b", size), "new"), Recall::kWhole) << others << " " << size;
    }
  }
}

TEST_F(PageStoreTest, APageThatChangesIsLearnedAgainEverMoreRarely) {
  PageStore store(1 << 20);
  int wanted = 0;
  for (int i = 0; i < 4000; ++i) {
    EXPECT_EQ(send(store, page(std::to_string(i))), Recall::kScan);
    wanted += wanted_;
  }
  EXPECT_GE(wanted, 8);
  EXPECT_LT(wanted, 20);
  ASSERT_EQ(store.unrecalled(10).size(), 1u);
  EXPECT_EQ(store.unrecalled(10)[0].key, "k");
}

TEST_F(PageStoreTest, KeepsSomeVersions) {
  PageStore store(1 << 20);
  const std::string versions[] = {page("a"), page("b"), page("c")};
  for (int i = 0; i < 100; ++i) send(store, versions[i % 3]);
  for (int i = 0; i < 30; ++i) EXPECT_EQ(send(store, versions[i % 3]), Recall::kWhole);
  EXPECT_EQ(store.versions(), 3u);
}

TEST_F(PageStoreTest, ArgumentsCountOnceTheyMatter) {
  PageStore store(1 << 20);
  for (int i = 0; i < 50; ++i) send(store, page("a"), "k", "utm=" + std::to_string(i));
  EXPECT_EQ(send(store, page("a"), "k", "utm=x"), Recall::kWhole);
  EXPECT_EQ(store.pages(), 1u);
  for (int i = 0; i < 400; ++i)
    send(store, page(std::to_string(i % 20)), "q", "id=" + std::to_string(i % 20));
  // Which places pages share is up to a seed of each process: a few may have forgotten one another.
  int whole = 0;
  for (int i = 0; i < 20; ++i)
    whole += send(store, page(std::to_string(i)), "q", "id=" + std::to_string(i)) == Recall::kWhole;
  EXPECT_GE(whole, 16);
}

TEST_F(PageStoreTest, AGapStandsForAllVersions) {
  PageStore store(1 << 20);
  const auto at = [](int i) { return "<body><h1>a</h1><p>at " + std::to_string(i) + "</p>"; };
  for (int i = 10; i < 14; ++i) send(store, at(i));
  EXPECT_EQ(store.lessons().changing, 1u);
  EXPECT_EQ(store.see("k", "").versions.at(0)->page.gaps.size(), 1u);
  EXPECT_EQ(store.versions(), 1u);
}

TEST_F(PageStoreTest, GapsAreCharged) {
  PageStore store(1 << 20);
  const auto at = [](int i) { return "<body><h1>a</h1><p>at " + std::to_string(i) + "</p>"; };
  for (int i = 0; i < 3; ++i) send(store, at(10));
  const size_t before = store.bytes();
  for (int i = 10; i < 14; ++i) send(store, at(i));
  ASSERT_EQ(store.see("k", "").versions.at(0)->page.gaps.size(), 1u);
  EXPECT_GE(store.bytes(), before + rewrite::kMostGaps * sizeof(rewrite::PageGap));
}

TEST_F(PageStoreTest, FewOfManyWhoSeeAPageAtOnceCollectIt) {
  PageStore store(1 << 20);
  int wanted = 0;
  for (int i = 0; i < 1000; ++i) wanted += store.see("k", "").wanted;
  EXPECT_GE(wanted, 5);
  EXPECT_LT(wanted, 15);
  send(store, page("a"));
  for (int i = 0; i < 1200; ++i) send(store, page("a"));
  EXPECT_EQ(send(store, page("a")), Recall::kWhole);
}

TEST_F(PageStoreTest, PagesInUseDoNotKeepOthersFromComingAndGoing) {
  PageStore store(256 * 1024);
  std::vector<PageStore::Sight> in_use;
  for (int i = 0; i < 70; ++i) {
    const std::string key = "used " + std::to_string(i);
    for (int round = 0; round < 3; ++round) send(store, page(key), key);
    in_use.push_back(store.see(key, ""));
  }
  int whole = 0;
  for (int i = 0; i < 300; ++i) {
    const std::string key = "other " + std::to_string(i);
    for (int round = 0; round < 12; ++round) whole += send(store, page(key, 3000), key) == Recall::kWhole;
  }
  EXPECT_GT(whole, 100);
  for (int i = 0; i < 70; ++i) {
    const std::string key = "used " + std::to_string(i);
    EXPECT_EQ(send(store, page(key), key), Recall::kWhole);
  }
  EXPECT_LE(store.bytes(), store.max_bytes());
}

TEST_F(PageStoreTest, NeverTakesMoreThanItMay) {
  constexpr size_t kMax = 1 << 20;
  PageStore store(kMax);
  std::mt19937 random(7);
  std::vector<PageStore::Sight> in_use;
  for (int i = 0; i < 6000; ++i) {
    const auto id = random() % 300;
    const std::string key = "page " + std::to_string(id);
    send(store, page(key, 100 + id * 50), key);
    if (random() % 8 == 0) in_use.push_back(store.see(key, ""));
    if (in_use.size() > 40) in_use.erase(in_use.begin(), in_use.begin() + 20);
    ASSERT_LE(store.bytes(), kMax);
    for (const PageStore::Sight& sight : in_use) {
      for (const auto& version : sight.versions) ASSERT_TRUE(version->page.bytes.starts_with("<body><h1>"));
    }
  }
  EXPECT_GT(store.pages(), 20u);
}

TEST_F(PageStoreTest, WhatWasNotSeenForLongGoesFirst) {
  PageStore store(200 * 1024);
  for (int round = 0; round < 3; ++round) send(store, page("old", 10000), "old");
  for (int round = 0; round < 3; ++round) send(store, page("kept", 10000), "kept");
  for (int i = 0; i < 60; ++i) {
    for (int round = 0; round < 2; ++round) send(store, page("x", 5000), "other " + std::to_string(i));
    EXPECT_EQ(send(store, page("kept", 10000), "kept"), Recall::kWhole);
  }
  EXPECT_EQ(send(store, page("old", 10000), "old"), Recall::kScan);
}

TEST_F(PageStoreTest, MorePagesThanThereIsRoomForAreNotLearnedInVain) {
  PageStore store(300 * 1024);
  size_t whole = 0, sights = 0;
  for (int round = 0; round < 40; ++round) {
    for (int i = 0; i < 1000; ++i, ++sights)
      whole += send(store, page(std::to_string(i), 9000), "page " + std::to_string(i)) == Recall::kWhole;
  }
  EXPECT_GT(whole, sights / 400) << "two of a hundred have room";
  EXPECT_LT(store.lessons().learned, sights / 20);
  // And as soon as there are fewer, they are learned.
  for (int round = 0; round < 400; ++round) {
    for (int i = 0; i < 10; ++i) send(store, page(std::to_string(i), 9000), "page " + std::to_string(i));
  }
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(send(store, page(std::to_string(i), 9000), "page " + std::to_string(i)), Recall::kWhole);
}

TEST_F(PageStoreTest, TakesNoPageThatIsTooLarge) {
  PageStore store(400 * 1024);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(send(store, page("x", 101 * 1024)), Recall::kScan);
  EXPECT_EQ(store.versions(), 0u);
  ASSERT_EQ(store.unrecalled(1).size(), 1u);
  EXPECT_EQ(store.unrecalled(1)[0].why, "the page is too large");
  EXPECT_FALSE(wanted_);
}

TEST_F(PageStoreTest, CompressingOnePageDoesNotDriveOutAllOthers) {
  for (const size_t max : {size_t{300} << 10, size_t{500} << 10, size_t{1} << 20}) {
    SCOPED_TRACE(max);
    PageStore store(max);
    for (int i = 0; i < 8; ++i) {
      const std::string key = "page " + std::to_string(i);
      for (int round = 0; round < 3; ++round) send(store, page(key, 9000), key);
    }
    const auto version = store.see("page 0", "").versions.at(0);
    EXPECT_TRUE(store.compress(version, 6, true));
    while (store.work(1000)) EXPECT_LE(store.bytes(), max);
    EXPECT_EQ(version->gzip.state == PiecesOfPage::State::kMade, max == size_t{1} << 20);
    for (int i = 0; i < 8; ++i)
      EXPECT_FALSE(store.see("page " + std::to_string(i), "").versions.empty()) << i;
    EXPECT_FALSE(store.compress(version, 6, true)) << "it has been tried";
  }
}

TEST_F(PageStoreTest, NothingIsDroppedForWhatCannotBeHad) {
  PageStore store(300 * 1024);
  for (int round = 0; round < 3; ++round) send(store, page("a"));
  EXPECT_FALSE(store.make_room(300 * 1024));
  EXPECT_EQ(store.pages(), 1u);
  EXPECT_TRUE(store.make_room(180 * 1024));
}

TEST_F(PageStoreTest, ForgetsWhatNobodyWillAskFor) {
  PageStore store(1 << 20);
  for (int i = 0; i < 300; ++i) {
    for (const char* generation : {"1:", "2:"}) {
      for (int round = 0; round < 2; ++round) send(store, page("x"), generation + std::to_string(i));
    }
  }
  EXPECT_EQ(store.pages(), 600u);
  store.keep_only({"2:"});
  EXPECT_TRUE(store.work(1));
  while (store.work(1)) {
  }
  EXPECT_EQ(store.pages(), 300u);
  EXPECT_EQ(send(store, page("x"), "2:7"), Recall::kWhole);
}

TEST_F(PageStoreTest, PagesInUseOutliveTheStore) {
  PageStore::Sight sight;
  {
    PageStore store(1 << 20);
    for (int i = 0; i < 2; ++i) send(store, page("a"));
    sight = store.see("k", "");
  }
  ASSERT_EQ(sight.versions.size(), 1u);
  EXPECT_EQ(sight.versions[0]->page.bytes, page("a"));
}

}  // namespace
}  // namespace abm::module
