// The texts of ipdb/mail_domains/*.txt, built in.
#pragma once

#include <string_view>

namespace abm::ipdb {

extern const std::string_view kFreeMailDomains, kDisposableMailDomains;

}  // namespace abm::ipdb
