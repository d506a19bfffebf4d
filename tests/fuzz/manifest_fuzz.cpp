// Any bytes as MANIFEST.json and as a minisign signature. Oracle: what is accepted is
// exactly what the writer writes.
#include <cstdlib>

#include "generation/manifest.h"
#include "generation/minisign.h"

using abm::generation::read_manifest;
using abm::generation::write_manifest;

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

/// The body with a correct self-hash, so that mutations reach the layout's reader.
std::string with_right_hash(std::string_view body) {
  std::string text(body);
  return text + "  \"xxh3_128\": \"" + abm::hash128(text).hex() + "\"\n}\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  for (const std::string& bytes : {std::string(input), with_right_hash(input)}) {
    const auto manifest = read_manifest(bytes);
    if (manifest) expect(write_manifest(*manifest) == bytes);
    if (manifest) expect(abm::generation::read_manifest_facts(bytes).ok());
  }
  if (const auto number = abm::generation::parse_generation_name(input); number) {
    expect(abm::generation::generation_name(*number) == input);
  }
  expect(!abm::generation::minisign_verify("message", input, {}).ok());
  return 0;
}
