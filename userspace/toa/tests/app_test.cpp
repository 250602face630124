// SPDX-License-Identifier: GPL-2.0
/// Command lines from end to end, with a reader that is none.
#include "app.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "error.hpp"
#include "text_layout.hpp"

namespace {

class FakeReader : public toa::Reader {
 public:
  void attach(const toa::Settings& settings) override {
    fail();
    state.attached = true;
    state.settings = settings;
  }
  void detach() override {
    fail();
    state.attached = false;
  }
  toa::Status status() override {
    fail();
    return state;
  }
  std::vector<toa::Connection> connections() override {
    fail();
    return all;
  }

  toa::Status state;
  std::vector<toa::Connection> all;
  std::optional<toa::Error> error;

 private:
  void fail() const {
    if (error) {
      throw toa::Error(*error);
    }
  }
};

struct Result {
  int code = 0;
  std::string out;
  std::string err;
};

Result run(toa::Reader& reader, std::string_view line) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = toa::run(mgwadm::split_words(line), out, err, reader);
  return {code, out.str(), err.str()};
}

void fill(FakeReader& reader) {
  reader.state.attached = true;
  reader.state.hooks = {"getpeername4", "sock_ops"};
  reader.state.settings.from = {toa::Prefix::parse("10.0.1.0/24"),
                                toa::Prefix::parse("2001:db8::/64")};
  reader.state.counters = {100, 20, 3, 4, 5, 6};
}

TEST(ToaApp, AttachesAndIsSilent) {
  FakeReader reader;
  const auto result = run(reader, "attach --from 10.0.1.0/24");
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out + result.err, "");
  EXPECT_EQ(reader.state.settings.from.front().to_string(), "10.0.1.0/24");
  EXPECT_EQ(run(reader, "detach").code, 0);
  EXPECT_FALSE(reader.state.attached);
}

TEST(ToaApp, ShowsWhatIsAttached) {
  FakeReader reader;
  EXPECT_EQ(run(reader, "").out, "not attached\n");
  EXPECT_EQ(run(reader, "-j show").out, "{\"attached\":false}\n");
  fill(reader);
  EXPECT_EQ(run(reader, "show").out,
            "attached to  /sys/fs/cgroup\n"
            "hooks        getpeername4 sock_ops\n"
            "kind         254\n"
            "from         10.0.1.0/24 2001:db8::/64\n"
            "\n"
            "seen_v4    100\n"
            "seen_v6     20\n"
            "no_option    3\n"
            "untrusted    4\n"
            "malformed    5\n"
            "no_memory    6\n");
  reader.state.settings.kind6 = 253;
  reader.state.settings.from.clear();
  const auto text = run(reader, "show").out;
  EXPECT_NE(text.find("\nkind of IPv6  253\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\nfrom          any\n"), std::string::npos) << text;
}

/* Who may make a cgroup may choose its name. */
TEST(ToaApp, NamesOfCgroupsSayNothingToATerminal) {
  FakeReader reader;
  fill(reader);
  reader.state.settings.cgroup = "/a\\x2db\x1b[2J\xff";
  const auto text = run(reader, "show").out;
  EXPECT_EQ(text.substr(0, text.find('\n')),
            "attached to  /a\\x2db\\x1b[2J\\xff");
  EXPECT_EQ(nlohmann::json::parse(run(reader, "-j show").out).at("cgroup"),
            "/a\\x2db\x1b[2J\ufffd");
  reader.error = toa::Error(toa::ErrorKind::refused, "/\x1b", "\x1b\xff");
  EXPECT_EQ(run(reader, "show").err, "mgw-toa: /\\x1b: \\x1b\\xff\n");
  EXPECT_EQ(nlohmann::json::parse(run(reader, "-j show").err)
                .at("error")
                .at("message"),
            "\x1b\ufffd");
}

TEST(ToaApp, ShowsTheSameAsJson) {
  FakeReader reader;
  fill(reader);
  const auto json = nlohmann::json::parse(run(reader, "-j").out);
  EXPECT_EQ(json["attached"], true);
  EXPECT_EQ(json["cgroup"], "/sys/fs/cgroup");
  EXPECT_EQ(json["kind"], 254);
  EXPECT_EQ(json["kind6"], 254);
  EXPECT_EQ(json["from_any"], false);
  EXPECT_EQ(json["from"], nlohmann::json({"10.0.1.0/24", "2001:db8::/64"}));
  EXPECT_EQ(json["counters"]["untrusted"], 4);
}

TEST(ToaApp, ListsConnections) {
  FakeReader reader;
  EXPECT_EQ(run(reader, "show connections").out, "");
  EXPECT_EQ(run(reader, "-j show connections").out, "[]\n");
  reader.all = {{mgw::Endpoint::parse("198.51.100.7:4660"),
                 mgw::Endpoint::parse("10.0.1.1:1024"),
                 mgw::Endpoint::parse("10.0.2.1:80")},
                {mgw::Endpoint::parse("[2001:db8::7]:1"),
                 mgw::Endpoint::parse("10.0.1.1:1025"),
                 mgw::Endpoint::parse("10.0.2.1:80")}};
  EXPECT_EQ(run(reader, "show connections").out,
            "client             laddr          rs\n"
            "198.51.100.7:4660  10.0.1.1:1024  10.0.2.1:80\n"
            "[2001:db8::7]:1    10.0.1.1:1025  10.0.2.1:80\n");
  const auto json =
      nlohmann::json::parse(run(reader, "-j show connections").out);
  ASSERT_EQ(json.size(), 2U);
  EXPECT_EQ(json[1]["caddr"], "2001:db8::7");
  EXPECT_EQ(json[0]["cport"], 4660);
  EXPECT_EQ(json[0]["lport"], 1024);
}

TEST(ToaApp, ErrorsHaveObjectSentenceAndCode) {
  FakeReader reader;
  reader.error = toa::Error(toa::ErrorKind::refused, "mgw-toa", "is not", 2);
  auto result = run(reader, "detach");
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.err, "mgw-toa: mgw-toa: is not\n");
  result = run(reader, "-j detach");
  EXPECT_EQ(result.err,
            "{\"error\":{\"kind\":\"refused\",\"object\":\"mgw-toa\","
            "\"message\":\"is not\",\"errno\":2}}\n");
  reader.error = toa::Error(toa::ErrorKind::permission, "x", "y");
  EXPECT_EQ(run(reader, "show").code, 3);
  reader.error = toa::Error(toa::ErrorKind::unsupported, "x", "y");
  EXPECT_EQ(run(reader, "show").code, 3);
  result = run(reader, "attach");
  EXPECT_EQ(result.code, 2);
  EXPECT_EQ(result.err.substr(0, 25), "mgw-toa: attach: say whom");
  EXPECT_EQ(run(reader, "-j attach").err.substr(0, 26),
            "{\"error\":{\"kind\":\"usage\",\"");
}

}  // namespace
