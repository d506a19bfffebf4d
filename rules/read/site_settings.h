// Site-wide settings that any file may make, but only once: timezone, control, confidence.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "base/confidence.h"
#include "rules/ast.h"
#include "rules/read/checker.h"

namespace abm::rules {

/// The confidence a rule needs, by how personal it is.
struct ConfidencePolicy {
  Confidence one_to_one = Confidence::kHigh;    ///< names an account, or uses account.name
  Confidence one_to_few = Confidence::kMedium;  ///< for tier one-to-few
  Confidence others = Confidence::kLow;         ///< `default:`
};

class SiteSettings {
 public:
  /// Reads `timezone`, `control` and `confidence` of one file. A different value in another file is an error
  /// that names both places; the same value again is fine.
  void read(Checker& check, const yaml::Node& root);

  [[nodiscard]] const std::string& timezone() const noexcept { return timezone_.value; }  ///< "" for none
  [[nodiscard]] const Control& control() const noexcept { return control_.value; }
  [[nodiscard]] const ConfidencePolicy& confidence() const noexcept { return confidence_.value; }

 private:
  template <typename T>
  struct Setting {
    T value;
    std::string place;  ///< where it was set; empty until then
  };
  template <typename T>
  void make(Checker& check, Setting<T>& setting, T value, bool same, std::string_view name, Position at);

  Setting<std::string> timezone_;
  Setting<Control> control_;
  Setting<ConfidencePolicy> confidence_;
};

/// What `rule` needs under `policy`.
[[nodiscard]] Confidence needed_confidence(const Rule& rule, const ConfidencePolicy& policy) noexcept;

}  // namespace abm::rules
