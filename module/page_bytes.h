// Memory for pages, counted against what a worker may spend on them.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

namespace abm::module {

/// What may be spent, and what is. Not thread-safe, like everything in a worker.
class MemoryBudget {
 public:
  explicit MemoryBudget(size_t max) noexcept : max_(max) {}
  [[nodiscard]] size_t used() const noexcept { return used_; }
  [[nodiscard]] size_t max() const noexcept { return max_; }
  [[nodiscard]] size_t left() const noexcept { return max_ - used_; }

 private:
  friend class Charge;
  size_t max_;
  size_t used_ = 0;
};

/// So much of a budget, until it is destroyed. Keeps the budget.
class Charge {
 public:
  explicit Charge(std::shared_ptr<MemoryBudget> budget) noexcept : budget_(std::move(budget)) {}
  Charge(Charge&& other) noexcept : budget_(std::move(other.budget_)), bytes_(other.bytes_) {
    other.bytes_ = 0;
  }
  Charge& operator=(Charge&&) = delete;
  ~Charge() {
    if (bytes_ != 0) budget_->used_ -= bytes_;
  }

  [[nodiscard]] size_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] const std::shared_ptr<MemoryBudget>& budget() const noexcept { return budget_; }
  /// Whether the budget has so much left.
  [[nodiscard]] bool may_be(size_t bytes) const noexcept {
    return bytes <= bytes_ || bytes - bytes_ <= budget_->left();
  }
  /// False: it may not be so much, nothing has changed.
  [[nodiscard]] bool set(size_t bytes) noexcept {
    if (!may_be(bytes)) return false;
    budget_->used_ += bytes - bytes_;
    bytes_ = bytes;
    return true;
  }

 private:
  std::shared_ptr<MemoryBudget> budget_;
  size_t bytes_ = 0;
};

/// A page's bytes in one piece, which grows.
class PageBytes {
 public:
  explicit PageBytes(std::shared_ptr<MemoryBudget> budget) noexcept : charge_(std::move(budget)) {}
  PageBytes(PageBytes&& other) noexcept;
  PageBytes& operator=(PageBytes&&) = delete;
  ~PageBytes();

  [[nodiscard]] std::string_view view() const noexcept { return {data_, size_}; }
  [[nodiscard]] size_t capacity() const noexcept { return charge_.bytes(); }
  /// What room for so many bytes takes of the budget: no less than that.
  [[nodiscard]] size_t takes(size_t bytes) const noexcept;
  /// Room for so many bytes. False: no memory, or none left of the budget; nothing has changed.
  [[nodiscard]] bool reserve(size_t bytes) noexcept;
  /// There is room.
  void append(std::string_view bytes) noexcept;
  /// Gives back what is not used, where something is.
  void trim() noexcept;
  /// Nothing yet, of the same budget.
  [[nodiscard]] Charge new_charge() const noexcept { return Charge(charge_.budget()); }

 private:
  bool resize(size_t capacity) noexcept;
  /// From so many bytes on, memory comes from the kernel.
  [[nodiscard]] size_t large() const noexcept;
  [[nodiscard]] void* allocate(size_t capacity) const noexcept;
  void release(void* data, size_t capacity) const noexcept;
  [[nodiscard]] void* moved_to(size_t capacity) const noexcept;

  Charge charge_;
  char* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace abm::module
