// A rule need only be found by one of its tests: the one whose values the fewest rules name.
#include "rules/compile/compile_index.h"

#include <algorithm>
#include <bit>
#include <map>
#include <optional>
#include <unordered_map>

#include "accounts/account.h"
#include "base/folding.h"
#include "rules/program/glob_match.h"
#include "rules/program/index_key.h"

namespace abm::rules {
namespace {

using Kind = Condition::Kind;
using Keys = std::vector<uint64_t>;

/// A page value, with its kind because the page table's key needs both.
struct PageKey {
  uint32_t kind = 0;
  uint64_t value = 0;
  friend auto operator<=>(const PageKey&, const PageKey&) = default;
};

/// Defined segments are reached through their own record, not the table; the key only keeps them apart here.
uint64_t defined_segment_key(uint32_t segment) {
  return account_side_key(Subject::kConfidence, segment);
}

std::optional<Keys> account_keys(const Test& test, const SegmentNames& segments) {
  Keys keys;
  switch (test.subject) {
    case Subject::kAccount:
    case Subject::kIndustry:
    case Subject::kCountry:
    case Subject::kRegion:
    case Subject::kStage:
    case Subject::kPlay:
    case Subject::kOwner:
    case Subject::kParent:
    case Subject::kSegment:
      for (const std::string& value : test.values) {
        keys.push_back(account_side_key(test.subject, folded_hash(value)));
        if (test.subject != Subject::kSegment) continue;
        const auto defined = segments.find(folded(value));
        if (defined != segments.end()) keys.push_back(defined_segment_key(defined->second));
      }
      return keys;
    case Subject::kTier:
      for (const std::string& value : test.values) {
        const std::optional<accounts::Tier> tier = accounts::tier_from(folded(value));
        if (tier) keys.push_back(account_side_key(Subject::kTier, static_cast<uint64_t>(*tier)));
      }
      return keys;
    case Subject::kAttribute:
      for (const std::string& value : test.values) keys.push_back(attribute_key(test.name, value));
      return keys;
    default:
      return std::nullopt;
  }
}

std::optional<PageKey> page_key(const std::string& pattern) {
  const std::optional<GlobPattern> glob = parse_glob(pattern);
  if (!glob) return std::nullopt;
  const std::string_view prefix = std::string_view(glob->text).substr(0, glob->prefix);
  if (glob->kind == format::GlobKind::kExact && prefix.size() <= kMaxKeyPath) {
    return PageKey{kExactPath, folded_hash(prefix)};
  }
  if (!prefix.starts_with('/')) return std::nullopt;
  size_t folders = 0, end = 0;
  for (size_t i = 1; i < std::min(prefix.size(), kMaxKeyPath) && folders < kMaxKeyFolders; ++i) {
    if (prefix[i] != '/') continue;
    ++folders;
    end = i + 1;
  }
  if (folders == 0) return std::nullopt;
  return PageKey{folder_kind(folders), folded_hash(prefix.substr(0, end))};
}

std::optional<std::vector<PageKey>> page_keys(const Test& test, const SegmentNames&) {
  std::vector<PageKey> keys;
  if (test.subject == Subject::kHost) {
    for (const std::string& value : test.values) keys.push_back({kHostName, folded_hash(value)});
    return keys;
  }
  if (test.subject != Subject::kPath) return std::nullopt;
  for (const std::string& value : test.values) {
    const std::optional<PageKey> key = page_key(value);
    if (!key) return std::nullopt;
    keys.push_back(*key);
  }
  return keys;
}

/// Chooses keys of one side for conditions, by how many conditions name each key.
template <typename Key, std::optional<std::vector<Key>> (*keys_of)(const Test&, const SegmentNames&)>
class Chooser {
 public:
  explicit Chooser(const SegmentNames& segments) : segments_(segments) {}

  void count(const Condition& condition) {
    if (condition.kind == Kind::kNot) return;
    for (const Condition& child : condition.children) count(child);
    if (condition.kind != Kind::kTest) return;
    if (const auto keys = keys_of(condition.test, segments_)) {
      for (const Key& key : *keys) ++uses_[key];
    }
  }

  /// Keys of which at least one is present whenever the condition holds; std::nullopt
  /// if there is no such set.
  std::optional<std::vector<Key>> choose(const Condition& condition) const {
    switch (condition.kind) {
      case Kind::kTest:
        return keys_of(condition.test, segments_);
      case Kind::kNot:
        return std::nullopt;
      case Kind::kAll: {
        std::optional<std::vector<Key>> best;
        for (const Condition& child : condition.children) {
          auto keys = choose(child);
          if (keys && (!best || cost(*keys) < cost(*best))) best = std::move(keys);
        }
        return best;
      }
      case Kind::kAny: {
        std::vector<Key> all;
        for (const Condition& child : condition.children) {
          const auto keys = choose(child);
          if (!keys) return std::nullopt;
          all.insert(all.end(), keys->begin(), keys->end());
        }
        return all;
      }
    }
    return std::nullopt;
  }

 private:
  /// The most crowded key decides, then how many times the rule would be filed.
  [[nodiscard]] std::pair<size_t, size_t> cost(const std::vector<Key>& keys) const {
    size_t most = 0;
    for (const Key& key : keys) most = std::max(most, uses_.at(key));
    return {most, keys.size()};
  }

  const SegmentNames& segments_;
  std::map<Key, size_t> uses_;
};

template <typename Key>
void sort_unique(std::vector<Key>& keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
}

/// Subjects a key could have been made from: a superset of those chosen.
uint32_t subjects_of(const Condition& condition) {
  if (condition.kind == Kind::kTest) return 1u << static_cast<unsigned>(condition.test.subject);
  uint32_t subjects = 0;
  if (condition.kind == Kind::kNot) return subjects;
  for (const Condition& child : condition.children) subjects |= subjects_of(child);
  return subjects;
}

struct PostingLists {
  std::vector<uint32_t> any_page, paged, segments;
  uint32_t page_kinds = 0;
};

class Index {
 public:
  Index() : postings_(1) {}

  /// The posting of a key, created if new.
  uint32_t posting(uint64_t key) {
    const auto [it, added] = posting_of_.try_emplace(key, static_cast<uint32_t>(postings_.size()));
    if (added) postings_.emplace_back();
    return it->second;
  }
  [[nodiscard]] std::vector<uint32_t> postings(std::optional<Keys> keys) {
    if (!keys) return {0};
    sort_unique(*keys);
    std::vector<uint32_t> found;
    for (const uint64_t key : *keys) found.push_back(posting(key));
    return found;
  }

  void add_segment(uint32_t segment, std::optional<Keys> keys) {
    for (const uint32_t p : postings(std::move(keys))) postings_[p].segments.push_back(segment);
  }
  void add_rule(uint32_t rule, std::optional<Keys> keys, std::optional<std::vector<PageKey>> pages) {
    if (pages) sort_unique(*pages);
    for (const uint32_t p : postings(std::move(keys))) {
      if (!pages) {
        postings_[p].any_page.push_back(rule);
        continue;
      }
      postings_[p].paged.push_back(rule);
      for (const PageKey& page : *pages) {
        postings_[p].page_kinds |= 1u << page.kind;
        std::vector<uint32_t>& rules = pages_[page_table_key(p, page.kind, page.value)];
        if (rules.empty() || rules.back() != rule) rules.push_back(rule);
      }
    }
  }

  void write(ProgramWriter& writer) const {
    for (uint32_t i = 0; i < writer.segments.size(); ++i) {
      const auto it = posting_of_.find(defined_segment_key(i));
      if (it != posting_of_.end()) writer.segments[i].posting = it->second;
    }
    for (const PostingLists& lists : postings_) {
      format::Posting posting;
      posting.any_page = file(lists.any_page, writer);
      posting.paged = writer.add_refs(lists.paged);
      posting.segments = writer.add_refs(lists.segments);
      posting.page_kinds = lists.page_kinds;
      writer.postings.push_back(posting);
    }
    writer.account_table.resize(posting_of_.empty() ? 0 : std::bit_ceil(posting_of_.size() * 2));
    for (const auto& [key, posting] : posting_of_) {
      size_t at = key & (writer.account_table.size() - 1);
      while (writer.account_table[at].posting != format::kNone)
        at = (at + 1) & (writer.account_table.size() - 1);
      writer.account_table[at] = {key, posting, 0};
    }
    writer.page_table.resize(pages_.empty() ? 0 : std::bit_ceil(pages_.size() * 2));
    for (const auto& [key, rules] : pages_) {
      size_t at = key & (writer.page_table.size() - 1);
      while (writer.page_table[at].rules.count != 0) at = (at + 1) & (writer.page_table.size() - 1);
      writer.page_table[at] = {key, file(rules, writer)};
    }
  }

 private:
  static format::Range file(const std::vector<uint32_t>& rules, ProgramWriter& writer) {
    const format::Range range{static_cast<uint32_t>(writer.filed.size()),
                              static_cast<uint32_t>(rules.size())};
    for (const uint32_t rule : rules) {
      writer.filed.push_back({rule, writer.rules[rule].rank, slots_of(writer, writer.rules[rule])});
    }
    return range;
  }
  static uint64_t slots_of(const ProgramWriter& writer, const format::Rule& rule) {
    uint64_t slots = rule.has_signal != 0 ? uint64_t{1} << format::kAnySlot : 0;
    for (uint32_t v = rule.variants.begin; v < rule.variants.begin + rule.variants.count; ++v) {
      const format::Range& rewrites = writer.variants[v].rewrites;
      for (uint32_t i = rewrites.begin; i < rewrites.begin + rewrites.count; ++i) {
        slots |= uint64_t{1} << std::min(writer.rewrites[i].slot, format::kAnySlot);
      }
    }
    return slots;
  }

  std::map<uint64_t, uint32_t> posting_of_;  // ordered, like pages_: same rules, same bytes
  std::vector<PostingLists> postings_;
  std::map<uint64_t, std::vector<uint32_t>> pages_;
};

}  // namespace

uint32_t compile_index(const Ruleset& ruleset, const SegmentNames& segments,
                       const std::vector<uint32_t>& strongest_first, ProgramWriter& writer) {
  Chooser<uint64_t, account_keys> accounts(segments);
  Chooser<PageKey, page_keys> pages(segments);
  for (const Rule& rule : ruleset.rules) {
    accounts.count(rule.when);
    pages.count(rule.when);
  }
  for (const Segment& segment : ruleset.segments) accounts.count(segment.condition);
  Index index;
  for (uint32_t i = 0; i < ruleset.segments.size(); ++i) {
    index.add_segment(i, accounts.choose(ruleset.segments[i].condition));
  }
  for (const uint32_t rule : strongest_first) {
    index.add_rule(rule, accounts.choose(ruleset.rules[rule].when), pages.choose(ruleset.rules[rule].when));
  }
  index.write(writer);
  uint32_t subjects = 0;
  for (const Rule& rule : ruleset.rules) subjects |= subjects_of(rule.when);
  for (const Segment& segment : ruleset.segments) subjects |= subjects_of(segment.condition);
  return subjects;
}

}  // namespace abm::rules
