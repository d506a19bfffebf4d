// An attempt of live_sync.h from the inside. Internal to live_work.cpp (asking), live_ending.cpp (what
// becomes of what was told) and live_sync.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/file.h"
#include "base/hash.h"
#include "connect/http/http.h"
#include "connect/live/api.h"
#include "connect/live/live_attempt.h"
#include "connect/live/live_table.h"
#include "generation/folder.h"

namespace abm::connect {

inline constexpr uint64_t kNearEnd = 80;  // percent of the requests that the system allows

/// Of a table: another one was not written by us.
struct LiveStamp {
  uint64_t size = 0;
  int64_t modified_ns = 0;
};
[[nodiscard]] std::optional<LiveStamp> live_stamp(const std::string& path);

/// An answer's body, up to a limit.
class PageSink final : public BodySink {
 public:
  explicit PageSink(uint64_t limit) : limit_(limit) {}
  [[nodiscard]] Result<void> begin(uint64_t) override {
    text.clear();
    return {};
  }
  [[nodiscard]] Result<void> write(std::string_view bytes) override {
    if (text.size() + bytes.size() > limit_) {
      too_large = true;
      return Error{fmt::format("a page is larger than {} bytes: ask for fewer fields", limit_)};
    }
    text += bytes;
    return {};
  }
  std::string text;
  bool too_large = false;

 private:
  uint64_t limit_;
};

struct LiveWork {
  using Clock = std::chrono::steady_clock;
  using OutcomeKind = LiveOutcome::Kind;

  LiveWork(HttpClient& http, LiveOptions given)
      : client(http),
        options(std::move(given)),
        now(static_cast<int64_t>(::time(nullptr))),
        until(Clock::now() + options.limits.longest),
        sink(options.limits.page_bytes) {}

  [[nodiscard]] const std::string& name() const { return options.settings.name; }
  [[nodiscard]] std::string table_path() const { return live_folder->path_of(live_table_name(name())); }
  void finish(OutcomeKind kind, std::string message);
  void fail(const Error& error) {
    finish(OutcomeKind::kFailed, fmt::format("{}: {}", name(), error.message));
  }
  void refuse(std::string_view why) { finish(OutcomeKind::kRefused, fmt::format("{}: {}", name(), why)); }
  void refuse_answer(std::string_view why) { refuse(fmt::format("{}: {}", address, why)); }
  [[nodiscard]] std::string stays() const;
  [[nodiscard]] std::string without_secrets(std::string text) const;

  void begin();
  Result<void> open_folders();
  void remove_own_leftovers() const;
  [[nodiscard]] std::optional<int64_t> since_when();
  void start_reading(std::optional<int64_t> from_when);
  void ask_in(std::chrono::milliseconds wait);
  void ask();
  void on_reply(Result<HttpReply> reply);
  void later(const std::string& why, std::optional<std::chrono::seconds> retry_after);
  [[nodiscard]] bool take(LivePage& page);
  [[nodiscard]] bool take_whole(const LivePage& page);
  [[nodiscard]] bool take_changes(LivePage& page);
  void complete_whole();
  void complete_changes();
  [[nodiscard]] bool shrank(uint64_t rows);
  void place(TableWriter& table, const TableMerge& merge);
  void up_to_date(OutcomeKind kind, const TableMerge& merge);
  [[nodiscard]] std::string note() const;

  enum class Phase : uint8_t { kAsking, kWaiting, kDone };
  Phase phase = Phase::kWaiting;
  HttpClient& client;
  LiveOptions options;
  int64_t now;
  Clock::time_point until;
  std::optional<generation::Folder> live_folder;
  Fd lock;
  std::unique_ptr<LiveApi> api;
  std::string asked;
  bool has_table = false;        ///< of ours, with an answer to what is asked now or was asked before
  std::optional<int64_t> since;  ///< std::nullopt: everything is read
  std::string why_whole;         ///< changes were asked for, and could not be told
  PageSink sink;
  std::string asked_url;  ///< of the page that is asked for
  std::string address;    ///< the same for people
  Clock::time_point asked_at{};
  Clock::time_point wake{};
  unsigned tries = 0;
  uint64_t requests = 0;
  bool had_page = false;
  std::optional<int64_t> server_time;
  std::optional<TableWriter> table;
  TableChanges changes;
  uint64_t changed_bytes = 0;
  uint64_t twice = 0, cut = 0;
  std::mt19937_64 random{std::random_device{}()};
  LiveOutcome outcome;
};

}  // namespace abm::connect
