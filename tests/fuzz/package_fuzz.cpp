// Any bytes as an npm package: as they are; as a tar archive whose headers got good sums, compared with a
// reader of a few lines; and files of any content in an archive that we make, which come back as they were.
// Also the registry's answer, and what a table of AS numbers holds.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <zlib.h>

#include "connect/networks/asn_table.h"
#include "connect/networks/package_archive.h"

namespace {

using namespace abm::connect;

constexpr size_t kTarBlock = 512;
constexpr uint64_t kMost = 1u << 20;

void require(bool holds) {
  if (!holds) std::abort();
}

std::string gzipped(std::string_view bytes) {
  z_stream stream{};
  require(deflateInit2(&stream, 1, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, bytes.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  require(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

void set_sum(char* header) {
  std::fill_n(header + 148, 8, ' ');
  unsigned sum = 0;
  for (size_t i = 0; i < kTarBlock; ++i) sum += static_cast<unsigned char>(header[i]);
  std::snprintf(header + 148, 7, "%06o", sum);
  header[154] = '\0';
}

/// A plain reading of the same format: names of regular files, each with its last content.
std::optional<std::map<std::string, std::string>> files_of(std::string& tar) {
  std::map<std::string, std::string> files;
  for (size_t at = 0; at + kTarBlock <= tar.size();) {
    char* const header = tar.data() + at;
    if (std::all_of(header, header + kTarBlock, [](char c) { return c == 0; })) break;
    set_sum(header);
    uint64_t size = 0;
    size_t digits = 0;
    for (size_t i = 124; i < 136; ++i) {
      if (header[i] == ' ' || header[i] == '\0') {
        if (digits != 0) break;
        continue;
      }
      if (header[i] < '0' || header[i] > '7') return std::nullopt;
      size = size * 8 + static_cast<uint64_t>(header[i] - '0');
      ++digits;
    }
    at += kTarBlock;
    if (digits == 0 || size > tar.size() - at) return std::nullopt;
    const auto text = [&](size_t from, size_t most) {
      const std::string_view field(header + from, most);
      return std::string(field.substr(0, field.find('\0')));
    };
    const std::string prefix = text(345, 155);
    const std::string name = (prefix.empty() ? "" : prefix + "/") + text(0, 100);
    if (header[156] == '0' || header[156] == '\0') files[name] = tar.substr(at, size);
    at += std::min<size_t>((size + kTarBlock - 1) / kTarBlock * kTarBlock, tar.size() - at);
  }
  return files;
}

std::string member(const std::string& name, std::string_view bytes) {
  std::string out(kTarBlock, '\0');
  out.replace(0, name.size(), name);
  std::snprintf(out.data() + 124, 12, "%011o", static_cast<unsigned>(bytes.size()));
  out[156] = '0';
  set_sum(out.data());
  out += bytes;
  out.resize((out.size() + kTarBlock - 1) / kTarBlock * kTarBlock);
  return out;
}

void look_at_tar(std::string tar) {
  const auto plain = files_of(tar);  // also sets the sums
  const std::string archive = gzipped(tar);
  if (!plain.has_value()) {
    require(!read_package(archive, {}, kMost));
    return;
  }
  std::vector<std::string> names;
  for (const auto& [name, bytes] : *plain) names.push_back(name);
  const auto files = read_package(archive, names, kMost);
  require(tar.size() <= kMost ? files && *files == *plain : !files);
  if (!tar.empty()) require(!read_package(archive, {}, tar.size() - 1));
  // Cut short, it is no archive, whatever has come until then.
  require(!read_package(std::string_view(archive).substr(0, archive.size() - 1), names, kMost));
}

void look_at_files(std::string_view bytes) {
  const size_t half = bytes.size() / 2;
  const std::string_view first = bytes.substr(0, half), second = bytes.substr(half);
  const std::string archive =
      gzipped(member("package/a", first) + member("package/b", second) + std::string(2 * kTarBlock, '\0'));
  const auto files = read_package(archive, {"package/b", "package/a"}, kMost);
  require(files && files->size() == 2 && files->at("package/a") == first && files->at("package/b") == second);
  require(!read_package(archive, {"package/c"}, kMost));
  const auto table = read_as_table(bytes, "table");
  if (!table) return;
  // What we write is a table of the same ranges, and reads as itself.
  const auto again = read_as_table(table->csv, "table");
  require(again && again->ranges == table->ranges && again->ranges > 0);
  require(std::count(table->csv.begin(), table->csv.end(), '\n') >= static_cast<int64_t>(table->ranges));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (data[0] % 4) {
    case 0: {
      const auto files = read_package(bytes, {"package/asn-ipv4.csv"}, kMost);
      if (files) require(files->size() == 1 && files->begin()->second.size() <= kMost);
      break;
    }
    case 1:
      look_at_tar(std::string(bytes));
      break;
    case 2:
      look_at_files(bytes);
      break;
    default:
      if (const auto package = read_package_metadata(bytes)) {
        require(!package->version.empty() && package->version.size() <= 64);
        require(package->version.find('/') == std::string::npos &&
                package->version.find("..") == std::string::npos);
      }
      require(!check_integrity("other", bytes));
  }
  return 0;
}
