// Any bytes as rules.bin, sealed with the right size and hash: refused, or harmless in whatever is done with them.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "../rules/program_probe.h"
#include "accounts/snapshot_writer.h"

namespace {

std::string make_snapshot() {
  abm::accounts::SnapshotWriter writer;
  for (int i = 0; i < 4; ++i) {
    abm::accounts::Account account;
    for (std::string& text : account.text) text = "w" + std::to_string(i);
    account.text[0] = "a" + std::to_string(i);
    account.tier = static_cast<abm::accounts::Tier>(i);
    account.segments = {"w1", "w2"};
    account.attributes = {{"n0", "w0"}, {"n1", "M\xc3\xbcller & <b>"}};
    account.numbers = {int64_t{i}, std::nullopt, int64_t{5}, int64_t{-1}};
    writer.add(account);
  }
  abm::accounts::FeedHeader header;
  header.tenant = "fuzz";
  header.version = 1;
  const auto bytes = writer.finish(header);
  if (!bytes) std::abort();
  return *bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::string snapshot_bytes = make_snapshot();
  static const auto snapshot = abm::accounts::Snapshot::open(snapshot_bytes);
  if (!snapshot) std::abort();
  std::string bytes(reinterpret_cast<const char*>(data), size);
  abm::rules::reseal(bytes);
  const auto program = abm::rules::Program::open(bytes);
  if (program) static_cast<void>(abm::rules::use_all(*program, *snapshot));
  return 0;
}
