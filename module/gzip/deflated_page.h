// The constant parts of a remembered page, compressed once (RFC 1951).
//
//   page      …head…│<a class="cta">Go</a>│…body…………………………………│gap│…foot…
//   pieces    └─ 0 ┘│└──────── 1 ────────┘│└──────── 2 ─────────┘    └─ 3 ┘
//   segments                               └─ 2a ─┴─ 2b ─┴─ 2c ─┘
//
// A piece refers to nothing outside it, and ends on a byte. Its segments end on a byte, too, but may refer to
// those before them in the piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "module/page_bytes.h"

namespace abm::module {

struct DeflatedSegment {
  uint32_t begin, end;   ///< of the page
  uint32_t piece_begin;  ///< where the page's piece begins that it is of
  uint32_t data, size;   ///< where its blocks are, none of them the last of a stream
  uint32_t crc;          ///< CRC-32 of the page's bytes
  uint32_t crc_step;     ///< crc32_combine_gen(end - begin)
};

/// What an answer comes to if nothing of the page is edited, in bytes.
struct GzipSizes {
  uint32_t in_pieces = 0;  ///< joined
  uint32_t at_once = 0;    ///< as nginx's filter compresses it, at its level
};

/// Immutable.
struct DeflatedPage {
  explicit DeflatedPage(PageBytes data, Charge for_itself) noexcept
      : bytes(std::move(data)), charge(std::move(for_itself)) {}

  PageBytes bytes;
  std::vector<DeflatedSegment> segments;  ///< ascending
  Charge charge;

  [[nodiscard]] std::string_view data_of(const DeflatedSegment& segment) const noexcept {
    return bytes.view().substr(segment.data, segment.size);
  }
};

}  // namespace abm::module
