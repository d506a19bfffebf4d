// HTML and edits in, HTML out, as it streams: locate and splice joined, in bounded memory. The result does
// not depend on how the page is divided into chunks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/memory.h"
#include "rewrite/edit.h"
#include "rewrite/framework/element_place.h"
#include "rewrite/framework/page_signs.h"
#include "rewrite/scan/charset.h"
#include "rewrite/select/selector_set.h"
#include "rewrite/sink.h"

namespace abm::rewrite {

struct LocatorOptions;
struct RememberedPage;

struct RewriterOptions {
  const SelectorSet* selectors = nullptr;  ///< borrowed
  std::span<const Edit> edits;             ///< borrowed; one per slot at most, ascending by slot. The last
                                           ///< one may be for selectors->head_slot()
  Charset charset = Charset::kUtf8;        ///< kUnsupported passes everything through
  size_t max_tag = 16384;                  ///< bytes of one tag that may be held; longer ones pass by
  size_t max_hold = 262144;                ///< bytes of an element that may be held until its end is known
  uint32_t max_depth = 512;                ///< open elements
  MemorySource memory = MemorySource::heap();
  /// Versions of the page, learned with these selectors, charset, max_tag and max_depth
  /// (recall/page_learner.h). The first one whose bytes, gaps aside, begin with the page's first chunk is
  /// recalled. Borrowed: they outlive the rewriter, and their bytes every kRemembered piece given to the
  /// sink.
  std::span<const RememberedPage* const> remembered;
};

/// What of it a scan needs, for all slots (select/locator.h): how a page is learned that is to be told from
/// memory with these options.
[[nodiscard]] LocatorOptions scan_options(const RewriterOptions& options) noexcept;

/// How much of a page was told from memory.
enum class Recall : uint8_t {
  kScan,  ///< nothing: it was scanned
  kPart,  ///< it parted from what was remembered, and was scanned from there on
  kWhole,
};
[[nodiscard]] std::string_view to_string(Recall recall) noexcept;  ///< "scan", "part", "whole"

/// One response. Not thread-safe; not reusable after finish().
///
/// It holds back an unfinished tag (at most max_tag; of a longer one, what selectors ask for) and, while
/// inside an element whose content is to be replaced or removed, that element (at most max_hold), since the
/// original must still leave if its end never comes. Everything else is emitted by the write() that brought
/// it. Memory: `bytes_needed`, plus what is held.
class Rewriter {
 public:
  /// Gives the rewriter's memory back to its source.
  struct Deleter {
    void operator()(Rewriter* rewriter) const noexcept { rewriter->destroy(); }
  };
  using Pointer = std::unique_ptr<Rewriter, Deleter>;

  /// nullptr when there is no memory.
  [[nodiscard]] static Pointer create(const RewriterOptions& options) noexcept;
  /// Bytes that create() takes from its memory source, held bytes not counted.
  [[nodiscard]] static size_t bytes_needed(const RewriterOptions& options) noexcept;

  virtual void write(std::string_view chunk, Sink& sink) noexcept = 0;
  /// End of a complete page: what is still open ends, and what is held is emitted. An element whose end tag
  /// may not be left out (HTML 13.1.2.4) keeps its content.
  virtual void finish(Sink& sink) noexcept = 0;
  /// Passes everything from here on through unchanged, held bytes first: for a broken upstream or an aborted
  /// request.
  virtual void abandon(Sink& sink) noexcept = 0;

  /// By edit; final after finish().
  [[nodiscard]] virtual std::span<const Outcome> outcomes() const noexcept = 0;
  [[nodiscard]] virtual uint64_t bytes_in() const noexcept = 0;
  [[nodiscard]] virtual uint64_t bytes_out() const noexcept = 0;
  /// Final after finish().
  [[nodiscard]] virtual Recall recall() const noexcept = 0;
  /// Which of the options' remembered pages it was told from, or last compared with; 0 where there are none.
  [[nodiscard]] virtual size_t recalled() const noexcept = 0;
  /// How many bytes of the page were told from memory.
  [[nodiscard]] virtual uint64_t recalled_bytes() const noexcept = 0;
  /// What the page holds of a framework's renderer. Of a page told from memory as a whole: what the
  /// remembered one held, whose changing bytes do not count. Final after finish().
  [[nodiscard]] virtual const PageSigns& signs() const noexcept = 0;
  /// By edit: where its elements lie.
  [[nodiscard]] virtual std::span<const SlotPlace> places() const noexcept = 0;
  /// Bytes held back right now.
  [[nodiscard]] virtual size_t held() const noexcept = 0;

 protected:
  ~Rewriter() = default;

 private:
  virtual void destroy() noexcept = 0;
};
struct RewrittenPage {
  std::string html;
  std::vector<Outcome> outcomes;
  PageSigns signs;
  std::vector<SlotPlace> places;  ///< by edit
};
/// A whole page at once, for tools and tests. `chunk_bytes` 0: one chunk.
[[nodiscard]] RewrittenPage rewrite_page(std::string_view html, const RewriterOptions& options,
                                         size_t chunk_bytes = 0);

}  // namespace abm::rewrite
