#include "connect/import/opportunity_words.h"

#include <algorithm>

#include "base/folding.h"
#include "base/text.h"
#include "connect/import/values.h"

namespace abm::connect {
namespace {

// As core_of() gives them.
constexpr std::string_view kWonWords[] = {"closed won",
                                          "closedwon",
                                          "won",
                                          "closed and won",
                                          "gewonnen",
                                          "abgeschlossen gewonnen",
                                          "gagné",
                                          "gagnée",
                                          "fermé gagné",
                                          "fermée gagnée",
                                          "ganado",
                                          "ganada",
                                          "cerrada ganada",
                                          "cierre ganado",
                                          "cerrado ganado",
                                          "vinto",
                                          "vinta",
                                          "chiuso vinto",
                                          "chiusa vinta",
                                          "ganho",
                                          "ganha",
                                          "fechado ganho",
                                          "fechada ganha",
                                          "abgeschlossen und gewonnen",
                                          "gesloten gewonnen"};
constexpr std::string_view kLostWords[] = {"closed lost",
                                           "closedlost",
                                           "lost",
                                           "closed and lost",
                                           "verloren",
                                           "abgeschlossen verloren",
                                           "perdu",
                                           "perdue",
                                           "fermé perdu",
                                           "fermée perdue",
                                           "perdido",
                                           "perdida",
                                           "cerrada perdida",
                                           "cierre perdido",
                                           "cerrado perdido",
                                           "perso",
                                           "persa",
                                           "chiuso perso",
                                           "chiusa persa",
                                           "fechado perdido",
                                           "fechada perdida",
                                           "gesloten verloren",
                                           "abgeschlossen und verloren"};
// Stages that HubSpot and Salesforce come with (m), and plain words.
constexpr std::string_view kOpenWords[] = {"appointmentscheduled",
                                           "appointment scheduled",
                                           "qualifiedtobuy",
                                           "qualified to buy",
                                           "presentationscheduled",
                                           "presentation scheduled",
                                           "decisionmakerboughtin",
                                           "decision maker bought in",
                                           "contractsent",
                                           "contract sent",
                                           "prospecting",
                                           "qualification",
                                           "needs analysis",
                                           "value proposition",
                                           "id decision makers",
                                           "perception analysis",
                                           "proposal/price quote",
                                           "negotiation/review",
                                           "open",
                                           "offen",
                                           "ouvert",
                                           "ouverte",
                                           "abierto",
                                           "abierta",
                                           "aperto",
                                           "aperta",
                                           "aberto",
                                           "aberta",
                                           "in progress",
                                           "new",
                                           "qualified",
                                           "discovery",
                                           "demo",
                                           "evaluation",
                                           "proposal",
                                           "negotiation",
                                           "commit",
                                           "pipeline",
                                           "verhandlung",
                                           "angebot",
                                           "qualifizierung"};

constexpr std::string_view kNewWords[] = {
    "new",      "new business",     "newbusiness",    "new customer",  "new logo",       "neugeschäft",
    "neukunde", "nouvelle affaire", "nouveau client", "nuevo negocio", "nuova attività", "novo negócio"};
constexpr std::string_view kExpansionWords[] = {"expansion",
                                                "existing business",
                                                "existingbusiness",
                                                "upsell",
                                                "up sell",
                                                "cross sell",
                                                "crosssell",
                                                "add on",
                                                "addon",
                                                "existing customer upgrade",
                                                "upgrade",
                                                "existing customer replacement",
                                                "existing customer",
                                                "bestandskunde",
                                                "erweiterung",
                                                "bestandsgeschäft"};
constexpr std::string_view kRenewalWords[] = {
    "renewal",    "renewals", "renew",     "verlängerung", "vertragsverlängerung",     "renouvellement",
    "renovación", "rinnovo",  "renovação", "verlenging",   "existing customer renewal"};

/// The word without what people and HubSpot put around it: "6 - Closed Won (Sales Pipeline)" → "closed won".
std::string core_of(std::string_view word) {
  std::string text = folded(word);
  if (const size_t open = text.rfind('('); open != text.npos && open != 0 && text.ends_with(')'))
    text.resize(open);
  for (char& c : text) {
    if (c == '-' || c == '_' || c == '.' || c == ':' || c == ',') c = ' ';
  }
  std::string core;
  bool letters = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!letters && (c == ' ' || is_digit(c) || c == '%' || c == '#' || c == ')')) continue;
    letters = true;
    if (c == ' ' && (core.empty() || core.back() == ' ')) continue;
    core += c;
  }
  while (core.ends_with(' ')) core.pop_back();
  return core;
}

template <size_t kSize>
bool is_one_of(const std::string_view (&words)[kSize], std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

/// What the site says of a word: as written, or without HubSpot's pipeline behind it.
const std::string* named(const std::unordered_map<std::string, std::string>& words, std::string_view word) {
  const std::string text = folded(word);
  auto found = words.find(text);
  if (found != words.end()) return &found->second;
  const size_t open = text.rfind(" (");
  if (open == text.npos || !text.ends_with(')')) return nullptr;
  found = words.find(text.substr(0, open));
  return found == words.end() ? nullptr : &found->second;
}

}  // namespace

DealWords::DealWords(const Words& stages, const Words& types) {
  for (const auto& [word, group] : stages) stages_[folded(word)] = group;
  for (const auto& [word, group] : types) types_[folded(word)] = group;
}

StageAnswer DealWords::stage(std::string_view text, std::optional<bool> is_closed,
                             std::optional<bool> is_won) const {
  if (const std::string* group = named(stages_, text); group != nullptr) {
    if (*group == "ignore") return {DealState::kOpen, true, WordReason::kNamed};
    return {*group == "won"    ? DealState::kWon
            : *group == "lost" ? DealState::kLost
                               : DealState::kOpen,
            false, WordReason::kNamed};
  }
  if (is_won.value_or(false)) return {DealState::kWon, false, WordReason::kFlag};
  if (is_closed.has_value() && !*is_closed) return {DealState::kOpen, false, WordReason::kFlag};
  if (is_closed.value_or(false) && is_won.has_value()) return {DealState::kLost, false, WordReason::kFlag};
  const std::string word = core_of(text);
  const bool not_won = is_won.has_value();  // whatever the word says
  if (!not_won && is_one_of(kWonWords, word)) return {DealState::kWon, false, WordReason::kWord};
  if (is_one_of(kLostWords, word)) return {DealState::kLost, false, WordReason::kWord};
  if (is_closed.value_or(false)) return {DealState::kLost, false, WordReason::kNothing};
  if (is_one_of(kOpenWords, word)) return {DealState::kOpen, false, WordReason::kWord};
  return {};
}

TypeAnswer DealWords::type(std::string_view text) const {
  const auto answer = [](std::string_view group, WordReason reason) {
    return TypeAnswer{group == "renewal"     ? DealType::kRenewal
                      : group == "expansion" ? DealType::kExpansion
                                             : DealType::kNew,
                      group == "ignore", reason};
  };
  if (const std::string* group = named(types_, text); group != nullptr)
    return answer(*group, WordReason::kNamed);
  const std::string word = core_of(text);
  if (is_one_of(kRenewalWords, word)) return answer("renewal", WordReason::kWord);
  if (is_one_of(kExpansionWords, word)) return answer("expansion", WordReason::kWord);
  if (is_one_of(kNewWords, word)) return answer("new", WordReason::kWord);
  return {};
}

}  // namespace abm::connect
