#include "module/gzip/nginx_gzip.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "../nginx_pool.h"

// As in nginx's ngx_conf_file.c: only which function a directive names matters here.
extern "C" char* ngx_conf_set_num_slot(ngx_conf_t*, ngx_command_t*, void*) {
  return nullptr;
}

namespace abm::module {
namespace {

constexpr ngx_uint_t kLevelOffset = 48;

/// Modules of these names, in nginx's order; their filters run from the last to the first.
NginxGzip find_among(const std::vector<std::string>& names, bool knows_level = true) {
  ngx_command_t commands[2] = {};
  commands[0].name = literal("gzip_comp_level");
  commands[0].set = ngx_conf_set_num_slot;
  commands[0].offset = kLevelOffset;
  std::vector<ngx_module_t> modules(names.size());
  std::vector<ngx_module_t*> list;
  for (size_t i = 0; i < names.size(); ++i) {
    modules[i].name = const_cast<char*>(names[i].c_str());
    modules[i].type = NGX_HTTP_MODULE;
    if (knows_level) modules[i].commands = commands;
    list.push_back(&modules[i]);
  }
  list.push_back(nullptr);
  ngx_cycle_t cycle{};
  cycle.modules = list.data();
  return find_nginx_gzip(&cycle);
}

const std::string kFilter = "ngx_http_gzip_filter_module", kOurFilter = "ngx_http_abm_filter_module",
                  kPostpone = "ngx_http_postpone_filter_module";

TEST(NginxGzip, IsFoundRightBehindUs) {
  const NginxGzip found = find_among({"ngx_http_range_header_filter_module", kFilter, kOurFilter, kPostpone});
  EXPECT_NE(found.filter, nullptr);
  EXPECT_EQ(found.level_offset, kLevelOffset);
}

TEST(NginxGzip, OtherCompressorsMayStandBetween) {
  EXPECT_NE(find_among({kFilter, "ngx_http_brotli_filter_module", "ngx_http_zstd_filter_module", kOurFilter})
                .filter,
            nullptr);
}

TEST(NginxGzip, AnotherModuleBetweenWouldSeeCompressedBytes) {
  EXPECT_EQ(find_among({kFilter, "ngx_http_footer_filter_module", kOurFilter}).filter, nullptr);
  EXPECT_NE(find_among({kFilter, kOurFilter, "ngx_http_footer_filter_module"}).filter, nullptr);
}

TEST(NginxGzip, WithoutItOrBeforeUsThereIsNoPlaceToTake) {
  EXPECT_EQ(find_among({kOurFilter, kPostpone}).filter, nullptr);
  EXPECT_EQ(find_among({kOurFilter, kFilter}).filter, nullptr);
  EXPECT_EQ(find_among({kFilter}).filter, nullptr);
  EXPECT_EQ(find_among({kFilter, kOurFilter}, false).filter, nullptr) << "its level cannot be read";
}

}  // namespace
}  // namespace abm::module
