// Any bytes as a rules file: refused with a reason, or accepted as consistent rules that compile.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "rules/compile/compile.h"
#include "rules/load.h"
#include "rules/program/program.h"

namespace {

using abm::Error;
using abm::Result;

/// The input, and two fragments that it may name.
class FuzzSource final : public abm::rules::FileSource {
 public:
  explicit FuzzSource(std::string_view bytes) : bytes_(bytes) {}
  Result<std::string> read(const std::string& path, size_t limit) override {
    if (path == "a.yaml") return std::string(bytes_.substr(0, limit));
    if (path == "f/a.html" || path == "f/b.html") return std::string("<p>{{ account.name }}</p>");
    return Error{"no such file"};
  }
  Result<std::vector<std::string>> list(const std::string&, size_t) override {
    return std::vector<std::string>{"f/a.html", "f/b.html"};
  }

 private:
  std::string_view bytes_;
};

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const abm::rules::Ruleset& site, const std::vector<abm::rules::SlotRewrite>& rewrites) {
  for (size_t i = 0; i < rewrites.size(); ++i) {
    require(rewrites[i].slot < site.slots.size());
    require(i == 0 || rewrites[i - 1].slot < rewrites[i].slot);
    for (const auto& fragment : rewrites[i].fragments) require(fragment.content != nullptr);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzSource source({reinterpret_cast<const char*>(data), size});
  abm::Diagnostics diagnostics;
  const auto site = abm::rules::load_rules({"a.yaml"}, source, {}, diagnostics);
  require(site.has_value() == diagnostics.ok());
  (void)diagnostics.format(true);
  if (!site) return 0;
  for (const abm::rules::Rule& rule : site->rules) {
    require(!rule.id.empty() && (!rule.rewrite.empty() || !rule.variants.empty() || rule.signal));
    check(*site, rule.rewrite);
    for (const auto& variant : rule.variants) check(*site, variant.rewrite);
  }
  const auto program = abm::rules::compile_rules(*site);
  require(program.ok() && abm::rules::Program::open(*program).ok());
  return 0;
}
