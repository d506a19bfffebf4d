#include "tools/former_accounts.h"

#include <map>

#include <fmt/format.h>

#include "accounts/snapshot.h"
#include "generation/folder.h"
#include "generation/publish.h"

namespace abm::tools {
namespace {

constexpr size_t kMostGenerations = 64;  // that are looked into, the newest first

/// By id; the domains are filled in.
using Former = std::map<std::string, std::vector<std::string>>;

void read_domains(const accounts::Snapshot& snapshot, Former& former, size_t& unknown) {
  for (auto& [id, domains] : former) {
    if (!domains.empty()) continue;
    const auto account = snapshot.find_id(id);
    if (!account.has_value()) continue;
    for (uint32_t i = 0; i < account->domain_count(); ++i) domains.emplace_back(account->domain(i));
    unknown -= domains.empty() ? 0 : 1;
  }
}

/// A generation that cannot be read is left out: its domains are then not known.
void read_generations(const std::string& data, Former& former) {
  const auto listed = generation::list_generations(data);
  const auto folder = generation::open_folder(data);
  if (!listed || !folder) return;
  size_t unknown = former.size(), looked = 0;
  for (auto one = listed->rbegin(); one != listed->rend() && unknown > 0 && looked < kMostGenerations;
       ++one, ++looked) {
    const auto of = generation::open_folder_at(*folder, generation::generation_name(one->number));
    if (!of) continue;
    const auto manifest = generation::read_manifest_in(*of, one->number);
    if (!manifest) continue;
    const auto bytes = generation::read_file_in(
        *of, generation::kPartNames[static_cast<size_t>(generation::Part::kAccounts)],
        manifest->file(generation::Part::kAccounts).size);
    if (!bytes) continue;
    if (const auto snapshot = accounts::Snapshot::open(*bytes); snapshot)
      read_domains(*snapshot, former, unknown);
  }
}

}  // namespace

std::string add_former_accounts(const SiteOptions& site, const std::vector<std::string>& seen,
                                connect::AccountMatcher& matcher) {
  Former former;
  for (const std::string& id : seen) {
    if (!matcher.knows(id)) former.emplace(id, std::vector<std::string>());
  }
  if (former.empty()) return {};
  if (const auto data = data_folder(site); data) read_generations(*data, former);
  size_t without_domain = 0;
  for (const auto& [id, domains] : former) without_domain += domains.empty() ? 1 : 0;
  matcher.add_former({former.begin(), former.end()});
  std::string remark = fmt::format(
      "{} account{} that came {} no longer on the list: what became of {} still counts", former.size(),
      former.size() == 1 ? "" : "s", former.size() == 1 ? "is" : "are", former.size() == 1 ? "it" : "them");
  if (without_domain != 0) {
    remark += fmt::format(
        "; of {}, no kept generation knows a domain, so that opportunities are found by account id only, and some may "
        "be missing ('keep: {{ days: 365 }}' in site.yaml keeps generations for longer)",
        without_domain);
  }
  return remark;
}

}  // namespace abm::tools
