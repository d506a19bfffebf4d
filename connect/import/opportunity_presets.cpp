// Where each name is from, as in presets.cpp: (s) the vendor's specification, (d) its documentation, (m) from
// memory and unverified.
#include "connect/import/opportunity_presets.h"

#include <algorithm>
#include <set>

#include "connect/import/columns.h"

namespace abm::connect {
namespace {

using generation::SourceKind;
using D = DealField;

// English labels and names of properties (m); the labels follow the language of the user who exports (d).
// "Associated Company IDs" is what live/hubspot.h calls the associations, too.
constexpr KnownDealColumn kHubspotDeals[] = {
    {"record id", D::kId},
    {"hs object id", D::kId},
    {"deal id", D::kId},
    {"deal name", D::kName},
    {"dealname", D::kName},
    {"deal stage", D::kStage},
    {"dealstage", D::kStage},
    {"amount", D::kAmount},
    {"amount in company currency", D::kAmount},
    {"amount in home currency", D::kAmount},
    {"hs amount in home currency", D::kAmount},
    {"currency", D::kCurrency},
    {"deal currency code", D::kCurrency},
    {"create date", D::kCreated},
    {"createdate", D::kCreated},
    {"close date", D::kClosed},
    {"closedate", D::kClosed},
    {"last modified date", D::kModified},
    {"hs lastmodifieddate", D::kModified},
    {"is deal closed?", D::kIsClosed},
    {"hs is closed", D::kIsClosed},
    {"is closed won", D::kIsWon},
    {"hs is closed won", D::kIsWon},
    {"deal type", D::kType},
    {"dealtype", D::kType},
    {"primary associated company id", D::kCrmId},
    {"hs primary associated company", D::kCrmId},
    {"associated company ids (primary)", D::kCrmId},
    {"associated company ids", D::kCrmId},
    {"associated company id", D::kCrmId},
    {"associated company (primary)", D::kCompany},
    {"associated company", D::kCompany},
    {"associated company name", D::kCompany},
};

// Names of fields, and English labels of reports (m).
constexpr KnownDealColumn kSalesforceDeals[] = {
    {"opportunity id", D::kId},
    {"id", D::kId},
    {"accountid", D::kCrmId},
    {"account id", D::kCrmId},
    {"account website", D::kDomain},
    {"account name", D::kCompany},
    {"opportunity name", D::kName},
    {"name", D::kName},
    {"stagename", D::kStage},
    {"stage", D::kStage},
    {"amount", D::kAmount},
    {"amount (converted)", D::kAmount},
    {"currencyisocode", D::kCurrency},
    {"amount currency", D::kCurrency},
    {"opportunity currency", D::kCurrency},
    {"createddate", D::kCreated},
    {"created date", D::kCreated},
    {"closedate", D::kClosed},
    {"close date", D::kClosed},
    {"systemmodstamp", D::kModified},
    {"lastmodifieddate", D::kModified},
    {"last modified date", D::kModified},
    {"isclosed", D::kIsClosed},
    {"closed", D::kIsClosed},
    {"iswon", D::kIsWon},
    {"won", D::kIsWon},
    {"type", D::kType},
};

// (d), but for the dates of creation and change (m).
constexpr KnownDealColumn kDemandbaseDeals[] = {
    {"external opportunity id", D::kId},
    {"external account id", D::kCrmId},
    {"account domain", D::kDomain},
    {"account name", D::kCompany},
    {"opportunity name", D::kName},
    {"opportunity stage", D::kStage},
    {"revenue", D::kAmount},
    {"opportunity create date", D::kCreated},
    {"create date", D::kCreated},
    {"created date", D::kCreated},
    {"close date", D::kClosed},
    {"last modified date", D::kModified},
    {"opportunity type", D::kType},
};

// English, German, French, Spanish, Italian, Portuguese, Dutch.
constexpr KnownDealColumn kDealWords[] = {
    {"abm account id", D::kAccountId},
    {"abm account", D::kAccountId},
    {"abm id", D::kAccountId},
    {"opportunity id", D::kId},
    {"deal id", D::kId},
    {"record id", D::kId},
    {"id", D::kId},
    {"crm account id", D::kCrmId},
    {"crm company id", D::kCrmId},
    {"crm id", D::kCrmId},
    {"account id", D::kCrmId},
    {"accountid", D::kCrmId},
    {"company id", D::kCrmId},
    {"external account id", D::kCrmId},
    {"salesforce account id", D::kCrmId},
    {"hubspot company id", D::kCrmId},
    {"associated company ids", D::kCrmId},
    {"company domain name", D::kDomain},
    {"company domain", D::kDomain},
    {"account domain", D::kDomain},
    {"domain", D::kDomain},
    {"company website", D::kDomain},
    {"account website", D::kDomain},
    {"website", D::kDomain},
    {"webseite", D::kDomain},
    {"site web", D::kDomain},
    {"sitio web", D::kDomain},
    {"sito web", D::kDomain},
    {"contact email", D::kDomain},
    {"email", D::kDomain},
    {"e mail", D::kDomain},
    {"company name", D::kCompany},
    {"account name", D::kCompany},
    {"company", D::kCompany},
    {"account", D::kCompany},
    {"customer", D::kCompany},
    {"unternehmen", D::kCompany},
    {"firma", D::kCompany},
    {"kunde", D::kCompany},
    {"accountname", D::kCompany},
    {"entreprise", D::kCompany},
    {"société", D::kCompany},
    {"empresa", D::kCompany},
    {"azienda", D::kCompany},
    {"bedrijf", D::kCompany},
    {"opportunity name", D::kName},
    {"deal name", D::kName},
    {"opportunityname", D::kName},
    {"opportunity", D::kName},
    {"deal", D::kName},
    {"name", D::kName},
    {"opportunity stage", D::kStage},
    {"deal stage", D::kStage},
    {"sales stage", D::kStage},
    {"stage", D::kStage},
    {"stagename", D::kStage},
    {"status", D::kStage},
    {"phase", D::kStage},
    {"étape", D::kStage},
    {"etapa", D::kStage},
    {"fase", D::kStage},
    {"amount", D::kAmount},
    {"deal amount", D::kAmount},
    {"opportunity amount", D::kAmount},
    {"deal value", D::kAmount},
    {"value", D::kAmount},
    {"revenue", D::kAmount},
    {"betrag", D::kAmount},
    {"volumen", D::kAmount},
    {"umsatz", D::kAmount},
    {"montant", D::kAmount},
    {"importe", D::kAmount},
    {"importo", D::kAmount},
    {"valor", D::kAmount},
    {"bedrag", D::kAmount},
    {"acv", D::kAmount},
    {"arr", D::kAmount},
    {"tcv", D::kAmount},
    {"currency", D::kCurrency},
    {"currency code", D::kCurrency},
    {"currencyisocode", D::kCurrency},
    {"amount currency", D::kCurrency},
    {"währung", D::kCurrency},
    {"betrag währung", D::kCurrency},
    {"opportunity währung", D::kCurrency},
    {"devise", D::kCurrency},
    {"moneda", D::kCurrency},
    {"valuta", D::kCurrency},
    {"moeda", D::kCurrency},
    {"created date", D::kCreated},
    {"create date", D::kCreated},
    {"creation date", D::kCreated},
    {"date created", D::kCreated},
    {"created at", D::kCreated},
    {"created on", D::kCreated},
    {"created", D::kCreated},
    {"createdate", D::kCreated},
    {"createddate", D::kCreated},
    {"opportunity created date", D::kCreated},
    {"erstellungsdatum", D::kCreated},
    {"erstelldatum", D::kCreated},
    {"erstellt am", D::kCreated},
    {"anlagedatum", D::kCreated},
    {"date de création", D::kCreated},
    {"fecha de creación", D::kCreated},
    {"data di creazione", D::kCreated},
    {"data de criação", D::kCreated},
    {"aanmaakdatum", D::kCreated},
    {"close date", D::kClosed},
    {"closed date", D::kClosed},
    {"closing date", D::kClosed},
    {"date closed", D::kClosed},
    {"closed at", D::kClosed},
    {"closed on", D::kClosed},
    {"closedate", D::kClosed},
    {"closed", D::kClosed},
    {"abschlussdatum", D::kClosed},
    {"schlusstermin", D::kClosed},
    {"schlussdatum", D::kClosed},
    {"abgeschlossen am", D::kClosed},
    {"date de clôture", D::kClosed},
    {"date de fermeture", D::kClosed},
    {"fecha de cierre", D::kClosed},
    {"data di chiusura", D::kClosed},
    {"data de fechamento", D::kClosed},
    {"sluitingsdatum", D::kClosed},
    {"last modified date", D::kModified},
    {"last modified", D::kModified},
    {"modified at", D::kModified},
    {"updated at", D::kModified},
    {"last updated", D::kModified},
    {"letzte änderung", D::kModified},
    {"zuletzt geändert am", D::kModified},
    {"is closed", D::kIsClosed},
    {"isclosed", D::kIsClosed},
    {"is won", D::kIsWon},
    {"iswon", D::kIsWon},
    {"is closed won", D::kIsWon},
    {"won", D::kIsWon},
    {"geschlossen", D::kIsClosed},
    {"gewonnen", D::kIsWon},
    {"opportunity type", D::kType},
    {"deal type", D::kType},
    {"type", D::kType},
    {"typ", D::kType},
};

struct DealFingerprint {
  SourceKind kind;
  std::string_view headers[2];  ///< all of these; "" for none
};
constexpr DealFingerprint kDealFingerprints[] = {
    {SourceKind::kHubspot, {"deal name", "deal stage"}},
    {SourceKind::kHubspot, {"deal name", "record id"}},
    {SourceKind::kHubspot, {"dealname", ""}},
    {SourceKind::kHubspot, {"dealstage", ""}},
    {SourceKind::kDemandbase, {"external opportunity id", ""}},
    {SourceKind::kDemandbase, {"opportunity name", "opportunity stage"}},
    {SourceKind::kSalesforce, {"stagename", ""}},
    {SourceKind::kSalesforce, {"opportunity name", "stage"}},
    {SourceKind::kSalesforce, {"opportunity id", "stage"}},
    {SourceKind::kSalesforce, {"accountid", "closedate"}},
};

}  // namespace

std::span<const KnownDealColumn> deal_columns_of(SourceKind kind) noexcept {
  switch (kind) {
    case SourceKind::kHubspot:
      return kHubspotDeals;
    case SourceKind::kSalesforce:
      return kSalesforceDeals;
    case SourceKind::kDemandbase:
      return kDemandbaseDeals;
    default:
      return {};
  }
}

std::span<const KnownDealColumn> deal_words() noexcept {
  return kDealWords;
}

std::optional<SourceKind> kind_of_deals(const std::vector<std::string>& headers) {
  std::set<std::string> keys;
  for (const std::string& header : headers) keys.insert(header_key(header));
  for (const DealFingerprint& fingerprint : kDealFingerprints) {
    if (std::all_of(std::begin(fingerprint.headers), std::end(fingerprint.headers),
                    [&keys](std::string_view wanted) {
                      return wanted.empty() || keys.contains(std::string(wanted));
                    }))
      return fingerprint.kind;
  }
  return std::nullopt;
}

}  // namespace abm::connect
