#include "generation/generation.h"

#include <fmt/format.h>

#include "generation/folder.h"

namespace abm::generation {
namespace {

std::string_view name_of(Part part) { return kPartNames[static_cast<size_t>(part)]; }

Error refused(Part part, std::string_view reason) { return Error{fmt::format("{}: {}", name_of(part), reason)}; }

/// What `previous` opened from this very part, or a new opening of it.
template <typename Opened, typename Open>
Result<std::shared_ptr<const Opened>> share_or_open(Part part, const SealedPart& bytes, const Generation* previous,
                                                    const std::shared_ptr<const Opened>* opened, Open&& open) {
  if (previous != nullptr && previous->part(part).get() == &bytes) return *opened;
  auto result = open();
  if (!result) return refused(part, result.message());
  return std::shared_ptr<const Opened>(std::make_shared<Opened>(std::move(*result)));
}

}  // namespace

Result<std::shared_ptr<const Generation>> Generation::assemble(Manifest manifest, SealedParts parts,
                                                               const Generation* previous) {
  for (size_t i = 0; i < kParts; ++i) {
    const auto part = static_cast<Part>(i);
    if (parts[i] == nullptr) return refused(part, "missing");
    if (parts[i]->hash != manifest.files[i].hash || parts[i]->mapping.bytes().size() != manifest.files[i].size) {
      return refused(part, fmt::format("not the file that {} names", kManifestName));
    }
  }
  const auto& [ipdb, accounts, rules] = parts;
  auto index = share_or_open(Part::kIpdb, *ipdb, previous, previous == nullptr ? nullptr : &previous->index_,
                             [&] { return ipdb::Index::open(ipdb->fd.get()); });
  if (!index) return index.error();
  auto snapshot = share_or_open(Part::kAccounts, *accounts, previous, previous == nullptr ? nullptr : &previous->accounts_,
                                [&] { return accounts::Snapshot::open(accounts->mapping.bytes()); });
  if (!snapshot) return snapshot.error();
  if ((*snapshot)->tenant() != manifest.tenant || (*snapshot)->feed_version() != manifest.feed_version) {
    return refused(Part::kAccounts,
                   fmt::format("feed version {} of tenant '{}', but {} says version {} of '{}'",
                               (*snapshot)->feed_version(), (*snapshot)->tenant(), kManifestName,
                               manifest.feed_version, manifest.tenant));
  }
  auto program = share_or_open(Part::kRules, *rules, previous, previous == nullptr ? nullptr : &previous->rules_,
                               [&] { return rules::Program::open(rules->mapping.bytes()); });
  if (!program) return program.error();

  std::shared_ptr<Generation> generation(new Generation());
  generation->manifest_ = std::move(manifest);
  generation->parts_ = std::move(parts);
  generation->index_ = std::move(*index);
  generation->accounts_ = std::move(*snapshot);
  generation->rules_ = std::move(*program);
  return std::shared_ptr<const Generation>(std::move(generation));
}

Result<std::shared_ptr<const Generation>> Generation::from_bytes(Manifest manifest, std::string_view ipdb,
                                                                 std::string_view accounts, std::string_view rules) {
  const std::array<std::string_view, kParts> bytes = {ipdb, accounts, rules};
  SealedParts parts;
  for (size_t i = 0; i < kParts; ++i) {
    auto fd = sealed_copy(kPartNames[i].data(), bytes[i]);
    if (!fd) return fd.error();
    auto mapping = Mapping::map(fd->get(), bytes[i].size());
    if (!mapping) return mapping.error();
    auto part = std::make_shared<SealedPart>();
    part->fd = std::move(*fd);
    part->mapping = std::move(*mapping);
    part->hash = hash128(bytes[i]);
    manifest.files[i] = {bytes[i].size(), part->hash};
    parts[i] = std::move(part);
  }
  if (manifest.tenant.empty() && manifest.feed_version == 0) {
    auto snapshot = accounts::Snapshot::open(parts[static_cast<size_t>(Part::kAccounts)]->mapping.bytes());
    if (!snapshot) return refused(Part::kAccounts, snapshot.message());
    manifest.tenant = snapshot->tenant();
    manifest.feed_version = snapshot->feed_version();
  }
  return assemble(std::move(manifest), std::move(parts));
}

Result<std::shared_ptr<const Generation>> Generation::open(const std::string& data_dir, uint64_t number) {
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
  return open_generation(*folder, number);
}

bool Generation::expired(int64_t now) const noexcept {
  const auto expires = accounts_->expires_at();
  return expires.has_value() && now >= *expires;
}

}  // namespace abm::generation
