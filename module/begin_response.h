// Where a response becomes a personalized one.
#pragma once

#include "module/context.h"
#include "module/decoder.h"

namespace abm::module {

/// Turns the response whose headers are being sent into a personalized one, which takes over the context's
/// plan. False: no memory, nothing has changed.
[[nodiscard]] bool begin_response(Context& context, Encoding encoding) noexcept;

}  // namespace abm::module
