// Any bytes as accounts.bin, with a matching envelope. Oracle: open refuses, or everything it offers is in
// bounds and consistent; checking in slices finds what checking at once finds.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "accounts/snapshot_checker.h"
#include "accounts/snapshot_format.h"
#include "tests/accounts/snapshot_walk.h"

namespace {

using namespace abm::accounts;

void expect(bool holds, std::string_view what) {
  if (holds) return;
  std::fprintf(stderr, "oracle: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string file(reinterpret_cast<const char*>(data), size);
  if (size >= sizeof(format::Header)) {
    file.replace(0, format::kMagic.size(), format::kMagic);
    auto& header = *abm::records_at<format::Header>(file.data(), 0);
    if (header.version < format::kOldestVersion || header.version > format::kVersion)
      header.version = format::kVersion;
    header.header_bytes = format::header_bytes(header.version);
    header.file_bytes = size;
    samples::rehash(file);
  }
  const auto snapshot = Snapshot::open(file);
  if (snapshot) {
    const std::string wrong = samples::walk(*snapshot, file);
    expect(wrong.empty(), wrong);
  } else {
    expect(!snapshot.message().empty(), "refused without a reason");
  }

  SnapshotChecker checker(file);
  auto done = checker.step(64);
  while (done && !*done) done = checker.step(64);
  expect(done.ok() == snapshot.ok(), "slices and the whole check disagree");
  expect(done.ok() || done.message() == snapshot.message(),
         "slices and the whole check give different reasons");
  return 0;
}
