// A literal prefix and suffix decide most patterns; the rest runs as a bit-parallel automaton with one state
// before each literal byte; a star is a loop on the state at its position, so nothing is tried twice.
#include "rules/program/glob_match.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/folding.h"
#include "base/text.h"

namespace abm::rules {
namespace {

using format::GlobKind;

constexpr size_t kWordBits = 64;
constexpr size_t kMaxWords = (kMaxGlobStates + kWordBits - 1) / kWordBits;
using Words = std::array<uint64_t, kMaxWords>;

bool equals_folded(std::string_view lower, std::string_view text) noexcept {
  for (size_t i = 0; i < lower.size(); ++i) {
    if (lower[i] != ascii_lower(text[i])) return false;
  }
  return true;
}

/// The automaton of one pattern. States are bits; state i follows the pattern's i-th literal byte.
struct Automaton {
  std::array<uint8_t, 256> row_of_byte{};       // 0: not a literal of the pattern
  std::array<Words, 256> rows;                  // by row: states whose next literal is that byte
  Words tree_loops{}, folder_loops{}, skips{};  // loops on any byte, on any but "/"; "/**/" may be "/"
  size_t states = 1;

  /// False when the pattern has more states than fit.
  bool build(std::string_view pattern) noexcept {
    size_t rows_used = 1;
    rows[0] = {};
    for (size_t i = 0; i < pattern.size();) {
      const size_t word = (states - 1) / kWordBits;
      const uint64_t bit = uint64_t{1} << ((states - 1) % kWordBits);
      if (pattern[i] != '*') {
        if (states == kMaxGlobStates) return false;
        uint8_t& row = row_of_byte[static_cast<unsigned char>(pattern[i])];
        if (row == 0) {
          row = static_cast<uint8_t>(rows_used);
          rows[rows_used++] = {};
        }
        rows[row][word] |= bit;
        ++states;
        ++i;
      } else if (i + 1 < pattern.size() && pattern[i + 1] == '*') {
        tree_loops[word] |= bit;
        const bool between =
            i > 0 && pattern[i - 1] == '/' && i + 2 < pattern.size() && pattern[i + 2] == '/';
        if (between) skips[word] |= bit;
        i += 2;
      } else {
        folder_loops[word] |= bit;
        ++i;
      }
    }
    return true;
  }

  [[nodiscard]] bool run(std::string_view path, size_t words) const noexcept {
    Words active{};
    active[0] = 1;
    for (const char c : path) {
      const Words& next_literal = rows[row_of_byte[static_cast<unsigned char>(ascii_lower(c))]];
      const uint64_t in_folder = c == '/' ? 0 : ~uint64_t{0};
      uint64_t carry = 0, skip_carry = 0, any = 0;
      for (size_t w = 0; w < words; ++w) {
        const uint64_t taken = active[w] & next_literal[w];
        const uint64_t entered = (taken << 1) | carry;
        carry = taken >> (kWordBits - 1);
        const uint64_t skipped = entered & skips[w];
        active[w] = entered | (skipped << 1) | skip_carry |
                    (active[w] & (tree_loops[w] | (folder_loops[w] & in_folder)));
        skip_carry = skipped >> (kWordBits - 1);
        any |= active[w];
      }
      if (any == 0) return false;
    }
    return (active[(states - 1) / kWordBits] >> ((states - 1) % kWordBits) & 1) != 0;
  }
};

}  // namespace

std::optional<GlobPattern> parse_glob(std::string_view pattern) {
  if (pattern.size() > kMaxPatternBytes) return std::nullopt;
  GlobPattern glob;
  for (const char c : folded(pattern)) {
    if (c == '*' && glob.text.ends_with("**")) continue;
    glob.text += c;
  }
  if (glob.text.size() > kMaxPatternBytes) return std::nullopt;
  // "/**/**/" means the same as "/**/", and the automaton skips only one of them.
  for (size_t at; (at = glob.text.find("/**/**/")) != std::string::npos;) glob.text.erase(at, 3);
  const size_t first = glob.text.find('*');
  if (first == std::string::npos) {
    glob.prefix = static_cast<uint32_t>(glob.text.size());
    return glob;
  }
  glob.prefix = static_cast<uint32_t>(first);
  glob.suffix = static_cast<uint32_t>(glob.text.size() - 1 - glob.text.rfind('*'));
  const std::string_view stars = std::string_view(glob.text).substr(first);
  glob.kind = stars == "**" ? GlobKind::kTree : stars == "*" ? GlobKind::kFolder : GlobKind::kGeneral;
  // States are counted over everything after the prefix, as glob_matches runs it, with the "/" before a star.
  const auto literals =
      static_cast<size_t>(std::count_if(stars.begin(), stars.end(), [](char c) { return c != '*'; }));
  if (literals + 2 > kMaxGlobStates) return std::nullopt;
  return glob;
}

bool glob_matches(std::string_view text, uint32_t prefix, uint32_t suffix, GlobKind kind,
                  std::string_view path) noexcept {
  if (prefix > text.size() || path.size() < prefix) return false;
  if (!equals_folded(text.substr(0, prefix), path)) return false;
  switch (kind) {
    case GlobKind::kExact:
      return path.size() == prefix && text.size() == prefix;
    case GlobKind::kTree:
      return true;
    case GlobKind::kFolder:
      return path.substr(prefix).find('/') == std::string_view::npos;
    case GlobKind::kGeneral:
      break;
  }
  if (suffix > text.size() || path.size() < suffix) return false;
  if (!equals_folded(text.substr(text.size() - suffix), path.substr(path.size() - suffix))) return false;
  // The "/" before the first star stays in, so that "/**/" is seen whole.
  const size_t from = prefix > 0 ? prefix - 1 : 0;
  Automaton automaton;
  if (!automaton.build(text.substr(from))) return false;
  return automaton.run(path.substr(from), (automaton.states + kWordBits - 1) / kWordBits);
}

}  // namespace abm::rules
