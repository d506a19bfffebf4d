#include "generation/publish.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <iterator>
#include <optional>

#include <fmt/format.h>

#include "base/new_file.h"
#include "base/timestamp.h"
#include "generation/data_folder.h"
#include "generation/minisign.h"
#include "generation/primary.h"

namespace abm::generation {
namespace {

/// The generation that CURRENT names, if its manifest gives hashes that can be trusted.
struct Current {
  uint64_t number = 0;
  Folder folder;
  Manifest manifest;
};

std::optional<Current> read_current_generation(const Folder& data) {
  Current current;
  auto number = read_current(data);
  if (!number || *number == 0) return std::nullopt;
  auto folder = open_folder_at(data, generation_name(*number));
  if (!folder) return std::nullopt;
  auto manifest = read_manifest_in(*folder, *number);
  if (!manifest) return std::nullopt;
  current.number = *number;
  current.folder = std::move(*folder);
  current.manifest = std::move(*manifest);
  return current;
}

/// What the newest generation's manifest says of its making, whichever serves: std::nullopt if there is none
/// that can be read.
std::optional<NamedTexts> newest_made(const Folder& data) {
  const auto numbers = generation_numbers(data);
  if (!numbers || numbers->empty()) return std::nullopt;
  auto folder = open_folder_at(data, generation_name(numbers->back()));
  if (!folder) return std::nullopt;
  auto facts = read_manifest_facts_in(*folder, numbers->back());
  if (!facts) return std::nullopt;
  return std::move(facts->made);
}

bool has_file(const Folder& folder, std::string_view name) {
  return ::faccessat(folder.fd.get(), std::string(name).c_str(), F_OK, 0) == 0;
}

Result<void> write_new_file(const Folder& folder, std::string_view name, std::string_view bytes) {
  const std::string path = folder.path_of(name);
  auto file = create_file_at(folder.fd.get(), std::string(name), kPublishedMode, path);
  if (!file) return file.error();
  if (auto written = write_all(file->get(), bytes, path); !written) return written;
  if (::fsync(file->get()) != 0) return errno_error(path, errno);
  return {};
}

/// One publisher's run, under the folder's lock.
class Publisher {
 public:
  Publisher(LockedFolder data, Artifacts artifacts, const PublishOptions& options)
      : data_(std::move(data)), artifacts_(std::move(artifacts)), options_(options) {}

  Result<Published> run();

 private:
  [[nodiscard]] Result<void> check_overtaken() const;
  [[nodiscard]] bool is_unchanged() const;
  /// Names of the parts that the current generation has otherwise: "accounts.bin, rules.bin".
  [[nodiscard]] std::string changed_parts() const;
  Result<std::string> put_in_place(const std::string& temporary);
  Result<void> choose_number();
  Result<void> write_generation(const Folder& folder);

  LockedFolder data_;
  Artifacts artifacts_;
  const PublishOptions& options_;
  std::optional<MinisignSecretKey> key_;
  std::optional<Current> current_;
  std::optional<NamedTexts> newest_;
  std::array<bool, kParts> same_{};  ///< by part: current_ has exactly these bytes, intact
  Published published_;
};

Result<Published> Publisher::run() {
  published_.warnings = data_.warnings();
  if (!options_.sign_key.empty()) {
    auto key = read_minisign_secret_key(options_.sign_key);
    if (!key) return key.error();
    key_ = *key;
  }
  Manifest& manifest = artifacts_.manifest;
  for (size_t i = 0; i < kParts; ++i) {
    auto hash = content_hash(artifacts_.bytes[i]);
    if (!hash) return hash.error();
    manifest.files[i] = {artifacts_.bytes[i].size(), *hash};
  }

  if (auto still = check_overtaken(); !still) return still.error();
  if (const auto facts = read_current_facts(data_.folder()); facts.has_value()) {
    if (auto allowed = check_replacement(*facts, manifest, options_.rules); !allowed) return allowed.error();
    manifest.replaces = facts->number;
    manifest.counts_before = facts->counts;
  }
  manifest.rules_from = options_.rules_from;
  manifest.made = options_.made;
  current_ = read_current_generation(data_.folder());
  newest_ = newest_made(data_.folder());
  if (current_.has_value()) {
    for (size_t i = 0; i < kParts; ++i) {
      same_[i] = manifest.files[i] == current_->manifest.files[i] &&
                 is_intact(current_->folder, static_cast<Part>(i), manifest.files[i]);
    }
    if (options_.only_if_changed && is_unchanged()) {
      published_.number = current_->number;
      published_.changed = false;
      if (options_.end_hold) {
        if (auto ended = put_hold(data_.folder(), std::nullopt); !ended) return ended.error();
      }
      return published_;
    }
  }
  if (auto chosen = choose_number(); !chosen) return chosen.error();
  if (std::string parts = changed_parts(); !parts.empty())
    manifest.made.emplace_back(kMadeChanged, std::move(parts));

  put_primary(manifest.made, options_.primary, newest_.has_value() ? &*newest_ : nullptr, manifest.number,
              manifest.created_at);
  const std::string temporary = data_.temporary_name(generation_name(manifest.number));
  if (auto made = create_folder_at(data_.folder().fd.get(), temporary, kFolderMode,
                                   data_.folder().path_of(temporary));
      !made) {
    return made.error();
  }
  const auto write_and_check = [&]() -> Result<void> {
    auto folder = open_folder_at(data_.folder(), temporary);
    if (!folder) return folder.error();
    if (auto written = write_generation(*folder); !written) return written;
    auto opened = open_generation(*folder, manifest.number, artifacts_.generation.get(), options_.progress);
    if (!opened) return opened.error();
    auto placed = put_in_place(temporary);
    if (!placed) return placed.error();
    if (!placed->empty()) published_.warnings.push_back(*placed);
    return {};
  };
  if (auto done = write_and_check(); !done) {
    (void)remove_tree(data_.folder().path_of(temporary));
    return done.error();
  }
  published_.number = manifest.number;
  for (std::string& warning : data_.remove_old_generations(options_.keep))
    published_.warnings.push_back(std::move(warning));
  return published_;
}

/// Whether somebody rolled back, resumed or published since the artifacts were built, so that they would undo
/// it.
Result<void> Publisher::check_overtaken() const {
  if (options_.current.has_value()) {
    const auto current = read_current(data_.folder());
    if (!current) return current.error();
    if (*current != *options_.current)
      return Error{fmt::format("generation {} was published meanwhile: publish again", *current)};
  }
  if (options_.end_hold) return {};
  const auto hold = read_hold(data_.folder());
  if (!hold) return hold.error();
  if (*hold == options_.hold) return {};
  return Error{hold->has_value()
                   ? fmt::format("rules were rolled back meanwhile ({}): publish again", to_text(**hold))
                   : std::string("rules were resumed meanwhile: publish again")};
}

/// A hold ends right before the new generation serves. Were it the other way round, a crash in between would
/// bring the held rules back with the next feed.
Result<std::string> Publisher::put_in_place(const std::string& temporary) {
  const uint64_t number = artifacts_.manifest.number;
  if (!options_.end_hold) return data_.put_in_place(temporary, number);
  const auto before = read_hold(data_.folder());
  if (auto ended = put_hold(data_.folder(), std::nullopt); !ended) return ended.error();
  auto placed = data_.put_in_place(temporary, number);
  if (!placed && before && before->has_value()) (void)put_hold(data_.folder(), *before);
  return placed;
}

bool Publisher::is_unchanged() const {
  // Mirrors learn from the manifest that the hold is over.
  if (options_.end_hold && current_->manifest.rules_from != 0) return false;
  if (newest_.has_value() && !says_primary(*newest_, options_.primary)) return false;
  const bool signature_missing = key_.has_value() && !has_file(current_->folder, kSignatureName);
  return std::all_of(same_.begin(), same_.end(), [](bool same) { return same; }) && !signature_missing;
}

std::string Publisher::changed_parts() const {
  std::string names;
  for (size_t i = 0; i < kParts && current_.has_value(); ++i) {
    if (artifacts_.manifest.files[i] == current_->manifest.files[i]) continue;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", kPartNames[i]);
  }
  return names;
}

Result<void> Publisher::choose_number() {
  auto numbers = generation_numbers(data_.folder());
  if (!numbers) return numbers.error();
  artifacts_.manifest.number = (numbers->empty() ? 0 : numbers->back()) + 1;
  artifacts_.manifest.created_at = format_rfc3339(::time(nullptr));
  return {};
}

Result<void> Publisher::write_generation(const Folder& folder) {
  for (size_t i = 0; i < kParts; ++i) {
    const std::string name(kPartNames[i]);
    if (options_.progress) options_.progress(fmt::format("writing {}", name), 0, 0);
    // A link that the file system refuses (another owner's file, too many links) must not stop a publish.
    if (same_[i] &&
        ::linkat(current_->folder.fd.get(), name.c_str(), folder.fd.get(), name.c_str(), 0) == 0) {
      published_.linked.push_back(name);
    } else if (auto written = write_new_file(folder, name, artifacts_.bytes[i]); !written) {
      return written;
    }
  }
  const Manifest& manifest = artifacts_.manifest;
  const std::string text = write_manifest(manifest);
  if (text.size() > kMaxManifestBytes) {
    return Error{fmt::format("{}: {} bytes, more than the limit of {}: too many sources",
                             folder.path_of(kManifestName), text.size(), kMaxManifestBytes)};
  }
  if (auto written = write_new_file(folder, kManifestName, text); !written) return written;
  if (key_.has_value()) {
    auto signature = minisign_sign(
        text, *key_, fmt::format("{} {}", generation_name(manifest.number), manifest.created_at));
    if (!signature) return Error{fmt::format("{}: {}", options_.sign_key, signature.message())};
    if (auto written = write_new_file(folder, kSignatureName, *signature); !written) return written;
  }
  if (::fsync(folder.fd.get()) != 0) return errno_error(folder.path, errno);
  return {};
}

/// What `published` reports about one generation without reading its big files.
GenerationInfo describe(const Folder& data, uint64_t number) {
  GenerationInfo info;
  info.number = number;
  info.complete = false;
  auto folder = open_folder_at(data, generation_name(number));
  if (!folder) return info;
  auto manifest = read_manifest_facts_in(*folder, number);
  if (!manifest) return info;
  info.format = manifest->format;
  info.created_at = manifest->created_at;
  info.feed_version = manifest->feed_version;
  info.rules_from = manifest->rules_from;
  info.replaces = manifest->replaces;
  info.made = std::move(manifest->made);
  info.counts = std::move(manifest->counts);
  info.counts_before = std::move(manifest->counts_before);
  info.complete = true;
  for (size_t i = 0; i < kParts; ++i) {
    struct stat file {};
    const std::string name(kPartNames[i]);
    info.complete &= ::fstatat(folder->fd.get(), name.c_str(), &file, 0) == 0 && S_ISREG(file.st_mode) &&
                     static_cast<uint64_t>(file.st_size) == manifest->sizes[i];
  }
  return info;
}

}  // namespace

Result<Published> publish(Artifacts artifacts, const PublishOptions& options) {
  auto data = LockedFolder::open(options.data_dir, true);
  if (!data) return data.error();
  return Publisher(std::move(*data), std::move(artifacts), options).run();
}

namespace {

Result<void> verify(const Folder& data, uint64_t number) {
  auto folder = open_folder_at(data, generation_name(number));
  if (!folder) return folder.error();
  if (auto opened = open_generation(*folder, number); !opened) return opened.error();
  return {};
}

Result<void> serve(const LockedFolder& data, uint64_t number) {
  const auto current = read_current(data.folder());
  if (current && *current == number) return {};
  if (auto pointed = data.point_current_at(number); !pointed) {
    // What counts is which one is current: the rename may have worked although syncing its folder failed.
    const auto serving = read_current(data.folder());
    if (!serving || *serving != number) return pointed.error();
  }
  return {};
}

/// The newest kept generation below `number`.
Result<uint64_t> number_before(const Folder& data, uint64_t number) {
  auto numbers = generation_numbers(data);
  if (!numbers) return numbers.error();
  const auto above = std::lower_bound(numbers->begin(), numbers->end(), number);
  if (above == numbers->begin())
    return Error{fmt::format("{}: no generation before {} is kept", data.path, number)};
  return *std::prev(above);
}

}  // namespace

Result<uint64_t> rollback(const std::string& data_dir, uint64_t number) {
  auto data = LockedFolder::open(data_dir, false);
  if (!data) return data.error();
  const auto current = read_current(data->folder());
  // A damaged one is replaced; only "the one before" cannot be told then.
  auto before = read_hold(data->folder());
  if (number == 0) {
    if (!current) return current.error();
    if (!before) return before.error();
    // Generations above the held one may have the very rules that were rolled back.
    auto found = number_before(data->folder(), before->has_value() ? (*before)->generation : *current);
    if (!found) return found.error();
    number = *found;
  }
  if (auto good = verify(data->folder(), number); !good) return good.error();
  const bool held_already = before && before->has_value() && (*before)->generation == number;
  // Before CURRENT: if this is interrupted, the next publication still uses these rules.
  if (!held_already) {
    const Hold hold{.generation = number,
                    .since = static_cast<int64_t>(::time(nullptr)),
                    .replaced = current ? *current : 0,
                    .by = user_for_hold()};
    if (auto held = put_hold(data->folder(), hold); !held) return held.error();
  }
  if (auto served = serve(*data, number); !served) {
    if (!held_already && before) (void)put_hold(data->folder(), *before);
    return served.error();
  }
  return number;
}

Result<void> follow_to(const std::string& data_dir, uint64_t number) {
  auto data = LockedFolder::open(data_dir, false);
  if (!data) return data.error();
  const auto hold = read_hold(data->folder());
  if (!hold) return hold.error();
  if (hold->has_value()) return Error{fmt::format("{}: {}", data->folder().path, to_text(**hold))};
  if (auto good = verify(data->folder(), number); !good) return good;
  return serve(*data, number);
}

Result<uint64_t> disk_use(const std::string& data_dir) {
  auto data = open_folder(data_dir);
  if (!data) return data.error();
  auto numbers = generation_numbers(*data);
  if (!numbers) return numbers.error();
  return stored_bytes(stored_generations(*data, *numbers));
}

Result<std::vector<GenerationInfo>> list_generations(const std::string& data_dir) {
  auto data = open_folder(data_dir);
  if (!data) return data.error();
  auto numbers = generation_numbers(*data);
  if (!numbers) return numbers.error();
  const auto current = read_current(*data);
  std::vector<GenerationInfo> generations;
  for (const uint64_t number : *numbers) {
    GenerationInfo info = describe(*data, number);
    info.current = current && *current == number;
    generations.push_back(std::move(info));
  }
  return generations;
}

}  // namespace abm::generation
