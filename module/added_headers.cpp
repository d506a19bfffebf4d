// Noted by level, inherited as a whole list, warned about once.
#include "module/added_headers.h"

#include "module/cache_headers.h"

namespace abm::module {

void note_added_header(ngx_conf_t* cf, const ngx_str_t& name, AddedHeaders& added) noexcept {
  added.present = true;
  if (added.first != nullptr || find_cache_header(view(name)) == nullptr) return;
  auto* header = pool_array<AddedCacheHeader>(cf->pool, 1);
  if (header == nullptr) return;
  *header = {name, cf->conf_file->file.name, cf->conf_file->line, false};
  added.first = header;
}

void merge_added_headers(ngx_conf_t* cf, const AddedHeaders& parent, AddedHeaders& child,
                         bool personalizes) noexcept {
  if (!child.present) child = parent;
  if (!personalizes || child.first == nullptr || child.first->told) return;
  child.first->told = true;
  ngx_log_error(
      NGX_LOG_WARN, cf->log, 0,
      "abm: \"add_header %V\" in %V:%ui is left out of personalized pages, since caches obey it: give pages "
      "that are the same for everybody a location of their own",
      &child.first->name, &child.first->file, child.first->line);
}

}  // namespace abm::module
