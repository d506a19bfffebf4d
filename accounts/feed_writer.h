// Writes an account feed (accounts/1), line by line.
#pragma once

#include <string>

#include "accounts/account.h"
#include "accounts/feed_format.h"

namespace abm::accounts {

/// Each with its newline. What an account lacks is left out; its domains and lists are in the order that it
/// has.
void append_header_line(std::string& out, const FeedHeader& header);
void append_account_line(std::string& out, const Account& account);

}  // namespace abm::accounts
