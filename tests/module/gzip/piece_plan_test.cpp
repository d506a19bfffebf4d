#include "module/gzip/piece_plan.h"

#include <gtest/gtest.h>

#include "tests/rewrite/recall/variations.h"

namespace abm::module {
namespace {

/// The pieces of a page with the slots "b" and "#s", as texts; "…" for what is in none.
std::vector<std::string> plan(const std::string& page, std::vector<rewrite::PageGap> gaps = {}) {
  const rewrite::Slots slots({"b", "#s"});
  const std::vector<rewrite::Edit> edits = {rewrite::content("x")};
  rewrite::RememberedPage remembered = *rewrite::learn(page, rewrite::options_for(slots, edits));
  remembered.gaps = std::move(gaps);
  std::vector<std::string> pieces;
  uint32_t end = 0;
  for (const PageRange& piece : plan_pieces(remembered)) {
    if (piece.begin != end) pieces.push_back("…");
    pieces.push_back(page.substr(piece.begin, piece.end - piece.begin));
    end = piece.end;
  }
  if (end != page.size()) pieces.push_back("…");
  return pieces;
}

const std::string kLong(400, 'x');
using Pieces = std::vector<std::string>;

TEST(PiecePlan, APageWithoutSlotsIsOnePiece) {
  EXPECT_EQ(plan(kLong), Pieces{kLong});
  EXPECT_EQ(plan("short"), Pieces{"short"});
}

TEST(PiecePlan, ASmallElementIsOnePiece) {
  EXPECT_EQ(plan(kLong + "<b class=x>go</b>" + kLong), (Pieces{kLong, "<b class=x>go</b>", kLong}));
  EXPECT_EQ(plan(kLong + "<b>go</b> or <b>stay</b>" + kLong),
            (Pieces{kLong, "<b>go</b> or <b>stay</b>", kLong}));
}

TEST(PiecePlan, ALongElementIsCutAroundItsContent) {
  EXPECT_EQ(plan(kLong + "<div id=s>" + kLong + "</div>" + kLong),
            (Pieces{kLong, "<div id=s>", kLong, "</div>", kLong}));
}

TEST(PiecePlan, ManySmallOnesDoNotGrowWithoutBound) {
  std::string page;
  for (int i = 0; i < 200; ++i) page += "<b>go and see</b>";
  const Pieces pieces = plan(page);
  EXPECT_GE(pieces.size(), 3u);
  std::string whole;
  for (const std::string& piece : pieces) {
    EXPECT_LE(piece.size(), 1024u);
    whole += piece;
  }
  EXPECT_EQ(whole, page);
}

TEST(PiecePlan, AGapIsInNoPiece) {
  const auto gap = [](size_t begin, size_t end) {
    return rewrite::PageGap{static_cast<uint32_t>(begin), static_cast<uint32_t>(end), 0, 0,
                            rewrite::GapKind::kText};
  };
  EXPECT_EQ(plan(kLong + "12:00" + kLong, {gap(400, 405)}), (Pieces{kLong, "…", kLong}));
  EXPECT_EQ(plan(kLong + kLong, {gap(400, 400)}), (Pieces{kLong, kLong})) << "one that was empty";
  EXPECT_EQ(plan(kLong + "12:00 and 13:00" + kLong, {gap(400, 405), gap(410, 415)}),
            (Pieces{kLong, "…", kLong}))
      << "what is small between two is not worth a piece";
  EXPECT_EQ(plan("12:00", {gap(0, 5)}), Pieces{"…"});
  EXPECT_EQ(plan(kLong + "<b>go</b>12:00" + kLong, {gap(409, 414)}), (Pieces{kLong, "…", kLong}));
}

}  // namespace
}  // namespace abm::module
