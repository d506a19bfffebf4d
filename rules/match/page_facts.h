// What conditions ask about the page side of a visit, parsed once and only when asked: query parameters,
// preferred language, keys of path and host.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/folding.h"
#include "rules/program/index_key.h"

namespace abm::rules {

// Bounds on what a visit can make us read; anything beyond them is ignored.
inline constexpr size_t kMaxQueryBytes = 8192;
inline constexpr size_t kMaxQueryParameters = 64;
inline constexpr size_t kMaxQueryValue = 1024;  ///< decoded bytes; a longer value equals nothing
inline constexpr size_t kMaxLanguageBytes = 512;

/// The language in Accept-Language (RFC 9110 12.5.4) with the greatest weight, the first among equals,
/// skipping "*" and weights of 0; "" if there is none. A view into `header`, in its case.
[[nodiscard]] std::string_view preferred_language(std::string_view header) noexcept;
/// The primary subtag: "de" of "de-CH".
[[nodiscard]] std::string_view primary_subtag(std::string_view language) noexcept;

/// `raw` with percent escapes and "+" decoded as in forms; std::nullopt if `buffer` is too small.
[[nodiscard]] std::optional<std::string_view> decode_query(std::string_view raw,
                                                           std::span<char> buffer) noexcept;

/// Borrows the visit's texts. Not reusable for another visit. Not copyable: a view may point into it.
class PageFacts {
 public:
  PageFacts(std::string_view host, std::string_view path, std::string_view query,
            std::string_view language) noexcept;
  PageFacts(const PageFacts&) = delete;
  PageFacts& operator=(const PageFacts&) = delete;

  [[nodiscard]] std::string_view host() const noexcept { return host_; }  ///< without the root's trailing dot
  [[nodiscard]] std::string_view path() const noexcept { return path_; }  ///< as the visit has it
  /// The path through fold_beyond_ascii(): what globs and keys compare.
  [[nodiscard]] std::string_view folded_path() noexcept {
    if (!has_folded_path_) folded_path_ = fold_beyond_ascii(path_, fold_buffer_);
    has_folded_path_ = true;
    return folded_path_;
  }
  [[nodiscard]] std::string_view language() noexcept;  ///< preferred_language
  /// Raw value of the first parameter whose decoded name is `name`; std::nullopt if there is none.
  [[nodiscard]] std::optional<std::string_view> query(std::string_view name) noexcept;
  /// One bit for each kind of page key that this page has.
  [[nodiscard]] uint32_t key_kinds() noexcept {
    if (!has_keys_) make_keys();
    return keys_present_;
  }
  /// The key of one kind. Call key_kinds() first; `kind` must be among its bits.
  [[nodiscard]] uint64_t key(uint32_t kind) const noexcept { return keys_[kind]; }

 private:
  /// Without initializers: most visits never look at any of the 64.
  struct Parameter {
    const char *name, *value;
    uint32_t name_size, value_size;
  };
  void split_query() noexcept;
  void make_keys() noexcept;

  std::string_view host_, path_, folded_path_, query_, accept_language_, language_;
  bool has_folded_path_ = false, has_language_ = false, has_parameters_ = false, has_keys_ = false;
  uint32_t keys_present_ = 0;
  size_t parameters_ = 0;
  std::array<uint64_t, kPageKinds> keys_;
  FoldBuffer fold_buffer_;
  std::array<Parameter, kMaxQueryParameters> parameter_;
};

}  // namespace abm::rules
