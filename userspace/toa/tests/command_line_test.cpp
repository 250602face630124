// SPDX-License-Identifier: GPL-2.0
#include "command_line.hpp"

#include <gtest/gtest.h>

#include "text_layout.hpp"

namespace {

using toa::parse_command_line;
using toa::Verb;

toa::CommandLine parse(std::string_view line) {
  return parse_command_line(mgwadm::split_words(line));
}

/// "OBJECT: SENTENCE" of the usage error, or "" when the line is right.
std::string complaint(std::string_view line) {
  try {
    parse(line);
    return "";
  } catch (const toa::UsageError& error) {
    return error.object() + ": " + error.what();
  }
}

TEST(ToaCommandLine, ReadsAttach) {
  const auto line = parse(
      "attach --cgroup /x --from 10.0.1.0/24 --from 2001:db8::1 --kind 200 "
      "--kind6 253 -j");
  EXPECT_EQ(line.verb, Verb::attach);
  EXPECT_TRUE(line.json);
  EXPECT_EQ(line.settings.cgroup, "/x");
  ASSERT_EQ(line.settings.from.size(), 2U);
  EXPECT_EQ(line.settings.from[1].to_string(), "2001:db8::1/128");
  EXPECT_EQ(line.settings.kind, 200);
  EXPECT_EQ(line.settings.kind6, 253);
}

TEST(ToaCommandLine, HasDefaults) {
  const auto line = parse("attach --from-any");
  EXPECT_EQ(line.settings.cgroup, "/sys/fs/cgroup");
  EXPECT_TRUE(line.settings.from.empty());
  EXPECT_EQ(line.settings.kind, 254);
  EXPECT_EQ(line.settings.kind6, 254);
  EXPECT_EQ(parse("attach --from-any --kind 200").settings.kind6, 200);
  EXPECT_EQ(parse("").verb, Verb::show);
  EXPECT_EQ(parse("show").verb, Verb::show);
  EXPECT_EQ(parse("-j show connections").verb, Verb::show_connections);
  EXPECT_EQ(parse("detach").verb, Verb::detach);
  EXPECT_EQ(parse("show -- connections").verb, Verb::show_connections);
}

TEST(ToaCommandLine, WantsToKnowWhomToBelieve) {
  EXPECT_EQ(complaint("attach"),
            "attach: say whom to believe: --from PREFIX, the balancer's "
            "laddrs. Whoever reaches this host without the balancer can write "
            "the option, too, and be anybody; if nobody can, --from-any");
  EXPECT_EQ(complaint("attach --from-any --from 10.0.0.1"),
            "--from-any: --from says another thing: give one of them");
}

TEST(ToaCommandLine, SaysWhatIsWrong) {
  EXPECT_EQ(complaint("atach"), "atach: unknown verb: did you mean 'attach'?");
  EXPECT_EQ(complaint("teapot"),
            "teapot: unknown verb: use attach, detach or show");
  EXPECT_EQ(complaint("show conections"),
            "conections: unknown word: did you mean 'connections'?");
  EXPECT_EQ(complaint("attach --form 10.0.0.1"),
            "--form: unknown option: did you mean '--from'?");
  EXPECT_EQ(complaint("detach all"), "all: unknown word: see mgw-toa --help");
  EXPECT_EQ(complaint("attach --from-any=false"),
            "--from-any: takes no value: leave it out for 'no'");
  EXPECT_EQ(complaint("attach --from-any --kind 8"),
            "--kind: '8' is out of range: give a number from 35 to 255: those "
            "below are TCP's own");
  EXPECT_EQ(complaint("attach --from-any --kind6 256").substr(0, 9),
            "--kind6: ");
  EXPECT_EQ(complaint("attach --from-any --kind 254 --kind 253"),
            "--kind: give it once, with its value: --kind N");
  EXPECT_EQ(complaint("attach --from 10.0.0.300"),
            "--from: '10.0.0.300' is no address: write 10.0.0.1 or "
            "2001:db8::1");
  EXPECT_EQ(complaint("attach --from"),
            "--from: give it with its value: --from PREFIX");
  EXPECT_EQ(complaint("show all"), "all: unknown word: use connections");
}

TEST(ToaCommandLine, BlamesTheFirstWrongWord) {
  const std::string verb = "atach: unknown verb: did you mean 'attach'?";
  for (const auto* line :
       {"atach --json=no", "atach --from", "atach --from 10.0.0.1",
        "-j atach --version=no", "help atach", "-- atach"}) {
    EXPECT_EQ(complaint(line), verb) << line;
  }
  EXPECT_EQ(complaint("show conections --json=no"),
            "conections: unknown word: did you mean 'connections'?");
  EXPECT_EQ(complaint("attach --form x --kind"),
            "--form: unknown option: did you mean '--from'?");
  EXPECT_EQ(complaint("attach --json=no x"),
            "--json: takes no value: leave it out for 'no'");
  EXPECT_EQ(complaint("show connections --json=no"),
            "--json: takes no value: leave it out for 'no'");
  EXPECT_EQ(complaint("show -- -j"),
            "-j: no option may stand behind '--', and no word begins with '-'");
}

TEST(ToaCommandLine, ErrorsAreJsonWheneverJsonIsNamed) {
  for (const auto* line : {"--json=true x", "x --json=no", "-hj", "-j", "-xj x",
                           "attach --from 10.0.0.1 --json"}) {
    EXPECT_TRUE(toa::wants_json(mgwadm::split_words(line))) << line;
  }
  for (const auto* line : {"", "x -- -j", "attach --cgroup -j", "--jsn",
                           "attach --cgroup=-j", "attach --kind --json"}) {
    EXPECT_FALSE(toa::wants_json(mgwadm::split_words(line))) << line;
  }
}

TEST(ToaCommandLine, KeepsATableOfBoundedSize) {
  std::vector<std::string> words = {"attach"};
  for (unsigned i = 0; i <= TOA_PREFIXES_MAX; i++) {
    words.emplace_back("--from");
    words.push_back("10.1." + std::to_string(i / 256) + "." +
                    std::to_string(i % 256));
  }
  EXPECT_THROW(parse_command_line(words), toa::UsageError);
  words.resize(words.size() - 2);
  EXPECT_EQ(parse_command_line(words).settings.from.size(),
            std::size_t{TOA_PREFIXES_MAX});
}

TEST(ToaCommandLine, HelpFitsEightyColumns) {
  std::size_t width = 0;
  for (const auto character : toa::help()) {
    width = character == '\n' ? 0 : width + 1;
    EXPECT_LE(width, mgwadm::text_width);
  }
  EXPECT_EQ(parse("attach --help").text, toa::help());
  for (const auto* line : {"-h", "help", "help attach", "attach help",
                           "show help", "-j help show connections"}) {
    EXPECT_EQ(parse(line).text, toa::help()) << line;
  }
  for (const auto* line : {"--version", "-V"}) {
    EXPECT_EQ(parse(line).text.value_or("").substr(0, 8), "mgw-toa ") << line;
  }
}

}  // namespace
