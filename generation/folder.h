// The data folder and the generation folders in it, as every reader opens them: by descriptor, with
// permissions checked.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/file.h"
#include "base/result.h"
#include "generation/generation.h"
#include "generation/manifest.h"

namespace abm::generation {

struct Folder {
  Fd fd;
  std::string path;  ///< for messages

  [[nodiscard]] std::string path_of(std::string_view name) const { return path + "/" + std::string(name); }
};

/// Refuses a folder that group or others may write: whoever can write it decides what visitors see.
[[nodiscard]] Result<Folder> open_folder(const std::string& path);
[[nodiscard]] Result<Folder> open_folder_at(const Folder& parent, const std::string& name);

/// A whole small file of the folder, not writable by others.
[[nodiscard]] Result<std::string> read_file_in(const Folder& folder, std::string_view name, size_t limit);

/// The number that CURRENT names; 0 if there is no CURRENT.
[[nodiscard]] Result<uint64_t> read_current(const Folder& data);

/// MANIFEST.json of a generation's folder; `number` is the one in the folder's name.
[[nodiscard]] Result<Manifest> read_manifest_in(const Folder& folder, uint64_t number);

/// The same through read_manifest_facts(): also for a generation that this version does not serve.
[[nodiscard]] Result<ManifestFacts> read_manifest_facts_in(const Folder& folder, uint64_t number);
/// For the generation that CURRENT names; std::nullopt if there is none or it cannot be read: an unreadable
/// one is replaced, not repaired.
[[nodiscard]] std::optional<ManifestFacts> read_current_facts(const Folder& data);

/// Whether a part's file in `folder` has exactly the bytes that `entry` names.
[[nodiscard]] bool is_intact(const Folder& folder, Part part, const FileEntry& entry);

/// Copies, hashes and opens all parts at once. A part that is byte for byte one of `previous` is shared with
/// it, and so not opened twice.
[[nodiscard]] Result<std::shared_ptr<const Generation>> open_generation(const Folder& folder, uint64_t number,
                                                                        const Generation* previous = nullptr,
                                                                        const Progress& progress = {});

}  // namespace abm::generation
