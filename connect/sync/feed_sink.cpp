#include "connect/sync/feed_sink.h"

#include <fmt/format.h>

namespace abm::connect {
namespace {

const accounts::FeedLimits kLimits;

}  // namespace

Result<void> FeedSink::begin(uint64_t) {
  first_line_.clear();
  lines_ = line_bytes_ = 0;
  findings_ = {};
  if (file_.has_value()) {
    auto restarted = file_->restart();
    failed_here_ = !restarted.ok();
    return restarted;
  }
  auto file = IncomingFile::create(*options_.folder, options_.file_name);
  failed_here_ = !file.ok();
  if (!file) return file.error();
  file_.emplace(std::move(*file));
  return {};
}

Result<void> FeedSink::write(std::string_view bytes) {
  if (auto good = look_at_lines(bytes); !good) return good;
  auto written = file_->write(bytes);
  failed_here_ = !written.ok();
  return written;
}

Result<void> FeedSink::look_at_lines(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    line_bytes_ += piece.size();
    if (line_bytes_ > kLimits.max_line_bytes) {
      return Error{
          fmt::format("line {} is longer than the limit of {} bytes", lines_ + 1, kLimits.max_line_bytes)};
    }
    if (lines_ == 0) first_line_ += piece;
    if (end == bytes.npos) return {};
    bytes.remove_prefix(end + 1);
    line_bytes_ = 0;
    if (++lines_ == 1) {
      if (auto good = look_at_header(); !good) return good;
    }
    if (lines_ > kLimits.max_accounts + 1) {
      return Error{fmt::format("more than the limit of {} accounts", kLimits.max_accounts)};
    }
  }
  return {};
}

Result<void> FeedSink::look_at_header() {
  first_line_ += '\n';
  const auto header = accounts::parse_feed_header(first_line_, options_.feed_name, kLimits, findings_);
  first_line_ = {};
  if (!header.has_value()) return Error{"the first line is not a feed's"};
  return options_.admit(*header);
}

}  // namespace abm::connect
