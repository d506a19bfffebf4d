#include "ipdb/mail_domains.h"

#include <unordered_set>

#include "ipdb/mail_domain_lists.h"

namespace abm::ipdb {
namespace {

using Names = std::unordered_set<std::string_view>;

Names names_of(std::string_view list) {
  Names names;
  while (!list.empty()) {
    const size_t end = list.find('\n');
    const std::string_view line = list.substr(0, end);
    if (!line.empty() && line.front() != '#') names.insert(line);
    list.remove_prefix(end == list.npos ? list.size() : end + 1);
  }
  return names;
}

}  // namespace

MailDomain mail_domain(std::string_view domain) {
  static const Names free = names_of(kFreeMailDomains);
  static const Names disposable = names_of(kDisposableMailDomains);
  if (free.contains(domain)) return MailDomain::kFree;
  return disposable.contains(domain) ? MailDomain::kDisposable : MailDomain::kNone;
}

}  // namespace abm::ipdb
