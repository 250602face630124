// SPDX-License-Identifier: GPL-2.0
/// What a right command line asks of the module.
#include <gtest/gtest.h>

#include "fake_client.hpp"

namespace mgw_test {

namespace {

class CliRequest : public ::testing::Test {
 protected:
  void expect_done(const std::string& line) {
    const auto result = run(kernel_, line);
    EXPECT_EQ(result.code, 0) << line << ": " << result.err;
    EXPECT_EQ(result.out, "") << line;
    EXPECT_EQ(result.err, "") << line;
  }

  FakeKernel kernel_;
};

TEST_F(CliRequest, ServiceWithEverySetting) {
  expect_done(
      "service add udp [2001:db8::1]:0 --sched rr --mode fullnat --pool web "
      "--timestamps keep --timeout udp=30 --timeout udp_replied=60");
  mgw::Service service;
  service.key = {mgw::Proto::udp, mgw::Endpoint::parse("[2001:db8::1]:0")};
  service.sched = "rr";
  service.mode = mgw::Mode::fullnat;
  service.pool = "web";
  service.timestamps = mgw::Timestamps::keep;
  service.timeouts.seconds[7] = 30;
  service.timeouts.seconds[8] = 60;
  ASSERT_EQ(kernel_.service_requests.size(), 1U);
  EXPECT_EQ(kernel_.service_requests[0], service);
}

TEST_F(CliRequest, ServiceThatTellsTheClient) {
  expect_done("service add tcp 10.0.0.1:80 --toa on --toa-kind 200");
  mgw::Service service;
  service.key = {mgw::Proto::tcp, mgw::Endpoint::parse("10.0.0.1:80")};
  service.toa = true;
  service.toa_kind = 200;
  ASSERT_EQ(kernel_.service_requests.size(), 1U);
  EXPECT_EQ(kernel_.service_requests[0], service);
}

TEST_F(CliRequest, WhatIsNotGivenIsLeftToTheKernel) {
  expect_done("service add tcp 10.0.0.1:80");
  mgw::Service service;
  service.key = {mgw::Proto::tcp, mgw::Endpoint::parse("10.0.0.1:80")};
  EXPECT_EQ(kernel_.service_requests.at(0), service);
  expect_done("service set tcp 10.0.0.1:80 --timeout close=1");
  service.timeouts.seconds[6] = 1;
  EXPECT_EQ(kernel_.service_requests.at(1), service);
  expect_done("rs add tcp 10.0.0.1:80 10.0.1.1:80");
  EXPECT_EQ(kernel_.rs_requests.at(0).weight, std::nullopt);
  EXPECT_EQ(kernel_.rs_requests.at(0).mode, std::nullopt);
  expect_done("laddr add 10.0.2.1");
  mgw::Laddr laddr;
  laddr.addr = mgw::Address::parse("10.0.2.1");
  EXPECT_EQ(kernel_.laddr_requests.at(0), laddr);
}

TEST_F(CliRequest, OptionsMayStandAnywhere) {
  expect_done("service add --sched=wrr tcp --pool=web 10.0.0.1:80");
  EXPECT_EQ(kernel_.service_requests.at(0).sched, "wrr");
  EXPECT_EQ(kernel_.service_requests.at(0).pool, "web");
}

TEST_F(CliRequest, Rs) {
  expect_done("rs add tcp 10.0.0.1:80 10.0.1.1:8080 --weight 65535");
  expect_done("rs set tcp 10.0.0.1:80 10.0.1.1:8080 --weight 0");
  EXPECT_EQ(kernel_.rs_requests.at(0).weight, 65535U);
  EXPECT_EQ(kernel_.rs_requests.at(1).weight, 0U);
  expect_done("rs del tcp 10.0.0.1:80 10.0.1.1:8080");
  EXPECT_TRUE(kernel_.rs.empty());
}

TEST_F(CliRequest, Fwmark) {
  const auto four = mgw::ServiceKey::by_mark(7, mgw::Family::v4);
  const auto six = mgw::ServiceKey::by_mark(16, mgw::Family::v6);
  expect_done("service add fwmark 7 --sched rr");
  expect_done("service add --family ipv6 fwmark 0x10");
  expect_done("service add fwmark 7 --family ipv6");
  expect_done("service set fwmark 16 --family ipv6 --mode nat");
  EXPECT_EQ(kernel_.service_requests.at(0).key, four);
  EXPECT_EQ(kernel_.service_requests.at(0).sched, "rr");
  EXPECT_EQ(kernel_.service_requests.at(1).key, six);
  EXPECT_EQ(kernel_.service_requests.at(3).mode, mgw::Mode::nat);
  expect_done("rs add fwmark 7 10.0.1.1 --weight 3");
  expect_done("rs add fwmark 7 10.0.1.1:8080");
  expect_done("rs add fwmark 16 fd00::1 --family ipv6");
  expect_done("rs add fwmark 16 [fd00::2]:0 --family ipv6");
  EXPECT_EQ(kernel_.rs_requests.at(0).key.to_string(), "fwmark 7 10.0.1.1:0");
  EXPECT_EQ(kernel_.rs_requests.at(1).key.endpoint.port, 8080U);
  EXPECT_EQ(kernel_.rs_requests.at(2).key.to_string(),
            "fwmark 16 --family ipv6 [fd00::1]:0");
  EXPECT_EQ(kernel_.rs_requests.at(3).key.service, six);
  expect_done("rs del fwmark 7 10.0.1.1");
  expect_done("service del fwmark 7");
  EXPECT_EQ(run(kernel_, "service del fwmark 16").err,
            "mgwadm: service fwmark 16: There is no such service\n");
  expect_done("service del fwmark 16 --family ipv6");
  run(kernel_, "session count --service fwmark 7");
  mgw::SessionFilter filter;
  filter.fwmark = 7;
  EXPECT_EQ(kernel_.filters.at(0), filter);
  EXPECT_FALSE(filter.matches_all());
}

TEST_F(CliRequest, Laddr) {
  expect_done("laddr add [2001:db8::1] --cpu 3 --pool web --ports 2000-3000");
  const auto& laddr = kernel_.laddr_requests.at(0);
  EXPECT_EQ(laddr.addr.to_string(), "2001:db8::1");
  EXPECT_EQ(laddr.home_cpu, 3U);
  EXPECT_EQ(laddr.pool, "web");
  EXPECT_EQ(laddr.port_min, 2000U);
  EXPECT_EQ(laddr.port_max, 3000U);
}

TEST_F(CliRequest, Dev) {
  expect_done("dev attach bond0.12");
  expect_done("dev attach eth0");
  EXPECT_EQ(kernel_.devs.size(), 2U);
  expect_done("dev detach bond0.12");
  EXPECT_EQ(kernel_.devs.count("eth0"), 1U);
  EXPECT_EQ(run(kernel_, "dev attach eth0").err,
            "mgwadm: dev eth0: This device is attached already\n");
  EXPECT_EQ(run(kernel_, "dev detach eth1").err,
            "mgwadm: dev eth1: This device is not attached\n");
  EXPECT_EQ(run(kernel_, "dev show eth1").code, 1);
}

TEST_F(CliRequest, SessionFilters) {
  run(kernel_,
      "session count --client 1.1.1.1:9 --service udp 2.2.2.2:53 --laddr "
      "[::1] --rs [::2]:80");
  mgw::SessionFilter filter;
  filter.client = mgw::PartialEndpoint::parse("1.1.1.1:9");
  filter.service =
      mgw::ServiceKey{mgw::Proto::udp, mgw::Endpoint::parse("2.2.2.2:53")};
  filter.laddr = mgw::PartialEndpoint::parse("::1");
  filter.rs = mgw::PartialEndpoint::parse("[::2]:80");
  EXPECT_EQ(kernel_.filters.at(0), filter);
  run(kernel_, "session flush --rs [::2]:80");
  EXPECT_EQ(kernel_.filters.at(1).rs, filter.rs);
  run(kernel_, "session flush --all");
  EXPECT_EQ(kernel_.filters.at(2), mgw::SessionFilter{});
}

TEST_F(CliRequest, LimitAsksForOneMore) {
  run(kernel_, "session show --limit 10");
  EXPECT_EQ(kernel_.filters.at(0).limit, 11U);
  run(kernel_, "session show");
  EXPECT_EQ(kernel_.filters.at(1).limit, std::nullopt);
}

TEST_F(CliRequest, StatsZero) {
  expect_done("stats zero");
  EXPECT_EQ(kernel_.log, std::vector<std::string>{"zero"});
}

TEST_F(CliRequest, NetworkNamespaceInEitherPlace) {
  for (const auto* line :
       {"-N blue stats zero", "--netns=blue stats zero", "stats zero -N blue",
        "stats -N blue zero", "stats zero --netns blue"}) {
    kernel_.netns.reset();
    expect_done(line);
    EXPECT_EQ(kernel_.netns, "blue") << line;
  }
  expect_done("stats zero");
  EXPECT_EQ(kernel_.netns, std::nullopt);
}

TEST_F(CliRequest, ListMeansShow) {
  for (const auto* line :
       {"service list", "service ls", "rs list -j", "laddr ls", "session list",
        "stats list", "dev ls"}) {
    EXPECT_EQ(run(kernel_, line).code, 0) << line;
  }
}

TEST(CliWords, BehindTwoDashesAreWords) {
  for (const auto* line :
       {"service -- add tcp 10.0.0.1:80", "-- service add tcp 10.0.0.1:80",
        "service add --sched rr -- tcp 10.0.0.1:80",
        "service add tcp 10.0.0.1:80 --"}) {
    FakeKernel kernel;
    EXPECT_EQ(run(kernel, line).code, 0) << line;
    EXPECT_EQ(kernel.service_requests.size(), 1U) << line;
  }
}

}  // namespace

}  // namespace mgw_test
