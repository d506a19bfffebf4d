// The one exception fence: every function of ours that nginx calls goes through it.
#pragma once

#include <new>

#include "module/counters.h"

namespace abm::module {

/// In a catch (...): counts what was caught, lack of memory apart from everything else that a library throws.
inline void count_caught() noexcept {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    add(counters().out_of_memory);
  } catch (...) {
    count_exception();
  }
}

/// nginx gets `Fence<body, otherwise>::call` in place of `body`: what a library throws inside is counted and
/// goes no further, and `otherwise(same arguments)` answers instead, as nginx would without us.
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
