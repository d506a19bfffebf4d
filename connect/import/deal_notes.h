// What was left out or assumed while opportunities were read: the same thing once, with how many and where.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace abm::connect {

class DealNotes {
 public:
  /// `what` is the same for all of its kind; `value` is the cell, "" if there is none.
  void add(const std::string& what, const std::string& place, std::string_view value = {},
           uint64_t count = 1);
  /// In the order of their first appearance: "no date of creation: 3 rows are left out: deals.csv:4:2 ('x')
  /// …".
  [[nodiscard]] std::vector<std::string> lines() const;

 private:
  struct Group {
    std::string what, examples;
    uint64_t count = 0;
  };
  std::vector<Group> groups_;
  std::map<std::string, size_t, std::less<>> known_;
};

}  // namespace abm::connect
