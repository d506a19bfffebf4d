// Opening: the header places the sections; program_check.cpp checks them before anything else reads them.
#include "rules/program/program.h"

#include <cstdint>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/records.h"
#include "rules/ast.h"
#include "rules/program/program_check.h"

namespace abm::rules {
namespace {

using format::Header;
using format::Section;

Error refused(std::string_view what) {
  return Error{fmt::format("rules.bin: {}; the rules are refused, publish again", what)};
}

std::string check_header(std::string_view bytes) {
  if (!is_record_aligned(bytes.data())) return "the bytes are not 8-byte aligned";
  if (bytes.size() < sizeof(Header)) {
    return fmt::format("{} bytes, the header alone has {}", bytes.size(), sizeof(Header));
  }
  const Header& header = *records_at<Header>(bytes.data(), 0);
  if (std::string_view(header.magic.data(), header.magic.size()) != format::kMagic)
    return "this is not a rules.bin";
  if (header.version < format::kAsciiVersion || header.version > format::kVersion) {
    return fmt::format("format version {}, this program reads {} to {}", header.version,
                       format::kAsciiVersion, format::kVersion);
  }
  if (header.header_bytes != sizeof(Header)) return fmt::format("wrong header size {}", header.header_bytes);
  if (header.file_bytes != bytes.size()) {
    return fmt::format("the header says {} bytes, the file has {}", header.file_bytes, bytes.size());
  }
  return {};
}

std::string check_sections(std::string_view bytes) {
  const Header& header = *records_at<Header>(bytes.data(), 0);
  uint64_t end = sizeof(Header);
  for (size_t i = 0; i < format::kSections; ++i) {
    const format::SectionPlace& place = header.sections[i];
    if (place.offset % 8 != 0 || place.offset < end || place.offset > bytes.size() ||
        place.count > (bytes.size() - place.offset) / format::kRecordBytes[i]) {
      return fmt::format("section {} lies outside the file", i);
    }
    end = place.offset + place.count * format::kRecordBytes[i];
  }
  return {};
}

template <typename Record>
std::span<const Record> records(std::string_view bytes, Section section) noexcept {
  const auto& header = *records_at<Header>(bytes.data(), 0);
  const format::SectionPlace& place = header.sections[static_cast<size_t>(section)];
  return {records_at<Record>(bytes.data(), place.offset), place.count};
}

std::string_view blob(std::string_view bytes, Section section) noexcept {
  const std::span<const char> chars = records<char>(bytes, section);
  return {chars.data(), chars.size()};
}

}  // namespace

Result<Program> Program::open(std::string_view bytes) {
  ProgramOpener opener(bytes);
  for (;;) {
    auto done = opener.step(bytes.size());
    if (!done) return done.error();
    if (*done) return opener.take();
  }
}

Result<bool> ProgramOpener::step(size_t most) {
  if (hashed_ == 0) {
    if (const std::string fault = check_header(bytes_); !fault.empty()) return refused(fault);
    hashed_ = format::kHashedFrom;
  }
  if (hashed_ < bytes_.size()) {
    const std::string_view piece = bytes_.substr(hashed_, most);
    hasher_.update(piece);
    hashed_ += piece.size();
    return false;
  }
  if (hasher_.digest() != records_at<Header>(bytes_.data(), 0)->hash)
    return refused("the contents do not match the header's hash");
  auto checked = check_contents(bytes_);
  if (!checked) return checked.error();
  program_ = *checked;
  return true;
}

/// For bytes whose header and hash are right.
Result<Program> ProgramOpener::check_contents(std::string_view bytes) {
  if (const std::string fault = check_sections(bytes); !fault.empty()) return refused(fault);
  Program program;
  program.bytes_ = bytes;
  const Header& header = *records_at<Header>(bytes.data(), 0);
  program.tables_ = {
      .text = blob(bytes, Section::kText),
      .slots = records<format::Slot>(bytes, Section::kSlots),
      .segments = records<format::Segment>(bytes, Section::kSegments),
      .tests = records<format::Test>(bytes, Section::kTests),
      .places = records<format::Place>(bytes, Section::kPlaces),
      .values = records<format::Text>(bytes, Section::kValues),
      .globs = records<format::Glob>(bytes, Section::kGlobs),
      .numbers = records<int64_t>(bytes, Section::kNumbers),
      .refs = records<uint32_t>(bytes, Section::kRefs),
      .rules = records<format::Rule>(bytes, Section::kRules),
      .variants = records<format::Variant>(bytes, Section::kVariants),
      .rewrites = records<format::Rewrite>(bytes, Section::kRewrites),
      .attributes = records<format::Attribute>(bytes, Section::kAttributes),
      .classes = records<format::Text>(bytes, Section::kClasses),
      .templates = records<format::Template>(bytes, Section::kTemplates),
      .parts = records<format::Part>(bytes, Section::kParts),
      .fragments = records<format::Fragment>(bytes, Section::kFragments),
      .files = records<format::Text>(bytes, Section::kFiles),
      .account_subjects = header.account_subjects,
      .account_table = records<format::AccountEntry>(bytes, Section::kAccountTable),
      .postings = records<format::Posting>(bytes, Section::kPostings),
      .page_table = records<format::PageEntry>(bytes, Section::kPageTable),
      .filed = records<format::Filed>(bytes, Section::kFiled),
  };
  if (const std::string fault = check_tables(header, program.tables_); !fault.empty()) return refused(fault);
  program.control_salt_ = program.tables_[header.control_salt];
  program.control_buckets_ = header.control_buckets;
  program.signal_rules_ = header.signals;
  program.draws_by_family_ = (header.flags & format::kByFamily) != 0;
  Result<rewrite::SelectorSet> selectors = rewrite::SelectorSet::open(blob(bytes, Section::kSelectors));
  if (!selectors) return refused(selectors.message());
  program.selectors_ = *selectors;
  if (program.selectors_.size() != program.tables_.slots.size())
    return refused("slots and selectors differ in number");
  return program;
}

uint32_t Program::rule_count() const noexcept {
  return static_cast<uint32_t>(tables_.rules.size());
}

RuleInfo Program::rule(uint32_t rule) const noexcept {
  const format::Rule& record = tables_.rules[rule];
  return {.id = tables_[record.id],
          .file = tables_[tables_.files[record.at.file]],
          .line = record.at.line,
          .priority = record.priority,
          .signal_name = tables_[record.signal_name],
          .signal_next = tables_[record.signal_next],
          .variants = record.plain != 0 ? 0 : record.variants.count};
}

bool Program::depends_on_visits(uint32_t rule, MovedFields moved) const noexcept {
  const auto any = [&](auto&& self, format::Range tests) -> bool {
    for (const format::Test& test : tables_.tests.subspan(tests.begin, tests.count)) {
      const auto subject = static_cast<Subject>(test.subject);
      if (is_changed_by_visits(subject) || (subject == Subject::kStage && moved.stage) ||
          (subject == Subject::kTier && moved.tier) || (subject == Subject::kPlay && moved.play))
        return true;
      // Segments name no segments, so this goes one level deep.
      for (const uint32_t named : tables_.refs.subspan(test.segments.begin, test.segments.count)) {
        if (self(self, tables_.segments[named].tests)) return true;
      }
    }
    return false;
  };
  return any(any, tables_.rules[rule].tests);
}

std::string_view Program::variant_id(uint32_t rule, uint32_t variant) const noexcept {
  const format::Range& variants = tables_.rules[rule].variants;
  return variant < variants.count ? tables_[tables_.variants[variants.begin + variant].id]
                                  : std::string_view();
}

uint32_t Program::slot_count() const noexcept {
  return static_cast<uint32_t>(tables_.slots.size());
}
std::string_view Program::slot_name(uint32_t slot) const noexcept {
  return tables_[tables_.slots[slot].name];
}
std::string_view Program::slot_selector(uint32_t slot) const noexcept {
  return tables_[tables_.slots[slot].selector];
}
uint32_t Program::control_buckets() const noexcept {
  return control_buckets_;
}
std::string_view Program::control_salt() const noexcept {
  return control_salt_;
}
uint32_t Program::signal_rules() const noexcept {
  return signal_rules_;
}

}  // namespace abm::rules
