// Selectors: any text is parsed or refused; what is parsed reads back the same and compiles to a program that
// opens and runs; any program with a right checksum is refused or runs within bounds. First byte: 'T' for
// text, otherwise a program.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "rewrite/select/selector.h"
#include "rewrite/select/selector_program.h"
#include "rewrite/select/selector_set.h"

namespace {

using namespace abm;
using namespace abm::rewrite;

void require(bool holds) {
  if (!holds) std::abort();
}

class FuzzElement final : public Element {
 public:
  FuzzElement(std::string_view element_name, bool root, uint32_t index) {
    name = element_name;
    is_root = root;
    child_index = type_index = index;
  }
  [[nodiscard]] std::optional<std::string_view> attribute(
      std::string_view lower_name) const noexcept override {
    if (lower_name == "id") return "hero";
    if (lower_name == "class") return " a  b hero ";
    if (lower_name.size() % 3 == 0) return "x-y";
    return std::nullopt;
  }
};

void run(const SelectorSet& set) {
  std::vector<uint64_t> scratch(SelectorMatcher::scratch_words(set));
  SelectorMatcher matcher(set, {}, scratch);
  const size_t words = matcher.frame_words();
  require(words <= program::kMaxSteps / 64);
  std::vector<uint64_t> frames(5 * words);
  std::vector<uint32_t> matched(8);
  for (uint32_t i = 0; i < 24; ++i) {
    constexpr std::string_view kNames[] = {"html", "a", "div", "p", "", "a-very-long-custom-name"};
    const size_t depth = i % 4;
    const std::string_view name = i == 0 ? kNames[0] : kNames[i % std::size(kNames)];
    const FuzzElement element(name, i == 0, i + 1);
    uint64_t* const parent = frames.data() + depth * words;
    const size_t count = matcher.start_element(element, parent, parent + words, matched);
    require(count <= set.size());
    for (size_t k = 0; k < count && k < matched.size(); ++k) {
      require(matched[k] < set.size() && (k == 0 || matched[k - 1] < matched[k]));
    }
    static_cast<void>(matcher.attribute_mask(name));
    matcher.skip_element(parent, parent + words);
  }
}

/// The program, 8-byte aligned, in a buffer of exactly its size, so that a read past its end is seen.
void open_and_run(std::string_view bytes, bool must_open) {
  std::vector<uint64_t> aligned(bytes.size() / 8);
  if (!aligned.empty()) std::memcpy(aligned.data(), bytes.data(), aligned.size() * 8);
  const auto set = SelectorSet::open(
      {static_cast<const char*>(static_cast<const void*>(aligned.data())), aligned.size() * 8});
  require(set.ok() || !must_open);
  if (set) run(*set);
}

void fuzz_text(std::string_view text) {
  SelectorList list;
  if (const auto error = parse_selector(text, list)) {
    require(error->offset <= text.size() && !error->message.empty());
    return;
  }
  const std::string canonical = to_string(list);
  SelectorList again;
  if (canonical.size() <= kMaxSelectorBytes) {
    require(!parse_selector(canonical, again));
    require(to_string(again) == canonical);
  }
  require(subject_types(list).size() == list.selectors.size());
  const auto compiled = compile_selectors({&list, 1});
  require(compiled.ok());
  open_and_run(*compiled, true);
}

void fuzz_program(std::string bytes) {
  if (bytes.size() < sizeof(program::Header)) return open_and_run(bytes, false);
  bytes.resize(bytes.size() / 8 * 8);
  program::Header header;
  std::memcpy(&header, bytes.data(), sizeof header);
  std::memcpy(header.magic, program::kMagic, sizeof header.magic);
  header.version = program::kVersion;
  header.size = static_cast<uint32_t>(bytes.size());
  header.reserved = 0;
  std::memcpy(bytes.data(), &header, sizeof header);
  header.checksum = hash64(std::string_view(bytes).substr(offsetof(program::Header, steps)));
  std::memcpy(bytes.data(), &header, sizeof header);
  open_and_run(bytes, false);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(static_cast<const char*>(static_cast<const void*>(data)) + 1, size - 1);
  if (data[0] == 'T') {
    fuzz_text(rest);
  } else {
    fuzz_program(std::string(rest));
  }
  return 0;
}
