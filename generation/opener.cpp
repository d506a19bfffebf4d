#include "generation/opener.h"

#include <fmt/format.h>

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

/// Index steps per slice: 5 to 50 ns each.
constexpr uint64_t kIndexSlice = 4096;
/// Bytes of accounts.bin per slice: checks that miss the cache take about 4 ns per byte.
constexpr size_t kAccountsSlice = 64u << 10;
/// Bytes of rules.bin hashed per slice: about 0.1 ns each.
constexpr size_t kRulesSlice = 512u << 10;

struct OpenIndex {
  std::shared_ptr<const SealedPart> part;
  ipdb::Index index;
};

struct OpenRules {
  std::shared_ptr<const SealedPart> part;
  rules::Program program;
};

Error refused(Part part, std::string_view reason) {
  return Error{fmt::format("{}: {}", kPartNames[static_cast<size_t>(part)], reason)};
}

}  // namespace

GenerationOpener::GenerationOpener(Manifest manifest, SealedParts parts, const Generation* previous)
    : previous_(previous), generation_(new Generation()) {
  generation_->manifest_ = std::move(manifest);
  generation_->parts_ = std::move(parts);
}

bool GenerationOpener::shares(Part part) const noexcept {
  return previous_ != nullptr && previous_->part(part) == generation_->part(part);
}

Result<bool> GenerationOpener::step() {
  const auto then = [this](Phase phase) {
    phase_ = phase;
    return Result<bool>(false);
  };
  switch (phase_) {
    case Phase::kCheckParts: {
      auto checked = check_parts();
      return checked ? then(Phase::kOpenIndex) : Result<bool>(checked.error());
    }
    case Phase::kOpenIndex: {
      auto done = step_index();
      return done && *done ? then(Phase::kOpenAccounts) : done;
    }
    case Phase::kOpenAccounts: {
      auto done = step_accounts();
      return done && *done ? then(Phase::kOpenRules) : done;
    }
    case Phase::kOpenRules: {
      auto done = step_rules();
      if (!done || !*done) return done;
      phase_ = Phase::kDone;
      return true;
    }
    case Phase::kDone:
      break;
  }
  return true;
}

Result<void> GenerationOpener::check_parts() const {
  for (size_t i = 0; i < kParts; ++i) {
    const auto part = static_cast<Part>(i);
    const auto& sealed = generation_->part(part);
    if (sealed == nullptr) return refused(part, "missing");
    if (!sealed->is(generation_->manifest().file(part))) {
      return refused(part, fmt::format("not the file that {} names", kManifestName));
    }
  }
  return {};
}

Result<bool> GenerationOpener::step_index() {
  if (shares(Part::kIpdb)) {
    generation_->index_ = previous_->index_;
    return true;
  }
  if (!index_.has_value()) {
    auto loader = ipdb::IndexLoader::start(generation_->part(Part::kIpdb)->fd());
    if (!loader) return refused(Part::kIpdb, loader.message());
    index_.emplace(std::move(*loader));
    return false;
  }
  auto done = index_->step(kIndexSlice);
  if (!done) return refused(Part::kIpdb, done.message());
  if (!*done) return false;
  // The index keeps the part that it maps: while anybody uses it, the part is not truncated.
  const std::shared_ptr<OpenIndex> open(
      new OpenIndex{generation_->part(Part::kIpdb), std::move(*index_).take()});
  generation_->index_ = std::shared_ptr<ipdb::Index>(open, &open->index);
  index_.reset();
  return true;
}

Result<bool> GenerationOpener::step_accounts() {
  if (shares(Part::kAccounts)) {
    generation_->accounts_ = previous_->accounts_;
  } else {
    if (!accounts_.has_value()) accounts_.emplace(generation_->part(Part::kAccounts)->bytes());
    auto done = accounts_->step(kAccountsSlice);
    if (!done) return refused(Part::kAccounts, done.message());
    if (!*done) return false;
    generation_->accounts_ = std::make_shared<const accounts::Snapshot>(accounts_->snapshot());
    accounts_.reset();
  }
  if (auto fits = check_feed(); !fits) return fits.error();
  return true;
}

Result<void> GenerationOpener::check_feed() const {
  const Manifest& manifest = generation_->manifest();
  const accounts::Snapshot& snapshot = generation_->accounts();
  if (snapshot.tenant() == manifest.tenant && snapshot.feed_version() == manifest.feed_version) return {};
  return refused(
      Part::kAccounts,
      fmt::format("feed version {} of tenant '{}', but {} says version {} of '{}'", snapshot.feed_version(),
                  snapshot.tenant(), kManifestName, manifest.feed_version, manifest.tenant));
}

Result<bool> GenerationOpener::step_rules() {
  if (shares(Part::kRules)) {
    generation_->rules_ = previous_->rules_;
    return true;
  }
  if (!rules_.has_value()) rules_.emplace(generation_->part(Part::kRules)->bytes());
  auto done = rules_->step(kRulesSlice);
  if (!done) return refused(Part::kRules, done.message());
  if (!*done) return false;
  // The program keeps the part that it reads: a response in progress needs only these two of its generation.
  const auto open =
      std::make_shared<const OpenRules>(OpenRules{generation_->part(Part::kRules), rules_->take()});
  generation_->rules_ = std::shared_ptr<const rules::Program>(open, &open->program);
  rules_.reset();
  return true;
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

}  // namespace abm::generation
