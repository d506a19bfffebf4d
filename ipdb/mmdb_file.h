// An MMDB that is safe to give to libmaxminddb: bytes that nobody can change, checked by our validator first.
#pragma once

#include <maxminddb.h>

#include <string_view>

#include "base/file.h"
#include "base/result.h"

namespace abm::ipdb {

/// `fd` itself (a duplicate) if it is a sealed memfd; otherwise a sealed copy of its bytes. A memfd that
/// only its owner can shrink, through another descriptor, counts as sealed: the owner must not do so
/// while this one is in use.
[[nodiscard]] Result<Fd> sealed_mmdb(int fd);

/// Drops the page tables of about `most` bytes of a mapped file, from `released` on: the content stays and is
/// mapped again when read. True: all are dropped, so unmapping will be short.
bool release_pages(std::string_view mapped, size_t& released, size_t most) noexcept;

/// libmaxminddb's handle, owned. Only for a sealed, validated file: the library trusts what it maps.
class MmdbHandle {
 public:
  MmdbHandle() = default;
  MmdbHandle(const MmdbHandle&) = delete;
  MmdbHandle& operator=(const MmdbHandle&) = delete;
  ~MmdbHandle() {
    if (open_) MMDB_close(&db_);
  }

  /// Opens through /proc/self/fd; `fd` may be closed afterwards.
  [[nodiscard]] Result<void> open(int fd);
  [[nodiscard]] bool is_open() const noexcept { return open_; }
  [[nodiscard]] const MMDB_s& db() const noexcept { return db_; }
  /// Drops about `most` bytes of the mapping's pages. True: all are dropped, so closing is short.
  bool release(size_t most) noexcept;

 private:
  MMDB_s db_{};
  bool open_ = false;
  size_t released_ = 0;
};

}  // namespace abm::ipdb
