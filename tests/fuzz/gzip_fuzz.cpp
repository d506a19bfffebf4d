// Learns and compresses one page and serves another, which is that page but for one place, as one gzip
// member: it inflates to what leaves without memory and compression, whatever the chunks and flushes, with
// pieces of the page, with a whole answer, with both or neither. Each piece of the page decodes alone.
//
// Input: one byte each for the limits, the chunk size, the charset and the edits; two for where the pages
// differ; how many bytes go there, and how many come instead; how often it flushes and the level, and what is
// known; those bytes, then the page, of which a byte of 0xF0 and more stands for 3,000 like it.
#include <zlib.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "module/gzip/answer_deflater.h"
#include "module/gzip/gzip_join.h"
#include "module/gzip/page_deflater.h"
#include "rewrite/recall/gap_finder.h"
#include "rewrite/recall/page_learner.h"
#include "rewrite_fuzzing.h"

namespace {

using namespace abm;
using namespace abm::module;
using rewrite::Owner;
using rewrite::Recall;

std::string inflate_all(std::string_view in, int window_bits, int& result) {
  z_stream stream{};
  rewrite::require(inflateInit2(&stream, window_bits) == Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
  stream.avail_in = static_cast<uInt>(in.size());
  std::string out;
  do {
    char room[65536];
    stream.next_out = reinterpret_cast<Bytef*>(room);
    stream.avail_out = sizeof(room);
    result = inflate(&stream, Z_SYNC_FLUSH);
    out.append(room, sizeof(room) - stream.avail_out);
  } while (result == Z_OK && (stream.avail_in != 0 || stream.avail_out == 0));
  rewrite::require(stream.avail_in == 0);
  inflateEnd(&stream);
  return out;
}

class Text final : public rewrite::Sink {
 public:
  void emit(Owner, std::string_view bytes) noexcept override {
    rewrite::require(!bytes.empty());
    text += bytes;
  }
  void applied(uint32_t) noexcept override {}
  std::string text;
};

/// What a rewriter made of one chunk.
class Pieces final : public rewrite::Sink {
 public:
  void emit(Owner owner, std::string_view bytes) noexcept override {
    all.push_back({owner == Owner::kRemembered ? bytes : std::string_view(copies_.emplace_back(bytes)),
                   owner != Owner::kScratch});
  }
  void applied(uint32_t) noexcept override {}
  struct Piece {
    std::string_view bytes;
    bool lasting;
  };
  std::vector<Piece> all;

 private:
  std::list<std::string> copies_;
};

std::string rewritten(std::string_view page, const rewrite::RewriterOptions& options, size_t step,
                      bool complete) {
  Text sink;
  const rewrite::Rewriter::Pointer rewriter = rewrite::Rewriter::create(options);
  for (size_t at = 0; at < page.size(); at += step) rewriter->write(page.substr(at, step), sink);
  complete ? rewriter->finish(sink) : rewriter->abandon(sink);
  return sink.text;
}

struct Known {
  const rewrite::RememberedPage* page;
  const DeflatedPage* pieces = nullptr;
  const DeflatedAnswer* answer = nullptr;
};

struct How {
  size_t step;
  unsigned flush_every;  // chunks; 0: never
  int level;
  TextDeflater* texts;
};

/// `script` gets the answer, if it is not nullptr, and is cleared where that is not to be kept.
void serve(std::string_view page, rewrite::RewriterOptions options, const Known& known, const How& how,
           bool complete, AnswerScript* script) {
  const std::string plain = rewritten(page, options, how.step, complete);
  const rewrite::RememberedPage* const pages[] = {known.page};
  options.remembered = pages;
  const rewrite::Rewriter::Pointer rewriter = rewrite::Rewriter::create(options);
  Text out;
  GzipJoin join(out, MemorySource::heap(), how.texts, how.level);
  Pieces written;
  size_t size = 0, left = 0;
  unsigned chunk = 0, flushes = 0;
  bool set = false;
  const auto pass_on = [&](bool flush) {
    if (rewriter->recall() != Recall::kWhole) {
      join.leave_page();
    } else if (!set && rewriter->bytes_in() != 0) {
      join.set_page(known.page->bytes, known.pieces, known.answer);
      set = true;
    }
    for (const Pieces::Piece& piece : written.all) {
      join.write(piece.bytes, piece.lasting);
      size += piece.bytes.size();
      if (script == nullptr) continue;
      const std::string_view of = known.page->bytes;
      const bool of_page = piece.bytes.data() >= of.data() && piece.bytes.data() < of.data() + of.size();
      const bool kept =
          of_page ? script->add_page(static_cast<size_t>(piece.bytes.data() - of.data()), piece.bytes.size())
                  : piece.lasting && script->add_text(piece.bytes);
      if (!kept || rewriter->recall() != Recall::kWhole) script = nullptr;
    }
    written.all.clear();
    if (!flush) return;
    join.flush();
    left = size;
    if (!std::has_single_bit(++flushes)) return;
    int result = Z_OK;
    rewrite::require(inflate_all(out.text, 31, result) == plain.substr(0, size));
  };
  for (size_t at = 0; at < page.size(); at += how.step) {
    const std::string bytes(page.substr(at, how.step));
    rewriter->write(bytes, written);
    pass_on(how.flush_every != 0 && ++chunk % how.flush_every == 0);
  }
  complete ? rewriter->finish(written) : rewriter->abandon(written);
  pass_on(false);
  if (complete) join.finish();
  int result = Z_OK;
  const std::string inflated = inflate_all(out.text, 31, result);
  rewrite::require(join.bytes() == plain.size() && join.bytes_reused() <= plain.size());
  rewrite::require(complete
                       ? result == Z_STREAM_END && inflated == plain
                       : result != Z_STREAM_END && plain.starts_with(inflated) && inflated.size() >= left);
}

void check_pieces(const DeflatedPage& deflated, std::string_view page) {
  std::string piece;
  for (size_t i = 0; i < deflated.segments.size(); ++i) {
    const DeflatedSegment& segment = deflated.segments[i];
    if (segment.begin == segment.piece_begin) piece.clear();
    piece += deflated.data_of(segment);
    int result = Z_OK;
    rewrite::require(inflate_all(piece, -15, result) ==
                     page.substr(segment.piece_begin, segment.end - segment.piece_begin));
    rewrite::require(i == 0 || deflated.segments[i - 1].end <= segment.begin);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 12 || size > 4096) return 0;
  std::string_view rest(static_cast<const char*>(static_cast<const void*>(data + 10)), size - 10);
  const std::string_view other_bytes = rest.substr(0, data[7]);
  std::string page;
  for (const char letter : rest.substr(other_bytes.size()))
    page.append(static_cast<unsigned char>(letter) < 0xf0 || page.size() > 60000 ? 1 : 3000, letter);
  if (page.empty()) return 0;
  const std::vector<rewrite::Edit> edits = rewrite::edits_from(data[3]);
  const rewrite::RewriterOptions options = rewrite::options_from(data[0], data[2], edits);

  rewrite::PageLearner learner(page, scan_options(options), size_t{1} << 24);
  rewrite::PageLearner::State state = rewrite::PageLearner::State::kLearning;
  while (state == rewrite::PageLearner::State::kLearning) state = learner.advance(1u + data[1]);
  if (state == rewrite::PageLearner::State::kRefused) return 0;
  rewrite::RememberedPage remembered{page, learner.take(), {}};

  const size_t at = std::min<size_t>(page.size(), data[4] | data[5] << 8);
  const std::string other = std::string(page).replace(at, data[6], other_bytes);
  if ((data[9] & 1) != 0) {
    rewrite::GapFinder finder(remembered, other, scan_options(options));
    rewrite::GapFinder::State looking = rewrite::GapFinder::State::kLooking;
    while (looking == rewrite::GapFinder::State::kLooking) looking = finder.advance(4096);
    if (looking == rewrite::GapFinder::State::kFound) remembered.gaps = finder.take();
  }

  const auto budget = std::make_shared<MemoryBudget>(size_t{64} << 20);
  PageDeflater deflater(remembered, 1 + data[8] % 9, budget);
  while (deflater.advance(1u + data[1] * 16u) == PageDeflater::State::kWorking) {
  }
  const std::shared_ptr<const DeflatedPage> pieces = deflater.take();
  check_pieces(*pieces, page);

  TextDeflater texts(budget);
  const How how{1u + data[1] % 128 * (1u + data[1] / 128 * 40u) + page.size() / 1024, data[8] / 16u,
                1 + data[8] % 9, (data[9] & 2) != 0 ? &texts : nullptr};
  Known known{&remembered, (data[9] & 4) != 0 ? nullptr : pieces.get(), nullptr};
  AnswerScript script;
  serve(page, options, known, how, true, &script);
  serve(other, options, known, how, true, nullptr);
  serve(other, options, known, how, false, nullptr);
  if (script.size() == 0) return 0;
  AnswerDeflater whole(page, std::move(script), budget);
  while (whole.advance(1u + data[1] * 16u) == AnswerDeflater::State::kWorking) {
  }
  const std::shared_ptr<const DeflatedAnswer> answer = whole.take();
  known.answer = answer.get();
  serve(page, options, known, how, true, nullptr);
  serve(other, options, known, how, true, nullptr);
  serve(other, options, known, how, false, nullptr);
  return 0;
}
