#include "tools/ship/checkpoint.h"

#include <simdjson.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>

#include <fmt/format.h>

#include "base/file.h"
#include "base/json_writer.h"

namespace abm::ship {
namespace {

using simdjson::dom::element;

constexpr size_t kMaxCheckpoint = 1 << 20;
constexpr uint64_t kVersion = 1;

void write_place(JsonWriter<std::string>& json, const Place& place) {
  json.begin_object().key("offset").number(place.offset);
  json.key("hash").string(fmt::format("{:016x}", place.hash)).end_object();
}

bool read_number(const element& from, std::string_view key, uint64_t& to) {
  return from.at_key(key).get(to) == simdjson::SUCCESS;
}

bool read_place(const element& from, Place& to) {
  std::string_view hash;
  if (!read_number(from, "offset", to.offset) || from.at_key("hash").get(hash) != simdjson::SUCCESS)
    return false;
  const auto [end, fault] = std::from_chars(hash.data(), hash.data() + hash.size(), to.hash, 16);
  return fault == std::errc{} && end == hash.data() + hash.size();
}

bool read_mark(const element& from, FileMark& to) {
  element shipped;
  element cut;
  std::string_view name;
  if (from.at_key("name").get(name) != simdjson::SUCCESS || !read_number(from, "device", to.device) ||
      !read_number(from, "inode", to.inode) || !read_number(from, "size", to.size) ||
      from.at_key("shipped").get(shipped) != simdjson::SUCCESS || !read_place(shipped, to.shipped)) {
    return false;
  }
  to.name = name;
  if (from.at_key("cut").get(cut) != simdjson::SUCCESS) return false;
  return cut.is_null() || read_place(cut, to.cut.emplace());
}

bool read_checkpoint(const element& root, Checkpoint& to) {
  uint64_t version = 0;
  simdjson::dom::array files;
  if (!read_number(root, "v", version) || version != kVersion ||
      root.at_key("files").get(files) != simdjson::SUCCESS) {
    return false;
  }
  for (const element file : files) {
    if (!read_mark(file, to.files.emplace_back())) return false;
  }
  return true;
}

}  // namespace

std::optional<Place> place_at(int fd, uint64_t offset) {
  std::array<char, kTailBytes> bytes;
  const size_t wanted = static_cast<size_t>(std::min(offset, kTailBytes));
  size_t got = 0;
  while (got < wanted) {
    const ssize_t n =
        ::pread(fd, bytes.data() + got, wanted - got, static_cast<off_t>(offset - wanted + got));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return std::nullopt;
    got += static_cast<size_t>(n);
  }
  return Place{offset, hash64({bytes.data(), wanted})};
}

Result<std::optional<Checkpoint>> load_checkpoint(const std::string& path) {
  std::error_code fault;
  if (!std::filesystem::exists(path, fault) && !fault) return std::optional<Checkpoint>();
  const auto text = read_file(path, kMaxCheckpoint);
  if (!text) return text.error();
  simdjson::dom::parser parser;
  element root;
  Checkpoint checkpoint;
  if (parser.parse(*text).get(root) != simdjson::SUCCESS || !read_checkpoint(root, checkpoint)) {
    return Error{
        fmt::format("{}: this is no checkpoint of abmctl ship (version {}); without it, all lines would be "
                    "shipped again: remove it if that is what you want",
                    path, kVersion)};
  }
  return std::optional(std::move(checkpoint));
}

Result<void> save_checkpoint(const std::string& path, const Checkpoint& checkpoint) {
  std::string text;
  JsonWriter<std::string> json(text);
  json.begin_object().key("v").number(kVersion).key("files").begin_array();
  for (const FileMark& file : checkpoint.files) {
    json.begin_object().key("name").string(file.name).key("device").number(file.device);
    json.key("inode").number(file.inode).key("size").number(file.size).key("shipped");
    write_place(json, file.shipped);
    json.key("cut");
    if (file.cut) {
      write_place(json, *file.cut);
    } else {
      json.null();
    }
    json.end_object();
  }
  json.end_array().end_object();
  text += '\n';
  return write_file_atomically(path, text, 0600);
}

}  // namespace abm::ship
