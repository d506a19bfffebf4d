// The counters as Prometheus text (exposition format 0.0.4).
#pragma once

#include <string>

namespace abm::module {

class DataFolder;

/// All metrics; `folder` may be nullptr or without a generation: then its gauges are left out. So are those
/// of pages that are not remembered.
[[nodiscard]] std::string prometheus_status(const DataFolder* folder);

}  // namespace abm::module
