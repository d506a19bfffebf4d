// Names of organizations, as registries and CRMs spell them: "Deere & Company", "DEERE AND CO".
#pragma once

#include <string>
#include <string_view>

namespace abm::ipdb {

/// What two spellings of one name have in common: its words without case, punctuation and a leading "the",
/// with "and" for "&" and one spelling for each legal form ("company" is "co", "Aktiengesellschaft" is "ag",
/// "S.A." is "sa"). Words are neither dropped nor guessed: "Delta Corp" and "Delta Ltd" stay two names, and
/// so do "Ö" and "O". "" if less than two letters or digits would be left without the legal form: that names
/// nobody.
[[nodiscard]] std::string organization_key(std::string_view name);

/// The same without legal forms at its end (and those that some countries put first): "deere", "delta". Only
/// for proposals that somebody looks at: different companies share it.
[[nodiscard]] std::string organization_core(std::string_view name);

}  // namespace abm::ipdb
