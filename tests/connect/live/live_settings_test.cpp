#include "connect/live/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/connect/live/temporary_folder.h"

namespace abm::connect {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

LiveSettings hubspot_settings() {
  LiveSettings settings;
  settings.name = "crm";
  settings.token_file = "/secret";
  return settings;
}

std::string settings_fault(const LiveSettings& settings) {
  const auto good = check_settings(settings);
  return good ? "" : good.message();
}

TEST(LiveSettings, AreCheckedBeforeAnythingIsAsked) {
  EXPECT_EQ(settings_fault(hubspot_settings()), "");
  LiveSettings settings = hubspot_settings();
  for (const char* name : {"", "-a", "A", "a/b", "..", "a b", "ä"}) {
    settings.name = name;
    EXPECT_THAT(settings_fault(settings), StartsWith("name: ")) << name;
  }
  settings = hubspot_settings();
  settings.url = "http://api.hubapi.com";
  EXPECT_THAT(settings_fault(settings), HasSubstr("must begin with https://"));
  settings = hubspot_settings();
  settings.token_file.clear();
  EXPECT_EQ(settings_fault(settings), "token_file: name the file that holds the token");
  settings = hubspot_settings();
  settings.properties = {"name", "Number of Employees"};
  EXPECT_THAT(settings_fault(settings),
              StartsWith("properties: 'Number of Employees' is not an internal name"));
  settings.properties.assign(101, "name");
  EXPECT_EQ(settings_fault(settings), "properties: more than 100");
  settings = hubspot_settings();
  settings.every_seconds = 1;
  EXPECT_EQ(settings_fault(settings), "every: 1 s is less than 10 s");
}

TEST(LiveSettings, OfSalesforceNeedTheirQueryAndTwoSecrets) {
  LiveSettings settings = hubspot_settings();
  settings.kind = LiveKind::kSalesforce;
  settings.url = "https://acme.my.salesforce.com";
  EXPECT_THAT(settings_fault(settings), StartsWith("client_id_file: "));
  settings.client_id_file = "/id";
  EXPECT_THAT(settings_fault(settings), StartsWith("client_secret_file: "));
  settings.client_secret_file = "/secret";
  EXPECT_EQ(settings_fault(settings), "soql: it is empty");
  settings.soql = "SELECT Id FROM Account";
  EXPECT_EQ(settings_fault(settings), "");
  for (const char* version : {"", "60.0", "v60", "v60.1", "v6/../x.0", "vv.0"}) {
    settings.version = version;
    EXPECT_THAT(settings_fault(settings), StartsWith("version: ")) << version;
  }
}

TEST(SecretFile, IsReadIfOnlyItsOwnerMay) {
  const TemporaryFolder folder;
  EXPECT_EQ(*read_secret_file(folder.file("a", "pat-na1-1234\n")), "pat-na1-1234");
  EXPECT_EQ(*read_secret_file(folder.file("b", "  s3cret \r\nnotes\n", 0400)), "s3cret");
  for (const mode_t mode : {0640, 0604, 0660, 0610}) {
    const auto secret = read_secret_file(folder.file("c", "pat-na1-1234", mode));
    ASSERT_FALSE(secret) << mode;
    EXPECT_THAT(secret.message(),
                AllOf(HasSubstr("others may read or write this secret"), HasSubstr("run chmod 600 on it")));
  }
}

TEST(SecretFile, MustHoldOne) {
  const TemporaryFolder folder;
  const auto fault = [&](std::string_view text) {
    const auto secret = read_secret_file(folder.file("d", text));
    return secret ? "accepted" : secret.message();
  };
  EXPECT_THAT(fault(""), HasSubstr("the first line is empty"));
  EXPECT_THAT(fault("\nabc"), HasSubstr("the first line is empty"));
  EXPECT_THAT(fault("two words"), HasSubstr("the first line is no secret"));
  EXPECT_THAT(fault("a\rX-Injected: 1"), HasSubstr("the first line is no secret"));
  EXPECT_THAT(fault("\xef\xbb\xbfpat"), HasSubstr("the first line is no secret"));
  EXPECT_THAT(fault(std::string(5000, 'x')), HasSubstr("4096"));
  EXPECT_FALSE(read_secret_file(folder.path("missing")));
  EXPECT_FALSE(read_secret_file(folder.path()));
}

}  // namespace
}  // namespace abm::connect
