// An ordered consumer: the server sends, the library asks again where it notices a gap, nothing is
// acknowledged and nothing stays on the server.
#include "connect/ship/visit_stream.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "connect/ship/nats_connection.h"

namespace abm::connect {
namespace {

constexpr size_t kMostOfBatch = 4096;
constexpr size_t kMostBytesOfBatch = size_t{16}
                                     << 20;  // others may write to the stream, up to 64 MB a message

using SubscriptionPtr = std::unique_ptr<natsSubscription, Deleter<natsSubscription_Destroy>>;
using StreamInfoPtr = std::unique_ptr<jsStreamInfo, Deleter<jsStreamInfo_Destroy>>;
using ConsumerInfoPtr = std::unique_ptr<jsConsumerInfo, Deleter<jsConsumerInfo_Destroy>>;
using MetaDataPtr = std::unique_ptr<jsMsgMetaData, Deleter<jsMsgMetaData_Destroy>>;

class NatsVisitStream final : public VisitStream {
 public:
  NatsVisitStream(const StreamOptions& options, const StreamPlace& from) : options_(options), place_(from) {}
  ~NatsVisitStream() override {
    subscription_.reset();
    context_.reset();
    connection_.reset();
    close_nats();
  }
  NatsVisitStream(const NatsVisitStream&) = delete;
  NatsVisitStream& operator=(const NatsVisitStream&) = delete;

  Result<void> open() {
    auto connection = connect_nats(options_, "abmctl engagement");
    if (!connection) return connection.error();
    connection_ = std::move(*connection);
    jsOptions how;
    jsOptions_Init(&how);
    how.Wait = options_.patience.count();
    jsCtx* context = nullptr;
    if (const natsStatus status = natsConnection_JetStream(&context, connection_.get(), &how);
        status != NATS_OK)
      return Error{fmt::format("{}: JetStream: {}", server_of(connection_.get()), nats_reason(status))};
    context_.reset(context);
    const ConnectionWatch watch(connection_.get(), options_.patience * 3);
    if (auto found = find(); !found) return found;
    return at_end_ ? Result<void>() : subscribe();
  }

  Result<VisitMessages> next() override {
    VisitMessages got;
    got.another = std::exchange(another_, {});
    size_t bytes = 0;
    while (!at_end_ && got.lines.size() < kMostOfBatch && bytes < kMostBytesOfBatch) {
      natsMsg* raw = nullptr;
      const natsStatus status =
          natsSubscription_NextMsg(&raw, subscription_.get(), options_.patience.count());
      const MessagePtr message(raw);
      if (status == NATS_TIMEOUT) {
        if (auto settled = settle_silence(); !settled) return settled.error();
        continue;
      }
      if (status != NATS_OK) return fault(nats_reason(status));
      jsMsgMetaData* made = nullptr;
      if (const natsStatus read = natsMsg_GetMetaData(&made, raw); read != NATS_OK)
        return fault(nats_reason(read));
      const MetaDataPtr about(made);
      const uint64_t sequence = about->Sequence.Stream;
      if (sequence <= place_.sequence) continue;
      got.lines.emplace_back(natsMsg_GetData(raw), static_cast<size_t>(natsMsg_GetDataLength(raw)));
      bytes += got.lines.back().size();
      got.missing += sequence - place_.sequence - 1;  // sequences have no gaps but those of deleted messages
      place_.sequence = sequence;
      at_end_ = sequence >= last_;
      if (!at_end_ && about->NumPending == 0) read_to_last();
    }
    got.missing += std::exchange(missing_, 0);
    got.place = place_;
    got.end = at_end_;
    return got;
  }

 private:
  [[nodiscard]] Error fault(const std::string& why) const {
    return Error{fmt::format("stream '{}': {}", options_.stream, why)};
  }

  Result<StreamInfoPtr> stream_info() {
    jsStreamInfo* made = nullptr;
    jsErrCode code = static_cast<jsErrCode>(0);
    const natsStatus status =
        js_GetStreamInfo(&made, context_.get(), options_.stream.c_str(), nullptr, &code);
    StreamInfoPtr info(made);
    if (status == NATS_NOT_FOUND || code == JSStreamNotFoundErr)
      return fault("there is none with this name; `abmctl ship` on a web server makes it");
    if (status != NATS_OK) return fault(nats_reason(status));
    return info;
  }

  /// Where reading begins and ends.
  Result<void> find() {
    const auto info = stream_info();
    if (!info) return info.error();
    const std::string created = fmt::to_string((*info)->Created);
    // All that is in it, whatever it is called there.
    const jsStreamConfig* const config = (*info)->Config;
    if (config != nullptr && config->SubjectsLen == 1) subject_ = config->Subjects[0];
    const jsStreamState& state = (*info)->State;
    last_ = state.LastSeq;
    if (!place_.created.empty() && place_.created != created) {
      another_ = "it was made anew";
    } else if (last_ < place_.sequence) {
      another_ =
          fmt::format("its last message is number {}, and {} had been read, as after a restored backup",
                      last_, place_.sequence);
    }
    if (place_.created != created || !another_.empty()) place_ = {created, 0};
    if (state.FirstSeq > place_.sequence + 1) {
      missing_ = state.FirstSeq - place_.sequence - 1;
      place_.sequence = state.FirstSeq - 1;
    }
    at_end_ = state.Msgs == 0 || last_ <= place_.sequence;
    return {};
  }

  Result<void> subscribe() {
    jsSubOptions how;
    jsSubOptions_Init(&how);
    how.Stream = options_.stream.c_str();
    how.Ordered = true;
    how.Config.DeliverPolicy = js_DeliverByStartSequence;
    how.Config.OptStartSeq = place_.sequence + 1;
    natsSubscription* made = nullptr;
    jsErrCode code = static_cast<jsErrCode>(0);
    const natsStatus status = js_SubscribeSync(&made, context_.get(), subject_.c_str(), nullptr, &how, &code);
    subscription_.reset(made);
    if (status != NATS_OK) return fault(nats_reason(status));
    return {};
  }

  /// Nothing came for long: the last messages have been deleted, or the server is gone.
  Result<void> settle_silence() {
    const ConnectionWatch watch(connection_.get(), options_.patience * 2);
    jsConsumerInfo* made = nullptr;
    jsErrCode code = static_cast<jsErrCode>(0);
    const natsStatus status = natsSubscription_GetConsumerInfo(&made, subscription_.get(), nullptr, &code);
    const ConsumerInfoPtr info(made);
    if (status != NATS_OK) return fault(fmt::format("no answer: {}", nats_reason(status)));
    if (info->NumPending != 0 || info->Delivered.Stream > place_.sequence)
      return fault("the server has more, and sends nothing");
    read_to_last();
    return {};
  }

  /// The messages up to the last one have been deleted.
  void read_to_last() {
    if (last_ > place_.sequence) missing_ += last_ - place_.sequence;
    place_.sequence = std::max(last_, place_.sequence);
    at_end_ = true;
  }

  const StreamOptions options_;
  StreamPlace place_;
  std::string subject_ = ">";
  uint64_t last_ = 0, missing_ = 0;
  std::string another_;
  bool at_end_ = false;
  ConnectionPtr connection_;
  ContextPtr context_;
  SubscriptionPtr subscription_;
};

}  // namespace

Result<std::unique_ptr<VisitStream>> VisitStream::open(const StreamOptions& options,
                                                       const StreamPlace& from) {
  auto stream = std::make_unique<NatsVisitStream>(options, from);
  if (auto opened = stream->open(); !opened) return opened.error();
  return std::unique_ptr<VisitStream>(std::move(stream));
}

}  // namespace abm::connect
