// Measure, allocate once, write: each template of a winner becomes one piece of text or stays in the program.
#include "rules/match/render.h"

#include <algorithm>
#include <memory>

#include "base/hash.h"
#include "rules/ast.h"
#include "rules/match/edits_json.h"
#include "rules/match/render_template.h"

namespace abm::rules {
namespace {

/// An array in request memory; empty when out of memory.
template <typename T>
std::span<T> make_array(const MemorySource& memory, size_t count) noexcept {
  void* const place = memory.get(std::max<size_t>(count, 1) * sizeof(T));
  if (place == nullptr) return {};
  T* const items = static_cast<T*>(place);
  std::uninitialized_value_construct_n(items, count);
  return {items, count};
}

/// What the ETag depends on: every piece of every edit, in order, with its kind.
class EditHash {
 public:
  EditHash() noexcept { XXH3_64bits_reset(&state_); }
  void add(uint64_t value) noexcept { XXH3_64bits_update(&state_, &value, sizeof value); }
  void add_text(std::string_view text) noexcept { add(hash64(text)); }
  [[nodiscard]] uint64_t digest() const noexcept { return XXH3_64bits_digest(&state_); }

 private:
  XXH3_state_t state_;
};

class EditRenderer {
 public:
  explicit EditRenderer(const RenderInput& input) noexcept
      : t_(input.program->tables()), input_(input), templates_(t_, input) {}

  RenderSkip render(const Winner& winner, rewrite::Edit& edit) noexcept {
    const format::Rewrite& rewrite = t_.rewrites[winner.rewrite];
    edit.slot = rewrite.slot;
    edit.hide = rewrite.hide != 0;
    edit.remove = rewrite.remove != 0;
    edit.guarded = rewrite.guarded != 0;
    hash_.add(t_.slots[rewrite.slot].hash);
    hash_.add(uint64_t{rewrite.hide} | uint64_t{rewrite.remove} << 8 | uint64_t{rewrite.guarded} << 16);
    skip_ = RenderSkip::kNone;
    if (rewrite.content != format::kNone) edit.content = piece(Part::kContent, rewrite.content);
    if (rewrite.html_file != format::kNone) add_fragment(rewrite, edit);
    edit.before = piece(Part::kBefore, rewrite.before);
    edit.prepend = piece(Part::kPrepend, rewrite.prepend);
    edit.append = piece(Part::kAppend, rewrite.append);
    edit.after = piece(Part::kAfter, rewrite.after);
    add_attributes(rewrite, edit);
    edit.add_classes = classes(Part::kAddClass, rewrite.add_classes);
    edit.remove_classes = classes(Part::kRemoveClass, rewrite.remove_classes);
    return skip_;
  }
  void note_block(std::string_view block) noexcept { note(Part::kBlock, block); }
  [[nodiscard]] uint64_t hash() const noexcept { return hash_.digest(); }

 private:
  enum class Part : uint8_t {
    kContent,
    kBefore,
    kPrepend,
    kAppend,
    kAfter,
    kAttribute,
    kNoAttribute,
    kAddClass,
    kRemoveClass,
    kBlock,
  };

  void note(Part part, std::string_view text) noexcept {
    hash_.add(static_cast<uint64_t>(part));
    hash_.add_text(text);
  }
  void skip(RenderSkip reason) noexcept {
    if (skip_ == RenderSkip::kNone) skip_ = reason;
  }

  std::string_view piece(Part part, uint32_t index) noexcept {
    if (index == format::kNone || skip_ != RenderSkip::kNone) return {};
    const RenderedTemplate rendered = templates_.render(t_.templates[index]);
    skip(rendered.skip);
    if (rendered.literal) {
      hash_.add(static_cast<uint64_t>(part));
      hash_.add(t_.templates[index].hash);
    } else {
      note(part, rendered.text);
    }
    return rendered.text;
  }

  void add_fragment(const format::Rewrite& rewrite, rewrite::Edit& edit) noexcept {
    RenderedTemplate path;
    const format::Fragment* const fragment = templates_.fragment(rewrite, path);
    skip(path.skip);
    if (path.skip != RenderSkip::kNone) return;
    if (fragment == nullptr) return skip(RenderSkip::kNoFragment);
    edit.content = piece(Part::kContent, fragment->content);
  }

  void add_attributes(const format::Rewrite& rewrite, rewrite::Edit& edit) noexcept {
    if (rewrite.attributes.count == 0 || skip_ != RenderSkip::kNone) return;
    const auto attributes = make_array<rewrite::AttributeEdit>(input_.memory, rewrite.attributes.count);
    if (attributes.empty()) return skip(RenderSkip::kMemory);
    for (uint32_t i = 0; i < rewrite.attributes.count; ++i) {
      const format::Attribute& source = t_.attributes[rewrite.attributes.begin + i];
      attributes[i].name = t_[source.name];
      note(source.value == format::kNone ? Part::kNoAttribute : Part::kAttribute, attributes[i].name);
      if (source.value != format::kNone) attributes[i].value = piece(Part::kAttribute, source.value);
    }
    edit.attributes = attributes;
  }

  std::span<const std::string_view> classes(Part part, format::Range range) noexcept {
    if (range.count == 0 || skip_ != RenderSkip::kNone) return {};
    const auto names = make_array<std::string_view>(input_.memory, range.count);
    if (names.empty()) skip(RenderSkip::kMemory);
    for (uint32_t i = 0; i < names.size(); ++i) {
      const RenderedTemplate name = templates_.attribute_literal(t_[t_.classes[range.begin + i]]);
      skip(name.skip);
      names[i] = name.text;
      note(part, name.text);
    }
    return names;
  }

  const ProgramTables& t_;
  const RenderInput& input_;
  TemplateRenderer templates_;
  EditHash hash_;
  RenderSkip skip_ = RenderSkip::kNone;
};

/// Of edit_of_winner, until the data block has its place.
constexpr uint32_t kForScript = kNoEdit - 1;

/// Edits that abm.js makes. They are UTF-8 whatever the page is.
class ScriptEdits {
 public:
  enum class Whose : uint8_t {
    kOfScript,  ///< of slots that the script delivers
    kAll,       ///< of every slot, whoever delivers it in a page
  };
  ScriptEdits(const RenderInput& input, Whose whose) noexcept
      : input_(in_utf8(input)),
        renderer_(input_),
        ascii_(rewrite::needs_references(input.charset)),
        all_(whose == Whose::kAll),
        needed_(all_ || is_needed()) {
    if (!needed_) return;
    edits_ = make_array<rewrite::Edit>(input.memory, input.winners.size());
    watched_ = make_array<uint32_t>(input.memory, input.winners.size());
  }
  ScriptEdits(const ScriptEdits&) = delete;
  ScriptEdits& operator=(const ScriptEdits&) = delete;

  [[nodiscard]] bool has_room() const noexcept {
    const size_t wanted = needed_ ? input_.winners.size() : 0;
    return edits_.size() == wanted && watched_.size() == wanted;
  }
  [[nodiscard]] bool wants(const Winner& winner) const noexcept { return needed_ && is_for_script(winner); }
  [[nodiscard]] RenderSkip add(const Winner& winner) noexcept {
    if (!all_ && input_.script->script.empty()) return RenderSkip::kNoScript;
    rewrite::Edit edit;
    const RenderSkip skip = renderer_.render(winner, edit);
    if (skip == RenderSkip::kNone) edits_[count_++] = edit;
    return skip;
  }
  /// The slot is edited in the HTML: it is looked for where the site asks which slots were seen.
  void watch(uint32_t slot) noexcept {
    if (needed_ && !input_.script->script.empty() && !input_.script->seen.empty())
      watched_[watched_count_++] = slot;
  }
  [[nodiscard]] bool any() const noexcept { return count_ + watched_count_ > 0; }
  [[nodiscard]] std::string_view block() const noexcept {
    return edits_block(page_edits(input_.script), input_.memory);
  }
  [[nodiscard]] std::string_view json() const noexcept {
    return edits_json(page_edits(nullptr), input_.memory);
  }

 private:
  [[nodiscard]] bool is_for_script(const Winner& winner) const noexcept {
    const auto deliver = static_cast<Deliver>(input_.program->tables().rewrites[winner.rewrite].deliver);
    if (deliver == Deliver::kAsConfigured) return input_.script->usual == Delivery::kScript;
    return deliver == Deliver::kScript;
  }
  /// Most pages have nothing for it.
  [[nodiscard]] bool is_needed() const noexcept {
    return input_.script != nullptr &&
           (!input_.script->seen.empty() ||
            std::any_of(input_.winners.begin(), input_.winners.end(),
                        [this](const Winner& winner) { return is_for_script(winner); }));
  }
  static RenderInput in_utf8(RenderInput input) noexcept {
    input.charset = rewrite::Charset::kUtf8;
    return input;
  }
  [[nodiscard]] PageEdits page_edits(const ScriptPage* page) const noexcept {
    return {input_.program, input_.path, edits_.first(count_), watched_.first(watched_count_), page, ascii_};
  }

  RenderInput input_;
  EditRenderer renderer_;
  bool ascii_, all_, needed_;
  std::span<rewrite::Edit> edits_;
  std::span<uint32_t> watched_;
  size_t count_ = 0, watched_count_ = 0;
};

}  // namespace

std::string_view to_string(RenderSkip skip) noexcept {
  switch (skip) {
    case RenderSkip::kNone:
      return "none";
    case RenderSkip::kHeldOut:
      return "holdout";
    case RenderSkip::kNoValue:
      return "no-value";
    case RenderSkip::kNoFragment:
      return "no-fragment";
    case RenderSkip::kCharset:
      return "charset";
    case RenderSkip::kMemory:
      return "memory";
    case RenderSkip::kNoScript:
      return "no-script";
  }
  return "none";
}

RenderResult render_edits(const RenderInput& input) noexcept {
  const size_t count = input.winners.size();
  const auto edits = make_array<rewrite::Edit>(input.memory, count + 1);
  const auto skips = make_array<RenderSkip>(input.memory, count);
  const auto edit_of_winner = make_array<uint32_t>(input.memory, count);
  RenderResult result;
  ScriptEdits scripted(input, ScriptEdits::Whose::kOfScript);
  result.ok = edits.size() == count + 1 && skips.size() == count && edit_of_winner.size() == count &&
              scripted.has_room();
  if (!result.ok) return result;
  size_t rendered = 0;
  EditRenderer renderer(input);
  for (size_t i = 0; i < count; ++i) {
    edit_of_winner[i] = kNoEdit;
    if (input.winners[i].held_out) {
      skips[i] = RenderSkip::kHeldOut;
      continue;
    }
    rewrite::Edit edit;
    if (scripted.wants(input.winners[i])) {
      skips[i] = scripted.add(input.winners[i]);
      if (skips[i] == RenderSkip::kNone) edit_of_winner[i] = kForScript;
      continue;
    }
    skips[i] = renderer.render(input.winners[i], edit);
    if (skips[i] != RenderSkip::kNone) continue;
    scripted.watch(input.winners[i].slot);
    edit_of_winner[i] = static_cast<uint32_t>(rendered);
    edits[rendered++] = edit;
  }
  if (scripted.any()) {
    result.block = static_cast<uint32_t>(rendered);
    rewrite::Edit& block = edits[rendered++];
    block.slot = input.program->selectors().head_slot();
    block.prepend = scripted.block();
    result.ok = !block.prepend.empty();
    if (!result.ok) return result;
    result.once = !input.script->seen.empty();
    renderer.note_block(block.prepend);
    std::replace(edit_of_winner.begin(), edit_of_winner.end(), kForScript, result.block);
  }
  result.edits = edits.first(rendered);
  result.skips = skips;
  result.edit_of_winner = edit_of_winner;
  result.hash = renderer.hash();
  return result;
}

bool add_nonce(RenderResult& result, std::string_view nonce, const MemorySource& memory) noexcept {
  if (result.block == kNoEdit || nonce.empty()) return true;
  rewrite::Edit& block = result.edits[result.block];
  const std::string_view text = block_with_nonce(block.prepend, nonce, memory);
  if (text.empty()) return false;
  block.prepend = text;
  result.once = true;
  result.hash ^= hash64(nonce);
  return true;
}

std::string_view render_json(const RenderInput& input) noexcept {
  ScriptEdits edits(input, ScriptEdits::Whose::kAll);
  if (!edits.has_room()) return {};
  for (const Winner& winner : input.winners) {
    if (!winner.held_out && edits.add(winner) == RenderSkip::kMemory) return {};
  }
  return edits.json();
}

}  // namespace abm::rules
