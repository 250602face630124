// SPDX-License-Identifier: GPL-2.0
/// Events as lines, and how they end.
#include <gtest/gtest.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>

#include "fake_client.hpp"
#include "samples.hpp"

namespace mgw_test {

namespace {

FakeKernel kernel_with_events() {
  FakeKernel kernel;
  const auto key = service_key(mgw::Proto::tcp, "10.9.0.1:80");
  mgw::Event add;
  add.name = "service_add";
  add.service = make_service(key);
  mgw::Event del;
  del.name = "rs_del";
  del.rs = mgw::Rs{};
  del.rs->key = {key, mgw::Endpoint::parse("10.9.1.2:8080")};
  mgw::Event exhausted;
  exhausted.name = "laddr_exhausted";
  exhausted.laddr = mgw::Laddr{};
  exhausted.laddr->addr = mgw::Address::parse("10.9.2.1");
  mgw::Event flush;
  flush.name = "session_flush";
  flush.filter = mgw::SessionFilter{};
  flush.filter->client = mgw::PartialEndpoint::parse("198.51.100.7");
  flush.filter->service = key;
  flush.count = 7;
  mgw::Event gone;
  gone.name = "dev_detach";
  gone.dev = mgw::Dev{"eth0", 2};
  mgw::Event lost;
  lost.name = "lost";
  mgw::Event unloaded;
  unloaded.name = "module_unloaded";
  mgw::Event loaded;
  loaded.name = "module_loaded";
  kernel.events = {add, del, exhausted, flush, gone, lost, unloaded, loaded};
  return kernel;
}

TEST(Monitor, EventsAsText) {
  auto kernel = kernel_with_events();
  const auto result = run(kernel, "monitor");
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out,
            "service_add tcp 10.9.0.1:80 sched wlc mode fullnat pool default "
            "timestamps strip rs_count 2 sessions 12 sessions_total 88\n"
            "rs_del tcp 10.9.0.1:80 10.9.1.2:8080\n"
            "laddr_exhausted laddr 10.9.2.1\n"
            "session_flush client 198.51.100.7 service tcp 10.9.0.1:80 "
            "count 7\n"
            "dev_detach ifname eth0 ifindex 2\n"
            "lost\n"
            "module_unloaded\n"
            "module_loaded\n");
  EXPECT_EQ(result.err,
            "mgwadm: events were lost: they came faster than they are read\n"
            "mgwadm: the module was unloaded: waiting for it\n"
            "mgwadm: the module is back, with nothing configured\n");
}

TEST(Monitor, EventsAsJson) {
  auto kernel = kernel_with_events();
  std::istringstream lines(run(kernel, "-j monitor").out);
  std::vector<std::string> names;
  for (std::string line; std::getline(lines, line);) {
    names.push_back(nlohmann::json::parse(line).at("event"));
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{
                "service_add", "rs_del", "laddr_exhausted", "session_flush",
                "dev_detach", "lost", "module_unloaded", "module_loaded"}));
  EXPECT_NE(run(kernel, "-j monitor")
                .out.find(R"({"event":"session_flush",)"
                          R"("caddr":"198.51.100.7","proto":"tcp",)"
                          R"("vaddr":"10.9.0.1","vport":80,"count":7})"),
            std::string::npos);
}

TEST(Monitor, EndsWithASignal) {
  for (const int signal : {SIGINT, SIGTERM}) {
    auto kernel = kernel_with_events();
    kernel.stop_with = signal;
    EXPECT_EQ(run(kernel, "monitor").code, 0);
    EXPECT_EQ(kernel.log, std::vector<std::string>{"stopped"});
  }
}

}  // namespace

}  // namespace mgw_test
