// Pages that were seen before, each with what its scan told: bounded, and learned in slices. No lock, no
// file: a store is one worker's.
//
//   first sight ──► its key is noted
//   second sight ─► its bytes are collected ──► learned
//   later sights ─► told from memory; if it differs, its bytes are collected again, ever more rarely,
//                   and become gaps of a version, or another version
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "module/gzip/page_deflater.h"
#include "module/page_lesson.h"
#include "module/page_version.h"
#include "rewrite/rewriter.h"

namespace abm::module {

class PageStore {
 public:
  static constexpr size_t kMostVersions = 4;  ///< of a page
  static constexpr size_t kMostLessons = 8;   ///< that wait

  /// Takes no more than `max_bytes`, pages that are in use and being collected included.
  explicit PageStore(size_t max_bytes);

  /// What is known of a page that is about to be sent.
  struct Sight {
    PageVersions versions;  ///< best guess first; whoever holds them keeps their bytes
    bool wanted = false;    ///< its bytes, by learn()
  };
  /// Notes that a page is about to be sent. `key`: bytes of all that its scan depends on, then host and path;
  /// `arguments`: the URL's, without "?". Throws std::bad_alloc.
  [[nodiscard]] Sight see(std::string_view key, std::string_view arguments);

  /// For the bytes of a page that is wanted.
  [[nodiscard]] PageBytes collect() const noexcept { return PageBytes(budget_); }
  /// False: there is no room for so much, `page` is as it was. `announced`: the page's size; 0: not known.
  [[nodiscard]] bool append(PageBytes& page, std::string_view bytes, size_t announced) noexcept;

  /// What came of a page that was seen.
  struct Served {
    rewrite::Recall recall = rewrite::Recall::kScan;
    /// That it was told from, or compared with; nullptr: there is none.
    const PageVersion* version = nullptr;
    uint64_t parted_at = 0;  ///< so many bytes were as remembered
  };
  void served(std::string_view key, std::string_view arguments, const Served& how);
  /// Throws std::bad_alloc.
  void learn(std::string_view key, std::string_view arguments, SeenPage page);
  /// A page whose bytes were wanted, and cannot be had: they are not wanted again for long. `why`: a literal.
  void refuse(std::string_view key, std::string_view arguments, std::string_view why);
  /// Compresses a version in pieces, later. `level`: gzip_comp_level. They are kept where an answer of them
  /// is at most kMostLarger × as large as nginx's, or `always`. True: there is work() to do. Throws
  /// std::bad_alloc.
  bool compress(std::shared_ptr<const PageVersion> version, int level, bool always);
  static constexpr double kMostLarger = 1.10;
  static constexpr size_t kScannedPerCompressed = 16;  ///< bytes, in the same time
  /// Reads at most some `bytes` of what waits, and forgets some of what is to be forgotten. True: there is
  /// more to do. Throws std::bad_alloc.
  bool work(size_t bytes);
  /// Pages whose keys begin with none of these will not be asked for again.
  void keep_only(std::vector<std::string> prefixes) noexcept;

  /// Drops pages until so many bytes are left of the budget. False: they cannot be had.
  [[nodiscard]] bool make_room(size_t bytes) noexcept;

  [[nodiscard]] const std::shared_ptr<MemoryBudget>& budget() const noexcept { return budget_; }
  [[nodiscard]] size_t bytes() const noexcept { return budget_->used(); }
  [[nodiscard]] size_t max_bytes() const noexcept { return budget_->max(); }
  [[nodiscard]] size_t pages() const noexcept { return entries_.size(); }
  [[nodiscard]] size_t versions() const noexcept;
  /// Lessons by how they ended.
  struct Lessons {
    uint64_t learned = 0, changing = 0, refused = 0;
  };
  [[nodiscard]] const Lessons& lessons() const noexcept { return ended_; }

  /// A page that comes again and again, and is not told from memory as a whole.
  struct Unrecalled {
    std::string_view key;
    std::string_view why;  ///< its last lesson was refused; "": it parts from every version
    uint32_t misses;       ///< in a row
    uint64_t parted_at;    ///< the last time
  };
  /// A page whose answers would be too large if they were spliced.
  struct Unspliced {
    std::string_view key;
    GzipSizes sizes;
  };
  /// At most some, those seen last first. Valid until the store changes.
  [[nodiscard]] std::vector<Unspliced> unspliced(size_t most) const;
  [[nodiscard]] std::vector<Unrecalled> unrecalled(size_t most) const;

 private:
  struct Entry {
    explicit Entry(Charge for_itself) noexcept : charge(std::move(for_itself)) {}
    std::string key;
    PageVersions versions;  // told from last first
    std::string_view refusal;
    uint64_t parted_at = 0;
    uint32_t misses = 0, hits = 0;  // in a row
    uint32_t wait = 0;              // sights until its bytes may be wanted again
    uint32_t backoff = 1;           // the next wait
    uint32_t until_again = 1;       // the next one while nothing came of what was wanted
    uint32_t argument_misses = 0;   // with other arguments than those of the version
    bool by_arguments = false;      // each URL has an entry of its own
    bool recalled = false;          // from one of its versions, at some time
    bool missed = true;             // since it was learned
    bool learning = false;
    Charge charge;
  };
  using Entries = std::list<Entry>;  // seen last first
  struct KeyHash {
    uint64_t seed;
    size_t operator()(std::string_view key) const noexcept { return hash64(key, seed); }
  };

  /// The entry of the page: by its key, or by key and arguments. `own_key` is the entry's.
  [[nodiscard]] Entry* find(std::string_view key, std::string_view arguments, std::string& own_key);
  [[nodiscard]] Entry* find(std::string_view key) noexcept;
  [[nodiscard]] bool is_second_sight(std::string_view key) noexcept;
  [[nodiscard]] bool add(std::string_view key);
  [[nodiscard]] bool pays() noexcept;
  void drop(Entries::iterator entry) noexcept;
  void miss(Entry& entry, bool for_these_arguments, uint64_t arguments, const Served& how) noexcept;
  void refuse(Entry& entry, std::string_view why) noexcept;
  void advance_lesson(PageLesson& lesson, size_t bytes);
  void end_lesson(PageLesson& lesson, PageLesson::State state);
  void compress_some(size_t bytes);
  bool forget_some() noexcept;

  std::shared_ptr<MemoryBudget> budget_;
  size_t max_page_;
  uint64_t seed_;
  std::vector<uint64_t> first_sights_;  // hashes of keys
  Charge own_charge_;
  Entries entries_;
  std::unordered_map<std::string_view, Entries::iterator, KeyHash> by_key_;
  std::deque<std::unique_ptr<PageLesson>> lessons_;
  struct Compression {
    std::shared_ptr<const PageVersion> version;
    int level;
    bool always;
    std::optional<PageDeflater> deflater;  // once it has begun
  };
  std::deque<Compression> compressions_;
  std::vector<std::string> kept_prefixes_;
  Entries::iterator to_check_;  // from here on to the end: whether the entry is kept
  bool checking_ = false;
  uint32_t unused_ = 0;  // pages of late that went without having been told from
  uint32_t wants_ = 0;   // how often bytes would have been wanted
  Lessons ended_;
};

}  // namespace abm::module
