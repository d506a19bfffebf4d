#include "tools/as_suggestions.h"

#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <set>
#include <string_view>
#include <unordered_set>

#include <fmt/format.h>

#include "base/file.h"
#include "base/timestamp.h"
#include "ipdb/as_proposals.h"
#include "measure/report/page.h"

namespace abm::tools {
namespace {

using ipdb::AsCandidate;
using ipdb::AsEvidence;
using ipdb::AsProposal;

constexpr size_t kMaxNumbersBytes = 64u << 20;
constexpr std::string_view kNumbersHeading =
    "# AS numbers of accounts that somebody said yes to (abmctl coverage --suggest); a line can be deleted.\n"
    "asn,account_id,organization\n";

struct Taken {
  const AsProposal* proposal;
  const AsCandidate* candidate;
};

std::string evidence_text(const AsCandidate& candidate) {
  switch (candidate.evidence) {
    case AsEvidence::kSameName:
      return fmt::format("the same name as '{}'", candidate.name);
    case AsEvidence::kWithoutForm:
      return fmt::format("the name '{}' but for the legal form", candidate.name);
    case AsEvidence::kDomain:
      return fmt::format("named like the domain {}", candidate.name);
  }
  return {};
}

std::string candidate_text(const AsCandidate& candidate) {
  return fmt::format("AS{} '{}' ({} range{}, {} IPv4 addresses in {}): {}{}", candidate.asn,
                     candidate.organization, candidate.ranges, candidate.ranges == 1 ? "" : "s",
                     candidate.ipv4_addresses, candidate.table, evidence_text(candidate),
                     candidate.doubt.empty() ? "" : fmt::format("; look at it: {}", candidate.doubt));
}

std::vector<ipdb::AsWish> wishes_of(const Coverage& coverage, const generation::Artifacts& artifacts) {
  std::vector<ipdb::AsWish> wishes;
  const accounts::Snapshot& snapshot = artifacts.generation->accounts();
  for (const CoveredAccount& account : coverage.accounts) {
    const auto& why = account.recognition.why;
    // An access provider's AS numbers are known well enough.
    if (why.empty() || why.front() == generation::Why::kAccessProvider) continue;
    const auto view = snapshot.find_id(account.id);
    if (!view.has_value()) continue;
    const ipdb::NetworkAccounts::View known = artifacts.accounts[view->ordinal()];
    ipdb::AsWish& wish = wishes.emplace_back();
    wish.account = account.id;
    wish.names.push_back(account.name);
    for (const std::string_view name : known.organizations) wish.names.emplace_back(name);
    for (const std::string_view domain : known.domains) wish.domains.emplace_back(domain);
  }
  return wishes;
}

void write_json(const std::vector<AsProposal>& proposals, const Output& out) {
  std::string text;
  Json json(text);
  json.begin_array();
  for (const AsProposal& proposal : proposals) {
    json.begin_object().key("account").string(proposal.account).key("candidates").begin_array();
    for (const AsCandidate& candidate : proposal.candidates) {
      json.begin_object().key("asn").number(candidate.asn).key("organization").string(candidate.organization);
      json.key("evidence").string(evidence_text(candidate)).key("sure").boolean(candidate.doubt.empty());
      json.key("doubt").string_or_null(candidate.doubt).key("ranges").number(candidate.ranges);
      json.key("ipv4_addresses").number(candidate.ipv4_addresses).key("table").string(candidate.table);
      json.end_object();
    }
    json.end_array().end_object();
  }
  json.end_array();
  out.line(text);
}

enum class Answer : uint8_t { kYes, kNo, kEnough };

Answer ask(const Output& out) {
  out.bytes("    Is that the account? [y/N, q: enough] ");
  std::string line;
  if (!std::getline(std::cin, line)) return Answer::kEnough;
  if (line == "q" || line == "Q") return Answer::kEnough;
  return line == "y" || line == "Y" || line == "yes" ? Answer::kYes : Answer::kNo;
}

std::vector<Taken> choose(const SuggestOptions& options, const std::vector<AsProposal>& proposals,
                          const Output& out) {
  const bool asks = !options.yes && ::isatty(STDIN_FILENO) != 0 && out.terminal();
  std::vector<Taken> taken;
  bool enough = false;
  for (const AsProposal& proposal : proposals) {
    out.line(proposal.account);
    for (const AsCandidate& candidate : proposal.candidates) {
      out.line(fmt::format("  {}", candidate_text(candidate)));
      bool yes = options.yes && candidate.doubt.empty();
      if (asks && !enough) {
        const Answer answer = ask(out);
        yes = answer == Answer::kYes;
        enough = answer == Answer::kEnough;
      }
      if (yes) taken.push_back({&proposal, &candidate});
    }
  }
  return taken;
}

/// A cell that no spreadsheet takes for a formula.
std::string row_text(const Taken& taken) {
  measure::Table table;
  table.columns = {"asn", "account_id", "organization"};
  table.rows.push_back(
      {static_cast<int64_t>(taken.candidate->asn), taken.proposal->account, taken.candidate->organization});
  const std::string text = measure::table_csv(table);
  std::string row = text.substr(text.find('\n') + 1);
  std::erase(row, '\r');
  return row;
}

Result<size_t> write_numbers(const SuggestOptions& options, const std::vector<Taken>& taken) {
  std::error_code code;
  std::string text;
  if (std::filesystem::exists(options.to, code)) {
    auto present = read_file(options.to, kMaxNumbersBytes);
    if (!present) return present.error();
    text = std::move(*present);
    if (!text.empty() && text.back() != '\n') text += '\n';
  } else {
    text = kNumbersHeading;
  }
  std::unordered_set<std::string> lines;
  for (size_t begin = 0, end = 0; begin < text.size(); begin = end) {
    end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    lines.insert(text.substr(begin, end - begin));
  }
  const std::string day = format_rfc3339(static_cast<int64_t>(::time(nullptr))).substr(0, 10);
  size_t written = 0;
  for (const Taken& one : taken) {
    const std::string row = row_text(one);
    if (!lines.insert(row).second) continue;
    std::string why = evidence_text(*one.candidate);
    for (char& c : why) {
      if (static_cast<unsigned char>(c) < ' ') c = ' ';
    }
    text += fmt::format("# {}: {}\n{}", day, why, row);
    ++written;
  }
  if (written != 0) {
    if (auto done = write_file_atomically(options.to, text); !done) return done.error();
  }
  return written;
}

}  // namespace

Status suggest_as_numbers(const SuggestOptions& options, const generation::BuildInputs& inputs,
                          const Coverage& coverage, const generation::Artifacts& artifacts, Output& out) {
  std::vector<ipdb::NetworkSource> tables;
  for (const generation::NetworkInput& input : inputs.networks) {
    if (input.kind == generation::NetworkInput::Kind::kAsn) {
      tables.push_back({.kind = ipdb::NetworkSource::Kind::kAsn,
                        .path = input.path,
                        .name = path_for_people(input.path),
                        .key = {},
                        .match = {},
                        .confidence = {}});
    }
  }
  if (tables.empty()) {
    return out.failure(
        "there is no table of AS numbers to look into: `abmctl networks asn` fetches a public one; name it in site.yaml "
        "as { asn: FILE }, or here as --networks asn:FILE");
  }
  ipdb::NetworkOptions network_options;
  network_options.max_as_addresses = inputs.max_as_addresses;
  network_options.progress = [&out](std::string_view phase, uint64_t done, uint64_t total) {
    out.progress(phase, done, total);
  };
  Diagnostics diagnostics;
  const std::vector<ipdb::AsWish> wishes = wishes_of(coverage, artifacts);
  const auto proposals = ipdb::propose_as_numbers(wishes, tables, network_options, diagnostics);
  out.clear_progress();
  if (!diagnostics.ok()) {
    out.findings(diagnostics);
    return Status::kCouldNotRun;
  }
  if (options.json) {
    write_json(proposals, out);
    return Status::kOk;
  }
  if (wishes.empty()) {
    out.line("Nothing to propose: an address leads to every account, or they are access providers.");
    return Status::kOk;
  }
  const std::vector<Taken> taken = choose(options, proposals, out);
  out.line(
      fmt::format("{} of {} accounts resemble an organization of the tables; nothing is taken without a yes.",
                  proposals.size(), wishes.size()));
  if (proposals.empty()) return Status::kOk;
  if (taken.empty()) {
    out.line(options.yes
                 ? "None of them is sure: answer on a terminal, without --yes, or write the lines yourself."
                 : "Nothing was written. Answer on a terminal, or take what is sure with --yes.");
    return Status::kOk;
  }
  const auto written = write_numbers(options, taken);
  if (!written) return out.failure(written.message());
  if (*written == 0) {
    out.line(fmt::format("{}: they are all there already.", path_for_people(options.to)));
  } else {
    out.line(fmt::format("{}: {} AS number{} written.", path_for_people(options.to), *written,
                         *written == 1 ? "" : "s"));
  }
  if (!options.named) {
    out.line(fmt::format("Name it in site.yaml, below `networks:`:\n  - {{ as_numbers: {} }}",
                         std::filesystem::path(options.to).filename().string()));
  }
  return Status::kOk;
}

}  // namespace abm::tools
