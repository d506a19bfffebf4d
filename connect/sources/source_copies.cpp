#include "connect/sources/source_copies.h"

#include <sys/stat.h>

#include <filesystem>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/hash.h"
#include "connect/sync/state_file.h"
#include "generation/data_folder.h"

namespace abm::connect {
namespace {

using generation::AccountSource;
using generation::SourceKind;

bool has_own_copy(const AccountSource& source) {
  return is_address(source) || source.live.has_value();
}

std::string copy_name(const AccountSource& source) {
  return key_of(source) + (source.kind == SourceKind::kFeed ? ".ndjson" : ".csv");
}

}  // namespace

bool is_address(const AccountSource& source) {
  return !source.from.starts_with('/');
}

std::string key_of(const AccountSource& source) {
  return hash128(
             fmt::format("{}\n{}", generation::kSourceKinds[static_cast<size_t>(source.kind)], source.from))
      .hex();
}

std::string sources_folder(const std::string& data_dir) {
  return fmt::format("{}/{}/{}", data_dir, kFeedFolder, kSourcesFolder);
}

void prune_copies(const std::string& data_dir, const std::set<std::string>& wanted) {
  std::error_code code;
  std::vector<std::string> old;
  std::filesystem::directory_iterator entry(sources_folder(data_dir), code);
  for (; !code && entry != std::filesystem::directory_iterator(); entry.increment(code)) {
    if (!wanted.contains(entry->path().stem().string())) old.push_back(entry->path().string());
  }
  for (const std::string& path : old) (void)generation::remove_tree(path);
}

std::optional<KeptCopies::Copy> SiteCopies::last(const AccountSource& source) {
  const std::string path = sources_folder(data_dir_) + "/" + copy_name(source);
  struct stat info {};
  if (has_own_copy(source) || ::stat(path.c_str(), &info) != 0) return std::nullopt;
  return Copy{path, info.st_mtim.tv_sec};
}

Result<bool> SiteCopies::begin(const AccountSource& source) {
  if (folder_ == nullptr || has_own_copy(source)) return false;
  auto file = IncomingFile::create(*folder_, copy_name(source));
  if (!file) return file.error();
  file_ = std::make_unique<IncomingFile>(std::move(*file));
  text_.clear();
  return true;
}

Result<void> SiteCopies::write(std::string_view lines) {
  constexpr size_t kBuffer = 256u << 10;
  text_ += lines;
  return text_.size() < kBuffer ? Result<void>() : flush();
}

Result<void> SiteCopies::accept() {
  auto done = flush();
  if (done.ok()) done = file_->put_in_place();
  file_.reset();
  return done;
}

Result<void> SiteCopies::flush() {
  auto done = file_->write(text_);
  text_.clear();
  return done;
}

}  // namespace abm::connect
