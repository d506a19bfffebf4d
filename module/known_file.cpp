// Pages that are files nginx has opened: known by what the file system says of them, they need not be read.
// The first of all body filters gives those that follow the remembered page in the file's place, before nginx
// reads it for them. What is in memory already, encoded, or part of a file passes by.
//
// Between that filter and ours others may change the bytes (ssi, sub_filter, charset, addition, modules of
// others): a page is known as a file only after it was compared with the file itself, once.
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "module/context.h"
#include "module/filters.h"
#include "module/response.h"

namespace abm::module {
namespace {

// A file that changed a moment ago may change again within one tick of the file system's clock, and nothing
// would show it (as git's index has it, "racily clean").
constexpr int64_t kRacyNs = 2'000'000'000;

int64_t nanoseconds(const timespec& time) noexcept {
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// The whole page, in a file and nowhere else.
bool is_whole_file(const ngx_chain_t* in) noexcept {
  const ngx_buf_t* buffer = in->buf;
  return in->next == nullptr && buffer->in_file && !ngx_buf_in_memory(buffer) && buffer->last_buf &&
         buffer->file != nullptr && buffer->file_pos < buffer->file_last;
}

std::optional<FileIdentity> identify(const ngx_file_t& opened, off_t begin, off_t end) noexcept {
  struct stat info;
  timespec now;
  if (fstat(opened.fd, &info) == -1 || clock_gettime(CLOCK_REALTIME, &now) == -1) return std::nullopt;
  FileIdentity file{
      info.st_dev, info.st_ino, info.st_size, nanoseconds(info.st_mtim), nanoseconds(info.st_ctim),
      begin,       end};
  const int64_t quiet_since = nanoseconds(now) - kRacyNs;
  if (file.modified > quiet_since || file.changed > quiet_since) return std::nullopt;
  return file;
}

// The page in memory, with the file buffer's flags; nullptr: it is to be read.
ngx_chain_t* remembered(ngx_http_request_t* r, const Response& response, const ngx_buf_t* from) noexcept {
  for (const auto& version : response.recall.sight.versions) {
    if (!version->is_file || version->compared != response.recall.file) continue;
    ngx_chain_t* link = ngx_alloc_chain_link(r->pool);
    auto* buffer = static_cast<ngx_buf_t*>(ngx_calloc_buf(r->pool));
    if (link == nullptr || buffer == nullptr) return nullptr;
    buffer->memory = 1;
    buffer->start = buffer->pos = bytes_of(version->page.bytes);
    buffer->end = buffer->last = buffer->pos + version->page.bytes.size();
    buffer->last_buf = 1;
    buffer->last_in_chain = 1;
    buffer->flush = from->flush;
    link->buf = buffer;
    link->next = nullptr;
    return link;
  }
  return nullptr;
}

// Whether the file has these bytes there. Read in blocks that suit O_DIRECT (`directio`). It blocks, whatever
// `aio` says, once for each version of a page and identity of its file.
bool holds(const ngx_file_t& opened, std::string_view page, off_t begin) noexcept {
  constexpr size_t kBlock = 32768, kAligned = 4096;
  alignas(kAligned) char block[kBlock];
  while (!page.empty()) {
    const size_t skipped = static_cast<size_t>(begin) % kAligned;
    const ssize_t read = pread(opened.fd, block, kBlock, begin - static_cast<off_t>(skipped));
    if (read <= static_cast<ssize_t>(skipped)) return false;
    const std::string_view there(block + skipped, std::min(page.size(), static_cast<size_t>(read) - skipped));
    if (!page.starts_with(there)) return false;
    page.remove_prefix(there.size());
    begin += static_cast<off_t>(there.size());
  }
  return true;
}

// Whether the page is the file's own bytes, and the file still what it was when it was opened.
bool is_the_file(const PageRecall& recall, std::string_view page) noexcept {
  const FileIdentity& file = *recall.file;
  return static_cast<int64_t>(page.size()) == file.end - file.begin &&
         holds(*recall.open_file, page, file.begin) &&
         identify(*recall.open_file, file.begin, file.end) == recall.file;
}

}  // namespace

void compare_with_file(Response& response) noexcept {
  PageRecall& recall = response.recall;
  if (!recall.file) return;
  if (response.rewriter->recall() != rewrite::Recall::kWhole) {
    recall.is_file = recall.bytes && is_the_file(recall, recall.bytes->view());
    return;
  }
  const PageVersion& version = *recall.sight.versions[response.rewriter->recalled()];
  if (!version.page.gaps.empty() || version.compared == recall.file) return;
  version.compared = recall.file;
  version.is_file = is_the_file(recall, version.page.bytes);
}

ngx_int_t origin_body_filter(ngx_http_request_t* r, ngx_chain_t* in) {
  auto* context = static_cast<Context*>(ngx_http_get_module_ctx(r, ngx_http_abm_module));
  Response* response = context != nullptr && r == r->main ? context->response : nullptr;
  if (response == nullptr || in == nullptr || response->body_begun) return next_origin_body_filter(r, in);
  response->body_begun = true;
  if (response->recall.key.data() == nullptr || response->decoder.active() || !is_whole_file(in))
    return next_origin_body_filter(r, in);
  response->recall.open_file = in->buf->file;
  response->recall.file = identify(*in->buf->file, in->buf->file_pos, in->buf->file_last);
  ngx_chain_t* known = response->recall.file ? remembered(r, *response, in->buf) : nullptr;
  return next_origin_body_filter(r, known != nullptr ? known : in);
}

}  // namespace abm::module
