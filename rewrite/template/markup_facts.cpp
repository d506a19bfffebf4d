// What a fragment contains that its author should know about.
#include <algorithm>

#include "base/text.h"
#include "rewrite/template/escape.h"
#include "rewrite/template/markup_lint.h"
#include "rewrite/template/markup_walk.h"
#include "rewrite/template/placeholders.h"

namespace abm::rewrite {
namespace {

constexpr size_t kMaxEntries = 1000;

/// The host of an absolute or protocol-relative URL, "" if it names none.
std::string host_of(std::string_view url) {
  url.remove_prefix(std::min(url.find_first_not_of(" \t\n\f\r"), url.size()));
  const size_t scheme = url.substr(0, url.find_first_of("/?#")).find(':');
  if (scheme != std::string_view::npos) {
    const std::string name = ascii_lower(url.substr(0, scheme));
    if (name != "http" && name != "https") return {};
    url.remove_prefix(scheme + 1);
  }
  if (!url.starts_with("//")) return {};
  url.remove_prefix(2);
  url = url.substr(0, url.find_first_of("/?#\\"));
  if (const size_t user = url.rfind('@'); user != std::string_view::npos) url.remove_prefix(user + 1);
  if (!url.starts_with('[')) url = url.substr(0, url.find(':'));
  return ascii_lower(url);
}

class FactCollector {
 public:
  explicit FactCollector(std::string_view fragment) : masked_(mask_placeholders(fragment)) {}

  MarkupFacts run() {
    MarkupWalker(std::string_view(masked_), *this).walk();
    return std::move(facts_);
  }

  void tag(const TagToken& token) {
    const bool script = token.tag == Tag::script_ && !token.is_end;
    if (script && facts_.scripts.size() < kMaxEntries) facts_.scripts.push_back(token.begin);
  }

  void piece(const MarkupPiece& piece) {
    const std::string_view bytes = std::string_view(masked_).substr(piece.begin, piece.end - piece.begin);
    switch (piece.region) {
      case MarkupRegion::kText:
      case MarkupRegion::kRcdata:
        return;
      case MarkupRegion::kDoubleQuoted:
      case MarkupRegion::kSingleQuoted:
      case MarkupRegion::kUnquoted:
        return add_link(piece, bytes);
      default:
        break;
    }
    if (facts_.unreferenced) return;
    const auto found =
        std::ranges::find_if(bytes, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    if (found != bytes.end()) facts_.unreferenced = piece.begin + static_cast<size_t>(found - bytes.begin());
  }

 private:
  void add_link(const MarkupPiece& piece, std::string_view value) {
    std::string attribute = ascii_lower(piece.attribute);
    if (!is_url_attribute(attribute) || facts_.links.size() >= kMaxEntries) return;
    if (std::string host = host_of(value); !host.empty()) {
      facts_.links.push_back({piece.begin, std::move(attribute), std::move(host)});
    }
  }

  std::string masked_;
  MarkupFacts facts_;
};

}  // namespace

MarkupFacts markup_facts(std::string_view fragment) {
  return FactCollector(fragment).run();
}

}  // namespace abm::rewrite
