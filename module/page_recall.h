// What one answer has to do with its worker's memory of pages.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "module/ngx.h"
#include "module/page_store.h"

namespace abm::module {

struct PageRecall {
  std::string_view key, arguments;  ///< in the request's pool; no key: memory has no part in the answer
  PageStore::Sight sight;
  std::array<const rewrite::RememberedPage*, PageStore::kMostVersions> pages{};
  std::optional<PageBytes> bytes;         ///< of the page so far, where they are wanted
  std::optional<FileIdentity> file;       ///< that the page is read from, where that is to be relied on
  const ngx_file_t* open_file = nullptr;  ///< the same, as long as the request has it open
  bool is_file = false;                   ///< the collected bytes are the file's own
};

}  // namespace abm::module
