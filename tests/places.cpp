#include "tests/places.h"

#include <cstdlib>

namespace abm::places {

std::string source_folder() {
  return ABM_SOURCE_DIR;
}

std::string data_folder() {
  const char* const set = std::getenv("ABM_TEST_DATA");
  return set != nullptr && *set != '\0' ? set : source_folder() + "/../shared/data";
}

std::string parse5_folder() {
  return source_folder() + "/tests/rewrite/parse5";
}

}  // namespace abm::places
