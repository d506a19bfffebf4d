// Which caches and CDNs leave what in an answer that passes through them.
#pragma once

#include <string>
#include <vector>

#include "connect/http/http.h"

namespace abm::tools::doctor {

struct CacheSign {
  std::string who;     ///< "Cloudflare"; "a cache" where the header does not say which
  std::string header;  ///< its name, lower case
  std::string text;    ///< "cf-cache-status: HIT", for people
  bool hit = false;    ///< the answer is the cache's copy
};

/// The most telling one first.
[[nodiscard]] std::vector<CacheSign> cache_signs(const connect::HttpReply& reply);

/// Whether `reply`, of the server behind that cache, has the sign too: then it is not that cache's. Lists
/// such as Via grow from cache to cache.
[[nodiscard]] bool same_sign(const CacheSign& sign, const connect::HttpReply& reply);

}  // namespace abm::tools::doctor
