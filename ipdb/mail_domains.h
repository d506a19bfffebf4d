// Domains where anybody gets a mailbox: free-mail providers, and mailboxes that are thrown away. The lists
// are built in, from ipdb/mail_domains/*.txt, which say where they are from and of which day.
#pragma once

#include <cstdint>
#include <string_view>

namespace abm::ipdb {

enum class MailDomain : uint8_t { kNone, kFree, kDisposable };

/// `domain` in lower case, as A-labels.
[[nodiscard]] MailDomain mail_domain(std::string_view domain);

}  // namespace abm::ipdb
