#include "rewrite/select/late_attributes.h"

#include <algorithm>
#include <cstring>

#include "rewrite/scan/attributes.h"

namespace abm::rewrite {

bool LateAttributes::brings_any(const TagToken& tag) noexcept {
  if ((tag.attribute_bits & ~bits_) != 0) return true;
  AttributeCursor cursor(tag.rest());
  for (RawAttribute attribute; cursor.next(attribute);) {
    bool found = false;
    for (size_t i = 0; i < size_ && !found && work_ <= kMostWork; ++i) {
      work_ += tags_[i].size();
      AttributeCursor kept(tags_[i]);
      for (RawAttribute one; !found && kept.next(one);)
        found = equals_ignoring_case(one.name, attribute.name);
    }
    if (!found) return true;
  }
  return false;
}

LateAttributes::Added LateAttributes::add(const TagToken& tag) noexcept {
  if (lost_) return Added::kLost;
  if (!brings_any(tag)) return Added::kNothing;
  const std::string_view rest = tag.rest();
  lost_ = size_ == kMostTags || work_ > kMostWork;
  if (!lost_) {
    bytes_[size_] = get_array<char>(memory_, rest.size());
    lost_ = bytes_[size_] == nullptr;
  }
  if (lost_) return Added::kLost;
  std::memcpy(bytes_[size_].get(), rest.data(), rest.size());
  tags_[size_] = {bytes_[size_].get(), rest.size()};
  ++size_;
  bits_ |= tag.attribute_bits;
  return Added::kSome;
}

}  // namespace abm::rewrite
