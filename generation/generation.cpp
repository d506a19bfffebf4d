#include "generation/generation.h"

#include <fmt/format.h>

#include "generation/folder.h"
#include "generation/opener.h"

namespace abm::generation {
namespace {

Result<std::shared_ptr<const SealedPart>> seal(Part part, std::string_view bytes,
                                               const Generation* previous) {
  if (previous != nullptr && previous->part(part)->bytes() == bytes) return previous->part(part);
  auto sealed = new_part(part, bytes.size());
  if (!sealed) return sealed.error();
  if (auto copied = (*sealed)->append(bytes); !copied) return copied.error();
  if (auto finished = (*sealed)->finish(); !finished) return finished.error();
  return std::shared_ptr<const SealedPart>(std::move(*sealed));
}

}  // namespace

Result<std::shared_ptr<SealedPart>> new_part(Part part, uint64_t size) {
  return SealedPart::create(
      kPartNames[static_cast<size_t>(part)].data(), size,
      part == Part::kIpdb ? SealedPart::Layout::kOneFile : SealedPart::Layout::kSegments);
}

Result<std::shared_ptr<const Generation>> Generation::assemble(Manifest manifest, SealedParts parts,
                                                               const Generation* previous,
                                                               const Progress& progress) {
  GenerationOpener opener(std::move(manifest), std::move(parts), previous);
  for (;;) {
    if (progress) progress("verifying", 0, 0);
    auto done = opener.step();
    if (!done) return done.error();
    if (*done) return opener.take();
  }
}

Result<std::shared_ptr<const Generation>> Generation::from_bytes(Manifest manifest, std::string_view ipdb,
                                                                 std::string_view accounts,
                                                                 std::string_view rules,
                                                                 const Generation* previous,
                                                                 const Progress& progress) {
  const std::array<std::string_view, kParts> bytes = {ipdb, accounts, rules};
  SealedParts parts;
  for (size_t i = 0; i < kParts; ++i) {
    auto part = seal(static_cast<Part>(i), bytes[i], previous);
    if (!part) return part.error();
    parts[i] = std::move(*part);
    manifest.files[i] = {bytes[i].size(), parts[i]->hash()};
  }
  if (manifest.tenant.empty() && manifest.feed_version == 0) {
    auto snapshot = accounts::Snapshot::open(parts[static_cast<size_t>(Part::kAccounts)]->bytes());
    if (!snapshot) {
      return Error{
          fmt::format("{}: {}", kPartNames[static_cast<size_t>(Part::kAccounts)], snapshot.message())};
    }
    manifest.tenant = snapshot->tenant();
    manifest.feed_version = snapshot->feed_version();
  }
  return assemble(std::move(manifest), std::move(parts), previous, progress);
}

Result<std::shared_ptr<const Generation>> Generation::open(const std::string& data_dir, uint64_t number,
                                                           const Progress& progress) {
  auto data = open_folder(data_dir);
  if (!data) return data.error();
  if (number == 0) {
    auto current = read_current(*data);
    if (!current) return current.error();
    if (*current == 0) return Error{fmt::format("{}: nothing is published yet", data->path_of(kCurrentName))};
    number = *current;
  }
  auto folder = open_folder_at(*data, generation_name(number));
  if (!folder) return folder.error();
  return open_generation(*folder, number, nullptr, progress);
}

bool Generation::expired(int64_t now) const noexcept {
  const auto expires = accounts_->expires_at();
  return expires.has_value() && now >= *expires;
}

}  // namespace abm::generation
