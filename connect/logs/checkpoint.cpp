#include "connect/logs/checkpoint.h"

#include <simdjson.h>

#include <charconv>
#include <filesystem>

#include <fmt/format.h>

#include "base/file.h"
#include "base/json_writer.h"
#include "base/new_file.h"

namespace abm::connect {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using Json = JsonWriter<std::string>;

constexpr size_t kMaxCheckpoint = 1 << 20;
constexpr uint64_t kVersion = 2;

void write_hash(Json& json, std::string_view key, uint64_t hash) {
  json.key(key).string(fmt::format("{:016x}", hash));
}

// Without braces: a file has more members.
void write_mark(Json& json, const Mark& mark) {
  json.key("name").string(mark.name).key("size").number(mark.size);
  json.key("head").begin_object().key("size").number(mark.head.size);
  write_hash(json, "hash", mark.head.hash);
  json.end_object().key("shipped").begin_object().key("offset").number(mark.read.offset);
  write_hash(json, "hash", mark.read.hash);
  json.end_object();
}

bool read_number(const element& from, std::string_view key, uint64_t& to) {
  return from.at_key(key).get(to) == simdjson::SUCCESS;
}

bool read_hash(const element& from, std::string_view key, uint64_t& to) {
  std::string_view hash;
  if (from.at_key(key).get(hash) != simdjson::SUCCESS) return false;
  const auto [end, fault] = std::from_chars(hash.data(), hash.data() + hash.size(), to, 16);
  return fault == std::errc{} && end == hash.data() + hash.size();
}

bool read_place(const element& from, std::string_view key, Place& to) {
  element place;
  return from.at_key(key).get(place) == simdjson::SUCCESS && read_number(place, "offset", to.offset) &&
         read_hash(place, "hash", to.hash);
}

bool read_mark(const element& from, uint64_t version, Mark& to) {
  std::string_view name;
  element head;
  if (from.at_key("name").get(name) != simdjson::SUCCESS || !read_number(from, "size", to.size) ||
      !read_place(from, "shipped", to.read)) {
    return false;
  }
  to.name = name;
  return version == 1 ||
         (from.at_key("head").get(head) == simdjson::SUCCESS && read_number(head, "size", to.head.size) &&
          to.head.size <= kHeadBytes && read_hash(head, "hash", to.head.hash));
}

// Version 1 kept where a file had been cut beside the file.
bool read_cut(const element& from, Checkpoint& to) {
  element cut;
  if (from.at_key("cut").get(cut) != simdjson::SUCCESS) return false;
  if (cut.is_null()) return true;
  Mark& gone = to.gone.emplace_back();
  gone.name = to.files.back().name;
  if (!read_place(from, "cut", gone.read)) return false;
  gone.size = gone.read.offset;
  return true;
}

bool read_file_mark(const element& from, uint64_t version, Checkpoint& to) {
  FileMark& mark = to.files.emplace_back();
  if (!read_mark(from, version, mark) || !read_number(from, "device", mark.device) ||
      !read_number(from, "inode", mark.inode)) {
    return false;
  }
  return version == 1 ? read_cut(from, to) : from.at_key("copy").get(mark.copy) == simdjson::SUCCESS;
}

bool read_checkpoint(const element& root, Checkpoint& to) {
  uint64_t version = 0;
  array files;
  if (!read_number(root, "v", version) || version < 1 || version > kVersion ||
      root.at_key("files").get(files) != simdjson::SUCCESS) {
    return false;
  }
  for (const element file : files) {
    if (!read_file_mark(file, version, to)) return false;
  }
  if (version == 1) return true;
  array gone;
  array compressed;
  if (root.at_key("gone").get(gone) != simdjson::SUCCESS ||
      root.at_key("compressed").get(compressed) != simdjson::SUCCESS) {
    return false;
  }
  for (const element mark : gone) {
    if (!read_mark(mark, version, to.gone.emplace_back())) return false;
  }
  to.compressed.emplace();
  for (const element mark : compressed) {
    CompressedMark& known = to.compressed->emplace_back();
    if (!read_hash(mark, "id", known.id) || mark.at_key("lost").get(known.lost) != simdjson::SUCCESS) {
      return false;
    }
  }
  return true;
}

}  // namespace

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
        fmt::format("{}: this is not a checkpoint of abmctl ship (version {} or older); without "
                    "it, all lines would be shipped again: remove it if that is what you want",
                    path, kVersion)};
  }
  return std::optional(std::move(checkpoint));
}

Result<void> save_checkpoint(const std::string& path, const Checkpoint& checkpoint) {
  std::string text;
  Json json(text);
  json.begin_object().key("v").number(kVersion).key("files").begin_array();
  for (const FileMark& file : checkpoint.files) {
    json.begin_object();
    write_mark(json, file);
    json.key("device").number(file.device).key("inode").number(file.inode);
    json.key("copy").boolean(file.copy).end_object();
  }
  json.end_array().key("gone").begin_array();
  for (const Mark& mark : checkpoint.gone) {
    json.begin_object();
    write_mark(json, mark);
    json.end_object();
  }
  json.end_array().key("compressed").begin_array();
  if (checkpoint.compressed) {
    for (const CompressedMark& mark : *checkpoint.compressed) {
      json.begin_object();
      write_hash(json, "id", mark.id);
      json.key("lost").boolean(mark.lost).end_object();
    }
  }
  json.end_array().end_object();
  text += '\n';
  return replace_file(path, text, 0600);
}

}  // namespace abm::connect
