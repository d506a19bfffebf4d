#include "rules/load.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "rules/lint/lint.h"
#include "rules/lint/page_lint.h"
#include "rules/read/checker.h"
#include "rules/read/conditions.h"
#include "rules/read/edits.h"
#include "rules/read/fragments.h"
#include "rules/read/rule_reader.h"
#include "rules/read/site_settings.h"
#include "rules/read/slots.h"
#include "rules/read/values.h"
#include "yaml/parse.h"

namespace abm::rules {
namespace {

constexpr std::string_view kFormat = "rules/1";
constexpr auto kFileKeys = std::to_array<std::string_view>(
    {"abm", "timezone", "slots", "segments", "control", "confidence", "silence", "rules"});
constexpr size_t kMaxFiles = 4096;
constexpr size_t kMaxSegments = 4096;

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == path.npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// All files of one site, from bytes to a checked Ruleset. Later steps need what all files declare, so each
/// step goes over every file before the next begins.
class Loader {
 public:
  Loader(FileSource& source, const LoadOptions& options, Diagnostics& diagnostics)
      : source_(source),
        options_(options),
        diagnostics_(diagnostics),
        slots_(options.max_slots),
        fragments_(source, options) {}

  std::optional<Ruleset> load(std::vector<std::string> names);

 private:
  void open(const std::string& name);
  /// False when it is not a rules file at all: errors about its keys would only add noise.
  bool check_header(Checker& check);
  void name_segments(Checker& check);
  void read_segments(Checker& check, const ValueCheck& values);
  void read_rules(Checker& check, const ValueCheck& values);

  FileSource& source_;
  const LoadOptions& options_;
  Diagnostics& diagnostics_;
  std::vector<std::unique_ptr<RulesFile>> files_;  ///< those that could be parsed
  SiteSettings settings_;
  SlotTable slots_;
  FragmentStore fragments_;
  std::vector<InlineFinding> findings_;
  std::set<std::string> segment_names_;
  std::map<std::string, std::string> segment_places_;
  std::map<std::string, std::string> ids_;
  Ruleset ruleset_;
};

void Loader::open(const std::string& name) {
  auto file = std::make_unique<RulesFile>();
  file->index = static_cast<uint32_t>(ruleset_.files.size());
  file->name = name;
  file->folder = folder_of(name);
  ruleset_.files.push_back(name);
  const yaml::Limits limits;
  auto bytes = source_.read(name, limits.max_bytes);
  if (!bytes) {
    const std::string prefix = name + ": ";
    const std::string& message = bytes.message();
    diagnostics_.error(name, {}, message.starts_with(prefix) ? message.substr(prefix.size()) : message);
    return;
  }
  file->bytes = *std::move(bytes);
  if (file->bytes.starts_with(yaml::kByteOrderMark)) file->bytes.erase(0, yaml::kByteOrderMark.size());
  file->text = yaml::SourceText(file->bytes);
  auto root = yaml::parse(file->bytes, name, limits, diagnostics_);
  if (!root) return;
  file->root = *std::move(root);
  files_.push_back(std::move(file));
}

bool Loader::check_header(Checker& check) {
  const yaml::Node& root = check.file().root;
  if (!check.mapping(root, "a rules file")) return false;
  const yaml::Node* format = root.find("abm");
  if (format == nullptr) {
    check.error(root.at, fmt::format("this is not a rules file: it must say 'abm: {}'", kFormat));
  } else if (format->kind != yaml::Node::Kind::kScalar || format->scalar != kFormat) {
    check.error(format->at, fmt::format("'abm' must be '{}', not {}", kFormat, yaml::describe(*format)));
    return false;
  }
  check.known_keys(root, "a rules file", kFileKeys);
  return true;
}

void Loader::name_segments(Checker& check) {
  const yaml::Node* segments = check.file().root.find("segments");
  if (segments == nullptr || !check.mapping(*segments, "'segments'")) return;
  for (const yaml::Node::Member& m : segments->members) {
    // Lower case, because segment tests ignore case.
    if (!yaml::is_name(m.key) || ascii_lower(m.key) != m.key) {
      check.error(
          m.key_at,
          fmt::format("segment name {} must be lower-case letters, digits, '.', '_' or '-', begin with "
                      "a letter or digit, and have at most {} characters",
                      yaml::in_quotes(m.key), yaml::kMaxNameBytes));
      continue;
    }
    const auto [known, is_new] = segment_places_.emplace(m.key, check.place(m.key_at));
    if (!is_new) {
      check.error(m.key_at, fmt::format("segment '{}' is already defined at {}", m.key, known->second));
    } else if (segment_places_.size() > kMaxSegments) {
      check.error(m.key_at, fmt::format("more than {} segments", kMaxSegments));
      return;
    }
    segment_names_.insert(m.key);
  }
}

void Loader::read_segments(Checker& check, const ValueCheck& values) {
  const yaml::Node* segments = check.file().root.find("segments");
  if (segments == nullptr || segments->kind != yaml::Node::Kind::kMapping) return;
  const ConditionScope scope{true, &segment_names_, &values};
  for (const yaml::Node::Member& m : segments->members) {
    if (!check.mapping(m.value, fmt::format("segment '{}'", m.key))) continue;
    auto condition = read_condition(check, m.value, scope);
    if (condition) ruleset_.segments.push_back({m.key, *std::move(condition), check.ref(m.key_at)});
  }
}

void Loader::read_rules(Checker& check, const ValueCheck& values) {
  const yaml::Node* rules = check.file().root.find("rules");
  if (rules == nullptr) return;
  if (rules->kind != yaml::Node::Kind::kSequence || rules->items.empty()) {
    check.error(rules->at,
                fmt::format("'rules' must be a list with at least one rule, not {}", yaml::describe(*rules)));
    return;
  }
  const RuleContext context{
      {&slots_, &fragments_, &values, &findings_}, {false, &segment_names_, &values}, &settings_, &ids_};
  for (const yaml::Node& item : rules->items) {
    if (ids_.size() >= options_.max_rules) {
      check.error(item.at, fmt::format("one rule more than the {} that a site may have", options_.max_rules));
      return;
    }
    auto rule = read_rule(check, item, context);
    if (rule) ruleset_.rules.push_back(*std::move(rule));
  }
}

std::optional<Ruleset> Loader::load(std::vector<std::string> names) {
  const size_t errors_before = diagnostics_.errors();
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  if (names.empty()) diagnostics_.error({}, {}, "no rules file is named");
  if (names.size() > kMaxFiles) {
    diagnostics_.error({}, {}, fmt::format("more than {} rules files", kMaxFiles));
    return std::nullopt;
  }
  for (const std::string& name : names) open(name);
  std::vector<Checker> checkers;
  checkers.reserve(files_.size());
  for (const auto& file : files_) {
    Checker check(*file, diagnostics_);
    if (!check_header(check)) continue;
    if (const yaml::Node* silence = file->root.find("silence")) {
      file->silenced = read_silence(check, *silence);
      ruleset_.silenced.insert(ruleset_.silenced.end(), file->silenced.begin(), file->silenced.end());
    }
    settings_.read(check, file->root);
    if (const yaml::Node* slots = file->root.find("slots")) slots_.declare(check, *slots);
    name_segments(check);
    checkers.push_back(std::move(check));
  }
  const ValueCheck values(options_.vocabulary, segment_names_);
  for (Checker& check : checkers) read_segments(check, values);
  for (Checker& check : checkers) read_rules(check, values);
  ruleset_.control = settings_.control();
  const bool ok = diagnostics_.errors() == errors_before;
  if (ok) {
    const LintInput input{&ruleset_, &files_, &slots_, &fragments_, &findings_, &options_};
    lint_rules(input, diagnostics_);
    ruleset_.reviews = lint_pages(input, diagnostics_);
  }
  diagnostics_.sort();
  if (!ok) return std::nullopt;
  ruleset_.slots = slots_.take();
  return std::move(ruleset_);
}

}  // namespace

std::optional<Ruleset> load_rules(std::vector<std::string> files, FileSource& source,
                                  const LoadOptions& options, Diagnostics& diagnostics) {
  return Loader(source, options, diagnostics).load(std::move(files));
}

}  // namespace abm::rules
