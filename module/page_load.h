// The `load` of the visit line: whether a request shows somebody a page, by what browsers and scripts say
// about it.
#pragma once

#include <cstdint>
#include <string_view>

namespace abm::module {

enum class PageLoad : uint8_t {
  kPage,
  kPrefetch,  ///< before anybody asked for it: it may never be seen
  kPartial,   ///< for a part of another page: a frame, a fragment
};

/// "page", "prefetch", "partial".
[[nodiscard]] std::string_view to_string(PageLoad load) noexcept;

/// Is shown a request's headers, in any order. Looks at kMaxRead bytes of a value, no more.
class PageLoadReader {
 public:
  static constexpr size_t kMaxRead = 128;

  void see(std::string_view name, std::string_view value) noexcept;
  /// Of all that was seen: a prefetch is one whatever else it is.
  [[nodiscard]] PageLoad load() const noexcept;

 private:
  bool prefetch_ = false, whole_ = false, partial_ = false;
};

}  // namespace abm::module
