// What the ipdb tests share: small in-memory indexes, the reference implementation, third-party test files.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/file.h"
#include "ipdb/index.h"
#include "ipdb/mmdb_data_writer.h"
#include "ipdb/mmdb_format.h"
#include "ipdb/mmdb_writer.h"
#include "tests/places.h"

namespace abm::ipdb::testing {

inline IpPrefix prefix(const char* text) {
  return IpPrefix::parse(text).value();
}
inline IpAddress address(const char* text) {
  return IpAddress::parse(text).value();
}

inline Record account(std::string id, Source source = Source::kFeed,
                      Confidence confidence = Confidence::kHigh) {
  return {std::move(id), confidence, source, Exclusion::kNone};
}
inline Record excluded(Exclusion kind) {
  return {{}, Confidence::kLow, Source::kCsv, kind};
}

inline Result<Index> open_bytes(std::string_view bytes) {
  auto fd = sealed_copy("test.mmdb", bytes);
  if (!fd) return fd.error();
  return Index::open(fd->get());
}

/// The first or the last address of a network.
inline IpAddress edge(const IpPrefix& network, bool last) {
  IpAddress ip = network.address;
  for (unsigned bit = network.tree_length(); last && bit < 128; ++bit) {
    ip.bytes[bit / 8] = static_cast<uint8_t>(ip.bytes[bit / 8] | 0x80u >> (bit % 8));
  }
  return ip;
}

inline IpAddress random_address(std::mt19937_64& random, bool is_v4) {
  if (is_v4) return IpAddress::v4(static_cast<uint32_t>(random()));
  IpAddress ip;
  for (auto& byte : ip.bytes) byte = static_cast<uint8_t>(random());
  ip.bytes[0] = 0x26;  // global unicast, and not in an aliased range
  return ip;
}

/// A network anywhere or, if there are others, often inside or around one of them.
inline IpPrefix random_prefix(std::mt19937_64& random, const std::vector<IpPrefix>& others) {
  const bool near = !others.empty() && random() % 2 == 0;
  const IpPrefix* other = near ? &others[random() % others.size()] : nullptr;
  const bool is_v4 = other != nullptr ? other->address.is_v4 : random() % 2 == 0;
  IpAddress base = random_address(random, is_v4);
  if (other != nullptr) {
    for (unsigned bit = 0; bit < other->tree_length(); ++bit) {
      const auto mask = static_cast<uint8_t>(0x80u >> (bit % 8));
      base.bytes[bit / 8] =
          static_cast<uint8_t>((base.bytes[bit / 8] & ~mask) | (other->address.bytes[bit / 8] & mask));
    }
  }
  const auto length = static_cast<uint8_t>(is_v4 ? 1 + random() % 32 : 8 + random() % 121);
  return {base.truncated(length), length};
}

/// One record for every address, written by `fill`: how the reader sees records that our writer never makes.
template <typename Fill>
std::string file_with_record(Fill&& fill) {
  mmdb::DataWriter data;
  fill(data);
  std::string file;
  mmdb::append_node(file, 17, 17, 24);
  file.append(16, '\0');
  file += data.bytes();
  const std::string ours = *MmdbWriter().finish(1, "");
  const size_t marker = ours.rfind(mmdb::kMetadataMarker);
  return file + ours.substr(marker);
}

/// What the tool says about each address, in order.
inline std::vector<std::string> mmdblookup(const std::string& file, const std::vector<IpAddress>& ips) {
  std::string command = "for ip in";
  for (const IpAddress& ip : ips) command += " " + ip.to_string();
  command += "; do echo @; mmdblookup --file " + file + " --ip $ip 2>&1; done";
  std::vector<std::string> answers;
  FILE* pipe = ::popen(command.c_str(), "r");
  std::array<char, 512> buffer{};
  while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) {
    if (std::string_view(buffer.data()) == "@\n") {
      answers.emplace_back();
    } else if (!answers.empty()) {
      answers.back() += buffer.data();
    }
  }
  ::pclose(pipe);
  return answers;
}

/// Third-party material, or nullopt if not installed.
inline std::optional<std::filesystem::path> test_data(const char* folder) {
  const std::filesystem::path path = std::filesystem::path(places::data_folder()) / folder;
  if (!std::filesystem::is_directory(path)) return std::nullopt;
  return path;
}

inline std::vector<std::filesystem::path> mmdb_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".mmdb") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

inline std::string bytes_of(const std::filesystem::path& path) {
  return *read_file(path.string(), 64u << 20);
}

}  // namespace abm::ipdb::testing
