#include "generation/folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include <fmt/format.h>

#include "generation/part_loader.h"

namespace abm::generation {
namespace {

Result<Folder> open_checked(int directory, const std::string& name, std::string path) {
  Folder folder;
  folder.fd = Fd(::openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.fd.valid()) return errno_error(path, errno);
  if (auto safe = refuse_writable_by_others(folder.fd.get(), path); !safe) return safe.error();
  folder.path = std::move(path);
  return folder;
}

/// MANIFEST.json through `read`; its number must be the one in the folder's name.
template <typename T>
Result<T> read_checked(const Folder& folder, uint64_t number, Result<T> (*read)(std::string_view)) {
  auto bytes = read_file_in(folder, kManifestName, kMaxManifestBytes);
  if (!bytes) return bytes.error();
  auto manifest = read(*bytes);
  if (!manifest) return Error{folder.path + "/" + manifest.message()};
  if (manifest->number != number) {
    return Error{fmt::format("{}: says it is generation {}, but its folder is {}'s",
                             folder.path_of(kManifestName), manifest->number, number)};
  }
  return manifest;
}

}  // namespace

Result<Folder> open_folder(const std::string& path) {
  return open_checked(AT_FDCWD, path, path);
}

Result<Folder> open_folder_at(const Folder& parent, const std::string& name) {
  return open_checked(parent.fd.get(), name, parent.path_of(name));
}

Result<std::string> read_file_in(const Folder& folder, std::string_view name, size_t limit) {
  auto fd = open_regular_file_at(folder.fd.get(), std::string(name));
  if (!fd) return Error{folder.path + "/" + fd.message()};
  const std::string path = folder.path_of(name);
  if (auto safe = refuse_writable_by_others(fd->get(), path); !safe) return safe.error();
  return read_all(fd->get(), path, limit);
}

Result<uint64_t> read_current(const Folder& data) {
  constexpr size_t kLongestName = 64;
  if (::faccessat(data.fd.get(), kCurrentName.data(), F_OK, 0) != 0 && errno == ENOENT) return uint64_t{0};
  auto text = read_file_in(data, kCurrentName, kLongestName);
  if (!text) return text.error();
  std::string_view name = *text;
  if (name.ends_with('\n')) name.remove_suffix(1);
  auto number = parse_generation_name(name);
  if (!number) return Error{fmt::format("{}: {}", data.path_of(kCurrentName), number.message())};
  return number;
}

Result<Manifest> read_manifest_in(const Folder& folder, uint64_t number) {
  return read_checked(folder, number, read_manifest);
}

Result<ManifestFacts> read_manifest_facts_in(const Folder& folder, uint64_t number) {
  return read_checked(folder, number, read_manifest_facts);
}

std::optional<ManifestFacts> read_current_facts(const Folder& data) {
  const auto number = read_current(data);
  if (!number || *number == 0) return std::nullopt;
  const auto folder = open_folder_at(data, generation_name(*number));
  if (!folder) return std::nullopt;
  auto facts = read_manifest_facts_in(*folder, *number);
  return facts ? std::optional(std::move(*facts)) : std::nullopt;
}

bool is_intact(const Folder& folder, Part part, const FileEntry& entry) {
  auto bytes = open_regular_file_at(folder.fd.get(), std::string(kPartNames[static_cast<size_t>(part)]));
  if (!bytes) return false;
  ContentHasher hasher;
  uint64_t size = 0;
  std::vector<char> piece(1u << 20);
  for (;;) {
    const ssize_t got = ::read(bytes->get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) break;
    hasher.update({piece.data(), static_cast<size_t>(got)});
    size += static_cast<uint64_t>(got);
  }
  const auto hash = hasher.finish();
  return hash && entry == FileEntry{size, *hash};
}

Result<std::shared_ptr<const Generation>> open_generation(const Folder& folder, uint64_t number,
                                                          const Generation* previous,
                                                          const Progress& progress) {
  auto manifest = read_manifest_in(folder, number);
  if (!manifest) return manifest.error();
  const std::string phase = fmt::format("reading generation {}", number);
  uint64_t read = 0, total = 0;
  for (const FileEntry& file : manifest->files) total += file.size;
  SealedParts parts;
  for (size_t i = 0; i < kParts; ++i) {
    auto loader = PartLoader::start(folder.fd.get(), folder.path, static_cast<Part>(i), manifest->files[i]);
    if (!loader) return loader.error();
    for (bool done = false; !done;) {
      auto step = loader->step();
      if (!step) return step.error();
      done = *step;
      if (progress) progress(phase, read + loader->copied(), total);
    }
    read += manifest->files[i].size;
    parts[i] = loader->take();
    const auto part = static_cast<Part>(i);
    if (previous != nullptr && previous->part(part)->is(manifest->files[i])) parts[i] = previous->part(part);
  }
  auto generation = Generation::assemble(std::move(*manifest), std::move(parts), previous, progress);
  if (!generation) return Error{folder.path + "/" + generation.message()};
  return generation;
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

}  // namespace abm::generation
