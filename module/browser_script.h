// abm.js, which makes edits in the browser, as it is sent.
#pragma once

#include <string>
#include <string_view>

namespace abm::module {

/// The script of module/script/abm.js, minified; ASCII.
[[nodiscard]] std::string_view browser_script() noexcept;
/// Of its bytes, 16 hexadecimal digits: the `v` of its URL, and its ETag. Valid for ever.
[[nodiscard]] std::string_view browser_script_version();
/// The same bytes as a gzip member; the same ones for the same script. Throws std::bad_alloc.
[[nodiscard]] std::string gzipped_browser_script();

}  // namespace abm::module
