#include "connect/networks/package_archive.h"

#include <openssl/evp.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include <fmt/format.h>

namespace abm::connect {
namespace {

constexpr size_t kBlock = 512, kPiece = 256 * 1024;
constexpr size_t kNameAt = 0, kNameBytes = 100, kSizeAt = 124, kSizeBytes = 12, kSumAt = 148, kSumBytes = 8;
constexpr size_t kTypeAt = 156, kPrefixAt = 345, kPrefixBytes = 155;

Error damaged(std::string_view why) {
  return Error{fmt::format("the archive is damaged: {}", why)};
}

Result<std::string> inflated(std::string_view archive, uint64_t max_bytes) {
  z_stream stream{};
  constexpr int kGzipOnly = 16 + MAX_WBITS;
  if (inflateInit2(&stream, kGzipOnly) != Z_OK) return Error{"not enough memory"};
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> owner(&stream, inflateEnd);
  std::string out;
  std::string piece(kPiece, '\0');
  int status = Z_OK;
  size_t given = 0;
  while (status != Z_STREAM_END) {
    if (stream.avail_in == 0) {
      const size_t more = std::min(archive.size() - given, kPiece);
      if (more == 0) return damaged("it ends too early");
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(archive.data() + given));
      stream.avail_in = static_cast<uInt>(more);
      given += more;
    }
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    status = inflate(&stream, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END) return damaged("it is not gzip");
    const size_t got = piece.size() - stream.avail_out;
    if (out.size() + got > max_bytes)
      return Error{fmt::format("the archive holds more than {} bytes", max_bytes)};
    out.append(piece, 0, got);
  }
  return out;
}

std::string_view field(std::string_view header, size_t at, size_t size) {
  const std::string_view text = header.substr(at, size);
  return text.substr(0, text.find('\0'));
}

std::optional<uint64_t> octal(std::string_view text) {
  uint64_t value = 0;
  bool any = false;
  for (const char c : text) {
    if (c == ' ' || c == '\0') {
      if (any) break;
      continue;
    }
    if (c < '0' || c > '7') return std::nullopt;
    value = value * 8 + static_cast<uint64_t>(c - '0');
    any = true;
  }
  return any ? std::optional(value) : std::nullopt;
}

bool has_good_sum(std::string_view header) {
  uint64_t sum = 0;
  for (size_t i = 0; i < kBlock; ++i) {
    const bool in_sum = i >= kSumAt && i < kSumAt + kSumBytes;
    sum += in_sum ? ' ' : static_cast<unsigned char>(header[i]);
  }
  return octal(header.substr(kSumAt, kSumBytes)) == sum;
}

}  // namespace

Result<std::map<std::string, std::string>> read_package(std::string_view archive,
                                                        const std::vector<std::string>& names,
                                                        uint64_t max_bytes) {
  const auto tar = inflated(archive, max_bytes);
  if (!tar) return tar.error();
  std::map<std::string, std::string> files;
  std::string_view rest = *tar;
  while (rest.size() >= kBlock) {
    const std::string_view header = rest.substr(0, kBlock);
    if (std::all_of(header.begin(), header.end(), [](char c) { return c == '\0'; })) break;
    if (!has_good_sum(header)) return damaged("a header's sum is wrong");
    const auto size = octal(header.substr(kSizeAt, kSizeBytes));
    rest.remove_prefix(kBlock);
    if (!size || *size > rest.size()) return damaged("a file is longer than the archive");
    std::string name(field(header, kNameAt, kNameBytes));
    if (const std::string_view prefix = field(header, kPrefixAt, kPrefixBytes); !prefix.empty())
      name = fmt::format("{}/{}", prefix, name);
    const char type = header[kTypeAt];
    if ((type == '0' || type == '\0') && std::find(names.begin(), names.end(), name) != names.end())
      files[name] = rest.substr(0, *size);
    rest.remove_prefix(std::min<uint64_t>((*size + kBlock - 1) / kBlock * kBlock, rest.size()));
  }
  for (const std::string& name : names) {
    if (!files.contains(name)) return Error{fmt::format("the archive lacks {}", name)};
  }
  return files;
}

Result<void> check_integrity(std::string_view bytes, std::string_view integrity) {
  constexpr std::string_view kAlgorithm = "sha512-";
  std::array<unsigned char, 64> digest{};
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha512(), nullptr) != 1 ||
      size != digest.size())
    return Error{"SHA-512 failed"};
  std::array<unsigned char, 96> encoded{};
  const int length = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(digest.size()));
  const std::string_view expected(reinterpret_cast<const char*>(encoded.data()), static_cast<size_t>(length));
  bool stated = false;
  while (!integrity.empty()) {
    const size_t end = std::min(integrity.find(' '), integrity.size());
    const std::string_view one = integrity.substr(0, end);
    integrity.remove_prefix(std::min(end + 1, integrity.size()));
    if (!one.starts_with(kAlgorithm)) continue;
    stated = true;
    if (one.substr(kAlgorithm.size()) == expected) return {};
  }
  return stated ? Error{"the archive is not the one that the registry describes (its SHA-512 is another)"}
                : Error{"the registry states no SHA-512 of the archive"};
}

}  // namespace abm::connect
