#include "connect/import/record.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace abm::connect {
namespace {

constexpr size_t kInMemory = 4u << 20;
constexpr size_t kReadAhead = 16u << 10;
constexpr size_t kLengthBytes = 4;

void put_number(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

/// What it reads was written here: the spool is nobody else's.
class SpoolReader {
 public:
  explicit SpoolReader(std::string_view bytes) : left_(bytes) {}
  uint64_t number() {
    uint64_t value = 0;
    for (unsigned shift = 0; !left_.empty() && shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(left_.front());
      left_.remove_prefix(1);
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return value;
  }
  std::string text() {
    const size_t size = std::min<size_t>(number(), left_.size());
    std::string out(left_.substr(0, size));
    left_.remove_prefix(size);
    return out;
  }
  [[nodiscard]] bool empty() const noexcept { return left_.empty(); }

 private:
  std::string_view left_;
};

}  // namespace

const RecordValue* ImportRecord::first(ImportField field) const noexcept {
  const auto found = std::find_if(values.begin(), values.end(),
                                  [field](const RecordValue& value) { return value.field == field; });
  return found == values.end() ? nullptr : &*found;
}

Result<Fd> unnamed_file() {
  const char* const folder = std::getenv("TMPDIR");
  const std::string where = folder != nullptr && *folder != '\0' ? folder : "/tmp";
  Fd file(::open(where.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file.valid()) return file;
  const int why = errno;
  // Some file systems have no files without a name.
  std::string name = where + "/abmctl-XXXXXX";
  Fd named(::mkostemp(name.data(), O_CLOEXEC));
  if (!named.valid()) return errno_error(where, why == EOPNOTSUPP || why == EISDIR ? errno : why);
  ::unlink(name.c_str());
  return named;
}

Result<uint64_t> RecordSpool::add(const ImportRecord& record) {
  const uint64_t at = written_ + tail_.size();
  const size_t start = tail_.size();
  tail_.append(kLengthBytes, '\0');
  put_number(tail_, record.source);
  put_number(tail_, record.at.line);
  put_number(tail_, record.at.column);
  for (const RecordValue& value : record.values) {
    put_number(tail_, static_cast<uint64_t>(value.field));
    put_number(tail_, value.attribute);
    put_number(tail_, static_cast<uint64_t>(value.number));
    put_number(tail_, value.at.line);
    put_number(tail_, value.at.column);
    put_number(tail_, value.text.size());
    tail_ += value.text;
  }
  const auto size = static_cast<uint32_t>(tail_.size() - start - kLengthBytes);
  std::memcpy(tail_.data() + start, &size, sizeof size);
  if (tail_.size() > kInMemory) {
    if (auto flushed = flush(); !flushed) return flushed.error();
  }
  return at;
}

Result<void> RecordSpool::flush() {
  if (!file_.valid()) {
    auto file = unnamed_file();
    if (!file) return file.error();
    file_ = std::move(*file);
  }
  if (auto done = write_all(file_.get(), tail_, "a temporary file"); !done) return done;
  written_ += tail_.size();
  tail_.clear();
  return {};
}

Result<std::string_view> RecordSpool::bytes(uint64_t at, size_t size) {
  if (at >= written_) return std::string_view(tail_).substr(at - written_, size);
  if (at < ahead_at_ || at + size > ahead_at_ + ahead_.size()) {
    ahead_.resize(std::min<uint64_t>(std::max(size, kReadAhead), written_ - at));
    ahead_at_ = at;
    for (size_t got = 0; got < ahead_.size();) {
      const ssize_t more =
          ::pread(file_.get(), ahead_.data() + got, ahead_.size() - got, static_cast<off_t>(at + got));
      if (more < 0 && errno == EINTR) continue;
      if (more <= 0) return errno_error("a temporary file", more < 0 ? errno : EIO);
      got += static_cast<size_t>(more);
    }
  }
  return std::string_view(ahead_).substr(at - ahead_at_, size);
}

Result<ImportRecord> RecordSpool::read(uint64_t at) {
  uint32_t size = 0;
  const auto length = bytes(at, kLengthBytes);
  if (!length) return length.error();
  std::memcpy(&size, length->data(), sizeof size);
  const auto body = bytes(at + kLengthBytes, size);
  if (!body) return body.error();
  SpoolReader in(*body);
  ImportRecord record;
  record.source = static_cast<uint32_t>(in.number());
  record.at.line = static_cast<uint32_t>(in.number());
  record.at.column = static_cast<uint32_t>(in.number());
  while (!in.empty()) {
    RecordValue& value = record.values.emplace_back();
    value.field = static_cast<ImportField>(in.number());
    value.attribute = static_cast<uint32_t>(in.number());
    value.number = static_cast<int64_t>(in.number());
    value.at.line = static_cast<uint32_t>(in.number());
    value.at.column = static_cast<uint32_t>(in.number());
    value.text = in.text();
  }
  return record;
}

}  // namespace abm::connect
