#include "tools/doctor/nginx_conf.h"

#include <fnmatch.h>

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

namespace abm::tools::doctor {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxDepth = 64;  // of blocks and of includes
constexpr std::string_view kHeading = "# configuration file ";

struct File {
  std::string name;
  std::string_view text;
};

std::vector<File> split_files(std::string_view dump) {
  std::vector<File> files;
  size_t at = 0;
  size_t begin = 0;
  while (at < dump.size()) {
    const size_t end = std::min(dump.find('\n', at), dump.size());
    const std::string_view line = dump.substr(at, end - at);
    if (line.starts_with(kHeading) && line.ends_with(':')) {
      if (!files.empty()) files.back().text = dump.substr(begin, at - begin);
      files.push_back({std::string(line.substr(kHeading.size(), line.size() - kHeading.size() - 1)), {}});
      begin = std::min(end + 1, dump.size());
    }
    at = end + 1;
  }
  if (!files.empty()) files.back().text = dump.substr(std::min(begin, dump.size()));
  return files;
}

class Parser {
 public:
  explicit Parser(const File& file) : file_(file) {}

  Result<std::vector<Directive>> parse() {
    std::vector<Directive> directives;
    if (auto done = block(directives, 0); !done) return done.error();
    return directives;
  }

 private:
  enum class Token : uint8_t { kWord, kSemicolon, kOpen, kClose, kEnd };

  void skip_blanks() {
    while (at_ < file_.text.size()) {
      const char c = file_.text[at_];
      if (c == '#') {
        at_ = std::min(file_.text.find('\n', at_), file_.text.size());
      } else if (c == '\n') {
        ++line_;
        ++at_;
      } else if (c == ' ' || c == '\t' || c == '\r') {
        ++at_;
      } else {
        return;
      }
    }
  }

  /// The next token; a word's text goes to `word_`.
  Token next() {
    skip_blanks();
    if (at_ >= file_.text.size()) return Token::kEnd;
    const char first = file_.text[at_];
    if (first == ';' || first == '{' || first == '}') {
      ++at_;
      return first == ';' ? Token::kSemicolon : first == '{' ? Token::kOpen : Token::kClose;
    }
    word_.clear();
    const char quote = first == '"' || first == '\'' ? first : '\0';
    if (quote != '\0') ++at_;
    for (; at_ < file_.text.size(); ++at_) {
      char c = file_.text[at_];
      if (c == '\n') ++line_;
      if (quote != '\0' ? c == quote : ends_word(c)) break;
      if (c == '\\' && at_ + 1 < file_.text.size()) {
        const char escaped = file_.text[at_ + 1];
        if (escaped != '"' && escaped != '\'' && escaped != '\\' && escaped != ' ') word_ += c;
        c = escaped;
        ++at_;
      } else if (c == '$' && at_ + 1 < file_.text.size() && file_.text[at_ + 1] == '{') {
        word_ += c;  // ${name}: this brace opens no block
        c = '{';
        ++at_;
      }
      word_ += c;
    }
    if (quote != '\0' && at_ < file_.text.size()) ++at_;
    return Token::kWord;
  }

  static bool ends_word(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ';' || c == '{';
  }

  Error fault(std::string_view what) const {
    return Error{fmt::format("{}:{}: {}", file_.name, line_, what)};
  }

  Result<void> block(std::vector<Directive>& out, size_t depth) {
    if (depth > kMaxDepth) return fault("blocks are nested too deeply");
    Directive directive;
    for (;;) {
      switch (next()) {
        case Token::kWord:
          if (directive.words.empty()) directive.line = line_;
          directive.words.push_back(word_);
          break;
        case Token::kOpen:
        case Token::kSemicolon: {
          const bool opens = file_.text[at_ - 1] == '{';
          if (directive.words.empty()) return fault("a directive's name is missing");
          directive.file = file_.name;
          if (opens) {
            if (auto done = block(directive.block, depth + 1); !done) return done;
          }
          out.push_back(std::move(directive));
          directive = {};
          break;
        }
        case Token::kClose:
          if (depth == 0) return fault("'}' closes nothing");
          return {};
        case Token::kEnd:
          if (depth != 0 || !directive.words.empty()) return fault("ends within a block or directive");
          return {};
      }
    }
  }

  const File& file_;
  size_t at_ = 0;
  uint32_t line_ = 1;
  std::string word_;
};

class Includer {
 public:
  explicit Includer(const std::vector<File>& files)
      : files_(files), folder_(fs::path(files.front().name).parent_path()) {}

  Result<std::vector<Directive>> read(const File& file, size_t depth) {
    if (depth > kMaxDepth) return Error{fmt::format("{}: includes are nested too deeply", file.name)};
    auto parsed = Parser(file).parse();
    if (!parsed) return parsed.error();
    return put_in(std::move(*parsed), depth);
  }

 private:
  Result<std::vector<Directive>> put_in(std::vector<Directive> directives, size_t depth) {
    std::vector<Directive> out;
    for (Directive& directive : directives) {
      if (directive.name() != "include" || directive.words.size() != 2) {
        auto inner = put_in(std::move(directive.block), depth);
        if (!inner) return inner.error();
        directive.block = std::move(*inner);
        out.push_back(std::move(directive));
        continue;
      }
      const std::string pattern = (folder_ / directive.words[1]).lexically_normal().string();
      for (const File& file : files_) {
        const std::string name = fs::path(file.name).lexically_normal().string();
        if (name != pattern && ::fnmatch(pattern.c_str(), name.c_str(), FNM_PATHNAME | FNM_PERIOD) != 0)
          continue;
        auto included = read(file, depth + 1);
        if (!included) return included.error();
        for (Directive& each : *included) out.push_back(std::move(each));
      }
    }
    return out;
  }

  const std::vector<File>& files_;
  fs::path folder_;  // of the main file: what includes are relative to
};

}  // namespace

Result<std::vector<Directive>> parse_dump(std::string_view dump) {
  const std::vector<File> files = split_files(dump);
  if (files.empty()) return Error{"nginx -T printed no configuration file"};
  return Includer(files).read(files.front(), 0);
}

}  // namespace abm::tools::doctor
