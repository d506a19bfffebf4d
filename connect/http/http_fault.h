// What libcurl calls a failed transfer → what a person understands.
#pragma once

#include <curl/curl.h>

#include <string>

#include "connect/http/http_settings.h"

namespace abm::connect {

/// A sentence without the address: "no answer within 10 s". `detail` is libcurl's own text,
/// used where we have no better one.
[[nodiscard]] std::string transfer_fault(CURL* easy, CURLcode code, const char* detail,
                                         const HttpSettings& settings);

}  // namespace abm::connect
