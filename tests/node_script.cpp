#include "tests/node_script.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/places.h"

namespace abm::places {

std::vector<std::string> judge_with_node(std::string_view name, const std::vector<std::string>& lines) {
  const std::string script = source_folder() + "/tests/rewrite/parse5/" + std::string(name);
  const auto list = std::filesystem::temp_directory_path() /
                    ("abm-" + std::string(name) + "-" + std::to_string(::getpid()));
  {
    std::ofstream out(list);
    for (const std::string& line : lines) out << line << '\n';
  }
  std::vector<std::string> printed(1);
  FILE* const pipe = ::popen(("node '" + script + "' '" + list.string() + "'").c_str(), "r");
  if (pipe == nullptr) {
    ADD_FAILURE() << "node does not start";
    return {};
  }
  for (int c; (c = std::fgetc(pipe)) != EOF;) {
    if (c == '\n') {
      printed.emplace_back();
    } else {
      printed.back() += static_cast<char>(c);
    }
  }
  EXPECT_EQ(::pclose(pipe), 0) << script;
  std::filesystem::remove(list);
  printed.pop_back();
  return printed;
}

}  // namespace abm::places
