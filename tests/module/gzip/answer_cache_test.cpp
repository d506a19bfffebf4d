#include "module/gzip/answer_cache.h"

#include <gtest/gtest.h>

namespace abm::module {
namespace {

struct CachedPages {
  explicit CachedPages(size_t budget_size)
      : budget(std::make_shared<MemoryBudget>(budget_size)), cache(budget) {}

  std::shared_ptr<const PageVersion> version(char letter) const {
    PageBytes bytes(budget);
    EXPECT_TRUE(bytes.reserve(30000));
    for (int i = 0; i < 3000; ++i) bytes.append(std::string(8, letter) + std::to_string(10 + i % 90));
    auto learned =
        std::make_shared<const LearnedPage>(LearnedPage{std::move(bytes), nullptr, Charge(budget)});
    return std::make_shared<PageVersion>(std::move(learned), std::vector<rewrite::PageGap>(), 0,
                                         Charge(budget));
  }
  bool compress(const std::shared_ptr<const PageVersion>& page, uint64_t edits) {
    AnswerScript script;
    script.add_page(0, page->page.bytes.size());
    script.add_text(std::to_string(edits));
    if (!cache.compress(page, edits, std::move(script))) return false;
    while (cache.work(4096)) {
    }
    return true;
  }

  std::shared_ptr<MemoryBudget> budget;
  AnswerCache cache;
};

TEST(AnswerCache, WantsAnAnswerThatComesAgain) {
  CachedPages pages(size_t{4} << 20);
  const auto page = pages.version('a'), other = pages.version('b');
  EXPECT_FALSE(pages.cache.wants(page, 1));
  EXPECT_FALSE(pages.cache.wants(other, 1));
  EXPECT_FALSE(pages.cache.wants(page, 2));
  EXPECT_TRUE(pages.cache.wants(page, 1));
}

TEST(AnswerCache, FindsWhatItHasOfAPageThatIsStillThere) {
  CachedPages pages(size_t{4} << 20);
  auto page = pages.version('a');
  EXPECT_EQ(pages.cache.find(page, 7), nullptr);
  ASSERT_TRUE(pages.compress(page, 7));
  const auto answer = pages.cache.find(page, 7);
  ASSERT_NE(answer, nullptr);
  EXPECT_EQ(answer->script.size(), page->page.bytes.size() + 1);
  EXPECT_EQ(pages.cache.find(page, 8), nullptr);
  EXPECT_EQ(pages.cache.find(pages.version('b'), 7), nullptr);
  EXPECT_FALSE(pages.compress(page, 7)) << "it is there";
}

TEST(AnswerCache, HasItsPartWhateverPagesTake) {
  CachedPages pages(size_t{2} << 20);
  const auto page = pages.version('a');
  const size_t before = pages.budget->used();
  for (uint64_t edits = 0; edits < 500; ++edits) {
    pages.compress(page, edits);
    ASSERT_EQ(pages.budget->used(), before) << "charged at once";
    static_cast<void>(pages.cache.find(page, 0));
  }
  EXPECT_NE(pages.cache.find(page, 499), nullptr);
  EXPECT_NE(pages.cache.find(page, 0), nullptr) << "used all the time";
  EXPECT_EQ(pages.cache.find(page, 1), nullptr);
  EXPECT_GT(pages.cache.size(), 10u);
  Charge pages_of_others(pages.budget);
  ASSERT_TRUE(pages_of_others.set(pages.budget->left()));
  EXPECT_TRUE(pages.compress(page, 1000));
  EXPECT_NE(pages.cache.find(page, 1000), nullptr);
  EXPECT_GT(pages.cache.size(), 10u);
}

TEST(AnswerCache, KeepsNothingWhereThereIsNoRoom) {
  CachedPages small(size_t{1} << 20);
  EXPECT_EQ(AnswerCache::memory(*small.budget), 0u);
  const auto page = small.version('a');
  small.compress(page, 1);
  EXPECT_EQ(small.cache.find(page, 1), nullptr);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(small.cache.wants(page, 1));
}

TEST(AnswerCache, AnotherPageInTheSamePlaceIsAnotherPage) {
  CachedPages pages(size_t{4} << 20);
  auto page = pages.version('a');
  ASSERT_TRUE(pages.compress(page, 7));
  page.reset();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(pages.cache.find(pages.version('b'), 7), nullptr);
}

}  // namespace
}  // namespace abm::module
