// abmctl ship: sends the visit log into a NATS JetStream stream.
#include <fcntl.h>
#include <sys/file.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "base/file.h"
#include "base/new_file.h"
#include "connect/logs/log_files.h"
#include "connect/ship/shipper.h"
#include "tools/command.h"

namespace abm::tools {
namespace {

struct ShipOptions {
  std::string log;
  std::string state;  ///< "": LOG.ship
  connect::StreamOptions stream;
  connect::ShipperOptions shipper;
  bool once = false;
  bool json = false;
};

// Set by SIGINT and SIGTERM: finish what is under way.
std::atomic<bool> stop{false};

void stop_on_signals() {
  struct sigaction action = {};
  action.sa_handler = [](int) { stop = true; };
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

/// Two processes with one checkpoint would undo each other's progress.
Result<Fd> lock_state(const std::string& state) {
  const std::string path = state + ".lock";
  std::error_code code;
  const std::filesystem::path at = std::filesystem::absolute(path, code);
  const Fd folder(::open(at.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) return errno_error(path, errno);
  auto fd = open_or_create_at(folder.get(), at.filename().string(), 0600, path);
  if (!fd) return fd;
  if (::flock(fd->get(), LOCK_EX | LOCK_NB) != 0) {
    return Error{fmt::format("{}: another abmctl ship uses this checkpoint", path)};
  }
  return fd;
}

void write_json(const ShipOptions& options, const connect::Totals& totals, uint64_t waiting,
                const Output& out) {
  std::string text;
  Json json(text);
  json.begin_object()
      .key("stream")
      .string(options.stream.stream)
      .key("subject")
      .string(options.stream.subject);
  json.key("shipped").number(totals.shipped).key("duplicates").number(totals.duplicates);
  json.key("damaged").number(totals.damaged).key("bytes_waiting").number(waiting).end_object();
  out.line(text);
}

void tell(const ShipOptions& options, const connect::Totals& totals, uint64_t waiting, const Output& out) {
  out.line(
      fmt::format("shipped {} line{} to stream '{}'{}{}{}", totals.shipped, totals.shipped == 1 ? "" : "s",
                  options.stream.stream,
                  totals.duplicates == 0 ? "" : fmt::format(", {} of them it had already", totals.duplicates),
                  totals.damaged == 0 ? "" : fmt::format(", {} damaged", totals.damaged),
                  waiting == 0 ? "" : fmt::format(", {} bytes wait", waiting)));
}

Status run(ShipOptions options, Context& context) {
  Output& out = context.out;
  if (options.once && options.shipper.follow) return out.failure("--once and --follow exclude each other");
  if (options.state.empty()) options.state = options.log + ".ship";
  const auto locked = lock_state(options.state);
  if (!locked) return out.failure(locked.message());
  const auto note = [&out](std::string_view text) { out.note(fmt::format("abmctl: {}", text)); };
  auto files = connect::LogFiles::open({.log = options.log, .state = options.state, .note = note});
  if (!files) return out.failure(files.message());
  options.shipper.note = note;
  options.shipper.progress = [&out](uint64_t done, uint64_t total) { out.progress("shipping", done, total); };
  stop_on_signals();
  connect::Shipper shipper(
      *files, [&options] { return connect::Stream::connect(options.stream); }, options.shipper, stop);
  const auto done = shipper.run();
  options.json ? write_json(options, shipper.totals(), files->bytes_waiting(), out)
               : tell(options, shipper.totals(), files->bytes_waiting(), out);
  if (!done) return out.failure(done.message());
  return shipper.totals().damaged == 0 ? Status::kOk : Status::kProblems;
}

void add_server_options(Command& command, ShipOptions& options) {
  connect::StreamOptions& stream = options.stream;
  stream.servers = {"nats://127.0.0.1:4222"};
  stream.stream = "abm-visits";
  stream.subject = "abm.visits";
  command
      .add_option("--server", stream.servers,
                  "nats:// or tls:// URLs of the cluster, with commas between them")
      .separated_by(',')
      .show_default();
  command.add_option("--stream", stream.stream, "the stream; created (in files) if there is none")
      .show_default();
  command.add_option("--subject", stream.subject, "what lines are published to").show_default();
  command.add_option("--replicas", stream.replicas, "servers that hold each line, if the stream is created")
      .in_range(1, 5)
      .show_default();
  command.add_option("--user", stream.user, "user name");
  command.add_option("--password-file", stream.password_file, "file whose first line is the user's password");
  command.add_option("--token-file", stream.token_file, "file whose first line is a token");
  command.add_option("--creds", stream.credentials, "credentials file (JWT and NKey seed)");
  command.add_option("--tls-ca", stream.tls_ca, "certificates that servers must be signed by (PEM)");
  Option certificate = command.add_option("--tls-cert", stream.tls_certificate, "our certificate (PEM)");
  Option key = command.add_option("--tls-key", stream.tls_key, "its key (PEM)");
  certificate.needs(key);
  key.needs(certificate);
}

}  // namespace

void add_ship(Command& app, Context& context) {
  auto options = std::make_shared<ShipOptions>();
  Command* command = app.add_subcommand("ship", "Ships the visit log into a NATS JetStream stream");
  command
      ->add_option("log", options->log,
                   "the visit log that nginx writes; its rotated files are found beside it")
      .required();
  add_server_options(*command, *options);
  command->add_option("--state", options->state, "the checkpoint (default: LOG.ship)");
  command->add_flag("--once", options->once, "ship what is there, then exit (the default)");
  command->add_flag("--follow", options->shipper.follow, "go on as the log grows, until SIGTERM");
  command
      ->add_option(
          "--timeout",
          [options](unsigned seconds) { options->shipper.timeout = std::chrono::seconds(seconds); },
          "without --follow: seconds to try while no server acknowledges anything")
      .show_default("10");
  command->add_flag("--json", options->json, "what was shipped as JSON");
  command->footer(
      "Each line is published with its request id as message id, and remembered as shipped once the stream has\n"
      "acknowledged it: at least once, and exactly once while the stream knows the id (an hour, in a stream that this\n"
      "command creates). What a file still holds is shipped across renames, copytruncate and restarts; a file that\n"
      "was compressed before it was read is named, and shipped once it is decompressed beside the log.\n"
      "Examples:\n"
      "  abmctl ship /var/log/nginx/abm-visits.jsonl --follow --server nats://nats-1:4222,nats://nats-2:4222\n"
      "  abmctl ship abm-visits.jsonl --stream abm-visits --subject abm.visits --json\n"
      "Exit status: 0 shipped, 1 some lines are damaged, 2 could not run.");
  command->callback([options, &context] { context.status = run(*options, context); });
}

}  // namespace abm::tools
