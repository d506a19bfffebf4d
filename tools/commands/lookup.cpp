// abmctl lookup: whose address is this?
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/confidence.h"
#include "generation/identify.h"
#include "tools/command.h"
#include "tools/inputs.h"

namespace abm::tools {
namespace {

struct LookupOptions {
  GenerationOptions generation;
  std::vector<std::string> addresses;
  bool json = false;
};

void tell(const std::string& address, const generation::Identity& identity, const Output& out) {
  if (!identity.account.has_value()) {
    out.line(identity.exclusion.empty() ? fmt::format("{}: not identified", address)
                                        : fmt::format("{}: not identified: {} is {}", address,
                                                      identity.network->to_string(), identity.exclusion));
    return;
  }
  const accounts::AccountView& account = *identity.account;
  out.line(fmt::format("{}: {} ({}), {}{}, confidence {}, from {}, network {}", address,
                       out.strong(account.id()), account.name(), accounts::to_string(account.tier()),
                       account.excluded() ? ", excluded" : "", to_string(identity.confidence),
                       identity.source, identity.network->to_string()));
}

void write_json(Json& json, const std::string& address, const generation::Identity& identity) {
  json.begin_object().key("ip").string(address).key("identified").boolean(identity.account.has_value());
  if (identity.account.has_value()) {
    const accounts::AccountView& account = *identity.account;
    json.key("account").string(account.id()).key("name").string(account.name());
    json.key("tier").string(accounts::to_string(account.tier())).key("excluded").boolean(account.excluded());
    json.key("confidence").string(to_string(identity.confidence)).key("source").string(identity.source);
  }
  json.key("network");
  identity.network.has_value() ? json.string(identity.network->to_string()) : json.null();
  json.key("exclusion");
  json.string_or_null(identity.exclusion);
  json.end_object();
}

Status run(const LookupOptions& options, Context& context) {
  Output& out = context.out;
  std::vector<IpAddress> addresses;
  for (const std::string& text : options.addresses) {
    const auto address = IpAddress::parse(text);
    if (!address.has_value()) return out.failure(fmt::format("'{}' is not an IP address", text));
    addresses.push_back(*address);
  }
  const OpenResult opened = open_generation(options.generation, out);
  if (opened.generation == nullptr) return opened.status;
  std::string text;
  Json json(text);
  json.begin_array();
  for (size_t i = 0; i < addresses.size(); ++i) {
    const auto identity =
        generation::identify(*opened.generation, addresses[i], {}, generation::IdentityKind::kId);
    options.json ? write_json(json, options.addresses[i], identity)
                 : tell(options.addresses[i], identity, out);
  }
  json.end_array();
  if (options.json) out.line(text);
  return Status::kOk;
}

}  // namespace

void add_lookup(Command& app, Context& context) {
  auto options = std::make_shared<LookupOptions>();
  Command* command = app.add_subcommand("lookup", "Says which account an address belongs to, and why");
  options->generation.add_to(*command);
  command->add_option("ip", options->addresses, "addresses, IPv4 or IPv6").required();
  command->add_flag("--json", options->json, "a JSON array, one object per address");
  command->footer(
      "Example:\n"
      "  abmctl lookup 164.121.3.4 2001:db8::1");
  command->callback([options, &context] { context.status = run(*options, context); });
}

}  // namespace abm::tools
