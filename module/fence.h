// The one exception fence: every function of ours that nginx calls goes through it.
#pragma once

#include "module/counters.h"

namespace abm::module {

/// `Fence<body, otherwise>::call` has body's signature, is what nginx gets, and lets nothing out: what a
/// library throws inside `body` is counted, and `otherwise(same arguments)` answers instead: what nginx would
/// do without us.
template <auto Body, auto Otherwise>
struct Fence;

template <typename R, typename... Args, R (*Body)(Args...), auto Otherwise>
struct Fence<Body, Otherwise> {
  static R call(Args... args) noexcept {
    try {
      return Body(args...);
    } catch (...) {
      count_exception();
      return static_cast<R>(Otherwise(args...));
    }
  }
};

}  // namespace abm::module
