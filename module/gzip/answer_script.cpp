#include "module/gzip/answer_script.h"

namespace abm::module {

bool AnswerScript::add_page(size_t begin, size_t size) {
  return add({static_cast<uint32_t>(begin), static_cast<uint32_t>(size), true});
}

bool AnswerScript::add_text(std::string_view text) {
  if (text.size() > kMostText - text_.size()) return false;
  const size_t begin = text_.size();
  text_ += text;
  return add({static_cast<uint32_t>(begin), static_cast<uint32_t>(text.size()), false});
}

bool AnswerScript::add(Part part) {
  if (size_ + part.size > UINT32_MAX) return false;
  const bool follows = !parts_.empty() && parts_.back().of_page == part.of_page &&
                       parts_.back().begin + parts_.back().size == part.begin;
  if (follows) {
    parts_.back().size += part.size;
  } else if (parts_.size() < kMostParts) {
    parts_.push_back(part);
  } else {
    return false;
  }
  size_ += part.size;
  return true;
}

void AnswerScript::trim() {
  parts_.shrink_to_fit();
  text_.shrink_to_fit();
}

}  // namespace abm::module
