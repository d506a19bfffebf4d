// What leaves inflates to what leaves without compression, whatever comes, in any chunks: one member, right
// CRC and size.
#include "module/gzip/gzip_join.h"

#include <gtest/gtest.h>

#include <zlib.h>

#include "module/gzip/answer_deflater.h"
#include "module/gzip/page_deflater.h"
#include "tests/rewrite/recall/variations.h"

namespace abm::module {
namespace {

using rewrite::Owner;
using rewrite::Recall;

std::shared_ptr<MemoryBudget> plenty() {
  return std::make_shared<MemoryBudget>(size_t{64} << 20);
}

struct InflatedBytes {
  std::string bytes;
  bool ended = false;   ///< the stream's last block was there
  bool broken = false;  ///< not a stream so far
  bool all_used = false;
  bool at_byte = false;  ///< all bits of the last byte are used
};
InflatedBytes inflate_all(std::string_view in, int window_bits) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, window_bits), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
  stream.avail_in = static_cast<uInt>(in.size());
  InflatedBytes out;
  int result = Z_OK;
  do {
    char room[65536];
    stream.next_out = reinterpret_cast<Bytef*>(room);
    stream.avail_out = sizeof(room);
    result = inflate(&stream, Z_SYNC_FLUSH);
    out.bytes.append(room, sizeof(room) - stream.avail_out);
  } while (result == Z_OK && (stream.avail_in != 0 || stream.avail_out == 0));
  out.ended = result == Z_STREAM_END;
  out.broken = !out.ended && result != Z_OK && result != Z_BUF_ERROR;
  out.all_used = stream.avail_in == 0;
  out.at_byte = (stream.data_type & 7) == 0;  // zlib.h: unused bits of the last byte
  inflateEnd(&stream);
  return out;
}

/// One gzip member, of which all bytes are used; nullopt: it is not. With `ended` it may be its begin.
std::optional<std::string> inflate_member(std::string_view member, bool* ended = nullptr) {
  InflatedBytes all = inflate_all(member, MAX_WBITS + 16);
  if (ended != nullptr) *ended = all.ended;
  const bool good = !all.broken && all.all_used && (all.ended || ended != nullptr);
  return good ? std::optional(std::move(all.bytes)) : std::nullopt;
}

std::optional<std::string> inflate_piece(std::string_view blocks) {
  InflatedBytes all = inflate_all(blocks, -MAX_WBITS);
  return !all.broken && !all.ended && all.at_byte ? std::optional(std::move(all.bytes)) : std::nullopt;
}

class Collected final : public rewrite::Sink {
 public:
  void emit(Owner, std::string_view bytes) noexcept override {
    EXPECT_FALSE(bytes.empty());
    member += bytes;
  }
  void applied(uint32_t) noexcept override {}
  std::string member;
};

/// What a rewriter made of one chunk, as the body filter has it.
class Written final : public rewrite::Sink {
 public:
  void emit(Owner owner, std::string_view bytes) noexcept override {
    page += bytes;
    const std::string_view kept =
        owner == Owner::kRemembered ? bytes : std::string_view(copies_.emplace_back(bytes));
    pieces.push_back({owner, kept});
  }
  void applied(uint32_t) noexcept override {}
  struct Piece {
    Owner owner;
    std::string_view bytes;
  };
  std::vector<Piece> pieces;
  std::string page;

 private:
  std::list<std::string> copies_;
};

std::shared_ptr<const DeflatedPage> compress(const rewrite::RememberedPage& page, size_t slice, int level = 6,
                                             GzipSizes* sizes = nullptr) {
  PageDeflater deflater(page, level, plenty());
  while (deflater.advance(slice) == PageDeflater::State::kWorking) {
  }
  EXPECT_EQ(deflater.advance(1), PageDeflater::State::kDone);
  if (sizes != nullptr) *sizes = deflater.sizes();
  return deflater.take();
}

struct Tried {
  size_t joined = 0, whole = 0, part = 0;
};

/// What is known of a page in compressed form; each may be nullptr.
struct Known {
  const DeflatedPage* pieces;
  const DeflatedAnswer* answer;
};

/// Serves `served` from the memory of a page, compressed. Returns what left, as a script.
AnswerScript check_join(std::string_view served, rewrite::RewriterOptions options,
                        const rewrite::RememberedPage& page, const Known& known, std::mt19937& random,
                        TextDeflater* texts, bool complete, Tried& tried) {
  AnswerScript script;
  const rewrite::RememberedPage* const pages[] = {&page};
  options.remembered = pages;
  const rewrite::Rewriter::Pointer rewriter = rewrite::Rewriter::create(options);
  Collected out;
  GzipJoin join(out, MemorySource::heap(), texts, 1 + static_cast<int>(random() % 9));
  Written written;
  size_t flushed = 0;
  bool knows_page = false;
  const auto pass_on = [&] {
    if (rewriter->recall() != Recall::kWhole) {
      join.leave_page();
    } else if (!knows_page) {
      known.pieces == nullptr&& known.answer == nullptr
          ? join.leave_page()
          : join.set_page(page.bytes, known.pieces, known.answer);
      knows_page = true;
    }
    for (const Written::Piece& piece : written.pieces) {
      join.write(piece.bytes, piece.owner != Owner::kScratch);
      piece.owner == Owner::kRemembered
          ? script.add_page(static_cast<size_t>(piece.bytes.data() - page.bytes.data()), piece.bytes.size())
          : script.add_text(piece.bytes);
    }
    written.pieces.clear();
    if (random() % 4 != 0) return;
    join.flush();
    flushed = written.page.size();
    if (random() % 16 != 0) return;
    const std::optional<std::string> so_far = [&] {
      bool ended = false;
      return inflate_member(out.member, &ended);
    }();
    ASSERT_EQ(so_far, written.page) << "a flush holds nothing back";
  };
  const size_t step = random() % 3 == 0 ? served.size() + 1 : 1 + random() % (random() % 2 == 0 ? 8 : 5000);
  for (size_t at = 0; at < served.size(); at += step) {
    const std::string chunk(served.substr(at, step));
    rewriter->write(chunk, written);
    pass_on();
  }
  complete ? rewriter->finish(written) : rewriter->abandon(written);
  pass_on();
  bool ended = false;
  if (complete) {
    join.finish();
    EXPECT_EQ(inflate_member(out.member), written.page);
  } else {
    const std::optional<std::string> left = inflate_member(out.member, &ended);
    EXPECT_TRUE(left && !ended && written.page.starts_with(*left) && left->size() >= flushed);
  }
  EXPECT_EQ(join.bytes(), written.page.size());
  tried.joined += join.bytes_reused() != 0;
  tried.whole += rewriter->recall() == Recall::kWhole;
  tried.part += rewriter->recall() == Recall::kPart;
  return script;
}

std::shared_ptr<const DeflatedAnswer> compress(std::string_view page, AnswerScript script, size_t slice) {
  AnswerDeflater deflater(page, std::move(script), plenty());
  AnswerDeflater::State state = AnswerDeflater::State::kWorking;
  while (state == AnswerDeflater::State::kWorking) state = deflater.advance(slice);
  return state == AnswerDeflater::State::kDone ? deflater.take() : nullptr;
}

std::string filler(std::mt19937& random) {
  static constexpr std::string_view kWords[] = {"press ",       "grid ",   "mill, ",
                                                "<b>kiln</b> ", "lathe\n", "<i>forge</i> "};
  std::string text;
  const size_t size = random() % 20 == 0 ? 40000 : random() % 1200;
  while (text.size() < size) text += kWords[random() % std::size(kWords)];
  return text;
}

TEST(GzipJoin, InflatesToThePlainAnswer) {
  std::mt19937 random(rewrite::seed_of_test());
  TextDeflater texts(plenty());
  Tried tried;
  for (int i = 0; i < 150 && !::testing::Test::HasFailure(); ++i) {
    std::string page;
    for (size_t n = 1 + random() % 4; n > 0; --n) page += rewrite::nasty_page(random) + filler(random);
    const rewrite::Scene scene(random);
    if (scene.edits.empty()) continue;
    SCOPED_TRACE("page " + std::to_string(i) + ": " + ::testing::PrintToString(scene.selectors));
    std::optional<rewrite::RememberedPage> remembered = rewrite::learn(page, scene.options);
    if (!remembered) continue;
    if (random() % 2 == 0) {
      for (int k = 0; k < 4; ++k) {
        std::string another = page;
        another.replace(random() % another.size(), 1, std::to_string(random() % 100));
        static_cast<void>(rewrite::find_gaps(*remembered, another, scene.options));
      }
    }
    const auto deflated = compress(*remembered, 1 + random() % 3000);
    TextDeflater* const some = random() % 8 == 0 ? nullptr : &texts;
    Known known{deflated.get(), nullptr};
    const auto serve = [&](const std::string& served, bool complete = true) {
      return check_join(served, scene.options, *remembered, known, random, some, complete, tried);
    };
    AnswerScript script = serve(page);
    const auto serve_others = [&] {
      serve(page);
      serve(rewrite::filled(*remembered, [&] { return rewrite::random_filling(random); }));
      for (int k = 0; k < 3; ++k) serve(rewrite::mutated(page, random));
      serve(page.substr(0, random() % page.size()), false);
    };
    serve_others();
    // And with an answer that may come again: this one, or a similar one of other edits.
    if (random() % 4 == 0) {
      if (random() % 2 == 0) {
        script.add_text("more");
      } else {
        script = serve(rewrite::mutated(page, random));
      }
    }
    const auto answer = compress(page, std::move(script), 1 + random() % 3000);
    known.answer = answer.get();
    if (random() % 3 == 0) known.pieces = nullptr;
    serve_others();
  }
  EXPECT_GT(tried.joined, 300u);
  EXPECT_GT(tried.whole, 300u);
  EXPECT_GT(tried.part, 200u);
}

TEST(GzipJoin, OnePieceNeverRefersIntoItsNeighbour) {
  std::mt19937 random(rewrite::seed_of_test());
  size_t pieces = 0, segments = 0;
  for (int i = 0; i < 60; ++i) {
    std::string page;
    for (int n = 0; n < 4; ++n) page += rewrite::nasty_page(random) + filler(random);
    const rewrite::Scene scene(random);
    const std::optional<rewrite::RememberedPage> remembered = rewrite::learn(page, scene.options);
    if (!remembered) continue;
    const auto deflated = compress(*remembered, 1000);
    std::string piece;
    for (size_t n = 0; n < deflated->segments.size(); ++n) {
      const DeflatedSegment& segment = deflated->segments[n];
      piece += deflated->data_of(segment);
      const bool last =
          n + 1 == deflated->segments.size() || deflated->segments[n + 1].piece_begin != segment.piece_begin;
      EXPECT_EQ(inflate_piece(piece), page.substr(segment.piece_begin, segment.end - segment.piece_begin));
      EXPECT_LE(segment.end - segment.begin, 16384u);
      ++segments;
      if (!last) continue;
      ++pieces;
      piece.clear();
    }
  }
  EXPECT_GT(pieces, 150u);
  EXPECT_GT(segments, pieces);
}

TEST(GzipJoin, AnAnswerThatComesAgainIsReusedAsAWhole) {
  std::mt19937 random(3);
  const std::string page = "<body><p id=a>one</p>" + filler(random) + filler(random) + "<p id=b>two</p>" +
                           std::string(50000, 'y') + "</body>";
  const rewrite::Slots slots({"#a", "#b"});
  std::vector<rewrite::Edit> edits = {rewrite::content("{A}"), rewrite::content("{B}")};
  edits[1].slot = 1;
  const rewrite::RewriterOptions options = rewrite::options_for(slots, edits);
  const std::optional<rewrite::RememberedPage> remembered = rewrite::learn(page, options);
  const rewrite::RememberedPage* const pages[] = {&*remembered};
  rewrite::RewriterOptions with = options;
  with.remembered = pages;
  const auto write = [&](Written& written) {
    const rewrite::Rewriter::Pointer rewriter = rewrite::Rewriter::create(with);
    rewriter->write(page, written);
    rewriter->finish(written);
  };
  AnswerScript script;
  Written first;
  write(first);
  for (const Written::Piece& piece : first.pieces) {
    piece.owner == Owner::kRemembered
        ? script.add_page(static_cast<size_t>(piece.bytes.data() - page.data()), piece.bytes.size())
        : script.add_text(piece.bytes);
  }
  const auto answer = compress(page, std::move(script), 1000);
  ASSERT_NE(answer, nullptr);
  Collected out;
  GzipJoin join(out, MemorySource::heap(), nullptr, 6);
  join.set_page(page, nullptr, answer.get());
  Written again;
  write(again);
  for (const Written::Piece& piece : again.pieces) join.write(piece.bytes, true);
  join.finish();
  EXPECT_EQ(inflate_member(out.member), first.page);
  EXPECT_EQ(join.bytes_reused(), first.page.size());
  EXPECT_EQ(out.member.size(), answer->bytes.view().size() + 20);
  std::string all;
  for (const DeflatedSegment& segment : answer->segments) {
    all += answer->data_of(segment);
    EXPECT_EQ(inflate_piece(all), first.page.substr(0, segment.end));
  }
}

TEST(GzipJoin, EveryPlaceWhereAFlushMayCome) {
  std::mt19937 random(3);
  std::string page = "<body><p id=a>one</p>" + filler(random) + std::string(300, 'x') + "<p id=b>two</p>" +
                     std::string(500, 'y') + "<p id=c>three</p></body>";
  const rewrite::Slots slots({"#a", "#b", "#c"});
  std::vector<rewrite::Edit> edits = {rewrite::content("{A}"), rewrite::content("{C}")};
  edits[1].slot = 2;
  const rewrite::RewriterOptions options = rewrite::options_for(slots, edits);
  const std::optional<rewrite::RememberedPage> remembered = rewrite::learn(page, options);
  const auto deflated = compress(*remembered, 1 << 20);
  size_t longest = 0;
  for (const DeflatedSegment& segment : deflated->segments)
    longest = std::max<size_t>(longest, segment.end - segment.begin);
  constexpr size_t kElements = 2 * 25;  // the pieces that edits are in
  TextDeflater texts(plenty());
  for (size_t at = 0; at <= page.size(); ++at) {
    rewrite::RewriterOptions with = options;
    const rewrite::RememberedPage* const pages[] = {&*remembered};
    with.remembered = pages;
    const rewrite::Rewriter::Pointer rewriter = rewrite::Rewriter::create(with);
    Collected out;
    Written written;
    GzipJoin join(out, MemorySource::heap(), &texts, 1);
    join.set_page(page, deflated.get(), nullptr);
    const auto pass_on = [&] {
      for (const Written::Piece& piece : written.pieces)
        join.write(piece.bytes, piece.owner != Owner::kScratch);
      written.pieces.clear();
    };
    rewriter->write(page.substr(0, at), written);
    pass_on();
    join.flush();
    bool ended = false;
    ASSERT_EQ(inflate_member(out.member, &ended), written.page);
    rewriter->write(std::string_view(page).substr(at), written);
    rewriter->finish(written);
    pass_on();
    join.finish();
    ASSERT_EQ(inflate_member(out.member), written.page);
    EXPECT_GE(join.bytes_reused() + longest + kElements, page.size())
        << "all but what stands at the flush is reused";
  }
}

TEST(GzipJoin, NothingIsAMember) {
  Collected out;
  GzipJoin join(out, MemorySource::heap(), nullptr, 6);
  join.finish();
  EXPECT_EQ(inflate_member(out.member), "");
}

TEST(GzipJoin, WithoutMemoryBytesLeaveAsTheyAre) {
  const MemorySource none{nullptr, [](void*, size_t) noexcept -> void* { return nullptr; },
                          [](void*, void*, size_t) noexcept {}};
  for (const bool leaves : {false, true}) {
    Collected out;
    GzipJoin join(out, none, nullptr, 6);
    if (leaves) join.leave_page();
    const std::string text(200000, 'x');
    join.write(text, true);
    join.flush();
    join.write("y", false);
    join.finish();
    EXPECT_EQ(inflate_member(out.member), text + "y");
  }
}

}  // namespace
}  // namespace abm::module
