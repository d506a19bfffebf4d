// Reads an account's JSON object into an Account and reports everything wrong with
// it. Internal to the parser.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "accounts/account.h"
#include "accounts/feed_line.h"
#include "accounts/feed_report.h"

namespace abm::accounts {

class AccountReader {
 public:
  AccountReader(LineParser& parser, FeedReport& report) : parser_(parser), report_(report) {}

  /// Fills `account` (cleared first, memory kept). False if anything was reported. Adds
  /// unknown keys to `unknown_keys`.
  [[nodiscard]] bool read(std::string_view line, JsonObject object, Account& account, uint64_t& unknown_keys);
  /// Where the id is: its member number in the object last read.
  [[nodiscard]] uint32_t id_member() const noexcept { return id_member_; }

 private:
  bool read_member(size_t key, JsonElement value, uint32_t member, Account& account);
  bool read_id(JsonElement value, uint32_t member, std::string& out);
  bool read_tier(JsonElement value, uint32_t member, Tier& out);
  bool read_flag(JsonElement value, uint32_t member, bool& out);
  template <typename Accept>
  bool read_list(JsonElement value, std::string_view name, uint32_t member, size_t limit, Accept accept);
  bool read_texts(JsonElement value, std::string_view name, uint32_t member, size_t limit,
                  std::vector<std::string>& out);
  bool read_domains(JsonElement value, uint32_t member, std::vector<std::string>& out);
  bool read_networks(JsonElement value, uint32_t member, std::vector<std::string>& out);
  bool read_asns(JsonElement value, uint32_t member, std::vector<uint32_t>& out);
  bool read_attributes(JsonElement value, uint32_t member, Account& account);
  bool read_pages(JsonElement value, uint32_t member, std::vector<VisitedPage>& out);

  LineParser& parser_;
  FeedReport& report_;
  uint32_t id_member_ = 0;
  std::vector<std::string_view> unknown_;
  std::vector<std::pair<std::string_view, uint32_t>> attribute_names_;  // with the member's number
  std::vector<std::pair<std::string_view, uint32_t>> pages_;            // the same
};

}  // namespace abm::accounts
