// A tag longer than is held: its bytes are stepped over as they come, and of its attributes those are kept
// that somebody may ask for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/memory.h"
#include "rewrite/scan/token.h"
namespace abm::rewrite {

/// Reads one tag at a time, in pieces of any size, and agrees with walk_attributes
/// (rewrite/scan/attributes.h) on where it ends and which attributes it has. Time is linear in the tag's
/// size. Memory is taken from the source when the first such tag begins: `capacity` bytes and a few.
class LongTag {
 public:
  /// Most attributes of one tag that are kept.
  static constexpr size_t kMostKept = 64;

  LongTag(MemorySource memory, size_t capacity) noexcept : memory_(memory), capacity_(capacity) {}

  /// Which attributes to keep.
  struct Asked {
    uint64_t bits = 0;  ///< union of attribute_bit of their names
    /// Whether one of that name, in lower case. Asked only where the bits do not rule it out.
    bool (*asks)(const void* context, std::string_view name) noexcept = nullptr;
    const void* context = nullptr;
  };

  /// `opening` runs from "<" to the name's end, at most `capacity` bytes. `hashed`: hash() will be asked for.
  /// False: no memory.
  [[nodiscard]] bool start(std::string_view opening, const Asked& asked, bool hashed) noexcept;
  /// The place after the tag's ">", or nullptr where it is not among the bytes.
  [[nodiscard]] const char* feed(const char* p, const char* end) noexcept;

  /// The tag that ends there, at `begin` and `end` of the page: its bytes have the kept attributes alone,
  /// each name once and in lower case; attribute_bits is of all attributes. Valid until the next start().
  [[nodiscard]] TagToken token(uint64_t begin, uint64_t end) const noexcept;

 private:
  enum class State : uint8_t {
    kBefore,
    kSlash,
    kName,
    kAfterName,
    kBeforeValue,
    kDouble,
    kSingle,
    kUnquoted,
    kEnded,
  };
  static constexpr size_t kMaxName = 128;

  [[nodiscard]] const char* step(const char* p, const char* end) noexcept;
  void begin_name(char c) noexcept;
  void add_to_name(std::string_view bytes) noexcept;
  void end_name() noexcept;
  void begin_value() noexcept;
  void add_to_value(std::string_view bytes) noexcept;
  /// The attribute, with its value or without, is complete. `separator` keeps the next one apart.
  void end_attribute(char separator) noexcept;
  void drop(bool cut) noexcept;
  [[nodiscard]] bool put(std::string_view bytes) noexcept;

  MemorySource memory_;
  size_t capacity_;
  SourceArray<char> bytes_;
  size_t size_ = 0;
  size_t opening_ = 0;    // bytes of "<" and the name
  size_t attribute_ = 0;  // where the current attribute begins in bytes_
  size_t name_size_ = 0;  // of the current attribute
  size_t kept_count_ = 0;
  Asked asked_;
  uint64_t kept_bits_ = 0, bit_ = 0;
  uint64_t attribute_bits_ = 0, cut_bits_ = 0, hash_ = 0;
  char first_ = '\0', last_ = '\0';  // of the current name
  State state_ = State::kBefore;
  bool keeping_ = false;  // the current attribute's bytes are kept
  bool self_closing_ = false;
  bool hashed_ = false;
};

}  // namespace abm::rewrite
