// The checkpoint when the stream fails, with a stream that fails on request.
#include "connect/ship/shipper.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace abm::connect {
namespace {

namespace fs = std::filesystem;

/// What the server would hold, across all connections.
struct Server {
  std::vector<std::string> ids;
  std::vector<size_t> takes;  ///< how many messages each publish takes, then all; 0 with a fault
  size_t connections = 0;
  size_t refused_connections = 0;
};

class FakeStream final : public Stream {
 public:
  explicit FakeStream(Server& server) : server_(server) {}
  Published publish(std::span<Message> messages) override {
    size_t take = messages.size();
    if (!server_.takes.empty()) {
      take = server_.takes.front();
      server_.takes.erase(server_.takes.begin());
    }
    Published result;
    for (Message& message : messages) {
      if (message.stored) continue;
      if (take == 0) {
        result.fault = "no answer";
        continue;
      }
      --take;
      message.stored = true;
      ++result.stored;
      server_.ids.emplace_back(message.id);
    }
    return result;
  }
  [[nodiscard]] bool alive() const override { return true; }
  [[nodiscard]] std::string server() const override { return "fake"; }

 private:
  Server& server_;
};

class ShipperTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/abm-shipper-XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void append(std::string_view text) {
    std::ofstream(folder_ / "log", std::ios::app | std::ios::binary) << text;
  }
  void append_visits(int from, int to) {
    for (int i = from; i < to; ++i) append(fmt::format("{{\"v\":1,\"request_id\":\"id{}\"}}\n", i));
  }
  Result<void> run(std::chrono::seconds timeout = std::chrono::seconds(10)) {
    const auto note = [this](std::string_view text) { notes_.emplace_back(text); };
    auto files =
        connect::LogFiles::open({.log = folder_ / "log", .state = folder_ / "log.ship", .note = note});
    EXPECT_TRUE(files.ok());
    ShipperOptions options;
    options.note = note;
    options.timeout = timeout;
    const auto connect = [this]() -> Result<std::unique_ptr<Stream>> {
      ++server_.connections;
      if (server_.refused_connections > 0) {
        --server_.refused_connections;
        return Error{"nobody answers"};
      }
      return std::unique_ptr<Stream>(std::make_unique<FakeStream>(server_));
    };
    Shipper shipper(*files, connect, options, stop_);
    auto done = shipper.run();
    totals_ = shipper.totals();
    return done;
  }

  fs::path folder_;
  Server server_;
  std::vector<std::string> notes_;
  std::atomic<bool> stop_{false};
  Totals totals_;
};

TEST_F(ShipperTest, TriesAgainUntilTheServerTakesIt) {
  append_visits(0, 3);
  server_.refused_connections = 2;
  server_.takes = {0, 1};
  ASSERT_TRUE(run().ok());
  EXPECT_EQ(server_.ids, (std::vector<std::string>{"id0", "id1", "id2"}));
  EXPECT_EQ(totals_.shipped, 3u);
  EXPECT_EQ(notes_, (std::vector<std::string>{"nobody answers; trying again", "no answer; trying again",
                                              "connected to fake again"}));
}

TEST_F(ShipperTest, RemembersWhatWasTakenWhenItGivesUp) {
  append_visits(0, 5);
  server_.takes = {2, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  const auto done = run(std::chrono::seconds(0));
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.message(), "no answer");
  server_.takes.clear();
  ASSERT_TRUE(run().ok());
  EXPECT_EQ(server_.ids.size(), 5u) << "what was acknowledged was sent again";
}

TEST_F(ShipperTest, LeavesDamagedLinesOutAndSaysWhere) {
  append("{\"v\":1,\"request_id\":\"a\"}\nnot json\n{\"v\":1}\n\n");
  append("{\"v\":1,\"request_id\":\"torn{\"v\":1,\"request_id\":\"b\"}\n");
  ASSERT_TRUE(run().ok());
  EXPECT_EQ(server_.ids, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(totals_.damaged, 4u);
  ASSERT_EQ(notes_.size(), 4u);
  EXPECT_EQ(notes_[0], "log: byte 25: this is not a visit line, it is left out");
  EXPECT_EQ(notes_[3],
            "log: byte 43: this is not a visit line, but one begins in the middle of it, which is shipped");
}

TEST_F(ShipperTest, MakesAnIdForALineThatHasNone) {
  append(
      "{\"v\":1,\"request_id\":\"\",\"a\":1}\n{\"v\":1,\"request_id\":\"\",\"a\":2}\n{\"v\":1,\"request_id\":"
      "\"x\\r\\ny\"}\n");
  ASSERT_TRUE(run().ok());
  ASSERT_EQ(server_.ids.size(), 3u);
  for (const std::string& id : server_.ids) EXPECT_EQ(id.size(), 32u);
  EXPECT_NE(server_.ids[0], server_.ids[1]);
}

TEST_F(ShipperTest, GivesLinesOfAnotherKindIdsOfTheirOwn) {
  const std::string visit = "{\"v\":2,\"request_id\":\"a\"}\n";
  const std::string seen = "{\"v\":2,\"kind\":\"seen\",\"request_id\":\"a\",\"slots\":[\"hero\"]}\n";
  const std::string more = "{\"v\":2,\"kind\":\"seen\",\"request_id\":\"a\",\"slots\":[\"note\"]}\n";
  append(visit + seen + more + seen + "{\"v\":2,\"kind\":\"a\\r\\nb\",\"request_id\":\"a\"}\n");
  ASSERT_TRUE(run().ok());
  ASSERT_EQ(server_.ids.size(), 5u);
  EXPECT_EQ(server_.ids[0], "a");
  EXPECT_EQ(server_.ids[1].substr(0, 7), "a:seen:");
  EXPECT_EQ(server_.ids[1].size(), 7u + 32u);
  EXPECT_NE(server_.ids[2], server_.ids[1]) << "another beacon of the page";
  EXPECT_EQ(server_.ids[3], server_.ids[1]) << "a line that was told twice";
  EXPECT_EQ(server_.ids[4].substr(0, 8), "a:other:");
}

TEST_F(ShipperTest, EndsWithinItsPauseWhenToldTo) {
  append_visits(0, 1);
  server_.refused_connections = 1'000'000;
  stop_ = true;
  ASSERT_TRUE(run().ok());
  EXPECT_TRUE(server_.ids.empty());
}

TEST_F(ShipperTest, ShipsMoreLinesThanABatchHolds) {
  append_visits(0, 2500);
  ASSERT_TRUE(run().ok());
  EXPECT_EQ(server_.ids.size(), 2500u);
  EXPECT_EQ(server_.ids.back(), "id2499");
}

}  // namespace
}  // namespace abm::connect
