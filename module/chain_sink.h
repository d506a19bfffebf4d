// Where a rewriter's bytes become nginx's buffers: slices of the input, slices of edits, and copies in
// recycled blocks.
#pragma once

#include <cstdint>
#include <span>

#include "module/ngx.h"
#include "rewrite/sink.h"

namespace abm::module {

/// Output in order. `out` is what the next filter gets next; `busy` is what it got and has not used up. An
/// input buffer counts as used up (pos == last) once the last output that points into it is.
class ChainSink final : public rewrite::Sink {
 public:
  /// `first_offsets`: by edit, zeroed; owned by the request's pool.
  void start(ngx_pool_t* pool, std::span<uint64_t> first_offsets) noexcept;

  /// Before rewriter.write(): the buffer whose bytes kInput pieces point into (nullptr: none do).
  void begin_input(ngx_buf_t* source) noexcept;
  /// After it: passes `source`'s flags on; without output that points into it, it is used up now.
  void end_input() noexcept;
  /// Passes flush and last_buf on: with the newest output, or in a buffer without bytes where there is none.
  void mark(const ngx_buf_t& flags) noexcept;
  /// Passes a buffer on as it is, files included.
  void pass(ngx_buf_t* source) noexcept;

  void emit(rewrite::Owner owner, std::string_view bytes) noexcept override;
  void applied(uint32_t edit) noexcept override;

  /// Takes what is to be sent; then give it to the next filter, then call reclaim().
  [[nodiscard]] ngx_chain_t* take() noexcept;
  /// Takes back what the next filter has used up.
  void reclaim() noexcept;

  [[nodiscard]] bool busy() const noexcept { return busy_ != nullptr; }
  [[nodiscard]] bool failed() const noexcept { return failed_; }
  /// Bytes emitted and passed on so far.
  [[nodiscard]] uint64_t total() const noexcept { return total_; }
  /// Bytes that the next filter has used up: they left.
  [[nodiscard]] uint64_t bytes_left() const noexcept;
  /// What the output that has not been used up takes of the request's memory: its copies, and what refers to
  /// all else.
  [[nodiscard]] size_t memory_in_flight() const noexcept { return in_flight_; }
  /// By edit: 1 + the offset at which its first application ended; 0: not applied.
  [[nodiscard]] std::span<const uint64_t> first_offsets() const noexcept { return first_offsets_; }

 private:
  /// A link and its buffer, made in batches and freed only with the pool.
  struct Reference {
    ngx_chain_t link;
    ngx_buf_t buffer;
  };
  ngx_chain_t* new_reference() noexcept;
  ngx_buf_t* reference(std::string_view bytes) noexcept;
  void refer_to_remembered(std::string_view bytes) noexcept;
  void copy(std::string_view bytes) noexcept;
  void append(ngx_chain_t* link) noexcept;

  ngx_pool_t* pool_ = nullptr;
  ngx_chain_t* out_ = nullptr;
  ngx_chain_t** out_end_ = &out_;
  ngx_chain_t* busy_ = nullptr;
  ngx_chain_t* free_references_ = nullptr;
  ngx_chain_t* free_small_blocks_ = nullptr;
  ngx_chain_t* free_large_blocks_ = nullptr;
  Reference* fresh_ = nullptr;
  Reference* fresh_end_ = nullptr;
  ngx_buf_t* source_ = nullptr;
  ngx_buf_t* last_in_source_ = nullptr;   ///< the newest output that points into source_
  ngx_buf_t* last_remembered_ = nullptr;  ///< the newest output that points into the remembered page
  ngx_buf_t* newest_ = nullptr;           ///< the newest of out_, if it is ours
  ngx_buf_t* open_block_ = nullptr;       ///< newest_, if it is a block with room
  uint64_t total_ = 0;
  size_t in_flight_ = 0;
  std::span<uint64_t> first_offsets_;
  bool failed_ = false;
};

}  // namespace abm::module
