// Learns one page and serves another, which is that page but for one place: what leaves at each write, and
// what becomes of the edits, is the same with the memory as without it. If the difference is one that a
// memory learns as a gap, the same holds for what else may stand there.
//
// Input: one byte each for the limits, the chunk size, the charset and the edits; two for where the pages
// differ; how many bytes go there, and how many come instead; those bytes, then the page.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rewrite/recall/gap_finder.h"
#include "rewrite/recall/page_learner.h"
#include "rewrite_fuzzing.h"

namespace {

using namespace abm::rewrite;

class MarkingSink final : public Sink {
 public:
  void emit(Owner, std::string_view bytes) noexcept override { text += bytes; }
  void applied(uint32_t edit) noexcept override { text += static_cast<char>(edit); }
  std::string text;
};

struct Served {
  std::string text;
  std::vector<Outcome> outcomes;
  Recall recall;
};

/// `complete`: whether the page ends, or is abandoned.
Served serve(std::string_view page, const RewriterOptions& options, size_t step, bool complete) {
  MarkingSink sink;
  const Rewriter::Pointer rewriter = Rewriter::create(options);
  for (size_t at = 0; at < page.size(); at += step) {
    const std::string chunk(page.substr(at, step));
    rewriter->write(chunk, sink);
    sink.text += '\n';
  }
  complete ? rewriter->finish(sink) : rewriter->abandon(sink);
  const std::span<const Outcome> outcomes = rewriter->outcomes();
  return {std::move(sink.text), {outcomes.begin(), outcomes.end()}, rewriter->recall()};
}

/// The page with these bytes in its gaps.
std::string filled(const RememberedPage& page, std::string_view bytes) {
  std::string result;
  size_t begin = 0;
  for (const PageGap& gap : page.gaps) {
    result.append(page.bytes.substr(begin, gap.begin - begin)).append(bytes);
    begin = gap.end;
  }
  return result.append(page.bytes.substr(begin));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 8 || size > 8192) return 0;
  std::string_view rest(static_cast<const char*>(static_cast<const void*>(data + 8)), size - 8);
  const std::string_view other_bytes = rest.substr(0, data[7]);
  const std::string page(rest.substr(other_bytes.size()));
  const std::vector<Edit> edits = edits_from(data[3]);
  RewriterOptions options = options_from(data[0], data[2], edits);

  PageLearner learner(page, scan_options(options), size_t{1} << 24);
  PageLearner::State state = PageLearner::State::kLearning;
  while (state == PageLearner::State::kLearning) state = learner.advance(1u + data[1]);
  if (state == PageLearner::State::kRefused) return 0;
  RememberedPage remembered{page, learner.take(), {}};
  const RememberedPage* const pages[] = {&remembered};

  const size_t at = std::min<size_t>(page.size(), data[4] | data[5] << 8);
  const std::string other = std::string(page).replace(at, data[6], other_bytes);
  const size_t step = 1u + data[1] % 64;
  const auto compare = [&](const std::string& served) {
    for (const bool complete : {true, false}) {
      options.remembered = {};
      const Served plain = serve(served, options, step, complete);
      options.remembered = pages;
      const Served recalled = serve(served, options, step, complete);
      require(recalled.text == plain.text && same(recalled.outcomes, plain.outcomes));
      if (complete && remembered.gaps.empty())
        require((recalled.recall == Recall::kWhole) == (served == page));
    }
  };
  compare(other);

  // Where the pages differ in gaps alone, anything may stand in these.
  GapFinder finder(remembered, other, scan_options(options));
  GapFinder::State looking = GapFinder::State::kLooking;
  while (looking == GapFinder::State::kLooking) looking = finder.advance(1u + data[1]);
  if (looking == GapFinder::State::kDiffers) return 0;
  remembered.gaps = finder.take();
  compare(other);
  compare(filled(remembered, other_bytes));
  compare(filled(remembered, std::string_view(page).substr(at, 16)));
  return 0;
}
