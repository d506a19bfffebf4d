// MB/s of locate and rewrite on named documents, compared with what the machine does with the same bytes in
// the same run (memcpy, counting "<" with memchr) and with Bun's HTMLRewriter. A document's benchmark takes
// the number of slots defined as its argument. Pages built to be slow are compared with a flat page of the
// same size: times_flat.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "hostile_pages.h"
#include "html_rewriter_of_bun.h"
#include "landing_page.h"
#include "rewrite/locate.h"
#include "rewrite/rewriter.h"
#include "rewrite/select/selector.h"

namespace {

using namespace abm::rewrite;

constexpr int kPresent = 5;

/// The largest page of Debian's python3-doc; empty if that is not installed.
std::string largest_python_page() {
  const std::filesystem::path folder = "/usr/share/doc/python3.11/html";
  std::error_code error;
  std::filesystem::path largest;
  uintmax_t size = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, error)) {
    if (entry.path().extension() != ".html" || !entry.is_regular_file(error)) continue;
    if (const uintmax_t own = entry.file_size(error); own > size) {
      size = own;
      largest = entry.path();
    }
  }
  std::ifstream in(largest, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

const std::string& document(int which) {
  static const std::string pages[] = {abm::bench::landing_page(64 << 10, kPresent),
                                      abm::bench::landing_page(512 << 10, kPresent), largest_python_page()};
  return pages[which];
}
const char* const kDocuments[] = {"landing-64k", "landing-512k", "python3-doc-largest"};

/// The slots of a site: kPresent that the page has, and others.
class Site {
 public:
  explicit Site(int slots) : edits_(kPresent) {
    std::vector<SelectorList> lists(static_cast<size_t>(slots));
    for (int i = 0; i < slots; ++i) {
      static_cast<void>(parse_selector("[data-abm-slot=\"slot-" + std::to_string(i) + "\"]",
                                       lists[static_cast<size_t>(i)]));
    }
    const std::string program = *compile_selectors(lists);
    words_.resize(program.size() / 8 + 1);
    std::memcpy(words_.data(), program.data(), program.size());
    set_ = *SelectorSet::open(
        {static_cast<const char*>(static_cast<const void*>(words_.data())), program.size()});
    for (uint32_t i = 0; i < kPresent; ++i) {
      edits_[i].slot = i;
      edits_[i].content = "See the plan that we drew up for you";
    }
  }
  [[nodiscard]] RewriterOptions options() const {
    RewriterOptions options;
    options.selectors = &set_;
    options.edits = edits_;
    return options;
  }
  /// Gives every slot of the site an edit, as for a visitor whom many rules match.
  void edit_all() {
    const auto present = static_cast<uint32_t>(edits_.size());
    for (uint32_t i = present; i < set_.size(); ++i) {
      edits_.push_back(edits_.front());
      edits_.back().slot = i;
    }
  }

 private:
  std::vector<uint64_t> words_;
  SelectorSet set_;
  std::vector<Edit> edits_;
};

/// Takes pieces as a server does, without looking at them.
class CountingSink final : public Sink {
 public:
  void emit(Owner, std::string_view bytes) noexcept override { bytes_ += bytes.size(); }
  void applied(uint32_t) noexcept override { ++applied_; }
  uint64_t bytes_ = 0, applied_ = 0;
};

void finish(benchmark::State& state, size_t bytes) {
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * static_cast<int64_t>(bytes));
}

void copy(benchmark::State& state, int which) {
  const std::string& page = document(which);
  std::string out(page.size(), '\0');
  for (auto _ : state) {
    std::memcpy(out.data(), page.data(), page.size());
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  finish(state, page.size());
}

void count_with_memchr(benchmark::State& state, int which) {
  const std::string& page = document(which);
  for (auto _ : state) {
    size_t count = 0;
    const char *p = page.data(), *end = p + page.size();
    while ((p = static_cast<const char*>(std::memchr(p, '<', static_cast<size_t>(end - p)))) != nullptr) {
      ++count;
      ++p;
    }
    benchmark::DoNotOptimize(count);
  }
  finish(state, page.size());
}

void rewrite(benchmark::State& state, int which, bool edit_all) {
  const std::string& page = document(which);
  Site site(static_cast<int>(state.range(0)));
  if (edit_all) site.edit_all();
  const RewriterOptions options = site.options();
  CountingSink sink;
  for (auto _ : state) {
    const Rewriter::Pointer rewriter = Rewriter::create(options);
    rewriter->write(page, sink);
    rewriter->finish(sink);
  }
  benchmark::DoNotOptimize(sink.bytes_);
  state.counters["applied"] =
      benchmark::Counter(static_cast<double>(sink.applied_), benchmark::Counter::kAvgIterations);
  finish(state, page.size());
}

/// Collects the whole page.
class CopyingSink final : public Sink {
 public:
  void emit(Owner, std::string_view bytes) noexcept override { page += bytes; }
  void applied(uint32_t) noexcept override {}
  std::string page;
};

/// CPU time of one pass over a page, the best of a few.
double best_pass(const std::string& page, const RewriterOptions& options) {
  double best = 0;
  CountingSink sink;
  for (int pass = 0; pass < 5; ++pass) {
    const double begin = abm::bench::cpu_microseconds();
    const Rewriter::Pointer rewriter = Rewriter::create(options);
    rewriter->write(page, sink);
    rewriter->finish(sink);
    const double one = abm::bench::cpu_microseconds() - begin;
    best = pass == 0 ? one : std::min(best, one);
  }
  return best;
}

void beside_flat(benchmark::State& state, int which) {
  const abm::bench::HostilePage hostile = abm::bench::hostile_page(which);
  const Site site(kPresent);
  double own = 0;
  for (auto _ : state) own = best_pass(hostile.html, site.options());
  const double flat = best_pass(abm::bench::flat_page(hostile.html.size()), site.options());
  state.counters["hostile_us"] = own;
  state.counters["flat_us"] = flat;
  state.counters["times_flat"] = own / flat;
}

/// Page in memory to rewritten page in memory, ours and theirs, each the best of many batches.
void beside_bun(benchmark::State& state, int which) {
  const std::string& page = document(which);
  const auto theirs = abm::bench::rewrite_with_bun(page, static_cast<int>(state.range(0)));
  if (!theirs) return state.SkipWithError("Bun's HTMLRewriter did not run");
  const Site site(static_cast<int>(state.range(0)));
  const RewriterOptions options = site.options();
  CopyingSink sink;
  double best = 0;
  for (auto _ : state) {
    const size_t pages = std::max<size_t>(1, (size_t{2} << 20) / page.size());
    const double begin = abm::bench::cpu_microseconds();
    for (size_t i = 0; i < pages; ++i) {
      sink.page.clear();
      const Rewriter::Pointer rewriter = Rewriter::create(options);
      rewriter->write(page, sink);
      rewriter->finish(sink);
    }
    const double one = (abm::bench::cpu_microseconds() - begin) / static_cast<double>(pages);
    best = best == 0 ? one : std::min(best, one);
  }
  if (sink.page != theirs->page)
    return state.SkipWithError("Bun's HTMLRewriter gives another page than ours");
  state.counters["ours_us"] = best;
  state.counters["theirs_us"] = theirs->microseconds;
  state.counters["times_faster"] = theirs->microseconds / best;
}

void locate_page(benchmark::State& state, int which) {
  const std::string& page = document(which);
  const Site site(static_cast<int>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(locate(page, site.options()));
  finish(state, page.size());
}

void splice_page(benchmark::State& state, int which) {
  const std::string& page = document(which);
  const Site site(static_cast<int>(state.range(0)));
  const LocateResult located = locate(page, site.options());
  for (auto _ : state) benchmark::DoNotOptimize(splice(page, located, site.options()));
  finish(state, page.size());
}

}  // namespace

int main(int argc, char** argv) {
  for (int which = 0; which < 3; ++which) {
    if (document(which).empty()) continue;
    const auto name = [&](const char* what) { return std::string(what) + "/" + kDocuments[which]; };
    benchmark::RegisterBenchmark(name("memcpy").c_str(), copy, which);
    benchmark::RegisterBenchmark(name("memchr").c_str(), count_with_memchr, which);
    benchmark::RegisterBenchmark(name("locate").c_str(), locate_page, which)->Arg(5)->Arg(200);
    benchmark::RegisterBenchmark(name("rewrite").c_str(), rewrite, which, false)->Arg(5)->Arg(200);
    benchmark::RegisterBenchmark(name("rewrite-all-edited").c_str(), rewrite, which, true)->Arg(200);
    benchmark::RegisterBenchmark(name("splice").c_str(), splice_page, which)->Arg(5);
    if (!abm::bench::have_bun()) continue;
    benchmark::RegisterBenchmark(name("beside-bun").c_str(), beside_bun, which)->Arg(5)->Iterations(60);
  }
  for (int which = 0; which < abm::bench::kHostilePages; ++which) {
    const std::string name = std::string("beside-flat/") + abm::bench::hostile_page(which).name;
    benchmark::RegisterBenchmark(name.c_str(), beside_flat, which)->Iterations(1);
  }
  if (!abm::bench::have_bun()) {
    std::fputs(
        "no comparison with the HTMLRewriter of Bun: ABM_BUN names no program (./run bench installs it)\n",
        stderr);
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
