#include "ipdb/organization_name.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/folding.h"
#include "base/invisible.h"
#include "base/text.h"

namespace abm::ipdb {
namespace {

using Words = std::vector<std::string>;

constexpr size_t kMaxNameBytes = 1024;  // of an account's organization, too
constexpr size_t kFewestCharacters = 2;

constexpr std::pair<std::string_view, std::string_view> kOneSpelling[] = {
    {"company", "co"},       {"corporation", "corp"},
    {"incorporated", "inc"}, {"limited", "ltd"},
    {"und", "and"},          {"aktiengesellschaft", "ag"},
    {"aktiebolag", "ab"},    {"aktieselskab", "as"},
    {"aksjeselskap", "as"},  {"kommanditgesellschaft", "kg"},
    {"limitada", "ltda"},    {"proprietary", "pty"},
    {"private", "pvt"},      {"osakeyhtiö", "oy"},
    {"osakeyhtio", "oy"},
};

/// In words as kOneSpelling leaves them; longer ones first where one begins with another.
constexpr std::pair<std::string_view, std::string_view> kOnePhrase[] = {
    {"gesellschaft mit beschränkter haftung", "gmbh"},
    {"gesellschaft mit beschraenkter haftung", "gmbh"},
    {"société par actions simplifiée", "sas"},
    {"societe par actions simplifiee", "sas"},
    {"société anonyme", "sa"},
    {"societe anonyme", "sa"},
    {"sociedad anónima", "sa"},
    {"sociedad anonima", "sa"},
    {"società per azioni", "spa"},
    {"societa per azioni", "spa"},
    {"naamloze vennootschap", "nv"},
    {"besloten vennootschap", "bv"},
    {"kabushiki kaisha", "kk"},
    {"spółka akcyjna", "sa"},
    {"spolka akcyjna", "sa"},
    {"public ltd co", "plc"},
    {"ltd liability co", "llc"},
    {"ltd liability partnership", "llp"},
    {"ltd partnership", "lp"},
};

/// Legal forms, as they are spelled then, and what joins them.
constexpr std::string_view kLegalForms[] = {
    "ab",   "ad",  "ag",   "and",  "aps",  "as",  "asa",  "bv",   "co",  "corp", "cv",  "dd",   "doo",
    "eg",   "ev",  "gmbh", "inc",  "jsc",  "kft", "kg",   "kgaa", "kk",  "llc",  "llp", "lp",   "ltd",
    "ltda", "mbh", "nv",   "nyrt", "oao",  "ohg", "ojsc", "ooo",  "oy",  "oyj",  "pao", "pjsc", "plc",
    "pty",  "pvt", "sa",   "sab",  "sarl", "sas", "se",   "spa",  "srl", "sro",  "zao", "zrt"};
/// Of these, what stands in front of a name: "JSC Rostelecom", "PT Telkom".
constexpr std::string_view kLeadingForms[] = {"jsc", "oao", "ojsc", "ooo", "pao", "pjsc", "pt", "the", "zao"};

bool is_one_of(const std::string& word, std::span<const std::string_view> list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

/// Nobody is called so: control characters, and controls that make text look like another (as in
/// accounts/text_check.h).
bool is_unfit(char32_t point) noexcept {
  const bool control = (point < 0x20 && point != U'\t') || (point >= 0x7f && point < 0xa0);
  return control || (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
}

bool is_name(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const DecodedPoint point = decode_utf8(text.substr(at));
    if (!point.valid || is_unfit(point.value)) return false;
    at += point.length;
  }
  return text.size() <= kMaxNameBytes;
}

/// Letters one by one are one word: "S.A." and "L.L.C.", "A. P. Moller".
void join_letters(Words& words, const std::vector<bool>& lone) {
  Words joined;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0 && lone[i] && lone[i - 1]) {
      joined.back() += words[i];
    } else {
      joined.push_back(std::move(words[i]));
    }
  }
  words = std::move(joined);
}

Words words_of(std::string_view name) {
  Words words;
  std::vector<bool> lone;
  std::string word;
  size_t characters = 0;
  const auto end_word = [&] {
    if (characters == 0) return;
    words.push_back(std::exchange(word, {}));
    lone.push_back(characters == 1);
    characters = 0;
  };
  if (!is_name(name)) return words;
  const std::string text = folded(as_it_looks(name));
  for (size_t at = 0; at < text.size();) {
    const DecodedPoint point = decode_utf8(std::string_view(text).substr(at));
    if (point.valid && is_word_character(point.value)) {
      word.append(text, at, point.length);
      ++characters;
    } else if (point.value == U'&' || point.value == U'+') {
      end_word();
      words.emplace_back("and");
      lone.push_back(false);
    } else if (point.value != U'\'' && point.value != U'’') {
      end_word();
    }
    at += point.length;
  }
  end_word();
  join_letters(words, lone);
  for (std::string& one : words) {
    for (const auto& [from, to] : kOneSpelling) {
      if (one == from) one = to;
    }
  }
  if (words.size() > 1 && words.front() == "the") words.erase(words.begin());
  return words;
}

std::string joined(const Words& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

/// Whole words of `text` that read `from` become `to`.
void replace_phrase(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != text.npos; at = text.find(from, at + to.size())) {
    const size_t end = at + from.size();
    const bool whole = (at == 0 || text[at - 1] == ' ') && (end == text.size() || text[end] == ' ');
    if (!whole) {
      at = end - to.size();
      continue;
    }
    text.replace(at, from.size(), to);
  }
}

Words split(const std::string& text) {
  Words words;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

/// Names one thing in one spelling, legal form included.
std::string spelled(std::string_view name) {
  std::string text = joined(words_of(name));
  for (const auto& [from, to] : kOnePhrase) replace_phrase(text, from, to);
  return text;
}

std::string core_of(const std::string& text) {
  Words words = split(text);
  while (words.size() > 1 && is_one_of(words.back(), kLegalForms)) words.pop_back();
  while (words.size() > 1 && is_one_of(words.front(), kLeadingForms)) words.erase(words.begin());
  return joined(words);
}

bool names_nobody(const std::string& core) {
  size_t characters = 0;
  for (const char c : core) {
    const bool continues = (static_cast<unsigned char>(c) & 0xc0) == 0x80;
    if (c != ' ' && !continues) ++characters;
  }
  return characters < kFewestCharacters || is_one_of(core, kLegalForms);
}

}  // namespace

std::string organization_key(std::string_view name) {
  std::string text = spelled(name);
  return names_nobody(core_of(text)) ? std::string() : text;
}

std::string organization_core(std::string_view name) {
  std::string core = core_of(spelled(name));
  return names_nobody(core) ? std::string() : core;
}

}  // namespace abm::ipdb
