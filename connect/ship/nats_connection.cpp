#include "connect/ship/nats_connection.h"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/file.h"

namespace abm::connect {
namespace {

constexpr size_t kMaxSecret = 4096;
constexpr int64_t kReconnectWaitMs = 250;
constexpr int64_t kCloseMs = 5000;

/// A secret from a file: its first line.
Result<std::string> read_secret(const std::string& path) {
  auto text = read_file(path, kMaxSecret);
  if (!text) return text.error();
  text->erase(std::find_if(text->begin(), text->end(), [](char c) { return c == '\n' || c == '\r'; }),
              text->end());
  if (text->empty()) return Error{fmt::format("{}: the first line is empty; it must hold a secret", path)};
  return *std::move(text);
}

/// Never a password.
std::string shown_url(std::string url) {
  const size_t scheme = url.find("://"), at = url.rfind('@');
  const size_t user = scheme == url.npos ? 0 : scheme + 3;
  if (at != url.npos && at >= user) url.erase(user, at + 1 - user);
  return url;
}

class Setup {
 public:
  Setup(const StreamOptions& options, const char* name) : options_(options), name_(name) {
    natsOptions* made = nullptr;
    status_ = natsOptions_Create(&made);
    made_.reset(made);
  }

  Result<OptionsPtr> make() {
    basics();
    if (auto done = identity(); !done) return done.error();
    tls();
    if (status_ != NATS_OK) return Error{fmt::format("{}: {}", failed_, nats_reason(status_))};
    return std::move(made_);
  }

 private:
  template <typename Call>
  void set(std::string_view what, Call call) {
    if (status_ != NATS_OK) return;
    status_ = call(made_.get());
    if (status_ != NATS_OK) failed_ = what;
  }

  void basics() {
    for (const std::string& server : options_.servers) urls_.push_back(server.c_str());
    set(options_.names.servers, [&](natsOptions* made) {
      return natsOptions_SetServers(made, urls_.data(), static_cast<int>(urls_.size()));
    });
    set("name", [this](natsOptions* made) { return natsOptions_SetName(made, name_); });
    set("timeout",
        [&](natsOptions* made) { return natsOptions_SetTimeout(made, options_.patience.count()); });
    set("timeout", [&](natsOptions* made) {  // a server that no longer reads
      return natsOptions_SetWriteDeadline(made, options_.patience.count());
    });
    set("reconnect", [](natsOptions* made) { return natsOptions_SetMaxReconnect(made, -1); });
    set("reconnect", [](natsOptions* made) { return natsOptions_SetReconnectWait(made, kReconnectWaitMs); });
  }

  Result<void> identity() {
    if (!options_.credentials.empty()) {
      set(options_.credentials, [&](natsOptions* made) {
        return natsOptions_SetUserCredentialsFromFiles(made, options_.credentials.c_str(), nullptr);
      });
    }
    if (!options_.token_file.empty()) {
      auto token = read_secret(options_.token_file);
      if (!token) return token.error();
      set(options_.names.token_file,
          [&](natsOptions* made) { return natsOptions_SetToken(made, token->c_str()); });
    }
    if (!options_.user.empty()) {
      auto password = options_.password_file.empty() ? Result<std::string>(std::string())
                                                     : read_secret(options_.password_file);
      if (!password) return password.error();
      set(options_.names.user, [&](natsOptions* made) {
        return natsOptions_SetUserInfo(made, options_.user.c_str(), password->c_str());
      });
    }
    return {};
  }

  void tls() {
    const auto is_tls = [](const std::string& url) { return url.starts_with("tls://"); };
    if (options_.tls_ca.empty() && options_.tls_certificate.empty() &&
        std::none_of(options_.servers.begin(), options_.servers.end(), is_tls)) {
      return;
    }
    set("TLS", [](natsOptions* made) { return natsOptions_SetSecure(made, true); });
    if (!options_.tls_ca.empty()) {
      set(options_.tls_ca, [&](natsOptions* made) {
        return natsOptions_LoadCATrustedCertificates(made, options_.tls_ca.c_str());
      });
    }
    if (!options_.tls_certificate.empty()) {
      set(options_.tls_certificate, [&](natsOptions* made) {
        return natsOptions_LoadCertificatesChain(made, options_.tls_certificate.c_str(),
                                                 options_.tls_key.c_str());
      });
    }
  }

  const StreamOptions& options_;
  const char* name_;
  std::vector<const char*> urls_;
  OptionsPtr made_;
  natsStatus status_;
  std::string failed_ = "NATS";
};

}  // namespace

std::string nats_reason(natsStatus status) {
  const char* text = nats_GetLastError(nullptr);
  if (text == nullptr || *text == '\0') text = natsStatus_GetText(status);
  // "(conn.c:2088): No server available for connection": where the library says it is nobody's business here.
  const std::string_view said = text;
  const size_t place = said.starts_with('(') ? said.find("): ") : std::string_view::npos;
  return std::string(place == std::string_view::npos ? said : said.substr(place + 3));
}

Result<ConnectionPtr> connect_nats(const StreamOptions& options, const char* name) {
  auto setup = Setup(options, name).make();
  if (!setup) return setup.error();
  natsConnection* connection = nullptr;
  const natsStatus status = natsConnection_Connect(&connection, setup->get());
  if (status != NATS_OK) {
    std::vector<std::string> shown;
    for (const std::string& server : options.servers) shown.push_back(shown_url(server));
    return Error{fmt::format("{}: {}", fmt::join(shown, ", "), nats_reason(status))};
  }
  return ConnectionPtr(connection);
}

void close_nats() noexcept {
  nats_CloseAndWait(kCloseMs);
}

std::string server_of(natsConnection* connection) {
  char url[512];
  if (natsConnection_GetConnectedUrl(connection, url, sizeof url) != NATS_OK) return {};
  return shown_url(url);
}

}  // namespace abm::connect
