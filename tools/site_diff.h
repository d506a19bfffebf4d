// Two generations side by side: which accounts see which slots change on which pages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/page_url.h"
#include "base/result.h"
#include "generation/generation.h"
#include "tools/inherited.h"

namespace abm::tools {

struct DiffPage {
  std::string name;  ///< the URL or path as people wrote it
  PageUrl url;
};

struct LiteralPages {
  std::vector<DiffPage> pages;  ///< "/" and every path without wildcards that a rule of either names; sorted
  size_t patterns = 0;          ///< paths with wildcards, which name no page
};
[[nodiscard]] LiteralPages literal_pages(const rules::Program& from, const rules::Program& to);

struct DiffOptions {
  std::vector<DiffPage> pages;
  std::string language;  ///< Accept-Language
  int64_t now = 0;       ///< Unix seconds
  size_t sample = 0;     ///< accounts to look at, those with the smallest keys: the same on every run; 0: all
  std::function<void(uint64_t done, uint64_t total)> progress;
};

/// What a slot shows; `rule` "": the original.
struct SlotView {
  std::string rule, variant, text;
};

struct SlotChange {
  std::string account, page, slot;
  SlotView from, to;
};

struct SiteDiff {
  size_t known = 0;  ///< accounts of either feed
  size_t looked_at = 0;
  size_t changed = 0;                      ///< accounts with a change on some page
  std::vector<SlotChange> changes;         ///< by account id, then page as given, then slot name
  std::vector<InheritedChange> inherited;  ///< by account id: what they have from those above them
};

/// Every account is decided as if its identity were certain (confidence high). A slot changes when the bytes
/// of its edit do, or its selector; another rule with the same edit is not a change. Errors: no memory.
[[nodiscard]] Result<SiteDiff> compare(const generation::Generation& from, const generation::Generation& to,
                                       const DiffOptions& options);

}  // namespace abm::tools
