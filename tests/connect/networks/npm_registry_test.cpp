#include "connect/networks/npm_registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <fmt/format.h>

namespace abm::connect {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kScopeAsked = "@ip-location-db";

class NpmRegistry : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = std::filesystem::temp_directory_path() / "abm-npm-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    places_.files = {folder_ / "user", folder_ / "global"};
    places_.program = folder_ / "npm";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, std::string_view text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  /// npm's stand-in.
  void npm(std::string_view script) const {
    write("npm", fmt::format("#!/bin/sh\n{}\n", script));
    ::chmod((folder_ / "npm").c_str(), 0700);
  }
  [[nodiscard]] std::string found() const {
    const auto registry = npm_registry(places_, kScopeAsked);
    return registry ? *registry : registry.message();
  }

  std::filesystem::path folder_;
  NpmPlaces places_;
};

TEST_F(NpmRegistry, IsLookedForInNpmsOrder) {
  npm("echo https://asked.example/");
  EXPECT_EQ(found(), "https://asked.example");
  write("global", "registry=https://global.example/npm/\n");
  EXPECT_EQ(found(), "https://global.example/npm");
  write("user", "; mine\nfund = false\nregistry = \"https://user.example/\"\n");
  EXPECT_EQ(found(), "https://user.example");
  places_.registry = "https://environment.example";
  EXPECT_EQ(found(), "https://environment.example");
  write("global",
        "@ip-location-db:registry=https://scope.example # for the table\n@other:registry=https://no.example");
  EXPECT_EQ(found(), "https://scope.example");
}

TEST_F(NpmRegistry, OfAFileIsTheLastOneOutsideSections) {
  write("user",
        "registry=https://first.example\nmy-registry=https://no.example\r\nregistry=https://last.example\r\n"
        "#registry=https://no.example\n[section]\nregistry=https://no.example\n");
  EXPECT_EQ(found(), "https://last.example");
}

TEST_F(NpmRegistry, WithAVariableIsLeftToNpm) {
  write("user", "registry=https://${HOST}/\n");
  npm("echo \"$1 $2 $3 of $HOST\" > \"${0%/*}/asked\"; echo https://filled-in.example/");
  places_.environment = {"HOST=there"};
  EXPECT_EQ(found(), "https://filled-in.example");
  std::ifstream asked(folder_ / "asked");
  std::string line;
  std::getline(asked, line);
  EXPECT_EQ(line, "config get registry of there");
  write("user", "@ip-location-db:registry=https://${HOST}/\n");
  npm("[ \"$3\" = @ip-location-db:registry ] && echo https://scope.example/");
  EXPECT_EQ(found(), "https://scope.example");
}

TEST_F(NpmRegistry, IsAskedAtTheRootWithoutTheNetworkAndWithoutALog) {
  npm("echo \"https://$npm_config_offline.$npm_config_logs_max$(pwd)\"");
  EXPECT_EQ(found(), "https://true.0");
}

TEST_F(NpmRegistry, CredentialsAreNeitherUsedNorShown) {
  write("user", "//mirror.example/:_authToken=s3cret\nregistry=https://me:s3cret@mirror.example/npm\n");
  EXPECT_EQ(found(), "https://mirror.example/npm");
  for (const char* value : {"htps://me:s3cret@mirror.example", "https://mirror.example/?token=s3cret",
                            "me:s3cret@", "https://mirror.example/#s3cret"}) {
    write("user", fmt::format("registry={}\n", fmt::format("\"{}\"", value)));
    EXPECT_THAT(found(),
                HasSubstr("npm's registry is not an address of the form https://host/path (according to "));
    EXPECT_THAT(found(), HasSubstr("--from asn=URL_OR_FILE"));
    EXPECT_THAT(found(), Not(HasSubstr("s3cret"))) << value;
  }
  std::filesystem::remove(folder_ / "user");
  npm("echo s3cret; echo s3cret >&2; exit 1");
  EXPECT_THAT(found(), HasSubstr("failed with status 1"));
  EXPECT_THAT(found(), Not(HasSubstr("s3cret")));
}

TEST_F(NpmRegistry, WithoutNpmOneMustBeNamed) {
  EXPECT_THAT(found(), HasSubstr("there is no program"));
  EXPECT_THAT(found(), HasSubstr("name a registry, or the package's archive: --from asn=URL_OR_FILE"));
  npm("echo undefined");
  EXPECT_THAT(found(), HasSubstr("according to 'npm config get registry'"));
}

TEST_F(NpmRegistry, ItsPlacesAreThoseOfTheEnvironment) {
  ::setenv("NPM_CONFIG_REGISTRY", "https://environment.example", 1);
  ::setenv("npm_config_userconfig", "/there/mine", 1);
  ::setenv("npm_config_globalconfig", "/there/all", 1);
  const NpmPlaces places = npm_places();
  ::unsetenv("NPM_CONFIG_REGISTRY");
  ::unsetenv("npm_config_userconfig");
  ::unsetenv("npm_config_globalconfig");
  EXPECT_EQ(places.registry, "https://environment.example");
  EXPECT_EQ(places.files, (std::vector<std::string>{"/there/mine", "/there/all"}));
}

}  // namespace
}  // namespace abm::connect
