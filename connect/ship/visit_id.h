// The id of a line in the stream.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace abm::connect {

/// Reads lines of the visit log; keeps the parser's memory between them.
class VisitReader {
 public:
  VisitReader();
  ~VisitReader();
  VisitReader(const VisitReader&) = delete;
  VisitReader& operator=(const VisitReader&) = delete;

  struct Visit {
    std::string_view line;
    /// The request id; if a line has none, a hash of the line. Of kind "seen", of which a page may have
    /// several: "ID:seen:" and a hash of the line.
    std::string id;
  };

  /// std::nullopt if it is not a visit line. Of two lines in one (a full disk cut off the first, and nginx
  /// wrote the next right after it) the second is returned, and `damaged` is set too.
  [[nodiscard]] std::optional<Visit> read(std::string_view line, bool& damaged);

 private:
  struct Parser;
  [[nodiscard]] std::optional<Visit> parse(std::string_view line);
  std::unique_ptr<Parser> parser_;
};

}  // namespace abm::connect
