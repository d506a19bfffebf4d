// libnats handles the connection: it moves to another server of the cluster when one fails, and keeps trying.
// Acknowledgements arrive on its own thread. The library waits by the wall clock: if that jumps back, a wait
// of seconds can take a day. So we wait for acknowledgements ourselves, close a connection that keeps us
// waiting, and open a new one if it has not answered for long; all by the steady clock.
#include "connect/ship/stream.h"

#include <nats/nats.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <unordered_map>

#include <fmt/format.h>

#include "connect/ship/nats_connection.h"

namespace abm::connect {
namespace {

constexpr int64_t kMaxPending = 2000;  // more than a batch has lines
constexpr int kPatiences = 4;          // without any answer, before a connection is given up

using Clock = std::chrono::steady_clock;

/// Which messages of the publish() under way are acknowledged. The library's thread fills it.
class Acknowledgements {
 public:
  void begin(std::span<Message> messages) {
    const std::lock_guard lock(mutex_);
    by_id_.clear();
    result_ = {};
    refused_ = 0;
    for (Message& message : messages) {
      if (!message.stored) by_id_.emplace(message.id, &message);
    }
  }
  /// Waits until each message that was sent is acknowledged or refused, or time is up.
  void wait(size_t unsent, std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    answered_.wait_for(lock, patience, [&] { return by_id_.size() <= unsent + refused_; });
  }
  /// From here on, late acknowledgements do not touch any message.
  Published end(bool& answered) {
    const std::lock_guard lock(mutex_);
    answered = refused_ > 0 || result_.stored > 0;
    if (!by_id_.empty() && result_.fault.empty()) {
      result_.fault = fmt::format("{} of {} lines were not acknowledged in time", by_id_.size(),
                                  by_id_.size() + result_.stored);
    }
    by_id_.clear();
    return std::move(result_);
  }
  static void take(jsCtx*, natsMsg* raw, jsPubAck* stored, jsPubAckErr* refused, void* closure) {
    const MessagePtr message(raw);
    const char* id = nullptr;
    if (natsMsgHeader_Get(raw, "Nats-Msg-Id", &id) != NATS_OK) return;
    static_cast<Acknowledgements*>(closure)->take(id, stored, refused);
  }

 private:
  void take(std::string_view id, const jsPubAck* stored, const jsPubAckErr* refused) {
    const std::lock_guard lock(mutex_);
    if (stored == nullptr) {
      if (by_id_.contains(id)) ++refused_;
      answered_.notify_one();
      if (refused != nullptr && refused->ErrText != nullptr && *refused->ErrText != '\0') {
        result_.fault = refused->ErrText;
      } else {
        result_.fault = refused != nullptr ? natsStatus_GetText(refused->Err) : "refused";
      }
      return;
    }
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) return;
    found->second->stored = true;
    ++result_.stored;
    if (stored->Duplicate) ++result_.duplicates;
    by_id_.erase(found);
    answered_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable answered_;
  size_t refused_ = 0;
  std::unordered_multimap<std::string_view, Message*> by_id_;
  Published result_;
};

class NatsStream final : public Stream {
 public:
  explicit NatsStream(const StreamOptions& options) : options_(options) {}
  ~NatsStream() override {
    context_.reset();
    connection_.reset();
    close_nats();  // no thread of the library is left that could acknowledge
  }
  NatsStream(const NatsStream&) = delete;
  NatsStream& operator=(const NatsStream&) = delete;

  Result<void> open() {
    auto connection = connect_nats(options_, "abmctl ship");
    if (!connection) return connection.error();
    connection_ = std::move(*connection);
    jsOptions context_options;
    jsOptions_Init(&context_options);
    context_options.Wait = options_.patience.count();
    context_options.PublishAsync.MaxPending = kMaxPending;
    context_options.PublishAsync.AckHandler = Acknowledgements::take;
    context_options.PublishAsync.AckHandlerClosure = &acknowledgements_;
    jsCtx* context = nullptr;
    const natsStatus status = natsConnection_JetStream(&context, connection_.get(), &context_options);
    if (status != NATS_OK) return Error{fmt::format("{}: JetStream: {}", server(), nats_reason(status))};
    context_.reset(context);
    const ConnectionWatch watch(connection_.get(), options_.patience * 2);
    return ensure_stream();
  }

  Published publish(std::span<Message> messages) override {
    if (natsConnection_Status(connection_.get()) != NATS_CONN_STATUS_CONNECTED) {
      if (!silent_since_) silent_since_ = Clock::now();
      return {0, 0, "not connected"};
    }
    acknowledgements_.begin(messages);
    std::string fault;
    size_t unsent = 0;
    for (const Message& message : messages) {
      if (message.stored) continue;
      if (!fault.empty()) {
        ++unsent;
      } else if (const natsStatus status = send(message); status != NATS_OK) {
        fault = nats_reason(status);
        ++unsent;
      }
    }
    acknowledgements_.wait(unsent, options_.patience);
    drop_pending();
    bool answered = false;
    Published result = acknowledgements_.end(answered);
    if (answered) {
      silent_since_.reset();
    } else if (!silent_since_) {
      silent_since_ = Clock::now();
    }
    if (!fault.empty()) result.fault = fault;
    return result;
  }

  [[nodiscard]] bool alive() const override {
    if (silent_since_ && Clock::now() - *silent_since_ > kPatiences * options_.patience) return false;
    return !natsConnection_IsClosed(connection_.get());
  }

  [[nodiscard]] std::string server() const override { return server_of(connection_.get()); }

 private:
  natsStatus send(const Message& message) {
    natsMsg* made = nullptr;
    natsStatus status = natsMsg_Create(&made, options_.subject.c_str(), nullptr, message.data.data(),
                                       static_cast<int>(message.data.size()));
    if (status != NATS_OK) return status;
    const std::string id(message.id);
    jsPubOptions how;
    jsPubOptions_Init(&how);
    how.MsgId = id.c_str();
    how.ExpectStream = options_.stream.c_str();
    status = js_PublishMsgAsync(context_.get(), &made, &how);
    natsMsg_Destroy(made);  // nullptr if the library has taken it
    return status;
  }

  // What is not acknowledged by now will be sent again: the library must not wait for it.
  void drop_pending() {
    natsMsgList pending;
    if (js_PublishAsyncGetPendingList(&pending, context_.get()) == NATS_OK) natsMsgList_Destroy(&pending);
  }

  Result<void> ensure_stream() {
    jsStreamInfo* info = nullptr;
    jsErrCode code = static_cast<jsErrCode>(0);
    natsStatus status = js_GetStreamInfo(&info, context_.get(), options_.stream.c_str(), nullptr, &code);
    if (status == NATS_NOT_FOUND || code == JSStreamNotFoundErr) {
      jsStreamConfig config;
      jsStreamConfig_Init(&config);
      const char* subjects[] = {options_.subject.c_str()};
      config.Name = options_.stream.c_str();
      config.Subjects = subjects;
      config.SubjectsLen = 1;
      config.Storage = js_FileStorage;
      config.Replicas = options_.replicas;
      config.Duplicates = std::chrono::nanoseconds(options_.duplicates).count();
      status = js_AddStream(&info, context_.get(), &config, nullptr, &code);
    }
    jsStreamInfo_Destroy(info);
    if (status != NATS_OK) return Error{fmt::format("stream '{}': {}", options_.stream, nats_reason(status))};
    return {};
  }

  const StreamOptions options_;
  Acknowledgements acknowledgements_;
  std::optional<Clock::time_point> silent_since_;  ///< since then, nothing that we sent was answered
  ConnectionPtr connection_;
  ContextPtr context_;
};

}  // namespace

Result<std::unique_ptr<Stream>> Stream::connect(const StreamOptions& options) {
  auto stream = std::make_unique<NatsStream>(options);
  if (auto opened = stream->open(); !opened) return opened.error();
  return std::unique_ptr<Stream>(std::move(stream));
}

}  // namespace abm::connect
