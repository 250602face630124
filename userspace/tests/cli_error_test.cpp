// SPDX-License-Identifier: GPL-2.0
/// Every wrong command line: its exit code and its sentence.
#include <gtest/gtest.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "fake_client.hpp"
#include "samples.hpp"

namespace mgw_test {

namespace {

constexpr int usage = 2;

struct WrongLine {
  const char* line;
  const char* sentence;
};

const std::vector<WrongLine>& wrong_lines() {
  static const std::vector<WrongLine> lines = {
      /* Nouns, verbs and options. */
      {"servce show", "servce: unknown noun: did you mean 'service'?"},
      {"blah",
       "blah: unknown noun: use service, rs, laddr, session, dev, stats, "
       "monitor "
       "or version"},
      /* The first wrong word is to blame, not what follows it. */
      {"sevice show --sched rr",
       "sevice: unknown noun: did you mean 'service'?"},
      {"sevice show --sched", "sevice: unknown noun: did you mean 'service'?"},
      {"sevice -N", "sevice: unknown noun: did you mean 'service'?"},
      {"sevice show --help=no",
       "sevice: unknown noun: did you mean 'service'?"},
      {"teapot --family ipv4",
       "teapot: unknown noun: use service, rs, laddr, session, dev, stats, "
       "monitor or version"},
      {"show service --all",
       "show: unknown noun: use service, rs, laddr, "
       "session, dev, stats, monitor or version"},
      {"service shwo --service x",
       "shwo: unknown verb of service: did you mean 'show'?"},
      {"service shwo --netns",
       "shwo: unknown verb of service: did you mean 'show'?"},
      {"laddr ad 10.0.0.1 --ports 1-2",
       "ad: unknown verb of laddr: did you mean 'add'?"},
      {"stats sho --drops=no",
       "sho: unknown verb of stats: did you mean 'show'?"},
      {"monitor all --limit 3",
       "monitor: 'all' is one word too many: mgwadm monitor"},
      {"version 2 --drops",
       "version: '2' is one word too many: mgwadm version"},
      {"-x sevice", "-x: unknown option: see mgwadm --help"},
      {"--foo", "--foo: unknown option: see mgwadm --help"},
      {"--jsn", "--jsn: unknown option: did you mean '--json'?"},
      {"--versoin", "--versoin: unknown option: did you mean '--version'?"},
      {"-x", "-x: unknown option: see mgwadm --help"},
      {"--foo=7 service show", "--foo: unknown option: see mgwadm --help"},
      {"service", "service: a verb is missing: use add, set, del or show"},
      {"service shw", "shw: unknown verb of service: did you mean 'show'?"},
      {"service drain tcp 10.0.0.1:80",
       "drain: unknown verb of service: use add, set, del or show"},
      {"rs ad", "ad: unknown verb of rs: did you mean 'add'?"},
      {"laddr set", "set: unknown verb of laddr: use add, del or show"},
      {"session del", "del: unknown verb of session: use show, count or flush"},
      {"stats", "stats: a verb is missing: use show or zero"},
      {"dev", "dev: a verb is missing: use attach, detach or show"},
      {"dev add eth0", "add: unknown verb of dev: use attach, detach or show"},
      {"dev attach", "dev attach: IFNAME is missing: mgwadm dev attach IFNAME"},
      {"dev attach eth0 eth1",
       "dev attach: 'eth1' is one word too many: mgwadm dev attach IFNAME"},
      {"dev attach eth0/1",
       "IFNAME: 'eth0/1' is no name of a device: give 1 to 15 characters "
       "without blank, '/' and ':'"},
      {"dev detach sixteen-letters-",
       "IFNAME: 'sixteen-letters-' is no name of a device: give 1 to 15 "
       "characters without blank, '/' and ':'"},
      {"stats reset", "reset: unknown verb of stats: use show or zero"},
      {"monitor all", "monitor: 'all' is one word too many: mgwadm monitor"},
      {"version 2", "version: '2' is one word too many: mgwadm version"},
      {"monitor --all", "--all: unknown option: see mgwadm monitor --help"},
      {"service --sched rr add tcp 10.0.0.1:80",
       "--sched: unknown option: see mgwadm service --help"},
      {"session flush --all=false",
       "--all: takes no value: leave it out for 'no'"},
      {"session flush --all=0", "--all: takes no value: leave it out for 'no'"},
      {"stats show --drops=no",
       "--drops: takes no value: leave it out for 'no'"},
      {"--version=off", "--version: takes no value: leave it out for 'no'"},
      {"service show --help=false",
       "--help: takes no value: leave it out for 'no'"},
      {"-N", "--netns: give it once, with its value: --netns NETNS"},
      {"service show -N",
       "--netns: give it once, with its value: --netns "
       "NETNS"},
      {"-N a service show -N b",
       "--netns: give it once, with its value: --netns NETNS"},
      {"-N a service show --netns=a",
       "--netns: give it once, with its value: --netns NETNS"},
      {"service -N a show -N b",
       "--netns: give it once, with its value: --netns NETNS"},
      {"-N a -N b", "--netns: give it once, with its value: --netns NETNS"},
      /* Behind "--" there are no options. */
      {"service add -- tcp",
       "service add: VADDR:PORT|MARK is missing: mgwadm service add "
       "tcp|udp|fwmark VADDR:PORT|MARK [OPTION]..."},
      {"-- service shwo",
       "shwo: unknown verb of service: did you mean 'show'?"},
      {"service show -- -j",
       "-j: no option may stand behind '--', and no word begins with '-'"},
      {"service show -- tcp --",
       "--: no option may stand behind '--', and no word begins with '-'"},
      {"help sevice", "sevice: unknown noun: did you mean 'service'?"},
      {"service help shwo",
       "shwo: unknown verb of service: did you mean 'show'?"},
      /* Services. */
      {"service add",
       "service add: tcp|udp|fwmark is missing: mgwadm service add "
       "tcp|udp|fwmark VADDR:PORT|MARK [OPTION]..."},
      {"service add tcp",
       "service add: VADDR:PORT|MARK is missing: mgwadm service add "
       "tcp|udp|fwmark VADDR:PORT|MARK [OPTION]..."},
      {"service show tcp",
       "service show: VADDR:PORT|MARK is missing: mgwadm service show "
       "[tcp|udp|fwmark VADDR:PORT|MARK] [OPTION]..."},
      {"service del tcp 10.0.0.1:80 now",
       "service del: 'now' is one word too many: mgwadm service del "
       "tcp|udp|fwmark VADDR:PORT|MARK [OPTION]..."},
      {"service add sctp 10.0.0.1:80",
       "tcp|udp|fwmark: unknown protocol 'sctp': use tcp, udp or fwmark"},
      {"service add tpc 10.0.0.1:80",
       "tcp|udp|fwmark: unknown protocol 'tpc': use tcp, udp or fwmark"},
      {"service add tcpp 10.0.0.1:80",
       "tcp|udp|fwmark: unknown protocol 'tcpp': did you mean 'tcp'?"},
      {"service add 10.0.0.1:80 tcp",
       "tcp|udp|fwmark: unknown protocol '10.0.0.1:80': use tcp, udp or "
       "fwmark"},
      {"service add tcp www.example.com:80",
       "VADDR:PORT: 'www.example.com' is no address: host names are not looked "
       "up, give the numbers (10.0.0.1 or 2001:db8::1)"},
      {"service add tcp 10.0.0.1",
       "VADDR:PORT: '10.0.0.1' has no port: write 10.0.0.1:PORT (0 = every "
       "port)"},
      {"service add tcp 10.0.0.1:65536",
       "VADDR:PORT: '65536' is no port: give a number from 0 to 65535 (0 = "
       "every port)"},
      {"service add tcp 2001:db8::1",
       "VADDR:PORT: '2001:db8::1': write an IPv6 address with its port as "
       "[ADDR]:PORT"},
      {"service add tcp 10.0.0.1:80 --sched lc",
       "--sched: unknown scheduler 'lc': did you mean 'wlc'?"},
      {"service add tcp 10.0.0.1:80 --sched conhash",
       "--sched: unknown scheduler 'conhash': use rr, wrr or wlc"},
      {"service add tcp 10.0.0.1:80 --mode masq",
       "--mode: unknown mode 'masq': use fullnat, nat, dr or tunnel"},
      {"service add tcp 10.0.0.1:80 --timestamps off",
       "--timestamps: unknown timestamps setting 'off': use strip or keep"},
      {"service add tcp 10.0.0.1:80 --toa yes",
       "--toa: unknown setting 'yes': use off or on"},
      {"service add tcp 10.0.0.1:80 --toa-kind 34",
       "--toa-kind: '34' is out of range: give a number from 35 to 254"},
      {"service add tcp 10.0.0.1:80 --pool "
       "12345678901234567890123456789012",
       "--pool: '12345678901234567890123456789012' is no name of a pool: give "
       "1 to 31 letters, digits, '.', '_' and '-'"},
      {"service add tcp 10.0.0.1:80 --timeout establish=5",
       "--timeout: unknown timeout 'establish': did you mean 'established'?"},
      {"service add tcp 10.0.0.1:80 --timeout udp=0",
       "--timeout: timeout udp is '0': give 1 to 86400 seconds"},
      {"service add tcp 10.0.0.1:80 --timeout udp=5 --timeout udp=6",
       "--timeout: timeout udp is given twice"},
      {"service add tcp 10.0.0.1:80 --timeout",
       "--timeout: give it once, with its value: --timeout NAME=SECONDS"},
      {"service add tcp 10.0.0.1:80 --sched",
       "--sched: give it once, with its value: --sched rr|wrr|wlc"},
      {"service add tcp 10.0.0.1:80 --sched rr --sched rr",
       "--sched: give it once, with its value: --sched rr|wrr|wlc"},
      {"service add tcp 10.0.0.1:80 --scheduler rr",
       "--scheduler: unknown option: see mgwadm service --help"},
      {"service add tcp 10.0.0.1:80 --shed rr",
       "--shed: unknown option: did you mean '--sched'?"},
      {"service add tcp 10.0.0.1:80 --weight 5",
       "--weight: unknown option: see mgwadm service --help"},
      {"service set tcp 10.0.0.1:80",
       "service set: nothing to set: give at least one option, such as --sched "
       "wrr"},
      {"service add fwmark 0",
       "MARK: mark 0 is that of packets nobody has marked: give 1 to "
       "4294967295"},
      {"service add fwmark 4294967296",
       "MARK: '4294967296' is no firewall mark: give 1 to 4294967295, or 0x1 "
       "to 0xffffffff"},
      {"service add fwmark 10.0.0.1:80",
       "MARK: '10.0.0.1:80' is no firewall mark: give 1 to 4294967295, or 0x1 "
       "to 0xffffffff"},
      {"service add fwmrk 7",
       "tcp|udp|fwmark: unknown protocol 'fwmrk': did you mean 'fwmark'?"},
      {"service add fwmark 7 --family inet",
       "--family: unknown family 'inet': use ipv4 or ipv6"},
      {"service add tcp 10.0.0.1:80 --family ipv4",
       "--family: is for services by fwmark: the family of others is that of "
       "their vaddr"},
      {"service set fwmark 7 --family ipv6",
       "service set: nothing to set: give at least one option, such as --sched "
       "wrr"},
      {"rs set fwmark 7 10.0.1.1 --family ipv4",
       "rs set: nothing to set: give at least one option, such as --weight 0"},
      {"rs add fwmark 7 10.0.1.1:x",
       "RADDR[:PORT]: 'x' is no port: give a number from 0 to 65535 (0 = every "
       "port)"},
      {"session count --service fwmark 0",
       "--service: mark 0 is that of packets nobody has marked: give 1 to "
       "4294967295"},
      /* Rs. */
      {"rs add tcp 10.0.0.1:80",
       "rs add: RADDR:PORT is missing: mgwadm rs add tcp|udp|fwmark "
       "VADDR:PORT|MARK RADDR:PORT [OPTION]..."},
      {"rs show tcp",
       "rs show: VADDR:PORT|MARK is missing: mgwadm rs show [tcp|udp|fwmark "
       "VADDR:PORT|MARK [RADDR:PORT]] [OPTION]..."},
      {"rs add tcp 10.0.0.1:80 10.0.1.1",
       "RADDR:PORT: '10.0.1.1' has no port: write 10.0.1.1:PORT (0 = every "
       "port)"},
      {"rs add tcp 10.0.0.1:80 10.0.1.1:80 --weight 65536",
       "--weight: '65536' is out of range: give a number from 0 to 65535"},
      {"rs add tcp 10.0.0.1:80 10.0.1.1:80 --weight -1",
       "--weight: '-1' is out of range: give a number from 0 to 65535"},
      {"rs add tcp 10.0.0.1:80 10.0.1.1:80 --weight ten",
       "--weight: 'ten' is out of range: give a number from 0 to 65535"},
      {"rs add tcp 10.0.0.1:80 10.0.1.1:80 --mode x",
       "--mode: unknown mode 'x': use fullnat, nat, dr or tunnel"},
      {"rs add tcp 10.0.0.1:80 10.0.1.1:80 --tunnel vxlan",
       "--tunnel: unknown tunnel 'vxlan': use ipip, gue or gre"},
      {"rs add tcp 10.0.0.1:80 10.0.1.1:80 --tunnel-port 0",
       "--tunnel-port: '0' is out of range: give a number from 1 to 65535"},
      {"rs add tcp 10.0.0.1:80 10.0.1.1:80 --tunnel-checksum yes",
       "--tunnel-checksum: unknown setting 'yes': use off or on"},
      {"rs set tcp 10.0.0.1:80 10.0.1.1:80",
       "rs set: nothing to set: give at least one option, such as --weight 0"},
      /* Laddrs. */
      {"laddr add",
       "laddr add: ADDR[-ADDR|/PREFIX] is missing: mgwadm laddr add "
       "ADDR[-ADDR|/PREFIX] [OPTION]..."},
      {"laddr add my-host",
       "ADDR: 'my-host' is no address: host names are not looked up, give the "
       "numbers (10.0.0.1 or 2001:db8::1)"},
      {"laddr add 10.0.0.0/16",
       "ADDR: range '10.0.0.0/16' has more than 4096 addresses: split it into "
       "smaller ones"},
      {"laddr add 10.0.0.1:80",
       "ADDR: '10.0.0.1:80' is no address: write 10.0.0.1 or 2001:db8::1"},
      {"laddr add 10.0.0.9-10.0.0.1",
       "ADDR: range '10.0.0.9-10.0.0.1' ends before it starts: did you mean "
       "10.0.0.1-10.0.0.9?"},
      {"laddr add 10.0.0.1 --cpu x",
       "--cpu: 'x' is out of range: give a number from 0 to 65535"},
      {"laddr add 10.0.0.1 --ports 80",
       "--ports: '80' is no range of ports: write MIN-MAX, such as "
       "1024-65535"},
      {"laddr add 10.0.0.1 --ports 0-80",
       "--ports: '0-80' is no range of ports: both ends are numbers from 1 to "
       "65535"},
      {"laddr add 10.0.0.1 10.0.0.2",
       "laddr add: '10.0.0.2' is one word too many: mgwadm laddr add "
       "ADDR[-ADDR|/PREFIX] [OPTION]..."},
      {"laddr del",
       "laddr del: ADDR[-ADDR|/PREFIX] is missing: mgwadm laddr "
       "del ADDR[-ADDR|/PREFIX]"},
      {"laddr show 10.0.0.1",
       "laddr show: '10.0.0.1' is one word too many: mgwadm laddr show"},
      /* Sessions. */
      {"session show --client",
       "--client: give it once, with its value: "
       "--client ADDR[:PORT]"},
      {"session show --client me",
       "--client: 'me' is no address: host names are not looked up, give the "
       "numbers (10.0.0.1 or 2001:db8::1)"},
      {"session show --service tcp",
       "--service: give it once, with its value: --service tcp|udp|fwmark "
       "VADDR:PORT|MARK"},
      {"session show --service tcp 10.0.0.1",
       "--service: '10.0.0.1' has no port: write 10.0.0.1:PORT (0 = every "
       "port)"},
      {"session show --service http 10.0.0.1:80",
       "--service: unknown protocol 'http': use tcp, udp or fwmark"},
      {"session count --rs 10.0.0.1:x",
       "--rs: 'x' is no port: give a number from 0 to 65535 (0 = every port)"},
      {"session count --limit 5",
       "--limit: unknown option: see mgwadm session --help"},
      {"session show --limit 0",
       "--limit: '0' is out of range: give a number from 1 to 4294967294"},
      {"session show --limit=",
       "--limit: give it once, with its value: --limit N"},
      {"session show tcp",
       "session show: 'tcp' is one word too many: mgwadm session show "
       "[OPTION]..."},
      {"session flush",
       "session flush: give what to end, such as --client ADDR, or --all to "
       "end every session"},
      {"session flush --all --client 10.0.0.1",
       "session flush: --all ends every session: leave out the filters, or "
       "--all"},
      /* Stats. */
      {"stats show --percpu",
       "--percpu: unknown option: did you mean '--per-cpu'?"},
      {"stats zero --drops",
       "--drops: unknown option: see mgwadm stats "
       "--help"},
  };
  return lines;
}

TEST(CliError, EveryWrongLineHasItsSentence) {
  for (const auto& wrong : wrong_lines()) {
    FakeKernel kernel;
    /* A usage error needs no module. */
    kernel.connect_error =
        mgw::Error(mgw::ErrorKind::module_missing, "connected too early");
    const auto result = run(kernel, wrong.line);
    EXPECT_EQ(result.code, usage) << wrong.line;
    EXPECT_EQ(result.err, std::string("mgwadm: ") + wrong.sentence + "\n")
        << wrong.line;
    EXPECT_EQ(result.out, "") << wrong.line;
  }
}

TEST(CliError, AndTheSameAsJson) {
  for (const auto& wrong : wrong_lines()) {
    FakeKernel kernel;
    const auto result = run(kernel, std::string("--json ") + wrong.line);
    EXPECT_EQ(result.code, usage) << wrong.line;
    const auto error = nlohmann::json::parse(result.err).at("error");
    EXPECT_EQ(error.at("kind"), "usage");
    EXPECT_EQ(error.at("object").get<std::string>() + ": " +
                  error.at("message").get<std::string>(),
              wrong.sentence);
  }
}

TEST(CliError, IsJsonWheneverJsonIsNamed) {
  FakeKernel kernel;
  const auto result = run(kernel, "--json=no service show");
  EXPECT_EQ(result.code, usage);
  EXPECT_EQ(nlohmann::json::parse(result.err).at("error").at("object"),
            "--json");
  for (const auto* line : {"--json=true teapot", "teapot --json=true",
                           "-jN a teapot", "-jNa teapot", "-xj teapot"}) {
    EXPECT_TRUE(nlohmann::json::accept(run(kernel, line).err)) << line;
  }
  for (const auto* line : {"teapot -Nj", "teapot -- -j", "teapot --netns -j",
                           "teapot --limit=-j"}) {
    EXPECT_FALSE(nlohmann::json::accept(run(kernel, line).err)) << line;
  }
}

TEST(CliError, EmptyWordsAreNoWords) {
  FakeKernel kernel;
  const auto result =
      run(kernel, std::vector<std::string>{"service", "add", "tcp", ""});
  EXPECT_EQ(result.code, usage);
  EXPECT_EQ(result.err, "mgwadm: VADDR:PORT: an address is missing\n");
  const std::vector<std::vector<std::string>> lines = {
      {""}, {"", "show"}, {"service", ""}, {"-N", "", "service", "show"}};
  for (const auto& words : lines) {
    EXPECT_EQ(run(kernel, words).code, usage);
  }
}

struct Outcome {
  mgw::ErrorKind kind;
  int code;
};

TEST(CliError, ExitCodesOfErrors) {
  const std::vector<Outcome> cases = {
      {mgw::ErrorKind::refused, 1},    {mgw::ErrorKind::protocol, 1},
      {mgw::ErrorKind::netns, 1},      {mgw::ErrorKind::module_missing, 3},
      {mgw::ErrorKind::permission, 3},
  };
  for (const auto& test : cases) {
    FakeKernel kernel;
    kernel.connect_error = mgw::Error(test.kind, "Because");
    for (const auto* line : {"", "version", "monitor", "stats show"}) {
      const auto result = run(kernel, line);
      EXPECT_EQ(result.code, test.code);
      EXPECT_EQ(result.err, "mgwadm: Because\n");
    }
  }
}

TEST(CliError, ARefusedListPrintsNothing) {
  FakeKernel kernel;
  kernel.sessions_error =
      mgw::Error(mgw::ErrorKind::refused, "No such service").about("sessions");
  for (const auto* line : {"session show", "-j session show"}) {
    const auto result = run(kernel, line);
    EXPECT_EQ(result.code, 1);
    EXPECT_EQ(result.out, "") << line;
    EXPECT_NE(result.err.find("No such service"), std::string::npos);
  }
}

/* What ends early must not be taken for the whole. */
TEST(CliError, AListThatBreaksOffIsNoJson) {
  FakeKernel kernel;
  kernel.sessions = {make_session("198.51.100.7:1"),
                     make_session("198.51.100.7:2")};
  kernel.sessions_error =
      mgw::Error(mgw::ErrorKind::protocol, "Lost").about("sessions");
  const auto text = run(kernel, "session show");
  EXPECT_EQ(text.code, 1);
  EXPECT_EQ(text.err,
            "mgwadm: sessions: Lost (the list ends early, after 2 of them)\n");
  const auto json = run(kernel, "-j session show");
  EXPECT_EQ(json.code, 1);
  EXPECT_FALSE(nlohmann::json::accept(json.out));
  EXPECT_TRUE(nlohmann::json::accept(json.out + "]"));
  EXPECT_EQ(json.out.back(), '\n');
  const auto error = nlohmann::json::parse(json.err).at("error");
  EXPECT_EQ(error.at("message"), "Lost (the list ends early, after 2 of them)");
}

TEST(CliError, RefusalNamesTheObject) {
  FakeKernel kernel;
  const auto text = run(kernel, "service del tcp 10.0.0.1:80");
  EXPECT_EQ(text.code, 1);
  EXPECT_EQ(text.err,
            "mgwadm: service tcp 10.0.0.1:80: There is no such service\n");
  const auto json = run(kernel, "-j service del tcp 10.0.0.1:80");
  EXPECT_EQ(json.code, 1);
  EXPECT_EQ(json.err,
            "{\"error\":{\"kind\":\"refused\",\"object\":\"service tcp "
            "10.0.0.1:80\",\"message\":\"There is no such "
            "service\",\"errno\":2}}\n");
}

TEST(CliError, NamesSayNothingToATerminal) {
  FakeKernel kernel;
  EXPECT_EQ(run(kernel, "dev detach \x1b[2J\xff").err,
            "mgwadm: dev \\x1b[2J\\xff: This device is not attached\n");
  EXPECT_EQ(run(kernel, "dev detach \x1b/").err,
            "mgwadm: IFNAME: '\\x1b/' is no name of a device: give 1 to 15 "
            "characters without blank, '/' and ':'\n");
  const auto json = run(kernel, "-j dev detach \x1b[2J\xff").err;
  EXPECT_EQ(nlohmann::json::parse(json).at("error").at("object"),
            "dev \x1b[2J\ufffd");
}

TEST(CliError, RsOfNoServiceAreRefused) {
  FakeKernel kernel;
  const auto result = run(kernel, "rs show tcp 10.0.0.1:80");
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.err,
            "mgwadm: service tcp 10.0.0.1:80: There is no such service\n");
}

}  // namespace

}  // namespace mgw_test
