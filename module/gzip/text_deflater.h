// Compresses what stands between a page's constant parts: edits, which many visitors share, and what changes
// with each request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/hash.h"
#include "module/gzip/raw_deflate.h"
#include "module/page_bytes.h"

namespace abm::module {

/// One for all answers of a worker. What comes of a text is kept by the text, within a fixed part of the
/// budget; what was not used for the longest time goes first.
class TextDeflater {
 public:
  static constexpr size_t kMostText = 8192;

  /// Throws std::bad_alloc.
  explicit TextDeflater(const std::shared_ptr<MemoryBudget>& budget);

  /// What the budget has to have left for it.
  [[nodiscard]] static size_t memory(const MemoryBudget& budget) noexcept;
  /// False: there was no memory, texts leave as they are.
  [[nodiscard]] bool compresses() const noexcept { return stream_.is_open(); }

  /// A text of at most kMostText bytes in blocks that refer to nothing before them, end on a byte and are not
  /// the last of a stream. `lasting`: it may come again. Valid until the next call.
  [[nodiscard]] std::string_view deflate(std::string_view text, bool lasting, int level) noexcept;

  [[nodiscard]] size_t kept() const noexcept { return by_text_.size(); }

 private:
  struct Kept {
    std::string text, deflated;
  };
  using Texts = std::list<Kept>;  // used last first
  struct TextHash {
    uint64_t seed;
    size_t operator()(std::string_view text) const noexcept { return hash64(text, seed); }
  };

  void keep(std::string_view text, std::string_view deflated);
  [[nodiscard]] std::string_view store(std::string_view text) noexcept;

  Charge charge_;
  size_t room_ = 0;  // for what is kept, by kept_bytes_
  size_t kept_bytes_ = 0;
  RawDeflate stream_;
  Texts texts_;
  std::unordered_map<std::string_view, Texts::iterator, TextHash> by_text_;
  std::unique_ptr<char[]> out_;
};

}  // namespace abm::module
