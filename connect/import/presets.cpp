// Where each column name is from stands beside it: (s) the vendor's specification, (d) its documentation, (r)
// relayed by others, (m) from memory and unverified. Nothing here is guessed: a vendor whose columns nobody
// could name has none, and its tables are read by general words.
#include "connect/import/presets.h"

namespace abm::connect {
namespace {

using generation::SourceKind;
using F = ImportField;

// English labels (m); names of properties (s). The labels follow the language of the user who exports (d).
constexpr KnownColumn kHubspot[] = {
    {"record id", F::kCrmId},
    {"hs object id", F::kCrmId},
    {"company name", F::kName},
    {"name", F::kName},
    {"company domain name", F::kDomains},
    {"domain", F::kDomains},
    {"website", F::kDomains},
    {"industry", F::kIndustry},
    {"number of employees", F::kEmployees},
    {"numberofemployees", F::kEmployees},
    {"annual revenue", F::kRevenueUsd},
    {"annualrevenue", F::kRevenueUsd},
    {"country/region", F::kCountry},
    {"country", F::kCountry},
    {"state", F::kRegion},
    {"lifecyclestage", F::kStage},
    {"hubspot owner id", F::kOwner},
    {"hs parent company id", F::kParent},
};

// Names of fields (m). Reports have labels instead, which general words know.
constexpr KnownColumn kSalesforce[] = {
    {"id", F::kCrmId},
    {"name", F::kName},
    {"website", F::kDomains},
    {"industry", F::kIndustry},
    {"numberofemployees", F::kEmployees},
    {"annualrevenue", F::kRevenueUsd},
    {"billingcountrycode", F::kCountry},
    {"billingcountry", F::kCountry},
    {"billingstatecode", F::kRegion},
    {"billingstate", F::kRegion},
    {"parentid", F::kParent},
    {"ownerid", F::kOwner},
    {"type", F::kAttribute, "type"},
};

// Columns of an export (r), and words of the API (r).
constexpr KnownColumn kSixsense[] = {
    {"6sense company name", F::kName},
    {"6sense domain", F::kDomains},
    {"6sense country", F::kCountry},
    {"6sense revenue range", F::kRevenueUsd},
    {"6sense employee range", F::kEmployees},
    {"industry", F::kIndustry},
    {"buying stage: end", F::kAttribute, "buying_stage"},
    {"buying stage", F::kAttribute, "buying_stage"},
    {"intent score", F::kIntent},
    {"profile score", F::kAttribute, "profile_score", 1, "number"},
    {"profile fit", F::kAttribute, "profile_fit"},
    {"is 6qa", F::kAttribute, "is_6qa", 1, "yes-no"},
};

// (d)
constexpr KnownColumn kDemandbase[] = {
    {"account name", F::kName},
    {"account domain", F::kDomains},
    {"owner", F::kOwner},
    {"employees", F::kEmployees},
    {"annual revenue", F::kRevenueUsd},
    {"industry", F::kIndustry},
    {"external account id", F::kCrmId},
    {"pipeline predict score", F::kAttribute, "pipeline_predict_score", 1, "number"},
    {"qualification score", F::kAttribute, "qualification_score", 1, "number"},
};

// That lists have tiers, grades A to F and a score from 0 to 1 (d); how the columns are called is not known.
constexpr KnownColumn kRollworks[] = {
    {"tier", F::kTier},
    {"grade", F::kAttribute, "grade"},
    {"account grade", F::kAttribute, "grade"},
};

// By position, of old samples without a header (s). Columns of later exports are not known.
constexpr std::string_view kBomboraPositions[] = {"name",  "domain", "size",  "industry", "category",
                                                  "topic", "score",  "metro", "country"};
constexpr KnownColumn kBombora[] = {
    {"name", F::kName},    {"domain", F::kDomains},    {"size", F::kEmployees},
    {"score", F::kIntent}, {"industry", F::kIndustry}, {"country", F::kCountry},
};

// (r), the revenue (m).
constexpr KnownColumn kZoominfo[] = {
    {"company name", F::kName},
    {"website", F::kDomains},
    {"revenue (in 000s usd)", F::kRevenueUsd, {}, 1000},
    {"zoominfo company id", F::kAttribute, "zoominfo_id"},
};

// (r)
constexpr KnownColumn kApollo[] = {
    {"company", F::kName},      {"website", F::kDomains},           {"# employees", F::kEmployees},
    {"industry", F::kIndustry}, {"annual revenue", F::kRevenueUsd}, {"account owner", F::kOwner},
    {"title", F::kRole},
};

// (r)
constexpr KnownColumn kLinkedin[] = {
    {"companyname", F::kName},
    {"companywebsite", F::kDomains},
    {"companyemaildomain", F::kDomains},
    {"industry", F::kIndustry},
    {"state", F::kRegion},
    {"companycountry", F::kCountry},
    {"stocksymbol", F::kAttribute, "stock_symbol"},
};

constexpr std::string_view kSixsenseUseless[] = {"buying stage: start"};
constexpr std::string_view kDemandbaseUseless[] = {"phone number"};
constexpr std::string_view kApolloUseless[] = {"company name for emails", "company linkedin url", "keywords"};
constexpr std::string_view kLinkedinUseless[] = {"linkedincompanypageurl", "city", "zipcode"};
constexpr std::string_view kBomboraUseless[] = {"category", "topic", "metro"};

// English, German, French, Spanish, Italian, Portuguese, Dutch.
constexpr KnownColumn kWords[] = {
    {"company name", F::kName},
    {"account name", F::kName},
    {"company", F::kName},
    {"account", F::kName},
    {"organization name", F::kName},
    {"organization", F::kName},
    {"organisation", F::kName},
    {"companyname", F::kName},
    {"unternehmensname", F::kName},
    {"name des unternehmens", F::kName},
    {"unternehmen", F::kName},
    {"firmenname", F::kName},
    {"firma", F::kName},
    {"nom de l'entreprise", F::kName},
    {"raison sociale", F::kName},
    {"entreprise", F::kName},
    {"société", F::kName},
    {"nombre de la empresa", F::kName},
    {"empresa", F::kName},
    {"nome azienda", F::kName},
    {"nome dell'azienda", F::kName},
    {"azienda", F::kName},
    {"nome da empresa", F::kName},
    {"bedrijfsnaam", F::kName},
    {"bedrijf", F::kName},
    {"name", F::kName},
    {"company domain", F::kDomains},
    {"account domain", F::kDomains},
    {"company domain name", F::kDomains},
    {"domain", F::kDomains},
    {"domains", F::kDomains},
    {"website", F::kDomains},
    {"web site", F::kDomains},
    {"website url", F::kDomains},
    {"company website", F::kDomains},
    {"homepage", F::kDomains},
    {"url", F::kDomains},
    {"email domain", F::kDomains},
    {"webseite", F::kDomains},
    {"domäne", F::kDomains},
    {"domainname", F::kDomains},
    {"site web", F::kDomains},
    {"domaine", F::kDomains},
    {"sitio web", F::kDomains},
    {"dominio", F::kDomains},
    {"sito web", F::kDomains},
    {"site", F::kDomains},
    {"domínio", F::kDomains},
    {"crm id", F::kCrmId},
    {"account id", F::kCrmId},
    {"record id", F::kCrmId},
    {"salesforce id", F::kCrmId},
    {"hubspot id", F::kCrmId},
    {"external account id", F::kCrmId},
    {"id", F::kCrmId},
    {"parent", F::kParent},
    {"parent account id", F::kParent},
    {"parent company domain", F::kParent},
    {"parent company id", F::kParent},
    {"parent domain", F::kParent},
    {"parent id", F::kParent},
    {"parentid", F::kParent},
    {"industry", F::kIndustry},
    {"branche", F::kIndustry},
    {"industrie", F::kIndustry},
    {"secteur", F::kIndustry},
    {"secteur d'activité", F::kIndustry},
    {"sector", F::kIndustry},
    {"settore", F::kIndustry},
    {"setor", F::kIndustry},
    {"employees", F::kEmployees},
    {"number of employees", F::kEmployees},
    {"employee count", F::kEmployees},
    {"no of employees", F::kEmployees},
    {"# employees", F::kEmployees},
    {"employee range", F::kEmployees},
    {"company size", F::kEmployees},
    {"mitarbeiter", F::kEmployees},
    {"mitarbeiterzahl", F::kEmployees},
    {"anzahl mitarbeiter", F::kEmployees},
    {"anzahl der mitarbeiter", F::kEmployees},
    {"effectif", F::kEmployees},
    {"nombre d'employés", F::kEmployees},
    {"empleados", F::kEmployees},
    {"número de empleados", F::kEmployees},
    {"dipendenti", F::kEmployees},
    {"numero di dipendenti", F::kEmployees},
    {"número de funcionários", F::kEmployees},
    {"annual revenue", F::kRevenueUsd},
    {"revenue", F::kRevenueUsd},
    {"revenue usd", F::kRevenueUsd},
    {"annual revenue (usd)", F::kRevenueUsd},
    {"revenue (usd)", F::kRevenueUsd},
    {"revenue range", F::kRevenueUsd},
    {"country", F::kCountry},
    {"country/region", F::kCountry},
    {"billing country", F::kCountry},
    {"company country", F::kCountry},
    {"hq country", F::kCountry},
    {"land", F::kCountry},
    {"land/region", F::kCountry},
    {"pays", F::kCountry},
    {"país", F::kCountry},
    {"paese", F::kCountry},
    {"region", F::kRegion},
    {"state", F::kRegion},
    {"state/region", F::kRegion},
    {"state/province", F::kRegion},
    {"billing state", F::kRegion},
    {"billing state/province", F::kRegion},
    {"bundesland", F::kRegion},
    {"stage", F::kStage},
    {"account stage", F::kStage},
    {"lifecycle stage", F::kStage},
    {"play", F::kPlay},
    {"account owner", F::kOwner},
    {"company owner", F::kOwner},
    {"owner", F::kOwner},
    {"owner email", F::kOwner},
    {"tier", F::kTier},
    {"account tier", F::kTier},
    {"abm tier", F::kTier},
    {"target tier", F::kTier},
    {"segment", F::kSegments},
    {"segments", F::kSegments},
    {"intent", F::kIntent},
    {"intent score", F::kIntent},
    {"engagement", F::kEngagement},
    {"engagement score", F::kEngagement},
    {"networks", F::kNetworks},
    {"asn", F::kAsns},
    {"asns", F::kAsns},
    {"organizations", F::kOrganizations},
    {"exclude", F::kExclude},
    {"excluded", F::kExclude},
    {"title", F::kRole},
    {"job title", F::kRole},
};

constexpr Fingerprint kFingerprints[] = {
    {SourceKind::kSixsense, {"6sense *"}},
    {SourceKind::kZoominfo, {"zoominfo *"}},
    {SourceKind::kZoominfo, {"company name", "revenue (in 000s usd)"}},
    {SourceKind::kLinkedin, {"companyname", "companywebsite"}},
    {SourceKind::kLinkedin, {"linkedincompanypageurl"}},
    {SourceKind::kApollo, {"company", "company name for emails"}},
    {SourceKind::kApollo, {"company", "# employees"}},
    {SourceKind::kHubspot, {"company domain name"}},
    {SourceKind::kHubspot, {"record id", "company name"}},
    {SourceKind::kHubspot, {"hubspot owner id"}},
    {SourceKind::kHubspot, {"hs parent company id"}},
    {SourceKind::kHubspot, {"lifecyclestage", "name"}},
    {SourceKind::kDemandbase, {"account name", "account domain"}},
    {SourceKind::kDemandbase, {"account name", "external account id"}},
    {SourceKind::kSalesforce, {"id", "name", "billingcountry"}},
    {SourceKind::kSalesforce, {"id", "name", "numberofemployees"}},
    {SourceKind::kSalesforce, {"id", "name", "ownerid"}},
    {SourceKind::kSalesforce, {"id", "name", "parentid"}},
};

}  // namespace

std::span<const KnownColumn> columns_of(SourceKind kind) noexcept {
  switch (kind) {
    case SourceKind::kHubspot:
      return kHubspot;
    case SourceKind::kSalesforce:
      return kSalesforce;
    case SourceKind::kSixsense:
      return kSixsense;
    case SourceKind::kDemandbase:
      return kDemandbase;
    case SourceKind::kRollworks:
      return kRollworks;
    case SourceKind::kBombora:
      return kBombora;
    case SourceKind::kZoominfo:
      return kZoominfo;
    case SourceKind::kApollo:
      return kApollo;
    case SourceKind::kLinkedin:
      return kLinkedin;
    case SourceKind::kCsv:
    case SourceKind::kG2:
    case SourceKind::kCognism:
    case SourceKind::kFeed:
      break;
  }
  return {};
}

std::span<const KnownColumn> general_words() noexcept {
  return kWords;
}

std::span<const std::string_view> useless_of(SourceKind kind) noexcept {
  switch (kind) {
    case SourceKind::kSixsense:
      return kSixsenseUseless;
    case SourceKind::kDemandbase:
      return kDemandbaseUseless;
    case SourceKind::kApollo:
      return kApolloUseless;
    case SourceKind::kLinkedin:
      return kLinkedinUseless;
    case SourceKind::kBombora:
      return kBomboraUseless;
    default:
      return {};
  }
}

std::span<const std::string_view> positions_of(SourceKind kind) noexcept {
  if (kind == SourceKind::kBombora) return kBomboraPositions;
  return {};
}

std::span<const Fingerprint> fingerprints() noexcept {
  return kFingerprints;
}

}  // namespace abm::connect
