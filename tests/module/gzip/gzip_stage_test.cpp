// Between a rewriter and the next filter, which takes what it gets in pieces, and late.
#include "module/gzip/gzip_stage.h"

#include <gtest/gtest.h>

#include <zlib.h>

#include <algorithm>
#include <deque>
#include <random>

#include "module/gzip/page_deflater.h"
#include "tests/module/nginx_pool.h"
#include "tests/rewrite/recall/variations.h"

namespace abm::module {
namespace {

std::string inflated(std::string_view member) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, MAX_WBITS + 16), Z_OK);
  std::string out(size_t{16} << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(member.data()));
  stream.avail_in = static_cast<uInt>(member.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0u) << "nothing follows the member";
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

/// The next filter: what it got, of which it uses up as much as it is told to.
class Behind {
 public:
  void take(ngx_chain_t* chain) {
    for (; chain != nullptr; chain = chain->next) buffers_.push_back(chain->buf);
  }
  void use_up(size_t bytes) {
    while (!buffers_.empty()) {
      ngx_buf_t* buffer = buffers_.front();
      const auto size = std::min(bytes, static_cast<size_t>(buffer->last - buffer->pos));
      received.append(reinterpret_cast<const char*>(buffer->pos), size);
      buffer->pos += size;
      bytes -= size;
      if (buffer->pos != buffer->last) return;
      ends += buffer->last_buf;
      buffers_.pop_front();
    }
  }
  std::string received;
  size_t ends = 0;

 private:
  std::deque<ngx_buf_t*> buffers_;
};

/// A buffer with bytes that stay.
ngx_chain_t* buffer_of(ngx_pool_t* pool, std::string_view bytes, bool changes, bool last) {
  auto* link = ngx_alloc_chain_link(pool);
  auto* buffer = static_cast<ngx_buf_t*>(ngx_calloc_buf(pool));
  buffer->pos = bytes_of(bytes);
  buffer->last = buffer->pos + bytes.size();
  (changes ? buffer->temporary : buffer->memory) = 1;
  buffer->last_buf = last;
  link->buf = buffer;
  link->next = nullptr;
  return link;
}

struct Compressed {
  explicit Compressed(std::string text) : page(std::move(text)), slots({"b"}) {
    const std::vector<rewrite::Edit> edits = {rewrite::content("x")};
    remembered = *rewrite::learn(page, rewrite::options_for(slots, edits));
    PageDeflater deflater(remembered, 1, std::make_shared<MemoryBudget>(size_t{64} << 20));
    while (deflater.advance(1 << 20) == PageDeflater::State::kWorking) {
    }
    deflated = deflater.take();
  }
  std::string page;
  rewrite::Slots slots;
  rewrite::RememberedPage remembered;
  std::shared_ptr<const DeflatedPage> deflated;
};

std::string noise(std::mt19937& random, size_t size) {
  std::string text;
  while (text.size() < size) text += static_cast<char>('!' + random() % 26);
  return text;
}

class GzipStageTest : public ::testing::Test {
 protected:
  static constexpr size_t kMost = 400000;  // of the request's memory

  /// Gives `chain` to the stage, and what comes of it to the next filter, which uses up `step` bytes at a
  /// time and only when it has to.
  void send(GzipStage& stage, ngx_chain_t* chain, size_t step) {
    stage.add(chain);
    for (;;) {
      behind_.take(stage.take());
      ASSERT_FALSE(stage.failed());
      if (!stage.waits()) return;
      ASSERT_FALSE(stage.has_room()) << "it waits for nothing else";
      behind_.use_up(step);
      stage.reclaim();
    }
  }

  /// How many bytes leave because of that buffer.
  size_t sent(GzipStage& stage, std::string_view bytes, bool flush) {
    const size_t before = behind_.received.size();
    ngx_chain_t* buffer = buffer_of(&pool_, bytes, false, false);
    buffer->buf->flush = flush;
    send(stage, buffer, SIZE_MAX);
    behind_.use_up(SIZE_MAX);
    stage.reclaim();
    return behind_.received.size() - before;
  }

  TestPool pool_;
  Behind behind_;
  std::mt19937 random_{7};
};

TEST_F(GzipStageTest, MemoryDoesNotGrowWithTheNumberOfEdits) {
  std::string text = "<body>";
  for (int i = 0; i < 3000; ++i) text += "<p>" + noise(random_, 300) + "</p><b>slot</b>";
  const Compressed page(text);
  std::vector<std::string> edits;
  for (int i = 0; i < 3000; ++i) edits.push_back("<b>" + noise(random_, 600) + "</b>");
  for (const bool changes : {true, false}) {
    SCOPED_TRACE(changes);
    TestPool pool;
    behind_ = Behind();
    GzipStage stage(&pool, MemorySource::heap(), nullptr, 1);
    stage.set_page(page.page, page.deflated, nullptr);
    ngx_chain_t* chain = nullptr;
    ngx_chain_t** end = &chain;
    std::string wanted;
    size_t edit = 0;
    for (size_t from = 0; from < text.size();) {
      const size_t slot = text.find("<b>slot</b>", from);
      const size_t to = std::min(slot, text.size());
      const bool last = slot == std::string::npos || edit + 1 == edits.size();
      for (const std::string_view bytes :
           {std::string_view(page.page).substr(from, to - from), std::string_view(edits[edit])}) {
        *end = buffer_of(&pool, bytes, changes, false);
        end = &(*end)->next;
        wanted += bytes;
      }
      if (last) break;
      ++edit;
      from = to + std::string_view("<b>slot</b>").size();
    }
    *end = buffer_of(&pool, "", false, true);
    const size_t before = pool.bytes();
    send(stage, chain, 5000);
    EXPECT_LT(pool.bytes() - before, kMost) << "of " << wanted.size();
    behind_.use_up(SIZE_MAX);
    stage.reclaim();
    EXPECT_FALSE(stage.busy());
    EXPECT_EQ(behind_.ends, 1u);
    EXPECT_TRUE(inflated(behind_.received) == wanted);
    EXPECT_GT(stage.join().bytes_reused(), page.page.size() / 2);
  }
}

TEST_F(GzipStageTest, MemoryDoesNotGrowWithALongTextInOneBuffer) {
  const Compressed page("<body><b>slot</b>" + noise(random_, 20000));
  const std::string text = noise(random_, 5 << 20);
  for (const bool leaves : {true, false}) {
    TestPool pool;
    behind_ = Behind();
    GzipStage stage(&pool, MemorySource::heap(), nullptr, 1);
    stage.set_page(page.page, page.deflated, nullptr);
    if (leaves) stage.leave_page();
    const size_t before = pool.bytes();
    send(stage, buffer_of(&pool, text, false, true), 3000);
    EXPECT_LT(pool.bytes() - before, kMost);
    behind_.use_up(SIZE_MAX);
    EXPECT_TRUE(inflated(behind_.received) == text);
  }
}

TEST_F(GzipStageTest, NothingFollowsTheMember) {
  GzipStage stage(&pool_, MemorySource::heap(), nullptr, 6);
  send(stage, buffer_of(&pool_, "page", false, true), SIZE_MAX);
  send(stage, buffer_of(&pool_, "more", false, true), SIZE_MAX);
  ngx_chain_t* flush = buffer_of(&pool_, "", false, false);
  flush->buf->flush = 1;
  send(stage, flush, SIZE_MAX);
  behind_.use_up(SIZE_MAX);
  EXPECT_EQ(inflated(behind_.received), "page");
}

TEST_F(GzipStageTest, LittleWaitsUntilThereIsMore) {
  GzipStage stage(&pool_, MemorySource::heap(), nullptr, 1);
  stage.leave_page();
  const std::string text = noise(random_, 200000);
  size_t packets = 0;
  for (size_t at = 0; at < text.size(); at += 1000) {
    const size_t left = sent(stage, std::string_view(text).substr(at, 1000), false);
    EXPECT_TRUE(left == 0 || left >= 16384) << left;
    packets += left != 0 ? 1 : 0;
  }
  EXPECT_GT(behind_.received.size(), text.size() / 2);
  EXPECT_LE(packets, 12u);
  send(stage, buffer_of(&pool_, "", false, true), SIZE_MAX);
  behind_.use_up(SIZE_MAX);
  EXPECT_TRUE(inflated(behind_.received) == text);
}

TEST_F(GzipStageTest, AFlushWaitsForNothing) {
  GzipStage stage(&pool_, MemorySource::heap(), nullptr, 1);
  stage.leave_page();
  EXPECT_EQ(sent(stage, "<h1>", false), 0u);
  EXPECT_GT(sent(stage, "Grids", true), 0u);
  EXPECT_EQ(sent(stage, "</h1>", false), 0u) << "the flush was not for what follows";
  EXPECT_GT(sent(stage, "", true), 0u);
  send(stage, buffer_of(&pool_, "", false, true), SIZE_MAX);
  behind_.use_up(SIZE_MAX);
  EXPECT_EQ(inflated(behind_.received), "<h1>Grids</h1>");
}

TEST_F(GzipStageTest, SaysWhenThereIsNoMemory) {
  for (size_t failing = 0;; ++failing) {
    TestPool pool;
    behind_ = Behind();
    GzipStage stage(&pool, MemorySource::heap(), nullptr, 6);
    ngx_chain_t* chain = buffer_of(&pool_, "page", false, true);
    pool.fail_at(failing);
    stage.add(chain);
    behind_.take(stage.take());
    EXPECT_EQ(stage.failed(), pool.has_failed());
    EXPECT_EQ(stage.out_of_memory(), pool.has_failed());
    if (!pool.has_failed()) break;
  }
}

}  // namespace
}  // namespace abm::module
