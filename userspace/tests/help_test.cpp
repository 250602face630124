// SPDX-License-Identifier: GPL-2.0
#include "help.hpp"

#include <gtest/gtest.h>

#include "fake_client.hpp"

namespace mgw_test {

namespace {

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(Help, FitsEightyColumns) {
  EXPECT_LE(width(mgwadm::root_help()), mgwadm::text_width);
  for (const auto& noun : mgwadm::nouns()) {
    EXPECT_LE(width(mgwadm::noun_help(noun)), mgwadm::text_width) << noun.name;
  }
}

TEST(Help, NamesEveryNounVerbAndOption) {
  const auto root = mgwadm::root_help();
  for (const auto& noun : mgwadm::nouns()) {
    EXPECT_TRUE(contains(root, noun.name)) << noun.name;
    const auto help = mgwadm::noun_help(noun);
    for (const auto& verb : noun.verbs) {
      EXPECT_TRUE(contains(
          help, std::string("mgwadm ") + std::string(noun.name) +
                    (verb.name.empty() ? "" : " ") + std::string(verb.name)));
      for (const auto& option : verb.options) {
        EXPECT_TRUE(
            contains(help, std::string("\n  ") + std::string(option.name)))
            << option.name;
      }
    }
  }
}

TEST(Help, ExamplesAreRightCommandLines) {
  for (const auto& noun : mgwadm::nouns()) {
    EXPECT_FALSE(noun.examples.empty());
    for (const auto example : noun.examples) {
      auto words = mgwadm::split_words(example);
      ASSERT_EQ(words.front(), "mgwadm");
      words.erase(words.begin());
      FakeKernel kernel;
      EXPECT_NE(run(kernel, words).code, 2) << example;
    }
  }
}

TEST(Help, ComesFromEveryPlace) {
  FakeKernel kernel;
  kernel.connect_error = mgw::Error(mgw::ErrorKind::module_missing, "no");
  for (const auto* line :
       {"--help", "-h", "-j --help", "help", "-j help", "help help"}) {
    const auto result = run(kernel, line);
    EXPECT_EQ(result.code, 0);
    EXPECT_EQ(result.out, mgwadm::root_help()) << line;
    EXPECT_EQ(result.err, "");
  }
  const auto service = mgwadm::noun_help(mgwadm::service_noun());
  for (const auto* line : {"service --help", "service add --help", "service -h",
                           "service add tcp --help", "service list -h",
                           "service help", "help service", "help service add",
                           "service help add", "-- service help"}) {
    EXPECT_EQ(run(kernel, line).out, service) << line;
  }
}

TEST(Help, VersionNeedsNoModule) {
  FakeKernel kernel;
  kernel.connect_error = mgw::Error(mgw::ErrorKind::module_missing, "no");
  for (const auto* line : {"--version", "-V", "-jV"}) {
    const auto result = run(kernel, line);
    EXPECT_EQ(result.code, 0);
    EXPECT_EQ(result.out, "mgwadm " MGW_RELEASE "\n");
  }
}

TEST(Help, UsageShowsWhereOneMayStop) {
  const auto noun = mgwadm::rs_noun();
  EXPECT_EQ(mgwadm::verb_usage(noun, noun.verbs.back()),
            "mgwadm rs show [tcp|udp|fwmark VADDR:PORT|MARK [RADDR:PORT]] "
            "[OPTION]...");
}

}  // namespace

}  // namespace mgw_test
