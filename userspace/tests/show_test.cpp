// SPDX-License-Identifier: GPL-2.0
/// What every noun prints, as text and as JSON, to the letter.
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "fake_client.hpp"
#include "samples.hpp"

namespace mgw_test {

namespace {

FakeKernel make_kernel() {
  FakeKernel kernel;
  const auto web = service_key(mgw::Proto::tcp, "10.9.0.1:80");
  const auto dns = service_key(mgw::Proto::udp, "[2001:db8::53]:53");
  for (const auto& key : {dns, web}) {
    kernel.services.emplace(key, make_service(key));
  }
  for (const auto& rs : {make_rs(web, "10.9.1.10:8080", 1),
                         make_rs(web, "10.9.1.2:8080", 100)}) {
    kernel.rs.emplace(rs.key, rs);
  }
  kernel.services.at(dns).rs_count = 0;
  kernel.info = {"0.1.0", 256, 65536, 1048576};
  return kernel;
}

TEST(Show, ServicesAsText) {
  auto kernel = make_kernel();
  const std::string expected =
      "service tcp 10.9.0.1:80 sched wlc mode fullnat pool default timestamps "
      "strip\n"
      "    rs_count 2 sessions 12 sessions_total 88\n"
      "    rs              weight  mode     sessions  sessions_total\n"
      "    10.9.1.2:8080      100  fullnat         6              44\n"
      "    10.9.1.10:8080       1  fullnat         6              44\n"
      "service udp [2001:db8::53]:53 sched wlc mode fullnat pool default\n"
      "    timestamps strip\n"
      "    rs_count 0 sessions 12 sessions_total 88\n";
  EXPECT_EQ(run(kernel, "service show").out, expected);
  EXPECT_EQ(run(kernel, "").out, expected);
}

TEST(Show, OneServiceAsText) {
  auto kernel = make_kernel();
  EXPECT_EQ(
      run(kernel, "service show tcp 10.9.0.1:80").out,
      "service tcp 10.9.0.1:80 sched wlc mode fullnat pool default timestamps "
      "strip\n"
      "    timeout syn_sent=5 syn_recv=10 established=900 fin_wait=30 "
      "last_ack=30\n"
      "    time_wait=120 close=10 udp=30 udp_replied=180\n"
      "    rs_count 2 sessions 12 sessions_total 88\n"
      "    packets_from_client 1000 bytes_from_client 64000 packets_from_rs "
      "900\n"
      "    bytes_from_rs 1200000\n"
      "    rs              weight  mode     sessions  sessions_total\n"
      "    10.9.1.2:8080      100  fullnat         6              44\n"
      "    10.9.1.10:8080       1  fullnat         6              44\n");
}

/// One more rs of a service of make_kernel().
void add_rs(FakeKernel& kernel, const mgw::ServiceKey& key, int number) {
  const auto raddr = "10.9.1." + std::to_string(100 + number) + ":80";
  const auto rs = make_rs(key, raddr.c_str(), 1);
  kernel.rs.emplace(rs.key, rs);
  ++*kernel.services.at(key).rs_count;
}

/* Services and rs are two lists; what changes between them shows. */
TEST(Show, ServicesAreListedAgainWhenTheirRsDoNotFit) {
  auto kernel = make_kernel();
  const auto web = service_key(mgw::Proto::tcp, "10.9.0.1:80");
  const auto added = service_key(mgw::Proto::tcp, "10.9.0.9:80");
  kernel.changes = {
      [&](FakeKernel& k) { add_rs(k, web, 1); },
      [&](FakeKernel& k) {
        k.services.emplace(added, make_service(added)).first->second.rs_count =
            0;
        add_rs(k, added, 2);
      },
  };
  const auto result = run(kernel, "-j service show");
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.err, "");
  const auto json = nlohmann::json::parse(result.out);
  ASSERT_EQ(json.size(), 3U);
  for (const auto& service : json) {
    EXPECT_EQ(service.at("rs_count"), service.at("rs").size());
  }
  EXPECT_EQ(kernel.log.size(), 4U);
}

/// Another service under the same name, with as many rs, at other addresses.
void replace_service(FakeKernel& kernel, const mgw::ServiceKey& key,
                     const char* sched) {
  auto service = make_service(key);
  service.sched = sched;
  service.traffic = mgw::Traffic{};
  kernel.services.at(key) = service;
  kernel.rs.clear();
  add_rs(kernel, key, 1);
  add_rs(kernel, key, 2);
  kernel.services.at(key).rs_count = 2;
}

TEST(Show, ServicesAreListedAgainWhenOneWasReplaced) {
  const auto web = service_key(mgw::Proto::tcp, "10.9.0.1:80");
  for (const auto* line :
       {"-j service show", "-j service show tcp 10.9.0.1:80", "-j"}) {
    for (const auto* sched : {"rr", "wlc"}) {
      auto kernel = make_kernel();
      kernel.changes = {[&](FakeKernel& k) { replace_service(k, web, sched); }};
      const auto result = run(kernel, line);
      EXPECT_EQ(result.err, "");
      const auto service = nlohmann::json::parse(result.out).at(0);
      EXPECT_EQ(service.at("sched"), sched);
      EXPECT_EQ(service.at("packets_from_rs"), 0);
      EXPECT_EQ(service.at("rs").at(0).at("raddr"), "10.9.1.101");
      EXPECT_EQ(kernel.log.size(), 3U);
    }
  }
}

TEST(Show, AServiceThatIsReplacedAllTheTimeHasANote) {
  const auto web = service_key(mgw::Proto::tcp, "10.9.0.1:80");
  auto kernel = make_kernel();
  for (int i = 0; i < 9; i++) {
    kernel.changes.emplace_back([&, i](FakeKernel& k) {
      replace_service(k, web, i % 2 == 0 ? "rr" : "wlc");
    });
  }
  const auto result = run(kernel, "service show tcp 10.9.0.1:80");
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.err,
            "mgwadm: the configuration kept changing: parts of the list may "
            "not fit\n");
  EXPECT_EQ(kernel.log.size(), 6U);
}

TEST(Show, ServicesWithTrafficFit) {
  const auto web = service_key(mgw::Proto::tcp, "10.9.0.1:80");
  auto kernel = make_kernel();
  kernel.changes = {[&](FakeKernel& k) {
    auto& service = k.services.at(web);
    ++*service.sessions;
    ++*service.traffic->sessions_total;
    ++service.traffic->packets_from_client;
  }};
  EXPECT_EQ(run(kernel, "service show").err, "");
  EXPECT_EQ(kernel.log.size(), 2U);
}

TEST(Show, ServicesThatNeverFitAreShownWithANote) {
  const auto web = service_key(mgw::Proto::tcp, "10.9.0.1:80");
  for (const auto* line : {"service show", "-j service show"}) {
    auto kernel = make_kernel();
    for (int i = 0; i < 9; i++) {
      kernel.changes.emplace_back([&, i](FakeKernel& k) { add_rs(k, web, i); });
    }
    const auto result = run(kernel, line);
    EXPECT_EQ(result.code, 0);
    EXPECT_NE(result.out.find("10.9.1.104"), std::string::npos);
    EXPECT_NE(result.err.find("the configuration kept changing: parts of the "
                              "list may not fit"),
              std::string::npos);
    EXPECT_EQ(kernel.log.size(), 6U);
  }
}

TEST(Show, ListsThatAreOfNoOneMomentHaveANote) {
  auto kernel = make_kernel();
  kernel.list_end = mgw::DumpEnd::interrupted;
  kernel.devs["eth0"] = {"eth0", 3};
  kernel.laddrs[{}] = {};
  for (const auto* line :
       {"service show", "rs show", "laddr show", "dev show", "stats show"}) {
    const auto result = run(kernel, line);
    EXPECT_EQ(result.code, 0);
    EXPECT_NE(result.out, "");
    EXPECT_EQ(result.err,
              "mgwadm: the configuration kept changing: parts of the list may "
              "not fit\n");
  }
}

TEST(Show, ServicesByMark) {
  FakeKernel kernel;
  const auto four = mgw::ServiceKey::by_mark(7, mgw::Family::v4);
  const auto six = mgw::ServiceKey::by_mark(7, mgw::Family::v6);
  for (const auto& key : {six, four}) {
    auto service = mgw::Service{};
    service.key = key;
    service.sched = "wlc";
    kernel.services.emplace(key, service);
  }
  mgw::Rs rs;
  rs.key = {four, mgw::Endpoint::parse("10.9.1.2:0")};
  kernel.rs.emplace(rs.key, rs);
  EXPECT_EQ(run(kernel, "service show").out,
            "service fwmark 7 sched wlc\n"
            "    rs\n"
            "    10.9.1.2:0\n"
            "service fwmark 7 family ipv6 sched wlc\n");
  EXPECT_EQ(run(kernel, "-j service show").out,
            "[\n"
            R"({"fwmark":7,"family":"ipv4","sched":"wlc","rs":[)"
            R"({"raddr":"10.9.1.2","rport":0}]},)"
            "\n"
            R"({"fwmark":7,"family":"ipv6","sched":"wlc","rs":[]})"
            "\n]\n");
  EXPECT_EQ(run(kernel, "rs show").out, "rs fwmark 7 10.9.1.2:0\n");
}

TEST(Show, ServicesAsJson) {
  auto kernel = make_kernel();
  const auto result = run(kernel, "-j service show");
  EXPECT_EQ(
      result.out,
      "[\n"
      R"({"proto":"tcp","vaddr":"10.9.0.1","vport":80,"sched":"wlc",)"
      R"("mode":"fullnat","pool":"default","timestamps":"strip",)"
      R"("timeouts":{"syn_sent":5,"syn_recv":10,"established":900,)"
      R"("fin_wait":30,"last_ack":30,"time_wait":120,"close":10,"udp":30,)"
      R"("udp_replied":180},"rs_count":2,"sessions":12,"sessions_total":88,)"
      R"("packets_from_client":1000,"bytes_from_client":64000,)"
      R"("packets_from_rs":900,"bytes_from_rs":1200000,"rs":[)"
      R"({"raddr":"10.9.1.2","rport":8080,"weight":100,"mode":"fullnat",)"
      R"("sessions":6,"sessions_total":44,"packets_from_client":500,)"
      R"("bytes_from_client":32000,"packets_from_rs":450,)"
      R"("bytes_from_rs":600000},)"
      R"({"raddr":"10.9.1.10","rport":8080,"weight":1,"mode":"fullnat",)"
      R"("sessions":6,"sessions_total":44,"packets_from_client":500,)"
      R"("bytes_from_client":32000,"packets_from_rs":450,)"
      R"("bytes_from_rs":600000}]},)"
      "\n"
      R"({"proto":"udp","vaddr":"2001:db8::53","vport":53,"sched":"wlc",)"
      R"("mode":"fullnat","pool":"default","timestamps":"strip",)"
      R"("timeouts":{"syn_sent":5,"syn_recv":10,"established":900,)"
      R"("fin_wait":30,"last_ack":30,"time_wait":120,"close":10,"udp":30,)"
      R"("udp_replied":180},"rs_count":0,"sessions":12,"sessions_total":88,)"
      R"("packets_from_client":1000,"bytes_from_client":64000,)"
      R"("packets_from_rs":900,"bytes_from_rs":1200000,"rs":[]})"
      "\n]\n");
  EXPECT_EQ(nlohmann::json::parse(result.out).size(), 2U);
}

TEST(Show, NothingIsAnEmptyArray) {
  FakeKernel kernel;
  for (const auto* noun : {"service", "rs", "laddr", "session"}) {
    EXPECT_EQ(run(kernel, std::string(noun) + " show -j").out, "[]\n");
    EXPECT_EQ(run(kernel, std::string(noun) + " show").out, "");
  }
  EXPECT_EQ(run(kernel, "-j").out, "[]\n");
}

TEST(Show, RsOfATunnel) {
  auto kernel = make_kernel();
  auto& rs = kernel.rs.begin()->second;
  rs.mode = mgw::Mode::tunnel;
  rs.tunnel = mgw::Tunnel::gue;
  rs.tunnel_port = 6080;
  rs.tunnel_checksum = false;
  const auto key = rs.key.to_string();
  const auto text = run(kernel, "rs show " + key).out;
  EXPECT_NE(text.find("mode tunnel tunnel gue"), std::string::npos) << text;
  EXPECT_NE(text.find("tunnel_port 6080"), std::string::npos) << text;
  EXPECT_NE(text.find("tunnel_checksum off"), std::string::npos) << text;
  const auto json =
      nlohmann::json::parse(run(kernel, "rs show -j " + key).out).at(0);
  EXPECT_EQ(json.at("tunnel"), "gue");
  EXPECT_EQ(json.at("tunnel_port"), 6080);
  EXPECT_EQ(json.at("tunnel_checksum"), false);
}

TEST(Show, Rs) {
  auto kernel = make_kernel();
  EXPECT_EQ(run(kernel, "rs show").out,
            "rs tcp 10.9.0.1:80 10.9.1.2:8080 weight 100 mode fullnat\n"
            "    sessions 6 sessions_total 44\n"
            "    packets_from_client 500 bytes_from_client 32000 "
            "packets_from_rs 450\n"
            "    bytes_from_rs 600000\n"
            "rs tcp 10.9.0.1:80 10.9.1.10:8080 weight 1 mode fullnat\n"
            "    sessions 6 sessions_total 44\n"
            "    packets_from_client 500 bytes_from_client 32000 "
            "packets_from_rs 450\n"
            "    bytes_from_rs 600000\n");
  EXPECT_EQ(
      run(kernel, "rs show tcp 10.9.0.1:80 10.9.1.10:8080 -j").out,
      "[\n"
      R"({"proto":"tcp","vaddr":"10.9.0.1","vport":80,"raddr":"10.9.1.10",)"
      R"("rport":8080,"weight":1,"mode":"fullnat","sessions":6,)"
      R"("sessions_total":44,"packets_from_client":500,)"
      R"("bytes_from_client":32000,"packets_from_rs":450,)"
      R"("bytes_from_rs":600000})"
      "\n]\n");
  const auto of_service = run(kernel, "rs show tcp 10.9.0.1:80 -j").out;
  EXPECT_EQ(nlohmann::json::parse(of_service).size(), 2U);
}

TEST(Show, Devs) {
  FakeKernel kernel;
  kernel.devs["outside"] = {"outside", 3};
  kernel.devs["inside"] = {"inside", 12};
  EXPECT_EQ(run(kernel, "dev show").out,
            "ifname   ifindex\n"
            "inside        12\n"
            "outside        3\n");
  EXPECT_EQ(run(kernel, "dev show outside -j").out,
            "[\n"
            R"({"ifname":"outside","ifindex":3})"
            "\n]\n");
}

/* Who may make a device may choose its name. */
TEST(Show, NamesOfDevsSayNothingToATerminal) {
  FakeKernel kernel;
  kernel.devs["\x1b[2J\xff"] = {"\x1b[2J\xff", 3};
  EXPECT_EQ(run(kernel, "dev show").out,
            "ifname       ifindex\n"
            "\\x1b[2J\\xff        3\n");
  const auto json = nlohmann::json::parse(run(kernel, "-j dev show").out);
  EXPECT_EQ(json.at(0).at("ifname"), "\x1b[2J\ufffd");
}

TEST(Show, Laddrs) {
  FakeKernel kernel;
  mgw::Laddr chosen;
  chosen.addr = mgw::Address::parse("10.9.2.10");
  chosen.pool = "default";
  chosen.cpu = 1;
  chosen.port_min = 1024;
  chosen.port_max = 65535;
  chosen.sessions = 1234;
  chosen.exhausted = 0;
  auto pinned = chosen;
  pinned.addr = mgw::Address::parse("10.9.2.9");
  pinned.home_cpu = 0;
  kernel.laddrs.emplace(chosen.addr, chosen);
  kernel.laddrs.emplace(pinned.addr, pinned);
  EXPECT_EQ(run(kernel, "laddr show").out,
            "laddr      pool     home_cpu  cpu  ports       sessions  "
            "exhausted\n"
            "10.9.2.9   default         0    1  1024-65535      1234          "
            "0\n"
            "10.9.2.10  default         -    1  1024-65535      1234          "
            "0\n");
  kernel.laddrs.at(chosen.addr).draining = true;
  EXPECT_EQ(
      run(kernel, "laddr show").out,
      "laddr      pool     home_cpu  cpu  ports       sessions  exhausted\n"
      "10.9.2.9   default         0    1  1024-65535      1234          0\n"
      "10.9.2.10  default         -    1  1024-65535      1234          0  "
      "draining\n");
  EXPECT_EQ(run(kernel, "laddr show -j").out,
            "[\n"
            R"({"laddr":"10.9.2.9","pool":"default","home_cpu":0,"cpu":1,)"
            R"("port_min":1024,"port_max":65535,"sessions":1234,)"
            R"("exhausted":0,"draining":false},)"
            "\n"
            R"({"laddr":"10.9.2.10","pool":"default","home_cpu":null,"cpu":1,)"
            R"("port_min":1024,"port_max":65535,"sessions":1234,)"
            R"("exhausted":0,"draining":true})"
            "\n]\n");
}

TEST(Show, Sessions) {
  FakeKernel kernel;
  kernel.sessions = {make_session("198.51.100.7:40000")};
  EXPECT_EQ(run(kernel, "session show").out,
            "session tcp client 198.51.100.7:40000 service 10.9.0.1:80\n"
            "    laddr 10.9.2.1:1024 rs 10.9.1.2:8080\n"
            "    state established mode fullnat cpu 3 expires 890\n"
            "    packets_from_client 10 bytes_from_client 1000 packets_from_rs "
            "9\n"
            "    bytes_from_rs 12000\n");
  EXPECT_EQ(run(kernel, "session show -j").out,
            "[\n"
            R"({"proto":"tcp","caddr":"198.51.100.7","cport":40000,)"
            R"("vaddr":"10.9.0.1","vport":80,"laddr":"10.9.2.1",)"
            R"("lport":1024,"raddr":"10.9.1.2","rport":8080,)"
            R"("state":"established","mode":"fullnat","cpu":3,)"
            R"("expires":890,"packets_from_client":10,)"
            R"("bytes_from_client":1000,"packets_from_rs":9,)"
            R"("bytes_from_rs":12000})"
            "\n]\n");
  EXPECT_EQ(run(kernel, "session count").out, "sessions 1\n");
  EXPECT_EQ(run(kernel, "-j session count").out, "{\"sessions\":1}\n");
  EXPECT_EQ(run(kernel, "session flush --all").out, "flushed 1\n");
  EXPECT_EQ(run(kernel, "-j session flush --all").out, "{\"flushed\":1}\n");
}

TEST(Show, ALimitThatCutsIsReported) {
  FakeKernel kernel;
  kernel.sessions.assign(3, make_session("198.51.100.7:1"));
  const auto cut = run(kernel, "session show -j --limit 2");
  EXPECT_EQ(cut.code, 0);
  EXPECT_EQ(nlohmann::json::parse(cut.out).size(), 2U);
  EXPECT_EQ(cut.err,
            "{\"note\":{\"message\":\"there are more sessions than the limit "
            "of 2\"}}\n");
  EXPECT_EQ(run(kernel, "session show --limit 2").err,
            "mgwadm: there are more sessions than the limit of 2\n");
  const auto whole = run(kernel, "session show -j --limit 3");
  EXPECT_EQ(nlohmann::json::parse(whole.out).size(), 3U);
  EXPECT_EQ(whole.err, "");
}

TEST(Show, AnInterruptedListOfSessionsIsReported) {
  FakeKernel kernel;
  kernel.dump_end = mgw::DumpEnd::interrupted;
  const auto result = run(kernel, "session show");
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.err,
            "mgwadm: sessions came and went while they were listed: some may "
            "be missing or shown twice\n");
}

TEST(Show, Version) {
  auto kernel = make_kernel();
  EXPECT_EQ(run(kernel, "version").out, "client          " MGW_RELEASE
                                        "\n"
                                        "module          0.1.0\n"
                                        "session_size        256\n"
                                        "director_slots    65536\n"
                                        "session_limit   1048576\n");
  EXPECT_EQ(run(kernel, "-j version").out,
            "{\"client\":\"" MGW_RELEASE
            "\",\"module\":\"0.1.0\",\"session_size\":256,"
            "\"director_slots\":65536,\"session_limit\":1048576}\n");
}

/// Everything as long as it can be.
FakeKernel widest_kernel() {
  FakeKernel kernel;
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  const auto* const wide = "[2001:db8:1111:2222:3333:4444:5555:6666]:65535";
  const mgw::Traffic traffic{most, most, most, most, most};
  const auto key = service_key(mgw::Proto::udp, wide);
  auto service = make_service(key);
  service.pool = std::string(31, 'p');
  service.sessions = most;
  service.traffic = traffic;
  service.timeouts.seconds.fill(mgw::timeout_max);
  auto rs = make_rs(key, wide, 65535);
  rs.sessions = most;
  rs.traffic = traffic;
  mgw::Laddr laddr;
  laddr.addr = key.endpoint.addr;
  laddr.pool = service.pool;
  laddr.home_cpu = laddr.cpu = 65535;
  laddr.port_min = laddr.port_max = 65535;
  laddr.sessions = laddr.exhausted = most;
  laddr.draining = true;
  auto session = make_session(wide);
  session.proto = mgw::Proto::udp;
  session.service = session.laddr = session.rs = key.endpoint;
  session.state = mgw::SessionState::udp_replied;
  session.expires = mgw::timeout_max;
  session.traffic = traffic;
  kernel.services.emplace(key, service);
  kernel.rs.emplace(rs.key, rs);
  kernel.laddrs.emplace(laddr.addr, laddr);
  kernel.sessions = {session};
  return kernel;
}

TEST(Show, TheLongestStillFits) {
  auto kernel = widest_kernel();
  const std::string key = " udp [2001:db8:1111:2222:3333:4444:5555:6666]:65535";
  for (const auto& line : {std::string("service show"), "service show" + key,
                           std::string("rs show"), std::string("laddr show"),
                           std::string("session show")}) {
    const auto result = run(kernel, line);
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_LE(width(result.out), mgwadm::text_width) << result.out;
    EXPECT_FALSE(result.out.empty());
  }
}

TEST(Show, AMillionSessionsAreNotHeld) {
  FakeKernel kernel;
  constexpr int count = 1000;
  kernel.sessions.assign(count, make_session("198.51.100.7:1"));
  const auto out = run(kernel, "-j session show").out;
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), count + 2);
}

}  // namespace

}  // namespace mgw_test
