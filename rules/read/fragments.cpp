#include "rules/read/fragments.h"

#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "base/folding.h"
#include "base/text.h"
#include "rules/lint_codes.h"
#include "rules/read/templates.h"
#include "yaml/parse.h"

namespace abm::rules {
namespace {

constexpr size_t kMaxPathBytes = 1024;

/// Bytes of the character at the start of `text` if a value's may be in a path (sanitize_component), else 0.
size_t component_character(std::string_view text) noexcept {
  const DecodedPoint point = decode_utf8(text);
  if (point.value >= 0x80) return point.valid && is_word_character(point.value) ? point.length : 0;
  const char c = text[0], lower = ascii_lower(c);
  return (lower >= 'a' && lower <= 'z') || is_digit(c) || c == '.' || c == '_' || c == '-' ? 1 : 0;
}

rewrite::Template composed_literals(rewrite::Template pattern) {
  for (rewrite::TemplatePart& part : pattern.parts) {
    if (auto* literal = std::get_if<std::string>(&part)) *literal = composed(*literal);
  }
  return pattern;
}

/// The pattern with every placeholder replaced by `filler`.
std::string filled(const rewrite::Template& pattern, std::string_view filler) {
  std::string path;
  for (const rewrite::TemplatePart& part : pattern.parts) {
    const auto* literal = std::get_if<std::string>(&part);
    path += literal != nullptr ? std::string_view(*literal) : filler;
  }
  return path;
}

std::string joined(std::string_view folder, std::string_view path) {
  return folder == "." ? std::string(path) : fmt::format("{}/{}", folder, path);
}

/// "industry/" of "industry/{{ account.industry }}.html"; "" if that depends, or may be spelled otherwise on
/// the disk (letters composed or not).
std::string literal_folder(const rewrite::Template& pattern) {
  const auto* first = pattern.parts.empty() ? nullptr : std::get_if<std::string>(&pattern.parts.front());
  if (first == nullptr || !is_ascii(*first)) return {};
  const size_t slash = first->rfind('/');
  return slash == first->npos ? std::string() : first->substr(0, slash + 1);
}

bool fits(std::string_view path, const std::vector<rewrite::TemplatePart>& parts, size_t part) noexcept {
  if (part == parts.size()) return path.empty();
  if (const auto* literal = std::get_if<std::string>(&parts[part])) {
    return path.starts_with(*literal) && fits(path.substr(literal->size()), parts, part + 1);
  }
  while (!path.empty()) {
    const size_t length = component_character(path);
    if (length == 0) return false;
    path.remove_prefix(length);
    if (fits(path, parts, part + 1)) return true;
  }
  return false;
}

/// More placeholders than any path needs would make fits() slow.
constexpr size_t kMaxPlaceholders = 4;

}  // namespace

std::string fragment_path_fault(std::string_view path) {
  if (path.empty()) return "is empty";
  if (path.size() > kMaxPathBytes) return fmt::format("is longer than {} bytes", kMaxPathBytes);
  if (path[0] == '/') return "is absolute: fragments are named from their rules file's folder";
  if (path.find('%') != path.npos) return "holds a '%': file names are written as they are";
  if (path.find('\\') != path.npos) return "holds a backslash: folders are separated by '/'";
  for (const char c : path) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return "holds a control character";
  }
  for (size_t i = 0; i <= path.size();) {
    const size_t end = std::min(path.find('/', i), path.size());
    const std::string_view component = path.substr(i, end - i);
    if (component == "..")
      return "leaves its folder with '..': fragments stay beneath their rules file's folder";
    if (component == ".") return "holds a '.' folder: leave it out";
    if (component.empty()) return "holds an empty folder or file name";
    i = end + 1;
  }
  return {};
}

bool fits_pattern(std::string_view path, const rewrite::Template& pattern) noexcept {
  return fits(path, pattern.parts, 0);
}

const LoadedFragment* FragmentStore::find(std::string_view folder, std::string_view path) const {
  const auto found = loaded_.find(joined(folder, path));
  return found == loaded_.end() ? nullptr : &found->second;
}

const LoadedFragment* FragmentStore::load(Checker& check, const yaml::Node& node, const std::string& path) {
  const std::string& folder = check.file().folder;
  const std::string file = joined(folder, path);
  if (const auto known = loaded_.find(file); known != loaded_.end()) {
    return known->second.content == nullptr ? nullptr : &known->second;
  }
  LoadedFragment& fragment = loaded_[file];
  fragment.file = file;
  if (loaded_.size() > options_.max_fragments) {
    check.error(node.at, fmt::format("html_file {} is one more than the {} fragments that a site may have",
                                     yaml::in_quotes(path), options_.max_fragments));
    return nullptr;
  }
  auto bytes = source_.read_beneath(folder, path, options_.max_fragment_bytes);
  if (!bytes) {
    check.error(node.at,
                fmt::format("html_file {} cannot be read: {}", yaml::in_quotes(path), bytes.message()));
    return nullptr;
  }
  fragment.bytes = *std::move(bytes);
  if (fragment.bytes.starts_with(yaml::kByteOrderMark)) fragment.bytes.erase(0, yaml::kByteOrderMark.size());
  const yaml::SourceText text(fragment.bytes);
  const auto report = [&](size_t offset, std::string message) {
    const Position at = text.position(offset);
    check.diagnostics().error(file, at, std::move(message), std::string(text.line(at.line)));
  };
  if (!is_utf8(fragment.bytes)) {
    size_t offset = 0;
    while (decode_utf8(std::string_view(fragment.bytes).substr(offset)).valid) {
      offset += decode_utf8(std::string_view(fragment.bytes).substr(offset)).length;
    }
    report(offset, "this byte is not UTF-8, save the file as UTF-8");
    return nullptr;
  }
  if (const size_t nul = fragment.bytes.find('\0'); nul != fragment.bytes.npos) {
    report(nul, "a NUL byte is not allowed in a fragment");
    return nullptr;
  }
  rewrite::Template content;
  if (!parse_checked_template(fragment.bytes, rewrite::TemplateKind::kMarkup, content, report))
    return nullptr;
  fragment.findings = find_in_markup(fragment.bytes);
  fragment.content = std::make_shared<const rewrite::Template>(std::move(content));
  return &fragment;
}

/// Only the folder that all names of the pattern begin with: what else is there is nobody's business.
const std::vector<std::string>* FragmentStore::list(Checker& check, const yaml::Node& node,
                                                    const rewrite::Template& pattern) {
  const std::string prefix = literal_folder(pattern);
  const std::string folder = joined(check.file().folder, prefix);
  const std::string listed = prefix.empty() ? check.file().folder : folder.substr(0, folder.size() - 1);
  if (const auto known = listings_.find(folder); known != listings_.end()) return &known->second;
  auto names = source_.list(listed, options_.max_fragments);
  if (!names) {
    check.error(node.at, fmt::format("the fragments in {} cannot be listed: {}", yaml::in_quotes(listed),
                                     names.message()));
    return nullptr;
  }
  for (std::string& name : *names) name.insert(0, prefix);
  return &listings_.emplace(folder, *std::move(names)).first->second;
}

/// False after an error.
bool FragmentStore::find_files(Checker& check, const yaml::Node& node, const rewrite::Template& pattern,
                               std::vector<std::string>& paths) {
  const std::vector<std::string>* names = list(check, node, pattern);
  if (names == nullptr) return false;
  const rewrite::Template wanted = composed_literals(pattern);
  std::map<std::string, const std::string*> files;  // by composed name
  for (const std::string& name : *names) {
    std::string key = composed(name);
    if (!fits_pattern(key, wanted)) continue;
    const auto [file, is_new] = files.emplace(std::move(key), &name);
    if (!is_new) {
      check.error(node.at,
                  fmt::format("html_file {} names two files of the name {} that differ only in how its "
                              "letters are composed (Unicode normalization): remove one",
                              yaml::in_quotes(node.scalar), yaml::in_quotes(name)));
      return false;
    }
    if (!fits_pattern(name, pattern)) {
      check.warning(
          node.at, kLintNoFragment,
          fmt::format("html_file {} finds {} although the letters of its name are composed otherwise "
                      "there (Unicode normalization)",
                      yaml::in_quotes(node.scalar), yaml::in_quotes(name)));
    }
    paths.push_back(name);
  }
  return true;
}

std::optional<std::vector<Fragment>> FragmentStore::resolve(Checker& check, const yaml::Node& node,
                                                            const rewrite::Template& pattern) {
  const std::string example = filled(pattern, "x");
  if (const std::string fault = fragment_path_fault(example); !fault.empty()) {
    check.error(node.at, fmt::format("html_file {} {}", yaml::in_quotes(node.scalar), fault));
    return std::nullopt;
  }
  std::vector<std::string> paths;
  if (pattern.is_literal()) {
    if (!is_ascii(example) && !find_files(check, node, pattern, paths)) return std::nullopt;
    // Reading it says why there is no such file.
    if (paths.empty()) paths.push_back(example);
  } else {
    const auto placeholders = std::count_if(pattern.parts.begin(), pattern.parts.end(), [](const auto& part) {
      return std::holds_alternative<rewrite::Placeholder>(part);
    });
    if (placeholders > static_cast<std::ptrdiff_t>(kMaxPlaceholders)) {
      check.error(node.at, fmt::format("html_file {} holds more than {} placeholders",
                                       yaml::in_quotes(node.scalar), kMaxPlaceholders));
      return std::nullopt;
    }
    if (!find_files(check, node, pattern, paths)) return std::nullopt;
    if (paths.empty()) {
      check.warning(node.at, kLintNoFragment,
                    fmt::format("html_file {} matches no file in {}: the slot will always stay original",
                                yaml::in_quotes(node.scalar), yaml::in_quotes(check.file().folder)));
    }
  }
  std::vector<Fragment> fragments;
  bool ok = true;
  for (const std::string& path : paths) {
    const LoadedFragment* fragment = load(check, node, path);
    ok = ok && fragment != nullptr;
    if (fragment != nullptr) fragments.push_back({path, fragment->content});
  }
  if (!ok) return std::nullopt;
  return fragments;
}

}  // namespace abm::rules
