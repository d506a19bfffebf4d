// What the tests of the report share: a visit line to vary, a temporary folder, a loaded store.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "measure/store/load.h"
#include "measure/store/visit_store.h"

namespace abm::measure::testing {

/// A line as the module writes it, with the values that a test cares about.
struct Line {
  std::string ts = "2026-11-03T10:00:00.000Z";
  std::string request_id = "00000000000000000000000000000001";
  std::string path = "/";
  std::string account = "deere";
  std::string tier = "one-to-one";
  std::string visitor = "\"0123456789abcdef0123456789abcdef\"";
  std::string arm = "\"treated\"";
  std::string page = "original";
  std::string rules = "[]";
  std::string signals = "[]";
  std::string skip = "\"no-rule\"";
  std::string bot = "false";
  std::string load;          ///< "": a line of version 1, which has none
  std::string feed_version;  ///< of version 2; "": none
  std::string framework;     ///< with its quotes; "": none
  std::string source = "feed";
  std::string role, campaign;  ///< "": not stated
  std::string family;          ///< "": not stated
  int rewrite_us = 5;

  [[nodiscard]] std::string text() const {
    return R"({"v":)" + std::string(load.empty() ? "1" : "2") + R"(,"ts":")" + ts + R"(","request_id":")" +
           request_id + R"(","host":"www.acme.example","method":"GET","path":")" + path +
           R"(","status":200,"referrer_host":null,"account":")" + account + R"(","tier":")" + tier +
           R"(","segments":["ag"],"stage":null,"owner":"jo@acme.example","source":")" + source +
           R"(","confidence":"high",)" + (role.empty() ? "" : R"("role":")" + role + "\",") +
           (campaign.empty() ? "" : R"("campaign":")" + campaign + "\",") +
           R"("network":"10.0.0.0/24","ip":"10.0.0.0","visitor":)" + visitor + R"(,"arm":)" + arm +
           (family.empty() ? "" : R"(,"family":")" + family + "\"") + R"(,"generation":43)" +
           (feed_version.empty() ? "" : R"(,"feed_version":)" + feed_version) + R"(,"page":")" + page +
           R"(","rules":)" + rules + R"(,"signals":)" + signals + R"(,"skip":)" + skip +
           (framework.empty() ? "" : R"(,"framework":)" + framework) + R"(,"bot":)" + bot +
           (load.empty() ? "" : R"(,"load":")" + load + "\"") + R"(,"bytes":100,"rewrite_us":)" +
           std::to_string(rewrite_us) + "}";
  }
};

/// A line of kind "seen", of a visit as Line has it.
struct Seen {
  std::string ts = "2026-11-03T10:00:05.000Z";
  std::string request_id = "00000000000000000000000000000001";
  std::string path = "/";
  std::string account = "deere";
  std::string slots = R"(["cta"])";
  std::string bot = "false";

  [[nodiscard]] std::string text() const {
    return R"({"v":2,"kind":"seen","ts":")" + ts + R"(","request_id":")" + request_id +
           R"(","host":"www.acme.example","path":")" + path + R"(","account":")" + account +
           R"(","tier":"one-to-one","visitor":"0123456789abcdef0123456789abcdef","arm":"treated","generation":43,)" +
           R"("slots":)" + slots + R"(,"bot":)" + bot + "}";
  }
};

/// 32 hex digits of a number.
inline std::string request_id(uint64_t number) {
  std::string digits = std::to_string(number);
  return std::string(32 - digits.size(), '0') + digits;
}

class Folder {
 public:
  Folder() {
    char name[] = "/tmp/abm-report-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  std::string write(const std::string& name, std::string_view bytes) const {
    std::ofstream(*this / name, std::ios::binary) << bytes;
    return *this / name;
  }
  void append(const std::string& name, std::string_view bytes) const {
    std::ofstream(*this / name, std::ios::binary | std::ios::app) << bytes;
  }

 private:
  std::string path_;
};

/// As one gzip member.
inline std::string gzipped(std::string_view bytes) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, bytes.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

inline std::vector<SourceCounts> load(VisitStore& store, const std::vector<std::string>& logs) {
  auto sources = load_logs(logs, store, nullptr, [](uint64_t, uint64_t) {});
  EXPECT_TRUE(sources.ok()) << sources.message();
  return sources.ok() ? *sources : std::vector<SourceCounts>();
}

inline int64_t number(VisitStore& store, const std::string& sql) {
  const auto value = store.database().number(sql);
  EXPECT_TRUE(value.ok()) << sql;
  return value.ok() ? value->value_or(-1) : -1;
}

}  // namespace abm::measure::testing
