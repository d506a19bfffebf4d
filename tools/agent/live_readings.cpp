#include "tools/agent/live_readings.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace abm::tools {
namespace {

/// Each may need memory for a page, and for what changed.
constexpr size_t kMostAtOnce = 4;

}  // namespace

LiveReadings::LiveReadings(std::shared_ptr<connect::HttpLoop> loop, Say say)
    : loop_(std::move(loop)), say_(std::move(say)) {}

LiveReadings::~LiveReadings() = default;

void LiveReadings::set(const std::string& data_dir, std::vector<connect::LiveSettings> sources) {
  std::vector<Source> before = std::exchange(sources_, {});
  if (data_dir != data_dir_) before.clear();
  data_dir_ = data_dir;
  for (connect::LiveSettings& settings : sources) {
    const auto known = std::find_if(before.begin(), before.end(),
                                    [&](const Source& source) { return source.settings == settings; });
    if (known != before.end()) {
      sources_.push_back(std::move(*known));
      before.erase(known);
    } else {
      Source added;
      added.settings = std::move(settings);
      sources_.push_back(std::move(added));
    }
  }
}

void LiveReadings::read_now() {
  for (Source& source : sources_) source.due = {};
}

size_t LiveReadings::running() const {
  return static_cast<size_t>(std::count_if(sources_.begin(), sources_.end(),
                                           [](const auto& source) { return source.sync != nullptr; }));
}

void LiveReadings::begin(Source& source) {
  source.due = Clock::time_point::max();  // until it is known how this one went
  source.client = std::make_unique<connect::HttpClient>(connect::http_settings(source.settings), loop_);
  connect::LiveOptions options;
  options.settings = source.settings;
  options.data_dir = data_dir_;
  source.sync = std::make_unique<connect::LiveSync>(*source.client, std::move(options));
}

bool LiveReadings::work() {
  bool changed = false;
  for (Source& source : sources_) {
    if (source.sync == nullptr && source.due <= Clock::now() && running() < kMostAtOnce) begin(source);
    if (source.sync == nullptr) continue;
    source.sync->advance();
    if (source.sync->done()) changed = finish(source) || changed;
  }
  return changed;
}

bool LiveReadings::finish(Source& source) {
  const connect::LiveOutcome outcome = std::move(source.sync->outcome());
  source.sync.reset();
  source.client.reset();
  const bool asked_meanwhile = source.due != Clock::time_point::max();
  if (!asked_meanwhile) {
    source.due = Clock::now() + connect::next_reading_in(source.settings, outcome,
                                                         std::uniform_real_distribution<>(0, 1)(random_));
  }
  if (!outcome.warning.empty()) say_(outcome.warning);
  if (!outcome.good()) {
    if (source.told != outcome.message) say_(outcome.message);
    source.told = outcome.message;
    return false;
  }
  const bool mended = !std::exchange(source.told, {}).empty();
  const bool changed = outcome.kind == connect::LiveOutcome::Kind::kChanged;
  if (changed || mended) say_(fmt::format("{}{}", mended ? "it can be read again; " : "", outcome.message));
  if (outcome.state.note != source.told_note && !outcome.state.note.empty())
    say_(fmt::format("{}: {}", source.settings.name, outcome.state.note));
  source.told_note = outcome.state.note;
  return changed && !source.settings.opportunities;  // of which nothing is published
}

std::optional<LiveReadings::Clock::time_point> LiveReadings::wake_at() const {
  std::optional<Clock::time_point> wake;
  const auto not_after = [&wake](Clock::time_point at) { wake = std::min(wake.value_or(at), at); };
  const bool room = running() < kMostAtOnce;
  for (const Source& source : sources_) {
    if (source.sync != nullptr) {
      if (const auto at = source.sync->wake_at(); at.has_value()) not_after(*at);
    } else if (room && source.due != Clock::time_point::max()) {
      not_after(source.due);
    }
  }
  return wake;
}

}  // namespace abm::tools
