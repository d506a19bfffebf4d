#include "module/chain_sink.h"

#include <algorithm>
#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "nginx_pool.h"

namespace abm::module {
namespace {

using rewrite::Owner;

constexpr size_t kEdits = 3;

/// A buffer of the filter before ours, whose memory is used for something else once it counts as used up.
struct Source {
  std::string bytes;
  ngx_buf_t buffer{};
  size_t last_piece_end = 0;  ///< in the output; 0: no output points into it

  explicit Source(std::string text) : bytes(std::move(text)) {
    buffer.memory = 1;
    buffer.start = buffer.pos = bytes_of(bytes);
    buffer.end = buffer.last = buffer.start + bytes.size();
  }
  [[nodiscard]] bool used_up() const noexcept { return buffer.pos == buffer.last; }
};

/// A sink between a rewriter that emits what a script says and a filter that takes it in pieces; the same
/// output as a plain string to hold it against.
class Stage {
 public:
  explicit Stage(uint32_t seed) : random_(seed) { sink_.start(&pool, offsets_); }

  /// Random steps; stops where the sink has run out of memory, as the body filter does.
  void run(size_t steps) {
    for (size_t i = 0; i < steps && !sink_.failed(); ++i) {
      switch (below(8)) {
        case 0:
        case 1:
        case 2:
          write_input();
          break;
        case 3:
          flush();
          break;
        case 4:
          pass_file();
          break;
        case 5:
          take();
          break;
        default:
          consume(below(2000));
          reclaim();
      }
      check();
      if (testing::Test::HasFailure()) return;
    }
  }

  /// The page's end, with everything consumed.
  void finish() {
    ngx_buf_t last{};
    last.last_buf = 1;
    sink_.mark(last);
    take();
    consume(SIZE_MAX);
    reclaim();
  }

  void write_input() {
    sources_.push_back(std::make_unique<Source>(text('a', below(1500))));
    Source& source = *sources_.back();
    sink_.begin_input(&source.buffer);
    size_t at = 0;
    for (size_t pieces = below(6); pieces > 0; --pieces) {
      const size_t size = below(source.bytes.size() - at + 1);
      if (size > 0 && below(4) != 0) {
        emit(Owner::kInput, std::string_view(source.bytes).substr(at, size));
        source.last_piece_end = expected_.size();
      }
      at += size;
      if (below(2) == 0) emit(Owner::kEdit, kEditText);
      if (below(3) == 0) emit_scratch(text('0', 1 + below(below(4) == 0 ? 9000 : 40)));
      if (below(2) == 0) apply(static_cast<uint32_t>(below(kEdits)));
    }
    sink_.end_input();
  }

  void flush() {
    ngx_buf_t mark{};
    mark.flush = 1;
    sink_.mark(mark);
    flush_from_ = expected_.size();
  }

  /// A flush that was asked for is in the chain, and none of what came before it follows.
  void take() {
    if (sink_.failed()) return;
    std::optional<size_t> flushed;
    for (ngx_chain_t* link = sink_.take(); link != nullptr; link = link->next) {
      under_way_.push_back(link->buf);
      taken_ += static_cast<size_t>(ngx_buf_size(link->buf));
      if (link->buf->flush) flushed = taken_;
      if (link->buf->last_buf) ends_.push_back(taken_);
    }
    EXPECT_EQ(flushed.has_value(), flush_from_.has_value());
    EXPECT_GE(flushed.value_or(0), flush_from_.value_or(0));
    flush_from_.reset();
  }

  /// The next filter uses up to `size` bytes, and buffers without bytes where it meets them.
  void consume(size_t size) {
    while (!under_way_.empty()) {
      ngx_buf_t* buffer = under_way_.front();
      const size_t part = std::min(size, static_cast<size_t>(ngx_buf_size(buffer)));
      if (buffer->in_file) {
        buffer->file_pos += static_cast<off_t>(part);
        received_.append(part, kFileByte);
      } else {
        received_.append(reinterpret_cast<const char*>(buffer->pos), part);
        buffer->pos += part;
      }
      size -= part;
      if (ngx_buf_size(buffer) > 0) return;
      under_way_.pop_front();
    }
  }

  /// Afterwards exactly those sources are used up whose last byte has gone.
  void reclaim() {
    sink_.reclaim();
    EXPECT_EQ(sink_.busy(), received_.size() < taken_);
    if (sink_.failed()) return;
    for (const auto& source : sources_) {
      EXPECT_EQ(source->used_up(), source->bytes.empty() || source->last_piece_end <= received_.size());
      if (source->used_up()) std::fill(source->bytes.begin(), source->bytes.end(), '!');
    }
  }

  void check() {
    ASSERT_EQ(received_, expected_.substr(0, received_.size()));
    EXPECT_EQ(sink_.bytes_left(), received_.size());  // what could not be appended has not left either
    if (sink_.failed()) return;
    EXPECT_EQ(offsets_, first_applied_);
  }

  void check_finished() {
    EXPECT_EQ(received_, expected_);
    EXPECT_EQ(ends_, std::vector<size_t>{expected_.size()});
    EXPECT_FALSE(sink_.busy());
    EXPECT_EQ(sink_.memory_in_flight(), 0u);
    for (const auto& file : files_)
      EXPECT_FALSE(file->flush || file->last_buf) << "flags on another's buffer";
  }

  TestPool pool;

  [[nodiscard]] bool failed() const noexcept { return sink_.failed(); }

 private:
  static constexpr std::string_view kEditText = "<b>an edit's own bytes</b>";
  static constexpr char kFileByte = '#';

  size_t below(size_t limit) {
    return limit == 0 ? 0 : std::uniform_int_distribution<size_t>(0, limit - 1)(random_);
  }

  std::string text(char first, size_t size) {
    std::string text(size, first);
    for (char& c : text) c = static_cast<char>(first + below(10));
    return text;
  }

  void emit(Owner owner, std::string_view bytes) {
    expected_ += bytes;
    sink_.emit(owner, bytes);
  }

  void emit_scratch(std::string bytes) {
    emit(Owner::kScratch, bytes);
    std::fill(bytes.begin(), bytes.end(), '!');
  }

  void apply(uint32_t edit) {
    if (first_applied_[edit] == 0) first_applied_[edit] = expected_.size() + 1;
    sink_.applied(edit);
  }

  void pass_file() {
    ngx_buf_t& buffer = *files_.emplace_back(std::make_unique<ngx_buf_t>());
    buffer.in_file = 1;
    buffer.file_last = static_cast<off_t>(1 + below(3000));
    expected_.append(static_cast<size_t>(buffer.file_last), kFileByte);
    sink_.pass(&buffer);
  }

  std::mt19937 random_;
  ChainSink sink_;
  std::array<uint64_t, kEdits> offsets_{};
  std::vector<std::unique_ptr<Source>> sources_;
  std::vector<std::unique_ptr<ngx_buf_t>> files_;
  std::deque<ngx_buf_t*> under_way_;
  std::string expected_, received_;
  size_t taken_ = 0;
  std::optional<size_t> flush_from_;  ///< the newest flush that was asked for and not taken
  std::vector<size_t> ends_;
  std::array<uint64_t, kEdits> first_applied_{};
};

TEST(ChainSink, DeliversEveryScriptInAnyPieces) {
  for (uint32_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Stage stage(seed);
    stage.run(100);
    stage.finish();
    stage.check();
    stage.check_finished();
    ASSERT_FALSE(HasFailure());
  }
}

TEST(ChainSink, SurvivesEachAllocationThatFails) {
  constexpr size_t kSteps = 40;
  for (uint32_t seed = 0; seed < 10; ++seed) {
    Stage whole(seed);
    whole.run(kSteps);
    whole.finish();
    const size_t allocations = whole.pool.allocations();
    for (size_t failing = 0; failing < allocations; ++failing) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", allocation " << failing);
      Stage stage(seed);
      stage.pool.fail_at(failing);
      stage.run(kSteps);
      stage.finish();
      EXPECT_TRUE(stage.failed());
      EXPECT_TRUE(stage.pool.has_failed());
      ASSERT_FALSE(HasFailure());
    }
  }
}

TEST(ChainSink, TakesNoMoreMemoryForALongPageThanForAShortOne) {
  Stage stage(1);
  size_t settled = 0;
  for (size_t round = 0; round < 2000; ++round) {
    stage.write_input();
    stage.take();
    stage.consume(SIZE_MAX);
    stage.reclaim();
    if (round == 1000) settled = stage.pool.allocations();
  }
  EXPECT_EQ(stage.pool.allocations(), settled);
}

}  // namespace
}  // namespace abm::module
