// Where rewritten bytes go, and who owns them: the enum that makes it safe not to copy.
#pragma once

#include <cstdint>
#include <string_view>

namespace abm::rewrite {

enum class Owner : uint8_t {
  kInput,  ///< part of the chunk given to the current write(): valid as long as the caller keeps that chunk
  kRemembered,  ///< part of the remembered page: valid as long as the caller keeps that
  kEdit,        ///< bytes of an Edit: valid as long as the edits
  kScratch,     ///< valid during this call only; copy what you keep
};

class Sink {
 public:
  /// `bytes` is never empty. Adjacent pieces of the page are joined.
  virtual void emit(Owner owner, std::string_view bytes) noexcept = 0;
  /// All bytes of one application of edit `edit` (index into the rewriter's edits) were emitted before this
  /// call.
  virtual void applied(uint32_t edit) noexcept = 0;

 protected:
  ~Sink() = default;
};

}  // namespace abm::rewrite
