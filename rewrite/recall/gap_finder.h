// Where a page changes from request to request: finds the gaps by which another view of a remembered page
// differs from it, if it differs nowhere else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "rewrite/recall/remembered_page.h"
#include "rewrite/select/locator.h"

namespace abm::rewrite {

/// Reads the remembered page once more, in slices. In these places a difference is a gap:
///
///  - a quoted attribute value, unless a selector asks for that attribute or tree construction does (`type`,
///    `encoding`, `shadowrootmode`, all of a formatting element, and of a meta element of an unlabelled
///    page), or the element is one that a slot may edit;
///  - text, behind its first character that is not blank where text matters to the tree;
///  - script, style and other raw text, between the bytes that might begin or end something in it;
///  - a comment, likewise.
class GapFinder {
 public:
  /// `other` is a complete page. Both, and what `options` borrow, outlive the finder.
  GapFinder(const RememberedPage& page, std::string_view other, const LocatorOptions& options);
  ~GapFinder();
  GapFinder(const GapFinder&) = delete;
  GapFinder& operator=(const GapFinder&) = delete;

  enum class State : uint8_t { kLooking, kFound, kDiffers };
  /// Reads at most `bytes` more. Throws std::bad_alloc.
  State advance(size_t bytes);
  /// Once, after kFound: the page's gaps, those that it had before among them.
  [[nodiscard]] std::vector<PageGap> take() noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace abm::rewrite
