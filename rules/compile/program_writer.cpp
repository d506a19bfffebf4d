// Lays out the sections one after another, each on a multiple of 8 bytes, and seals them with the hash.
#include "rules/compile/program_writer.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "rules/ast.h"
#include "rules/placeholder.h"

namespace abm::rules {
namespace {

using format::Section;

template <typename Record>
std::string_view bytes_of(const std::vector<Record>& records) noexcept {
  static_assert(std::has_unique_object_representations_v<Record>,
                "padding would make equal rules differ in bytes");
  return {reinterpret_cast<const char*>(records.data()), records.size() * sizeof(Record)};
}

}  // namespace

format::Text ProgramWriter::text(std::string_view value) {
  const auto [it, added] = known_texts_.try_emplace(std::string(value));
  if (added) {
    // Offsets beyond 32 bits are refused by finish(), which sees the actual size.
    it->second = {static_cast<uint32_t>(text_.size()), static_cast<uint32_t>(value.size())};
    text_ += value;
  }
  return it->second;
}

format::Range ProgramWriter::add_refs(const std::vector<uint32_t>& added) {
  const format::Range range{static_cast<uint32_t>(refs.size()), static_cast<uint32_t>(added.size())};
  refs.insert(refs.end(), added.begin(), added.end());
  return range;
}

bool ProgramWriter::has_only_ascii_texts() const {
  const auto ascii = [this](format::Text value) {
    return is_ascii(std::string_view(text_).substr(value.offset, value.size));
  };
  return std::all_of(values.begin(), values.end(), ascii) &&
         std::all_of(globs.begin(), globs.end(), [&](const auto& glob) { return ascii(glob.text); }) &&
         std::all_of(fragments.begin(), fragments.end(), [&](const auto& file) { return ascii(file.path); });
}

uint32_t ProgramWriter::version(const format::Header& header) const {
  if ((header.flags & format::kByFamily) != 0) return format::kFamilyVersion;
  const bool scripted = std::any_of(rewrites.begin(), rewrites.end(), [](const format::Rewrite& rewrite) {
    return rewrite.deliver == static_cast<uint8_t>(Deliver::kScript);
  });
  const bool active = std::any_of(tests.begin(), tests.end(),
                                  [](const format::Test& test) {
                                    return is_activity_subject(static_cast<Subject>(test.subject));
                                  }) ||
                      std::any_of(parts.begin(), parts.end(), [](const format::Part& part) {
                        return part.source != format::kNone && is_activity_source(part.source);
                      });
  if (active) return format::kActivityVersion;
  if (scripted) return format::kScriptVersion;
  return has_only_ascii_texts() ? format::kAsciiVersion : format::kFoldedVersion;
}

Result<std::string> ProgramWriter::finish(format::Header header) const {
  const std::array<std::string_view, format::kSections> sections = {text_,
                                                                    selectors,
                                                                    bytes_of(slots),
                                                                    bytes_of(segments),
                                                                    bytes_of(tests),
                                                                    bytes_of(places),
                                                                    bytes_of(values),
                                                                    bytes_of(globs),
                                                                    bytes_of(numbers),
                                                                    bytes_of(refs),
                                                                    bytes_of(rules),
                                                                    bytes_of(variants),
                                                                    bytes_of(rewrites),
                                                                    bytes_of(attributes),
                                                                    bytes_of(classes),
                                                                    bytes_of(templates),
                                                                    bytes_of(parts),
                                                                    bytes_of(fragments),
                                                                    bytes_of(files),
                                                                    bytes_of(account_table),
                                                                    bytes_of(postings),
                                                                    bytes_of(page_table),
                                                                    bytes_of(filed)};
  uint64_t size = sizeof(format::Header);
  for (size_t i = 0; i < sections.size(); ++i) {
    header.sections[i] = {size, static_cast<uint32_t>(sections[i].size() / format::kRecordBytes[i]), 0};
    size += (sections[i].size() + 7) / 8 * 8;
  }
  if (size > std::numeric_limits<uint32_t>::max()) {
    return Error{fmt::format(
        "rules.bin would have {} bytes, more than 4 GiB; fewer or smaller fragments are needed", size)};
  }
  std::copy(format::kMagic.begin(), format::kMagic.end(), header.magic.begin());
  header.version = version(header);
  header.header_bytes = sizeof(format::Header);
  header.file_bytes = size;
  header.hash = 0;
  std::string file(size, '\0');
  std::memcpy(file.data(), &header, sizeof header);
  for (size_t i = 0; i < sections.size(); ++i) {
    std::copy(sections[i].begin(), sections[i].end(),
              file.begin() + static_cast<std::ptrdiff_t>(header.sections[i].offset));
  }
  const uint64_t hash = hash64(std::string_view(file).substr(format::kHashedFrom));
  std::memcpy(file.data() + offsetof(format::Header, hash), &hash, sizeof hash);
  return file;
}

}  // namespace abm::rules
