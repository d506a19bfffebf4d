// What the machine that reads a live source (live_sync.h) needs to know of a system: what to ask next, and
// what an answer means. No network in here: an answer is a status, headers and a text.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connect/http/http.h"

namespace abm::connect {

/// Of an account's requests, as the system counts them; total 0: it did not say.
struct ApiUsage {
  uint64_t used = 0;
  uint64_t total = 0;

  /// 0 to 100.
  [[nodiscard]] uint64_t percent() const noexcept {
    return total == 0 ? 0 : (used * 100 + total - 1) / total;
  }
};

struct LiveRow {
  std::string id;
  std::string line;  ///< of the table (live_table.h), with the id as its first cell
};

/// What one answer said.
struct LivePage {
  std::vector<LiveRow> rows;
  /// When changes are read: records that are in the table no longer, unless a row of this or a later page has
  /// them.
  std::vector<std::string> gone;
  uint64_t cut = 0;  ///< values that were too long
};

struct LiveAnswer {
  enum class Kind : uint8_t {
    kMore,     ///< taken; there is more to ask
    kDone,     ///< taken; that was all
    kAgain,    ///< nothing to take: ask next()
    kLater,    ///< ask the same again after a while
    kWhole,    ///< changes alone cannot be told: read everything
    kRefused,  ///< asking again does not help
  };
  Kind kind = Kind::kRefused;
  std::string why{};                                  ///< of the last four; without the address
  std::optional<std::chrono::seconds> retry_after{};  ///< with kLater: not before
};

class LiveApi {
 public:
  virtual ~LiveApi() = default;

  /// The table's header; the first one is the id.
  [[nodiscard]] virtual std::vector<std::string> columns() const = 0;
  /// What is asked for, without secrets: another text means that nothing known before is of use.
  [[nodiscard]] virtual std::string described() const = 0;
  /// Why changes alone cannot be asked for; "" if they can.
  [[nodiscard]] virtual std::string why_whole() const = 0;
  /// "company", "record": what a row is.
  [[nodiscard]] virtual std::string_view noun() const = 0;
  /// What no message may say, even if a server did.
  [[nodiscard]] virtual std::vector<std::string_view> secrets() const = 0;

  /// Begins at the first page: of all records, or of those changed since then (Unix seconds).
  virtual void begin(std::optional<int64_t> since) = 0;
  /// What is to be asked now; `compressed`, `as_is` and limits are the caller's.
  [[nodiscard]] virtual HttpRequest next() const = 0;
  [[nodiscard]] virtual LiveAnswer take(const HttpReply& reply, std::string_view body, LivePage& page) = 0;
  [[nodiscard]] virtual ApiUsage usage(const HttpReply& reply) const = 0;
  /// At least so long from one request to the next.
  [[nodiscard]] virtual std::chrono::milliseconds pace() const = 0;
};

}  // namespace abm::connect
