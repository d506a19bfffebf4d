// nginx's gzip filter, as far as a remembered page goes: in its place, for one answer.
#pragma once

#include <cstdint>
#include <memory>

#include "module/chain_sink.h"
#include "module/gzip/gzip_join.h"
#include "module/ngx.h"

namespace abm::module {

class GzipStage {
 public:
  /// `texts` may be nullptr. `level`: 1 to 9. `pool` and `memory` are the request's.
  GzipStage(ngx_pool_t* pool, MemorySource memory, TextDeflater* texts, int level) noexcept
      : pool_(pool), join_(sink_, memory, texts, level) {
    sink_.start(pool, {});
  }

  /// Before any of the page comes: where it is remembered, and what of it is there in compressed form (one of
  /// both may be nullptr). The page is pinned by the response, what is compressed is kept here.
  void set_page(std::string_view page, std::shared_ptr<const DeflatedPage> pieces,
                std::shared_ptr<const DeflatedAnswer> answer) noexcept;
  /// The page is still being made: its first blocks are not to wait for more.
  void send_first_at_once() noexcept { first_at_once_ = true; }
  /// The page is not, or not any more, as remembered.
  void leave_page() noexcept { join_.leave_page(); }

  /// Takes the page's next buffers, which count as used up once they have been compressed.
  void add(const ngx_chain_t* in) noexcept;
  /// Compresses what was added, as far as there is room for it, and gives it to be sent; then call reclaim().
  /// nullptr: nothing came of it yet, or so little that it waits for more, a flush or the end.
  [[nodiscard]] ngx_chain_t* take() noexcept;
  void reclaim() noexcept { sink_.reclaim(); }

  /// Some of what was added waits until more of what was taken has left.
  [[nodiscard]] bool waits() const noexcept { return waiting_ != nullptr; }
  [[nodiscard]] bool has_room() const noexcept;
  [[nodiscard]] bool busy() const noexcept { return sink_.busy(); }
  [[nodiscard]] bool failed() const noexcept { return unreadable_ || out_of_memory(); }
  [[nodiscard]] bool out_of_memory() const noexcept { return no_memory_ || sink_.failed(); }
  /// set_page() or leave_page() was called.
  [[nodiscard]] bool knows_page() const noexcept { return knows_page_ || join_.left_page(); }
  [[nodiscard]] const GzipJoin& join() const noexcept { return join_; }

 private:
  void compress(ngx_buf_t& buffer) noexcept;
  void end_buffer(const ngx_buf_t& buffer) noexcept;

  ngx_pool_t* pool_;
  ChainSink sink_;
  GzipJoin join_;
  std::shared_ptr<const DeflatedPage> pieces_;
  std::shared_ptr<const DeflatedAnswer> answer_;
  bool knows_page_ = false;
  ngx_chain_t* waiting_ = nullptr;
  bool first_at_once_ = false;
  uint64_t taken_ = 0;       // of sink_.total()
  bool pressing_ = false;    // a flush or the end is in what was not taken yet
  bool unreadable_ = false;  // a buffer that is not in memory
  bool no_memory_ = false, ended_ = false;
};

}  // namespace abm::module
