// One version of a page that was seen before, and the file that it is known to be.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "module/gzip/deflated_page.h"
#include "module/page_bytes.h"
#include "rewrite/recall/remembered_page.h"

namespace abm::module {

/// A file's content as far as the file system tells it, and the part of it that is the page. Times in
/// nanoseconds since 1970.
struct FileIdentity {
  uint64_t device = 0, inode = 0;
  int64_t size = 0, modified = 0, changed = 0;
  int64_t begin = 0, end = 0;

  bool operator==(const FileIdentity&) const = default;
};

/// The bytes of a page, and what their scan told: all that its versions with more or fewer gaps share.
struct LearnedPage {
  PageBytes bytes;
  std::shared_ptr<const rewrite::PageLog> log;
  Charge charge;  ///< for the log, and the first version
};

/// What is known of compressing a version in pieces.
struct PiecesOfPage {
  enum class State : uint8_t {
    kNone,  ///< nobody has asked for them
    kAsked,
    kMade,
    kLarger,   ///< an answer would be larger than nginx's by more than it may be
    kRefused,  ///< for lack of memory
  };
  State state = State::kNone;
  GzipSizes sizes;                             ///< once they were made
  std::shared_ptr<const DeflatedPage> pieces;  ///< after kMade
};

struct PageVersion {
  PageVersion(std::shared_ptr<const LearnedPage> from, std::vector<rewrite::PageGap> gaps, uint64_t args,
              Charge for_itself)
      : charge(std::move(for_itself)),
        learned(std::move(from)),
        page{learned->bytes.view(), learned->log, std::move(gaps)},
        arguments(args) {}

  Charge charge;
  std::shared_ptr<const LearnedPage> learned;
  rewrite::RememberedPage page;
  uint64_t arguments;  ///< hash of those of the URL that it was learned from
  /// The file that the bytes were last compared with, and whether they are its own: filters between the file
  /// and us may have made them of it. Only of a version without gaps.
  mutable std::optional<FileIdentity> compared;
  mutable bool is_file = false;
  mutable PiecesOfPage gzip;
};
using PageVersions = std::vector<std::shared_ptr<const PageVersion>>;

}  // namespace abm::module
