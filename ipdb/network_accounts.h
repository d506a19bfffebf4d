// What the index needs from each account, packed: a million accounts in a hundred megabytes, with no
// allocation per account.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/huge_pages.h"

namespace abm::ipdb {

/// An account as it is added; borrowed. Ids are unique.
struct NetworkAccount {
  std::string_view id;
  std::span<const std::string> networks;  ///< prefixes as the feed writes them
  std::span<const uint32_t> asns;
  std::span<const std::string> organizations;  ///< compared without case, else as organization_key()
  std::span<const std::string> domains;
  uint64_t line = 0;  ///< in the feed, for reports
};

/// Values one after another: numbers as they are, texts preceded by their length.
template <typename T>
class PackedList {
 public:
  class Iterator {
   public:
    explicit Iterator(const char* at) noexcept : at_(at) {}
    T operator*() const noexcept { return value_at(at_); }
    Iterator& operator++() noexcept {
      at_ += size_at(at_);
      return *this;
    }
    [[nodiscard]] const char* at() const noexcept { return at_; }

   private:
    const char* at_;
  };
  struct End {
    const char* at;
    friend bool operator==(const Iterator& left, const End& right) noexcept { return left.at() == right.at; }
  };

  PackedList(const char* begin, uint32_t count) noexcept : begin_(begin), end_(begin), count_(count) {
    for (uint32_t i = 0; i < count; ++i) end_ += size_at(end_);
  }
  [[nodiscard]] Iterator begin() const noexcept { return Iterator(begin_); }
  [[nodiscard]] End end() const noexcept { return {end_}; }
  [[nodiscard]] uint32_t size() const noexcept { return count_; }

 private:
  static uint32_t number_at(const char* at) noexcept {
    uint32_t number;
    std::memcpy(&number, at, sizeof number);
    return number;
  }
  static T value_at(const char* at) noexcept {
    if constexpr (std::is_same_v<T, uint32_t>) {
      return number_at(at);
    } else {
      return {at + sizeof(uint32_t), number_at(at)};
    }
  }
  static size_t size_at(const char* at) noexcept {
    return sizeof(uint32_t) + (std::is_same_v<T, uint32_t> ? 0 : number_at(at));
  }

  const char* begin_;
  const char* end_;
  uint32_t count_;
};

/// Append-only; what it returns is valid as long as it lives, wherever it is moved. A copy has bytes of its
/// own.
class NetworkAccounts {
 public:
  NetworkAccounts() = default;
  ~NetworkAccounts() = default;
  NetworkAccounts(const NetworkAccounts& other);
  NetworkAccounts& operator=(const NetworkAccounts& other);
  NetworkAccounts(NetworkAccounts&&) noexcept = default;
  NetworkAccounts& operator=(NetworkAccounts&&) noexcept = default;

  /// One account, as it was added.
  struct View {
    uint64_t line;
    std::string_view id;
    PackedList<uint32_t> asns;
    PackedList<std::string_view> networks, organizations, domains;
  };

  void add(const NetworkAccount& account);
  [[nodiscard]] size_t size() const noexcept { return records_.size(); }
  [[nodiscard]] View operator[](size_t i) const noexcept;
  [[nodiscard]] std::string_view id(size_t i) const noexcept;
  [[nodiscard]] uint64_t line(size_t i) const noexcept;

 private:
  char* room_for(size_t bytes);

  std::vector<const char*> records_;
  std::vector<std::unique_ptr<char[], FreeMemory>> blocks_;
  char* free_ = nullptr;  ///< where the last block has room
  size_t left_ = 0;
};

}  // namespace abm::ipdb
