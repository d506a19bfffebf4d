// Runs a fuzz target without libFuzzer: on each file of a folder, whole and cut off in up to 64 places. A
// target aborts where its oracle does not hold.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (!file) {
      std::fprintf(stderr, "%s: cannot be read\n", entry.path().c_str());
      return 1;
    }
    ++files;
    std::printf("%s, %zu bytes\n", entry.path().c_str(), bytes.size());
    std::fflush(stdout);  // the last line names the file whose oracle did not hold
    const size_t stride = std::max<size_t>(1, bytes.size() / 64);
    for (size_t left = 0; left <= bytes.size(); left += stride) {
      const std::vector<uint8_t> input(bytes.begin(), bytes.end() - static_cast<std::ptrdiff_t>(left));
      LLVMFuzzerTestOneInput(input.data(), input.size());
    }
  }
  if (files == 0) std::fprintf(stderr, "%s: no seeds\n", argv[1]);
  return files == 0 ? 1 : 0;
}
