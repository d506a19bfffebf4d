// ipdb.mmdb as a worker uses it: address → account key, over libmaxminddb.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"
#include "ipdb/match.h"

namespace abm::ipdb {

struct IndexState;

/// Immutable once open; lookups need no lock.
class Index {
 public:
  /// Validates the whole file with validate_mmdb (mmdb_validator.h) and decodes each distinct record once, so
  /// that a lookup is a tree walk and one table access. `fd` is a memfd that nobody can write (base/file.h)
  /// or a tool's file (copied into one); it may be closed after the call. Records without our fields, or
  /// whose key is not the account's hash, identify nothing. Needs /proc.
  [[nodiscard]] static Result<Index> open(int fd);

  Index(Index&&) noexcept;
  Index& operator=(Index&&) noexcept;
  ~Index();

  /// No allocation, no error: anything that goes wrong is "not identified".
  [[nodiscard]] Match lookup(const IpAddress& address) const noexcept;
  /// The accounts that some address leads to, by key, ascending, with the strongest source of each. For
  /// tools: allocates.
  struct NamedAccount {
    uint64_t key;
    Source source;
  };
  [[nodiscard]] std::vector<NamedAccount> named_accounts() const;
  [[nodiscard]] uint64_t build_epoch() const noexcept;  ///< Unix seconds
  [[nodiscard]] uint32_t node_count() const noexcept;
  [[nodiscard]] std::string_view database_type() const noexcept;
  /// Ends its use: frees about `most` bytes of its memory, so that a worker need not free it all at once.
  /// True: nothing is left. Only the destructor may be called afterwards.
  bool release(size_t most) noexcept;

 private:
  friend class IndexLoader;
  explicit Index(std::unique_ptr<IndexState> state) noexcept;
  std::unique_ptr<IndexState> state_;
};

/// Opens an Index in slices, for a worker that must keep answering requests.
class IndexLoader {
 public:
  /// Like Index::open, but only checks the metadata here. A sealed memfd is mapped,
  /// anything else is copied at once.
  [[nodiscard]] static Result<IndexLoader> start(int fd);

  IndexLoader(IndexLoader&&) noexcept;
  IndexLoader& operator=(IndexLoader&&) noexcept;
  ~IndexLoader();

  /// About `work` more small steps, 5 to 50 ns each. True: the index is ready to take. An error
  /// refuses the file. Memory during loading: the validator's (mmdb_validator.h), plus at most 48
  /// bytes per record of ours.
  [[nodiscard]] Result<bool> step(uint64_t work);
  /// Once, after step() has returned true.
  [[nodiscard]] Index take() &&;

 private:
  struct State;
  explicit IndexLoader(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace abm::ipdb
