#include "ipdb/mmdb_validator.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/paged_array.h"
#include "ipdb/mmdb_data_check.h"
#include "ipdb/mmdb_format.h"
#include "ipdb/mmdb_metadata.h"

namespace abm::ipdb {
namespace {

constexpr unsigned kMaxPath = 128;
// heights: how many bits a walk below a node can still consume, or one of these.
constexpr uint8_t kUnseen = 0;  // what fresh memory holds
constexpr uint8_t kOnPath = 255;

struct Frame {
  uint32_t node = 0;
  uint8_t next_side = 0;
  uint8_t height = 1;
};

}  // namespace

struct MmdbValidator::State {
  State(const mmdb::Layout& layout, const MmdbLimits& file_limits)
      : file(layout),
        limits(file_limits),
        data(layout.data, file_limits),
        heights(layout.node_count),
        records(layout.data.size()) {}

  Result<bool> walk(uint64_t work);
  Result<void> leaf(uint32_t node, uint32_t value);
  Result<void> child(Frame& frame, uint32_t value);
  static Error refuse(uint32_t node, std::string_view what) {
    return Error{fmt::format("search tree node {}: {}; the file is refused", node, what)};
  }

  mmdb::Layout file;
  MmdbLimits limits;
  mmdb::DataChecker data;
  MmdbSummary summary;
  PagedArray<uint8_t> heights;
  OffsetSet records;
  std::array<Frame, kMaxPath> path{};
  unsigned depth = 0;  // frames on the path; 0 once the root has been left
  uint64_t steps = 0;
};

MmdbValidator::MmdbValidator(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
MmdbValidator::MmdbValidator(MmdbValidator&&) noexcept = default;
MmdbValidator& MmdbValidator::operator=(MmdbValidator&&) noexcept = default;
MmdbValidator::~MmdbValidator() = default;
const MmdbSummary& MmdbValidator::summary() const noexcept {
  return state_->summary;
}
const OffsetSet& MmdbValidator::records() const noexcept {
  return state_->records;
}
bool MmdbValidator::release(size_t most) noexcept {
  return state_->heights.release(most) && state_->records.release(most) && state_->data.release(most);
}

Result<MmdbValidator> MmdbValidator::start(std::string_view bytes, const MmdbLimits& limits) {
  auto layout = mmdb::read_layout(bytes, limits);
  if (!layout) return layout.error();
  auto state = std::make_unique<State>(*layout, limits);
  state->summary.node_count = layout->node_count;
  state->summary.record_size = layout->record_bits;
  state->summary.ip_version = layout->ip_version;
  state->summary.build_epoch = layout->build_epoch;
  state->heights[0] = kOnPath;
  state->depth = 1;
  return MmdbValidator(std::move(state));
}

Result<bool> MmdbValidator::step(uint64_t work) {
  return state_->walk(work);
}

// Depth first, each node once. A node that was left has a known height, so another way to it (an alias) costs
// one comparison: the path so far plus its height must not exceed the address.
Result<bool> MmdbValidator::State::walk(uint64_t work) {
  const auto* tree = reinterpret_cast<const uint8_t*>(file.tree.data());
  const uint64_t end = steps + data.steps() + std::max<uint64_t>(work, 1);
  while (depth > 0) {
    if (steps + data.steps() >= end) return false;
    if (++steps > limits.max_steps) return refuse(path[depth - 1].node, "more nodes than the limit");
    Frame& frame = path[depth - 1];
    if (frame.next_side == 2) {
      heights[frame.node] = frame.height;
      if (--depth > 0) {
        Frame& parent = path[depth - 1];
        parent.height = std::max(parent.height, static_cast<uint8_t>(frame.height + 1));
      }
      continue;
    }
    const uint32_t value = mmdb::read_record(tree, frame.node, frame.next_side++, file.record_bits);
    if (value == file.node_count) continue;
    if (auto checked = value < file.node_count ? child(frame, value) : leaf(frame.node, value); !checked) {
      return checked.error();
    }
  }
  return true;
}

Result<void> MmdbValidator::State::child(Frame& frame, uint32_t value) {
  uint8_t& height = heights[value];
  if (height == kOnPath) return refuse(frame.node, "leads back to itself");
  if (depth + (height == kUnseen ? 1u : height) > file.address_bits()) {
    return refuse(frame.node, "the path is longer than an address");
  }
  if (height != kUnseen) {
    frame.height = std::max(frame.height, static_cast<uint8_t>(height + 1));
    return {};
  }
  height = kOnPath;
  path[depth++] = Frame{value, 0, 1};
  return {};
}

Result<void> MmdbValidator::State::leaf(uint32_t node, uint32_t value) {
  if (value - file.node_count < mmdb::kSeparatorBytes)
    return refuse(node, "a record lies between tree and data");
  const uint64_t offset = value - file.node_count - mmdb::kSeparatorBytes;
  if (offset >= file.data.size()) return refuse(node, "a record lies outside the data section");
  ++summary.networks;
  if (!records.add(offset)) return {};
  ++summary.records;
  if (!data.check(offset)) return Error{fmt::format("{}; the file is refused", data.error())};
  return {};
}

Result<MmdbSummary> validate_mmdb(std::string_view bytes, const MmdbLimits& limits) {
  auto validator = MmdbValidator::start(bytes, limits);
  if (!validator) return validator.error();
  // One call does everything: the limits end it, not the slice.
  auto done = validator->step(UINT64_MAX / 2);
  if (!done) return done.error();
  return validator->summary();
}

}  // namespace abm::ipdb
