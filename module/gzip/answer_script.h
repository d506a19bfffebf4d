// What an answer consists of: parts of a remembered page, and what edits put between them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace abm::module {

class AnswerScript {
 public:
  /// More is not kept.
  static constexpr size_t kMostParts = 512, kMostText = 65536;

  struct Part {
    uint32_t begin, size;  ///< of the page, or of the texts
    bool of_page;
  };

  /// What comes next; of adjacent parts of the page one is made. False: it is too much. Throws
  /// std::bad_alloc.
  bool add_page(size_t begin, size_t size);
  bool add_text(std::string_view text);

  [[nodiscard]] const std::vector<Part>& parts() const noexcept { return parts_; }
  [[nodiscard]] std::string_view bytes_of(const Part& part, std::string_view page) const noexcept {
    return (part.of_page ? page : std::string_view(text_)).substr(part.begin, part.size);
  }
  /// Of the answer.
  [[nodiscard]] size_t size() const noexcept { return size_; }
  [[nodiscard]] size_t memory() const noexcept { return parts_.size() * sizeof(Part) + text_.size(); }
  /// Gives back what was taken in advance.
  void trim();

 private:
  bool add(Part part);

  std::vector<Part> parts_;
  std::string text_;
  size_t size_ = 0;
};

}  // namespace abm::module
