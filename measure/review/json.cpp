// A review for programs.
#include "base/json_writer.h"
#include "measure/review/show.h"

namespace abm::measure {
namespace {

using ReviewJson = JsonWriter<std::string>;

constexpr int kReviewVersion = 1;  // of review.schema.json; members may be added to it

/// Opens an object, and leaves it open.
void begin_account(ReviewJson& json, const ReviewedAccount& account) {
  const Activity& activity = account.activity;
  const auto days = [&json](std::string_view name, std::optional<Day> value) {
    json.key(name);
    value.has_value() ? json.number(*value) : json.null();
  };
  json.begin_object().key("account").string(account.id).key("name").string(account.name);
  json.key("owner").string_or_null(account.owner).key("tier").string(accounts::to_string(account.tier));
  json.key("list_tier").string(accounts::to_string(account.list_tier));
  json.key("stage").string_or_null(account.stage).key("play").string_or_null(account.play).key("intent");
  account.intent.has_value() ? json.number(*account.intent) : json.null();
  json.key("engagement").number(activity.engagement);
  json.key("engagement_before").number(account.engagement_before);
  json.key("visits_7d").number(activity.visits_7d).key("people_7d").number(activity.people_7d);
  days("quiet_days", activity.quiet_days);
  days("first_seen_days", activity.first_seen_days);
  json.key("pages").begin_array();
  for (const accounts::VisitedPage& page : account.pages) json.string(page.path);
  json.end_array();
}

void write_reviewed(ReviewJson& json, std::string_view key, const std::vector<ReviewedAccount>& accounts) {
  json.key(key).begin_array();
  for (const ReviewedAccount& account : accounts) {
    begin_account(json, account);
    json.end_object();
  }
  json.end_array();
}

void write_call(ReviewJson& json, const ReviewCall& call) {
  begin_account(json, call.account);
  json.key("signals").begin_array();
  for (const CalledSignal& signal : call.signals) {
    json.begin_object().key("signal").string(signal.name).key("next").begin_array();
    for (const std::string& next : signal.next) json.string(next);
    json.end_array().key("views").number(signal.views).key("people").number(signal.people);
    json.key("last").string(to_string(signal.last)).end_object();
  }
  json.end_array().end_object();
}

void write_shift(ReviewJson& json, const ReviewShift& shift) {
  using Way = ReviewShift::Way;
  begin_account(json, shift.account);
  json.key("what").string(to_string(shift.what));
  json.key("way").string(shift.way == Way::kUp ? "up" : shift.way == Way::kDown ? "down" : "other");
  json.key("from").string_or_null(shift.from).key("to").string_or_null(shift.to);
  json.key("why").string(shift.why).key("until");
  shift.until.has_value() ? json.string(to_string(*shift.until)) : json.null();
  json.end_object();
}

void write_group(ReviewJson& json, std::string_view key, const ReviewGroup& group) {
  json.key(key).begin_object().key("calls").begin_array();
  for (const ReviewCall& call : group.calls) write_call(json, call);
  json.end_array().key("moves").begin_array();
  for (const ReviewShift& shift : group.shifts) write_shift(json, shift);
  json.end_array();
  write_reviewed(json, "warmer", group.warmer);
  write_reviewed(json, "new", group.arrived);
  write_reviewed(json, "quiet", group.quiet);
  json.end_object();
}

void write_strings(ReviewJson& json, std::string_view key, const std::vector<std::string>& values) {
  json.key(key).begin_array();
  for (const std::string& value : values) json.string(value);
  json.end_array();
}

void write_load(ReviewJson& json, const OneToOneLoad& load) {
  json.key("one_to_one").begin_object().key("accounts").number(load.accounts).key("capacity");
  load.capacity.has_value() ? json.number(*load.capacity) : json.null();
  json.key("owners").begin_array();
  for (const auto& [owner, count] : load.owners)
    json.begin_object().key("owner").string_or_null(owner).key("accounts").number(count).end_object();
  json.end_array();
  write_reviewed(json, "weakest", load.weakest);
  json.end_object();
}

}  // namespace

std::string review_json(const Review& review) {
  std::string text;
  ReviewJson json(text);
  json.begin_object().key("v").number(kReviewVersion).key("week").string_or_null(review.days.week);
  json.key("from").string(to_string(review.days.first())).key("until").string(to_string(review.days.until));
  json.key("before").string(to_string(review.days.before)).key("over").boolean(review.days.over);
  json.key("owner").string_or_null(review.owner);
  write_strings(json, "remarks", review.remarks);
  write_group(json, "prospects", review.prospects);
  write_group(json, "customers", review.customers);
  json.key("coverage").begin_array();
  for (const ReviewCoverage& row : review.coverage) {
    json.begin_object().key("tier").string(row.name).key("listed").number(row.listed);
    json.key("came").number(row.came).key("came_before").number(row.came_before);
    json.key("came_30d").number(row.came_30d).key("ever").number(row.ever).end_object();
  }
  json.end_array();
  write_strings(json, "joined", review.joined);
  write_strings(json, "left", review.left);
  write_load(json, review.one_to_one);
  write_reviewed(json, "fit_without_intent", review.fit_without_intent);
  write_reviewed(json, "intent_without_fit", review.intent_without_fit);
  json.end_object();
  return text;
}

}  // namespace abm::measure
