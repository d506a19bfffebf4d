// Finished edits as JSON for abm.js: a data block in the page, or an answer of its own.
//
//   {"v":1,"page":"/pricing","edits":[{"slot":"hero","select":"#hero","html":"…","attributes":{"href":"/for/x"},
//    "addClass":["x"],"removeClass":["y"],"before":"…","prepend":"…","append":"…","after":"…","hide":true,
//    "remove":true}],"watch":[{"slot":"cta","select":"a.cta"}],"slots":"/abm/slots?url=","seen":"/abm/seen","id":"9f…"}
//
// Of an edit, only what it does is there. Markup is finished; values of attributes and names of classes are
// as the browser's DOM has them (null removes an attribute). `watch`: slots that are edited in the HTML
// already.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/memory.h"
#include "rewrite/edit.h"
#include "rules/match/script_page.h"
#include "rules/program/program.h"

namespace abm::rules {

/// What abm.js is told of one page. All of it is borrowed.
struct PageEdits {
  const Program* program = nullptr;
  std::string_view path;                 ///< of the page
  std::span<const rewrite::Edit> edits;  ///< in UTF-8
  std::span<const uint32_t> watched;     ///< slots that are edited in the HTML
  const ScriptPage* page = nullptr;      ///< nullptr: its URLs are known already
  bool ascii = false;                    ///< nothing but ASCII: the page may not be UTF-8
};

/// The JSON: "<", ">", "&", U+2028 and U+2029 are escaped, so that it can stand in a script element. In
/// memory of the source; data is nullptr when there is none.
[[nodiscard]] std::string_view edits_json(const PageEdits& edits, const MemorySource& memory) noexcept;

/// The data block and, behind it, the reference to abm.js: what stands behind the start tag of head.
[[nodiscard]] std::string_view edits_block(const PageEdits& edits, const MemorySource& memory) noexcept;
/// The block with a nonce (base64) on its reference.
[[nodiscard]] std::string_view block_with_nonce(std::string_view block, std::string_view nonce,
                                                const MemorySource& memory) noexcept;

}  // namespace abm::rules
