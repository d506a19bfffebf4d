// Whose rules a publication has: the site's files, those of a commit, or those of a generation.
//
//   held since a rollback ─► the held generation's       publish: on-change ─► the site's files
//   asked to keep them ────► those that serve            publish: on-commit ─► the files of the commit
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "generation/generation.h"
#include "generation/hold.h"
#include "generation/site.h"
#include "tools/git_export.h"

namespace abm::tools {

struct RulesChoice {
  std::optional<generation::Hold> hold;              ///< in force, and not to be ended by this publication
  std::shared_ptr<const generation::Generation> of;  ///< nullptr: from files
  std::optional<CommitSite> commit;                  ///< the files, where they are a commit's
  std::optional<uint64_t> kept_from;                 ///< the generation that serves, whose rules are kept

  /// The generation that `of` has its rules from: Manifest::rules_from of the next one.
  [[nodiscard]] uint64_t from() const;
};

struct RulesWish {
  bool resume = false;  ///< a hold does not matter: this publication ends it
  bool keep = false;    ///< those that serve, not the site's
};

struct NoRules {
  std::string message;
  bool site_at_fault = false;  ///< else: this machine, or the data folder
};

/// `serving` is the generation that serves, if it can be opened.
[[nodiscard]] std::optional<RulesChoice> choose_rules(const generation::Site& site, const RulesWish& wish,
                                                      std::shared_ptr<const generation::Generation> serving,
                                                      NoRules& why_not);

/// What a manifest says of the rules' commit: that of the generation or commit they are from. Since
/// when they are held goes along to mirrors.
void tell_rules(const RulesChoice& choice, generation::NamedTexts& made);

/// Whether somebody rolled back, resumed or published since the choice was made.
[[nodiscard]] bool is_overtaken(const RulesChoice& choice, const RulesWish& wish,
                                const std::string& data_dir);

}  // namespace abm::tools
