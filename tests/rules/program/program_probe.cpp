#include "tests/rules/program/program_probe.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/hash.h"
#include "rules/match/explain.h"
#include "rules/match/matcher.h"
#include "rules/match/render.h"

namespace abm::rules {
namespace {

/// Hands out memory up to a bound, so that a damaged file cannot ask for all of the machine's.
struct BoundedMemory {
  std::vector<std::unique_ptr<char[]>> blocks;
  size_t left = 1u << 20;
  MemorySource source() {
    return {this,
            [](void* self, size_t size) noexcept -> void* {
              auto& memory = *static_cast<BoundedMemory*>(self);
              if (size > memory.left) return nullptr;
              memory.left -= size;
              return memory.blocks.emplace_back(new char[size]).get();
            },
            [](void*, void*, size_t) noexcept {}};
  }
};

}  // namespace

void reseal(std::string& bytes) {
  if (bytes.size() < sizeof(format::Header)) return;
  const uint64_t size = bytes.size();
  std::memcpy(bytes.data() + offsetof(format::Header, file_bytes), &size, sizeof size);
  const uint64_t hash = hash64(std::string_view(bytes).substr(format::kHashedFrom));
  std::memcpy(bytes.data() + offsetof(format::Header, hash), &hash, sizeof hash);
}

size_t use_all(const Program& program, const accounts::Snapshot& accounts) {
  size_t seen = program.control_salt().size() + program.control_buckets();
  for (uint32_t i = 0; i < program.rule_count(); ++i) {
    const RuleInfo info = program.rule(i);
    seen +=
        std::string(info.id).size() + std::string(info.file).size() + std::string(info.signal_next).size();
    for (uint32_t v = 0; v <= std::min(info.variants, 8u); ++v)
      seen += std::string(program.variant_id(i, v)).size();
  }
  for (uint32_t i = 0; i < program.slot_count(); ++i) {
    seen += std::string(program.slot_name(i)).size() + std::string(program.slot_selector(i)).size();
  }
  const std::unique_ptr<Matcher> matcher = Matcher::create(program);
  for (uint32_t i = 0; i < accounts.size(); ++i) {
    const accounts::AccountView account = accounts.at(i);
    seen += matcher->may_match(account, Confidence::kHigh) ? 1 : 0;
    for (const std::string_view name : matcher->defined_segments(account)) seen += std::string(name).size();
    for (const std::string_view path : {"/", "/pricing", "/solutions/aero/case", "/a/b/b"}) {
      Visit visit;
      visit.account = &account;
      visit.confidence = Confidence::kHigh;
      visit.host = "www.acme.example";
      visit.path = path;
      visit.query = "utm=w1&x=2";
      visit.language = "de";
      visit.now = 5;
      const Decision decision = matcher->match(visit);
      for (const auto charset : {rewrite::Charset::kUtf8, rewrite::Charset::kSingleByte}) {
        BoundedMemory memory;
        RenderInput input;
        input.program = &program;
        input.account = &account;
        input.path = path;
        input.charset = charset;
        input.winners = decision.winners;
        input.memory = memory.source();
        const RenderResult rendered = render_edits(input);
        for (const rewrite::Edit& edit : rendered.edits)
          seen += std::string(edit.content.value_or("")).size();
      }
      for (const RuleExplanation& explained : explain(program, visit)) seen += explained.reason.size();
    }
  }
  return seen;
}

}  // namespace abm::rules
