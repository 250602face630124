// SPDX-License-Identifier: GPL-2.0
#include "text_layout.hpp"

#include <gtest/gtest.h>

#include <random>

#include "fake_client.hpp"

namespace {

using mgwadm::Cells;

TEST(TextLayout, WrapsBetweenPhrases) {
  EXPECT_EQ(mgwadm::wrap({"a", "", "b c"}, 2, 4), "  a b c\n");
  const std::string forty(40, 'x');
  EXPECT_EQ(mgwadm::wrap({forty, forty}, 0, 4),
            forty + "\n    " + forty + "\n");
  const std::string thirty_nine(39, 'x');
  EXPECT_EQ(mgwadm::wrap({forty, thirty_nine}, 0, 4),
            forty + " " + thirty_nine + "\n");
  const std::string hundred(100, 'x');
  EXPECT_EQ(mgwadm::wrap({hundred}, 0, 4), hundred + "\n");
}

TEST(TextLayout, SplitsAtBlanks) {
  EXPECT_EQ(mgwadm::split_words("  a bc  d "),
            (std::vector<std::string>{"a", "bc", "d"}));
  EXPECT_TRUE(mgwadm::split_words("  ").empty());
}

TEST(TextLayout, TableAlignsAndDropsBlankColumns) {
  const std::vector<Cells> rows = {
      {{"rs", "a"}, {"weight", "1", true}, {"", ""}},
      {{"rs", "abc"}, {"weight", "10", true}, {"", ""}}};
  EXPECT_EQ(mgwadm::layout_table("", rows, 2),
            "  rs   weight\n"
            "  a         1\n"
            "  abc      10\n");
  EXPECT_EQ(mgwadm::layout_table("", {}, 2), "");
}

TEST(TextLayout, TableNarrowsItsGapsThenBecomesRecords) {
  const auto row = [](std::size_t size) {
    return std::vector<Cells>{
        {{"k", std::string(size, 'v')}, {"n", "1", true}, {"m", "2", true}}};
  };
  EXPECT_NE(mgwadm::layout_table("t", row(74), 0).find("v  1  2"),
            std::string::npos);
  EXPECT_NE(mgwadm::layout_table("t", row(75), 0).find("v 1 2"),
            std::string::npos);
  EXPECT_EQ(mgwadm::layout_table("t", row(77), 0),
            "t\n    k " + std::string(77, 'v') + "\n    n 1 m 2\n");
}

TEST(TextLayout, UnevenRowsBecomeRecords) {
  const std::vector<Cells> rows = {{{"a", "1"}}, {{"a", "1"}, {"b", "2"}}};
  EXPECT_EQ(mgwadm::layout_table("t", rows, 0), "t a 1\nt a 1 b 2\n");
}

TEST(TextLayout, BlocksKeepTheFirstColumn) {
  std::vector<std::vector<std::string>> rows = {{"", "total"}, {"x", "7"}};
  for (int cpu = 0; cpu < 30; cpu++) {
    rows[0].push_back("cpu" + std::to_string(cpu));
    rows[1].push_back(std::to_string(cpu));
  }
  const auto text = mgwadm::layout_blocks(rows);
  EXPECT_LE(mgw_test::width(text), mgwadm::text_width);
  EXPECT_EQ(text.substr(0, text.find('\n')),
            "   total  cpu0  cpu1  cpu2  cpu3  cpu4  cpu5  cpu6  cpu7  cpu8  "
            "cpu9  cpu10");
  std::size_t names = 0;
  for (std::size_t at = text.find("x  "); at != std::string::npos;
       at = text.find("x  ", at + 1)) {
    names++;
  }
  EXPECT_EQ(names, 3U);
}

TEST(TextLayout, WhatIsShownIsLettersOnly) {
  EXPECT_EQ(mgwadm::printable("eth0 ~\\x2d"), "eth0 ~\\x2d");
  EXPECT_EQ(mgwadm::printable("\x1b[2J\n\x7f"), "\\x1b[2J\\x0a\\x7f");
  EXPECT_EQ(mgwadm::printable("\x9b\xc3\xa9"), "\\x9b\\xc3\\xa9");
  EXPECT_EQ(mgwadm::printable(std::string_view("\0", 1)), "\\x00");
}

TEST(TextLayout, RecordsOfShortPhrasesFit) {
  std::mt19937 random(6);  // NOLINT: the same cases every time
  for (int i = 0; i < 1000; i++) {
    Cells cells(random() % 20);
    for (auto& cell : cells) {
      cell.label.assign(random() % 20, 'l');
      cell.value.assign(random() % 50, 'v');
      cell.breaks = random() % 5 == 0;
    }
    EXPECT_LE(mgw_test::width(mgwadm::layout_record("title", cells, 4)),
              mgwadm::text_width);
  }
}

}  // namespace
