// An answer that was compressed once as a whole: what one set of edits makes of a page. It is as small as if
// it had been compressed for the visitor, or smaller; a page's pieces are not (deflated_page.h).
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "module/gzip/answer_script.h"
#include "module/gzip/deflated_page.h"
#include "module/page_bytes.h"

namespace abm::module {

/// Immutable.
struct DeflatedAnswer {
  DeflatedAnswer(AnswerScript parts, PageBytes data, Charge for_itself) noexcept
      : script(std::move(parts)), bytes(std::move(data)), charge(std::move(for_itself)) {}

  AnswerScript script;
  PageBytes bytes;
  std::vector<DeflatedSegment> segments;  ///< all of the answer, which is one piece: offsets are in it
  Charge charge;

  [[nodiscard]] std::string_view data_of(const DeflatedSegment& segment) const noexcept {
    return bytes.view().substr(segment.data, segment.size);
  }
};

}  // namespace abm::module
