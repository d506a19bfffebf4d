// abmctl lookup: whose address is this?
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/confidence.h"
#include "base/embedded_ipv4.h"
#include "generation/identify.h"
#include "ipdb/special_networks.h"
#include "tools/command.h"
#include "tools/inputs.h"

namespace abm::tools {
namespace {

struct LookupOptions {
  GenerationOptions generation;
  std::vector<std::string> addresses;
  bool json = false;
};

/// What an address that nobody is identified by is; "" if it is nothing special.
std::string nature_of(const IpAddress& address) {
  const EmbeddedIpv4 form = embedded_ipv4(address);
  if (embeds_another_party(form)) return fmt::format("{}, which carries another party's", to_string(form));
  const ipdb::SpecialNetwork* special = nullptr;
  if (form == EmbeddedIpv4::kNone)
    special = ipdb::special_network_around({address, static_cast<uint8_t>(address.is_v4 ? 32 : 128)});
  return special == nullptr ? std::string()
                            : fmt::format("{} is {}", special->network.to_string(), special->what);
}

void tell(const std::string& text, const IpAddress& address, const generation::Identity& identity,
          const Output& out) {
  if (!identity.account.has_value()) {
    const std::string why = identity.exclusion.empty()
                                ? nature_of(address)
                                : fmt::format("{} is {}", identity.network->to_string(), identity.exclusion);
    out.line(fmt::format("{}: not identified{}{}", text, why.empty() ? "" : ": ", why));
    return;
  }
  const accounts::AccountView& account = *identity.account;
  out.line(fmt::format("{}: {} ({}), {}{}, confidence {}, from {}, network {}", text,
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
                 : tell(options.addresses[i], addresses[i], identity, out);
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
