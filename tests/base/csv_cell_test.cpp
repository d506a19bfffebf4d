#include "base/csv_cell.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace abm {
namespace {

std::string csv_cell(std::string_view text) {
  std::string out;
  append_csv_cell(out, text);
  return out;
}

TEST(CsvCell, GuardsWhatASpreadsheetWouldRun) {
  for (const std::string_view text :
       {"=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "\uff1d1", "\uff0b1", "\uff0d1", "\uff20x"})
    EXPECT_EQ(csv_cell(text), "\"'" + std::string(text) + "\"");
}

TEST(CsvCell, IsQuotedWhereItMustBe) {
  EXPECT_EQ(csv_cell("Deere & Co"), "Deere & Co");
  EXPECT_EQ(csv_cell(""), "");
  EXPECT_EQ(csv_cell("a=b"), "a=b");
  EXPECT_EQ(csv_cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
  EXPECT_EQ(csv_cell("a\nb;c"), "\"a\nb;c\"");
}

}  // namespace
}  // namespace abm
