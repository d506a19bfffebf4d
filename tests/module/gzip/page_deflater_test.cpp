#include "module/gzip/page_deflater.h"

#include <gtest/gtest.h>

#include "tests/rewrite/recall/variations.h"

namespace abm::module {
namespace {

struct Learned {
  explicit Learned(std::string text) : page(std::move(text)), slots({"b"}) {
    const std::vector<rewrite::Edit> edits = {rewrite::content("x")};
    remembered = *rewrite::learn(page, rewrite::options_for(slots, edits));
  }
  std::string page;
  rewrite::Slots slots;
  rewrite::RememberedPage remembered;
};

std::string words(size_t size) {
  std::mt19937 random(7);
  std::string text;
  while (text.size() < size) text += "word" + std::to_string(random() % 500) + " ";
  return text;
}

TEST(PageDeflater, MeasuresWhatNginxWouldSend) {
  const Learned page("<p>" + words(50000) + "<b>x</b>" + words(50000));
  for (const int level : {1, 6, 9}) {
    PageDeflater deflater(page.remembered, level, std::make_shared<MemoryBudget>(size_t{4} << 20));
    while (deflater.advance(4096) == PageDeflater::State::kWorking) {
    }
    z_stream stream{};
    deflateInit2(&stream, level, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
    std::string out(page.page.size(), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(page.page.data()));
    stream.avail_in = static_cast<uInt>(page.page.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    EXPECT_EQ(deflater.sizes().at_once, stream.total_out);
    deflateEnd(&stream);
    EXPECT_GT(deflater.sizes().in_pieces, out.size() / 20);
  }
}

TEST(PageDeflater, ChargesWhatItTakesAndGivesItBack) {
  const Learned page("<p>" + words(60000) + "<b>x</b>" + words(9000));
  const auto budget = std::make_shared<MemoryBudget>(size_t{4} << 20);
  {
    std::shared_ptr<const DeflatedPage> deflated;
    {
      PageDeflater deflater(page.remembered, 6, budget);
      EXPECT_GT(budget->used(), 200000u);
      while (deflater.advance(4096) == PageDeflater::State::kWorking)
        EXPECT_LE(budget->used(), PageDeflater::memory(page.page.size()));
      deflated = deflater.take();
    }
    ASSERT_NE(deflated, nullptr);
    EXPECT_GE(budget->used(), deflated->bytes.view().size());
    EXPECT_LE(budget->used(), page.page.size());
  }
  EXPECT_EQ(budget->used(), 0u);
}

TEST(PageDeflater, IsRefusedWhereThereIsNoRoom) {
  const Learned page("<p>" + words(60000));
  for (const size_t size : {size_t{1000}, size_t{280000}}) {
    PageDeflater deflater(page.remembered, 6, std::make_shared<MemoryBudget>(size));
    PageDeflater::State state = PageDeflater::State::kWorking;
    while (state == PageDeflater::State::kWorking) state = deflater.advance(4096);
    EXPECT_EQ(state, PageDeflater::State::kRefused);
  }
}

}  // namespace
}  // namespace abm::module
