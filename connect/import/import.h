// Sources → one account feed. What each source said goes into a spool; once all are read it is known which
// rows are one company; then each company is written, in the order of ids.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "base/result.h"
#include "connect/import/report.h"
#include "generation/account_sources.h"

namespace abm::connect {

/// Copies of what sources said when they could be read last.
class KeptCopies {
 public:
  struct Copy {
    std::string path;
    int64_t of = 0;  ///< Unix seconds
  };
  virtual ~KeptCopies() = default;
  [[nodiscard]] virtual std::optional<Copy> last(const generation::AccountSource& source) = 0;
  /// A new one; false: none is wanted.
  [[nodiscard]] virtual Result<bool> begin(const generation::AccountSource& source) = 0;
  [[nodiscard]] virtual Result<void> write(std::string_view lines) = 0;
  /// It takes the place of the last one.
  [[nodiscard]] virtual Result<void> accept() = 0;
  virtual void discard() = 0;
};

struct ImportRequest {
  const generation::AccountSources* sources = nullptr;  ///< not null
  int64_t now = 0;                                      ///< Unix seconds
  KeptCopies* kept = nullptr;                           ///< may be null: a source that fails is an error
  /// Where the file of a source is: for feeds that were fetched. Default: `from` itself.
  std::function<std::string(const generation::AccountSource&)> file_of;
  /// How messages call a source. Default: its path.
  std::function<std::string(const generation::AccountSource&)> name_of;
  /// Why that file cannot be read yet; "" if it can. Default: it can.
  std::function<std::string(const generation::AccountSource&)> why_missing;
  /// Gets each account's id with the CRM's ids of its records, those of companies that were rolled up into it
  /// included. Default: nobody wants them.
  std::function<void(std::string_view account, const std::vector<std::string>& crm_ids)> crm_ids;
  std::function<void(std::string_view phase, uint64_t done, uint64_t total)> progress;
};

struct Imported {
  uint64_t accounts = 0;
  std::optional<int64_t> expires_at;  ///< the earliest of the feeds'
};

/// Gives `write` the lines of accounts, without a header. std::nullopt if `diagnostics` got an error; sources
/// whose kept copies were used instead are warned of. The report is complete but for finish().
[[nodiscard]] std::optional<Imported> import_accounts(
    const ImportRequest& request, ImportReport& report, Diagnostics& diagnostics,
    const std::function<Result<void>(std::string_view)>& write);

}  // namespace abm::connect
