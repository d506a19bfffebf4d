// Attributes of a long tag, read in pieces (HTML 13.2.5.32–40).
#include "rewrite/scan/long_tag.h"

#include <cstring>

#include "rewrite/scan/attributes.h"

namespace abm::rewrite {
namespace {

constexpr size_t kRoomForEnd = 2;  // a separator and ">"

}  // namespace

bool LongTag::start(std::string_view opening, const Asked& asked, bool hashed) noexcept {
  if (bytes_ == nullptr) bytes_ = get_array<char>(memory_, capacity_ + kRoomForEnd);
  if (bytes_ == nullptr) return false;
  std::memcpy(bytes_.get(), opening.data(), opening.size());
  size_ = opening_ = opening.size();
  bytes_[size_++] = ' ';
  asked_ = asked;
  hashed_ = hashed;
  kept_count_ = 0;
  kept_bits_ = attribute_bits_ = cut_bits_ = 0;
  hash_ = 0xcbf29ce484222325;
  state_ = State::kBefore;
  keeping_ = self_closing_ = false;
  return true;
}

bool LongTag::put(std::string_view bytes) noexcept {
  if (size_ + bytes.size() > capacity_) return false;
  std::memcpy(bytes_.get() + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
  return true;
}

void LongTag::drop(bool cut) noexcept {
  size_ = attribute_;
  keeping_ = false;
  if (cut) cut_bits_ |= bit_;
}

void LongTag::begin_name(char c) noexcept {
  attribute_ = size_;
  name_size_ = 0;
  first_ = c;
  keeping_ = true;
  state_ = State::kName;
}

void LongTag::add_to_name(std::string_view bytes) noexcept {
  if (bytes.empty()) return;
  last_ = bytes.back();
  const size_t kept = name_size_;
  name_size_ += bytes.size();
  if (!keeping_) return;
  keeping_ = name_size_ <= kMaxName && put(bytes);
  if (!keeping_) return;
  for (size_t i = kept; i < name_size_; ++i) bytes_[attribute_ + i] = ascii_lower(bytes_[attribute_ + i]);
}

void LongTag::end_name() noexcept {
  bit_ = attribute_bit(ascii_lower(first_), ascii_lower(last_), name_size_);
  attribute_bits_ |= bit_;
  if ((bit_ & asked_.bits) == 0) return drop(false);
  if (!keeping_) return drop(true);
  const std::string_view name(bytes_.get() + attribute_, name_size_);
  if (!asked_.asks(asked_.context, name)) return drop(false);
  if (kept_count_ == kMostKept) return drop(true);
  if ((bit_ & kept_bits_) == 0) return;
  const std::string_view before(bytes_.get() + opening_, attribute_ - opening_);
  if (find_attribute(before, name)) drop(false);  // the first one counts
}

void LongTag::begin_value() noexcept {
  if (keeping_ && !put("=")) drop(true);
}

void LongTag::add_to_value(std::string_view bytes) noexcept {
  if (keeping_ && !put(bytes)) drop(true);
}

void LongTag::end_attribute(char separator) noexcept {
  if (!keeping_) return;
  if (!put({&separator, 1})) return drop(true);
  keeping_ = false;
  kept_bits_ |= bit_;
  ++kept_count_;
}

const char* LongTag::feed(const char* p, const char* end) noexcept {
  const char* const begin = p;
  while (p != end && state_ != State::kEnded) p = step(p, end);
  for (const char* byte = begin; hashed_ && byte != p; ++byte)
    hash_ = (hash_ ^ static_cast<unsigned char>(*byte)) * 0x100000001b3;
  if (state_ != State::kEnded) return nullptr;
  bytes_[size_++] = '>';
  return p;
}

/// Takes one byte, or as many as the state does not tell apart.
const char* LongTag::step(const char* p, const char* end) noexcept {
  const auto up_to = [p](const char* stop) { return std::string_view(p, static_cast<size_t>(stop - p)); };
  switch (state_) {
    case State::kSlash:
      self_closing_ = *p == '>';
      [[fallthrough]];
    case State::kBefore:
      state_ = State::kBefore;
      if (*p == '>') {
        state_ = State::kEnded;
      } else if (*p == '/') {
        state_ = State::kSlash;
      } else if (!is_space(*p)) {
        begin_name(*p);  // also a "="
        add_to_name({p, 1});
      }
      return p + 1;
    case State::kName: {
      const char* const stop = Search::attribute_name_end(p, end);
      add_to_name(up_to(stop));
      if (stop == end) return end;
      end_name();
      state_ = State::kAfterName;
      return stop;
    }
    case State::kAfterName:
      if (is_space(*p)) return p + 1;
      if (*p == '=') {
        state_ = State::kBeforeValue;
        return p + 1;
      }
      end_attribute('/');
      state_ = State::kBefore;
      return p;
    case State::kBeforeValue:
      if (is_space(*p)) return p + 1;
      if (*p == '>') {
        end_attribute('/');
        state_ = State::kBefore;
        return p;
      }
      begin_value();
      state_ = *p == '"' ? State::kDouble : *p == '\'' ? State::kSingle : State::kUnquoted;
      add_to_value({p, 1});
      return p + 1;
    case State::kDouble:
    case State::kSingle: {
      const char* const stop = Search::byte(p, end, state_ == State::kDouble ? '"' : '\'');
      add_to_value(up_to(stop == end ? end : stop + 1));
      if (stop == end) return end;
      end_attribute(' ');
      state_ = State::kBefore;
      return stop + 1;
    }
    case State::kUnquoted: {
      const char* const stop = Search::unquoted_end(p, end);
      add_to_value(up_to(stop));
      if (stop == end) return end;
      end_attribute(' ');
      state_ = State::kBefore;
      return stop;
    }
    case State::kEnded:
      break;
  }
  return p;
}

TagToken LongTag::token(uint64_t begin, uint64_t end) const noexcept {
  TagToken tag;
  tag.begin = begin;
  tag.end = end;
  tag.bytes = bytes_.get();
  tag.size = size_;
  tag.is_end = bytes_[1] == '/';
  const size_t name = tag.is_end ? 2 : 1;
  tag.name = {bytes_.get() + name, opening_ - name};
  tag.key = key_of(tag.name);
  tag.tag = tag_of(tag.key);
  tag.self_closing = self_closing_;
  tag.attribute_bits = attribute_bits_;
  tag.is_long = true;
  tag.cut_bits = cut_bits_;
  tag.rest_hash = hash_;
  return tag;
}

}  // namespace abm::rewrite
