#include "connect/live/soql.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "base/text.h"
#include "base/timestamp.h"

namespace abm::connect {
namespace {

constexpr size_t kMaxSoqlBytes = 8000;
constexpr size_t kMaxColumns = 200;
constexpr size_t kMaxPathDepth = 6;  // Salesforce follows five parents

bool is_soql_word(char c) {
  const char lower = ascii_lower(c);
  return (lower >= 'a' && lower <= 'z') || is_digit(c) || c == '_' || c == '.' || c == ':';
}

struct SoqlToken {
  std::string_view text;
  size_t at = 0;
  int depth = 0;  ///< of parentheses around it
};

bool is_word(const SoqlToken& token, std::string_view word) {
  return token.depth == 0 && equals_ignoring_case(token.text, word);
}

Result<std::vector<SoqlToken>> soql_tokens(std::string_view text) {
  std::vector<SoqlToken> tokens;
  int depth = 0;
  for (size_t i = 0; i < text.size();) {
    const size_t begin = i;
    if (text[i] == ' ') {
      ++i;
      continue;
    }
    if (text[i] == '\'') {
      for (++i; i < text.size() && text[i] != '\''; ++i) {
        if (text[i] == '\\') ++i;
      }
      if (i >= text.size()) return Error{"a text in quotes does not end"};
      ++i;
    } else if (is_soql_word(text[i])) {
      while (i < text.size() && is_soql_word(text[i])) ++i;
    } else {
      ++i;
    }
    if (text[begin] == ')' && --depth < 0) return Error{"a ')' has no '('"};
    tokens.push_back({text.substr(begin, i - begin), begin, depth});
    if (text[begin] == '(') ++depth;
  }
  if (depth != 0) return Error{"a '(' has no ')'"};
  return tokens;
}

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> parts;
  for (;;) {
    const size_t dot = path.find('.');
    parts.emplace_back(path.substr(0, dot));
    if (dot == path.npos) return parts;
    path.remove_prefix(dot + 1);
  }
}

class SoqlParser {
 public:
  SoqlParser(Soql& query, std::vector<SoqlToken> tokens) : query_(query), tokens_(std::move(tokens)) {}

  Result<void> parse();

 private:
  [[nodiscard]] const SoqlToken* token(size_t i) const { return i < tokens_.size() ? &tokens_[i] : nullptr; }
  Result<void> column(size_t from, size_t to);
  Result<void> field(std::string_view path, std::string_view header);
  void clauses(size_t from);
  [[nodiscard]] std::string_view between(size_t from, size_t to) const {
    return trimmed(std::string_view(query_.text).substr(from, to - from));
  }

  Soql& query_;
  std::vector<SoqlToken> tokens_;
  std::string alias_;
  bool has_id_ = false;
};

Result<void> SoqlParser::parse() {
  if (tokens_.empty() || !is_word(tokens_[0], "SELECT"))
    return Error{"it must begin with SELECT, such as SELECT Id, Name, Website FROM Account"};
  size_t from = 1;
  while (from < tokens_.size() && !is_word(tokens_[from], "FROM")) ++from;
  const SoqlToken* object = token(from + 1);
  if (object == nullptr || !is_soql_word(object->text[0])) return Error{"it names no object: FROM Account"};
  query_.object = object->text;
  size_t next = from + 2;
  constexpr std::array<std::string_view, 12> kClauses = {
      "USING", "WHERE", "WITH", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "FOR", "UPDATE", "ALL", "AS"};
  const auto is_clause = [&](const SoqlToken& t) {
    return std::any_of(kClauses.begin(), kClauses.end(), [&](auto word) { return is_word(t, word); });
  };
  if (const SoqlToken* word = token(next); word != nullptr && is_word(*word, "AS")) ++next;
  if (const SoqlToken* word = token(next); word != nullptr && !is_clause(*word)) {
    if (!is_soql_word(word->text[0]))
      return Error{fmt::format("'{}' does not fit behind the object", word->text)};
    alias_ = word->text;
    ++next;
  }
  size_t begin = 1;
  for (size_t i = 1; i <= from; ++i) {
    if (i != from && !(tokens_[i].text == "," && tokens_[i].depth == 0)) continue;
    if (auto good = column(begin, i); !good) return good;
    begin = i + 1;
  }
  if (query_.columns.size() > kMaxColumns) return Error{fmt::format("more than {} fields", kMaxColumns)};
  clauses(next);
  if (!has_id_) return Error{"'Id' is not among its fields: records are told by it"};
  return {};
}

Result<void> SoqlParser::column(size_t from, size_t to) {
  if (from == to) return Error{"a field's name is missing between two commas"};
  const std::string_view first = tokens_[from].text;
  if (first == "(") return Error{"a query within the query has many values for one record: leave it out"};
  if (equals_ignoring_case(first, "TYPEOF"))
    return Error{"TYPEOF has different fields for each record: leave it out"};
  if (equals_ignoring_case(first, "FIELDS")) return Error{"FIELDS(…) does not say which: name the fields"};
  if (!is_soql_word(first[0])) return Error{fmt::format("'{}' is not a field's name", first)};
  if (to == from + 1) return field(first, first);
  // A function: its argument names the member of the answer, unless an alias does.
  size_t close = from + 1;
  while (close < to && !(tokens_[close].text == ")" && tokens_[close].depth == tokens_[from].depth)) ++close;
  if (tokens_[from + 1].text != "(" || close == to)
    return Error{fmt::format("'{}' and '{}' have no comma between them", first, tokens_[from + 1].text)};
  if (close + 2 == to) return field(tokens_[close + 1].text, tokens_[close + 1].text);
  constexpr std::array<std::string_view, 3> kKeepName = {"toLabel", "FORMAT", "convertCurrency"};
  const bool keeps = close + 1 == to && close == from + 3 &&
                     std::any_of(kKeepName.begin(), kKeepName.end(),
                                 [&](auto name) { return equals_ignoring_case(first, name); });
  if (keeps) return field(tokens_[from + 2].text, tokens_[from + 2].text);
  return Error{fmt::format("the column that '{}(…)' makes has no name: write one behind it", first)};
}

Result<void> SoqlParser::field(std::string_view path, std::string_view header) {
  SoqlColumn column{std::string(header), split_path(path)};
  // Account.Name and a.Name are called Name in the answer.
  if (column.path.size() > 1 && (equals_ignoring_case(column.path[0], query_.object) ||
                                 (!alias_.empty() && equals_ignoring_case(column.path[0], alias_)))) {
    column.path.erase(column.path.begin());
    column.header = fmt::format("{}", fmt::join(column.path, "."));
  }
  const bool bad =
      column.path.size() > kMaxPathDepth ||
      std::any_of(column.path.begin(), column.path.end(), [](const auto& part) { return part.empty(); });
  if (bad) return Error{fmt::format("'{}' is not a field's name", path)};
  for (const SoqlColumn& other : query_.columns) {
    if (equals_ignoring_case(other.header, column.header))
      return Error{fmt::format("'{}' is named twice", column.header)};
  }
  has_id_ = has_id_ || equals_ignoring_case(column.header, "Id");
  query_.columns.push_back(std::move(column));
  return {};
}

void SoqlParser::clauses(size_t from) {
  std::optional<size_t> where, order;
  for (size_t i = from; i < tokens_.size(); ++i) {
    for (const std::string_view word :
         {"USING", "WITH", "GROUP", "HAVING", "LIMIT", "OFFSET", "FOR", "UPDATE", "ALL"}) {
      // Behind WHERE these could be names of fields only with a type of their own: Salesforce reserves them.
      if (is_word(tokens_[i], word) && query_.why_whole.empty())
        query_.why_whole = fmt::format("it has {}", word);
    }
    if (is_word(tokens_[i], "WHERE") && !where.has_value()) where = i;
    if (is_word(tokens_[i], "ORDER") && !order.has_value()) order = i;
  }
  if (!query_.why_whole.empty()) return;
  const size_t end = order.has_value() ? tokens_[*order].at : query_.text.size();
  const size_t head_end = where.has_value() ? tokens_[*where].at : end;
  query_.head = between(0, head_end);
  if (where.has_value())
    query_.condition = between(tokens_[*where].at + std::string_view("WHERE").size(), end);
  query_.tail = between(end, query_.text.size());
}

}  // namespace

Result<Soql> parse_soql(std::string_view text) {
  Soql query;
  query.text = trimmed(text, " \t\r\n;");
  if (query.text.empty()) return Error{"it is empty"};
  if (query.text.size() > kMaxSoqlBytes) return Error{fmt::format("longer than {} bytes", kMaxSoqlBytes)};
  for (char& c : query.text) {
    if (c == '\t' || c == '\r' || c == '\n') c = ' ';
    if (static_cast<unsigned char>(c) < 0x20) return Error{"it has a control character"};
  }
  auto tokens = soql_tokens(query.text);
  if (!tokens) return tokens.error();
  if (auto parsed = SoqlParser(query, std::move(*tokens)).parse(); !parsed) return parsed.error();
  return query;
}

// SystemModstamp also moves when a process changes a record, which LastModifiedDate does not (Salesforce,
// "System Fields").
std::string soql_since(const Soql& query, int64_t since) {
  const std::string before = query.condition.empty() ? "" : fmt::format("({}) AND ", query.condition);
  return fmt::format("{} WHERE {}SystemModstamp >= {}{}{}", query.head, before, format_rfc3339(since),
                     query.tail.empty() ? "" : " ", query.tail);
}

std::string soql_touched(const Soql& query, int64_t since) {
  return fmt::format("SELECT Id FROM {} WHERE SystemModstamp >= {}", query.object, format_rfc3339(since));
}

}  // namespace abm::connect
