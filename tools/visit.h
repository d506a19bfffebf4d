// One made-up visit (--ip or --account, --url, --at …) decided as a worker would:
// what explain and render share.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/page_url.h"
#include "base/result.h"
#include "generation/generation.h"
#include "generation/identify.h"
#include "rules/match/matcher.h"
#include "tools/command.h"

namespace abm::tools {

struct VisitOptions {
  std::string ip;
  std::string account;  ///< id, name or domain
  std::string role;     ///< of a link to that account; "": no link
  std::string url;
  std::string at;        ///< RFC 3339; "": now
  std::string language;  ///< as in an Accept-Language header

  void add_to(Command& command);
};

/// Why nothing is personalized whatever the rules say; "" when the rules decide.
/// Words of the visit line's `skip`.
using SkipReason = std::string_view;

/// Owns everything that its views point to. Made by decide(); never moves.
struct DecidedVisit {
  std::shared_ptr<const generation::Generation> generation;
  Arena memory;  ///< of an account with another role
  PageUrl url;
  std::string language;
  int64_t now = 0;  ///< Unix seconds
  generation::Identity identity;
  SkipReason skip;  ///< "unidentified", "excluded", "expired" or ""
  std::unique_ptr<rules::Matcher> matcher;
  rules::Visit visit;        ///< account is null when unidentified
  rules::Decision decision;  ///< of the rules; empty when `skip` is set
};

/// Errors: an address, URL or time that cannot be read; an --account that the feed does not have.
[[nodiscard]] Result<std::unique_ptr<DecidedVisit>> decide(
    const VisitOptions& options, std::shared_ptr<const generation::Generation> generation);

}  // namespace abm::tools
