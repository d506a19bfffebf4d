// The tokens of the page, in order; each place at which it may change is compared with the other view before
// the next one is looked for.
#include "rewrite/recall/gap_finder.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "rewrite/recall/arrived_page.h"
#include "rewrite/scan/attributes.h"
#include "rewrite/scan/tokenizer.h"
#include "rewrite/select/selector_set.h"
#include "rewrite/tree/token_feed.h"
#include "rewrite/tree/tree_simulator.h"

namespace abm::rewrite {
namespace {

/// Waits for every element, so that tree construction looks at all that it may look at for anybody.
class WatchesAll final : public TreeObserver {
 public:
  uint32_t opened(const Opening&) noexcept override { return 0; }
  void ended(uint32_t, const Ending&) noexcept override {}
  void dropped(const OpenElement&) noexcept override {}
  void shifted(size_t, bool) noexcept override {}
  void merged(size_t, const TagToken&) noexcept override {}
  [[nodiscard]] uint64_t asked_attributes() const noexcept override { return 0; }
  [[nodiscard]] bool asks_attribute(std::string_view) const noexcept override { return false; }
};

/// Bytes of the page in whose place others may stand, up to the one that ends them.
struct Place {
  GapKind kind;
  uint64_t begin, end;
  uint64_t tag_begin = 0, tag_end = 0;
};

bool is_blank(char c) noexcept {
  return is_space(c) || c == '\0';
}

/// Of what tokens, times, numbers and versions are made.
bool is_word(char c) noexcept {
  return is_letter(c) || is_digit(c) || std::string_view("_.:+/=%").find(c) != std::string_view::npos;
}

/// The tokenizer's handler: offers each place to the comparison.
class PageComparison {
 public:
  PageComparison(const RememberedPage& page, std::string_view other, const LocatorOptions& options)
      : page_(page),
        other_(other),
        max_tag_(options.max_tag),
        labelled_(options.charset != Charset::kUnlabelled),
        stack_(options.max_depth),
        scratch_(SelectorMatcher::scratch_words(*options.selectors)),
        selectors_(*options.selectors, {}, scratch_),
        tree_(observer_, gate_),
        feed_(tree_, options.charset) {
    std::ranges::fill(gate_.masks, MatchGate::kAnyAttributes);
    gate_.every = true;
    tree_.use(stack_);
    gaps_.reserve(kMostGaps);
  }

  /// Before the tokenizer is given these. False: the page is UTF-16.
  [[nodiscard]] bool take_bom(std::string_view bytes, uint64_t offset) noexcept {
    return feed_.take_bom(bytes, offset);
  }
  [[nodiscard]] bool differs() const noexcept { return differs_; }
  /// Behind the last place.
  [[nodiscard]] bool same_to_the_end() const noexcept {
    return page_.bytes.substr(same_) == other_.substr(same_in_other_) && old_gap_ == page_.gaps.size();
  }
  std::vector<PageGap> take() noexcept { return std::move(gaps_); }

  // TokenHandler.
  [[nodiscard]] Content start_tag(const TagToken& tag) {
    end_text(tag.begin);
    if (!tag.is_long) look_at_attributes(tag);
    const Content content = feed_.start_tag(tag);
    begin_text(tag.end, content);
    if (content == Content::kScript)
      text_begin_ += PageSigns::decisive_bytes_of_script(page_.bytes.substr(tag.end, kScriptHead));
    if (tag.tag == Tag::pre_ || tag.tag == Tag::listing_ || tag.tag == Tag::textarea_)
      text_begin_ += 2;  // their first line break is no text
    return differs_ ? Content::kStop : content;
  }
  [[nodiscard]] bool end_tag(const TagToken& tag) {
    end_text(tag.begin);
    const bool goes_on = feed_.end_tag(tag);
    begin_text(tag.end, Content::kData);
    return goes_on && !differs_;
  }
  [[nodiscard]] bool plain_start(Tag, NameKey, uint64_t, std::string_view) noexcept { return false; }
  [[nodiscard]] size_t plain_end(const char*, const char*) noexcept { return 0; }
  [[nodiscard]] bool wants_text() const noexcept { return feed_.wants_text(); }
  void text(std::string_view bytes, uint64_t offset) noexcept { feed_.text(bytes, offset); }
  [[nodiscard]] bool cdata_allowed() const noexcept { return feed_.cdata_allowed(); }
  [[nodiscard]] Charset charset() const noexcept { return feed_.charset(); }
  [[nodiscard]] uint64_t asked_attributes() const noexcept { return feed_.asked_attributes(); }
  [[nodiscard]] bool asks_attribute(std::string_view name) const noexcept {
    return feed_.asks_attribute(name);
  }
  void doctype(std::string_view text, bool cut) noexcept { feed_.doctype(text, cut); }
  void comment(const CommentToken& comment) {
    end_text(comment.begin);
    if (page_.bytes.substr(comment.begin).starts_with("<!--") && comment.data_end != comment.end) {
      const std::string_view data =
          page_.bytes.substr(comment.data_begin, comment.data_end - comment.data_begin);
      const size_t decisive = PageSigns::decisive_bytes_of_comment(data);
      if (decisive < data.size())
        each_run(comment.data_begin + decisive, comment.data_end, GapKind::kComment);
    }
    begin_text(comment.end, Content::kData);
  }
  void cdata(uint64_t begin, uint64_t end) {
    end_text(begin);
    begin_text(end, Content::kData);
  }
  void skipped(uint64_t begin, uint64_t end) { cdata(begin, end); }
  void script(std::string_view) const noexcept {}

 private:
  void begin_text(uint64_t begin, Content content) noexcept {
    text_begin_ = begin;
    content_ = content;
    text_decides_ = content == Content::kData && feed_.wants_text();
  }
  /// A tag, or a comment, begins where the text ends.
  void end_text(uint64_t end) {
    switch (content_) {
      case Content::kData: {
        const std::string_view page = page_.bytes;
        constexpr uint64_t kBomSize = 3;
        if (text_begin_ < kBomSize) return;  // a byte order mark may be there
        if (text_decides_) {
          while (text_begin_ < end && is_blank(page[text_begin_])) ++text_begin_;
          ++text_begin_;
        }
        each_run(text_begin_, end, GapKind::kText);
        break;
      }
      case Content::kRcdata:
      case Content::kRawtext:
      case Content::kScript:
        each_run(text_begin_, end, GapKind::kRawText);
        break;
      default:
        break;
    }
  }
  /// Offers what of [begin, end) lies between bytes that end a gap. The byte at `end` is one of them.
  void each_run(uint64_t begin, uint64_t end, GapKind kind) {
    while (begin < end && !differs_) {
      const uint64_t stop = std::min<uint64_t>(page_.bytes.find_first_of(ends_of(kind), begin), end);
      if (begin < stop) offer({kind, begin, stop});
      begin = stop + 1;
    }
  }
  void look_at_attributes(const TagToken& tag) {
    if ((flags_of(tag.tag) & kFormatting) != 0 || (!labelled_ && tag.tag == Tag::meta_)) return;
    const char* const page = page_.bytes.data();
    RawAttribute attribute;
    for (AttributeCursor cursor(tag.rest()); cursor.next(attribute) && !differs_;) {
      const std::string_view value = attribute.value;
      const bool quoted = value.data() != nullptr && value.end() != attribute.whole.end();
      if (!quoted || decides(attribute.name)) continue;
      const size_t decisive = decisive_bytes(tag.tag, attribute);
      if (decisive > value.size()) continue;
      const auto begin = static_cast<uint64_t>(value.data() - page) + decisive;
      const GapKind kind = attribute.whole.back() == '"' ? GapKind::kDoubleQuoted : GapKind::kSingleQuoted;
      offer({kind, begin, begin + value.size() - decisive, tag.begin, tag.end});
    }
  }
  /// Whether an attribute of that name decides what becomes of the page, or of a slot.
  [[nodiscard]] bool decides(std::string_view name) const {
    char buffer[64];  // longer names are rare, and may well stay as they are
    if (name.size() > sizeof(buffer)) return true;
    std::ranges::transform(name, buffer, [](char c) { return ascii_lower(c); });
    const std::string_view lower(buffer, name.size());
    return lower == "type" || lower == "encoding" || lower == "shadowrootmode" ||
           selectors_.asks_attribute(lower);
  }

  /// How much of the value tells what framework the page has.
  [[nodiscard]] static size_t decisive_bytes(Tag tag, const RawAttribute& attribute) noexcept {
    char buffer[8];  // the names that matter are shorter
    if (attribute.name.size() > sizeof(buffer)) return 0;
    std::ranges::transform(attribute.name, buffer, [](char c) { return ascii_lower(c); });
    return PageSigns::decisive_bytes(tag, {buffer, attribute.name.size()}, attribute.value);
  }
  /// The next place at which the page may differ; up to there, and in all that is no place, it may not.
  void offer(const Place& place) {
    if (differs_ || place.end < same_) return;
    const std::string_view page = page_.bytes.substr(same_, place.end + 1 - same_);
    const std::string_view other = other_.substr(same_in_other_);
    const auto parted = std::ranges::mismatch(page, other);
    uint64_t begin = same_ + static_cast<uint64_t>(parted.in1 - page.begin());
    const bool was_gap = old_gap_ != page_.gaps.size() && page_.gaps[old_gap_].end == place.end;
    if (begin > place.end && !was_gap) return go_on(place.end, same_in_other_ + (place.end - same_));
    if (begin < place.begin) return differ();
    begin = std::min(begin, place.end);
    while (begin > place.begin && is_word(page_.bytes[begin - 1])) --begin;
    if (was_gap) begin = std::min<uint64_t>(begin, page_.gaps[old_gap_++].begin);
    const uint64_t begin_in_other = same_in_other_ + (begin - same_);
    const size_t size = end_of_gap(place.kind, other_.substr(begin_in_other));
    if (size == std::string_view::npos || other_[begin_in_other + size] != page_.bytes[place.end])
      return differ();
    PageGap gap{static_cast<uint32_t>(begin), static_cast<uint32_t>(place.end),
                static_cast<uint32_t>(place.tag_begin), static_cast<uint32_t>(place.tag_end), place.kind};
    if (gaps_.size() == kMostGaps || touches_what_waits(gap) || !may_stand(gap, size)) return differ();
    gaps_.push_back(gap);
    go_on(place.end, begin_in_other + size);
  }
  /// Whether so many bytes may stand in the gap (ArrivedPage).
  [[nodiscard]] bool may_stand(const PageGap& gap, size_t size) const noexcept {
    if (size > ArrivedPage::kMostInGap || (size == 0 && !may_be_empty(gap.kind))) return false;
    return gap.tag_end == 0 || gap.tag_end - gap.tag_begin + size <= max_tag_;
  }
  void differ() noexcept { differs_ = true; }
  void go_on(uint64_t same, uint64_t same_in_other) noexcept {
    same_ = same;
    same_in_other_ = same_in_other;
  }
  /// Whether bytes that wait for one another, a tag that is edited, or what the log has to tell depend on the
  /// gap's bytes.
  [[nodiscard]] bool touches_what_waits(const PageGap& gap) const {
    const PageLog& log = *page_.log;
    const auto constructs = log.constructs();
    auto construct = std::ranges::upper_bound(constructs, gap.begin, {}, &PageLog::Construct::end);
    for (; construct != constructs.end() && construct->begin < gap.end; ++construct) {
      if (gap.tag_end == 0 || construct->begin != gap.tag_begin || construct->end != gap.tag_end) return true;
    }
    const auto events = log.events().first(log.end_events());
    const auto event = std::ranges::upper_bound(events, gap.begin, {}, &PageLog::Event::told_at);
    if (event != events.end() && event->told_at <= gap.end) return true;
    return gap.tag_end != 0 && log.finds_at(gap.tag_begin);
  }

  const RememberedPage& page_;
  std::string_view other_;
  size_t max_tag_;
  bool labelled_;
  WatchesAll observer_;
  MatchGate gate_;
  std::vector<OpenElement> stack_;
  std::vector<uint64_t> scratch_;
  SelectorMatcher selectors_;
  TreeSimulator tree_;
  TokenFeed feed_;
  uint64_t text_begin_ = 0;
  Content content_ = Content::kData;
  bool text_decides_ = true;               // the page's first text does
  uint64_t same_ = 0, same_in_other_ = 0;  // up to there both are the same, but for the gaps
  size_t old_gap_ = 0;
  std::vector<PageGap> gaps_;
  bool differs_ = false;
};
static_assert(TokenHandler<PageComparison>);

}  // namespace

class GapFinder::Impl {
 public:
  Impl(const RememberedPage& page, std::string_view other, const LocatorOptions& options)
      : page_(page.bytes), comparison_(page, other, options), tokenizer_(comparison_, options.max_tag) {}

  State advance(size_t bytes) {
    constexpr uint64_t kAtATime = 16384;
    for (const uint64_t stop = given_ + std::min<uint64_t>(bytes, page_.size() - given_); given_ < stop;) {
      given_ = std::min(stop, given_ + kAtATime);
      const std::string_view rest = page_.substr(scanned_, given_ - scanned_);
      if (!comparison_.take_bom(rest, scanned_)) return State::kDiffers;
      scanned_ += tokenizer_.scan(rest, scanned_);
      if (comparison_.differs() || tokenizer_.stopped()) return State::kDiffers;
    }
    if (given_ != page_.size()) return State::kLooking;
    return comparison_.same_to_the_end() ? State::kFound : State::kDiffers;
  }
  std::vector<PageGap> take() noexcept { return comparison_.take(); }

 private:
  std::string_view page_;
  PageComparison comparison_;
  Tokenizer<PageComparison> tokenizer_;
  uint64_t given_ = 0, scanned_ = 0;
};

GapFinder::GapFinder(const RememberedPage& page, std::string_view other, const LocatorOptions& options)
    : impl_(std::make_unique<Impl>(page, other, options)) {}
GapFinder::~GapFinder() = default;

GapFinder::State GapFinder::advance(size_t bytes) {
  return impl_->advance(bytes);
}

std::vector<PageGap> GapFinder::take() noexcept {
  return impl_->take();
}

}  // namespace abm::rewrite
