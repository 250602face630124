// SPDX-License-Identifier: GPL-2.0
#include <gtest/gtest.h>

#include "bytes.hpp"
#include "codec.hpp"
#include "mgw/error.hpp"

namespace mgw_test {

namespace {

using mgw::Attributes;

const Bytes service_key_bytes =
    u32(1, 6) + attr(2, {10, 9, 0, 1}) + be16(3, 80);

Bytes traffic(std::uint64_t first) {
  return u64(1, first) + u64(2, first + 1) + u64(3, first + 2) +
         u64(4, first + 3) + u64(5, first + 4);
}

TEST(Decode, Service) {
  const auto bytes = nest(
      2, service_key_bytes + str(4, "wlc") + u32(5, 0) + str(6, "default") +
             u32(7, 1) + nest(8, u32(3, 900) + u32(9, 180)) + u32(9, 2) +
             u64(10, 12) + nest(11, traffic(100)) + u32(77, 1));
  const auto service = mgw::decode_service(Attributes(bytes));
  EXPECT_EQ(service.key.to_string(), "tcp 10.9.0.1:80");
  EXPECT_EQ(service.sched, "wlc");
  EXPECT_EQ(service.mode, mgw::Mode::fullnat);
  EXPECT_EQ(service.pool, "default");
  EXPECT_EQ(service.timestamps, mgw::Timestamps::keep);
  EXPECT_EQ(service.timeouts.seconds[2], 900U);
  EXPECT_EQ(service.timeouts.seconds[8], 180U);
  EXPECT_EQ(service.timeouts.seconds[0], std::nullopt);
  EXPECT_EQ(service.rs_count, 2U);
  EXPECT_EQ(service.sessions, 12U);
  EXPECT_EQ(service.traffic, (mgw::Traffic{100, 101, 102, 103, 104}));
}

TEST(Decode, ServiceByMark) {
  const auto four = nest(2, u32(15, 7) + u32(16, 2) + str(4, "rr"));
  EXPECT_EQ(mgw::decode_service(Attributes(four)).key,
            mgw::ServiceKey::by_mark(7, mgw::Family::v4));
  const auto six = nest(2, u32(15, 7) + u32(16, 10)) +
                   nest(3, attr(1, {10, 9, 1, 1}) + be16(2, 0));
  EXPECT_EQ(mgw::decode_rs(Attributes(six)).key.to_string(),
            "fwmark 7 --family ipv6 10.9.1.1:0");
  const auto none = nest(2, u32(15, 7));
  EXPECT_THROW(mgw::decode_service(Attributes(none)), mgw::Error);
}

TEST(Decode, Rs) {
  const auto bytes =
      nest(2, service_key_bytes) +
      nest(3, attr(1, {10, 9, 1, 1}) + be16(2, 8080) + u32(3, 5) + u32(4, 0) +
                  u64(5, 6) + nest(6, traffic(1)));
  const auto rs = mgw::decode_rs(Attributes(bytes));
  EXPECT_EQ(rs.key.to_string(), "tcp 10.9.0.1:80 10.9.1.1:8080");
  EXPECT_EQ(rs.weight, 5U);
  EXPECT_EQ(rs.sessions, 6U);
  EXPECT_EQ(rs.traffic->bytes_from_rs, 5U);
}

TEST(Decode, Laddr) {
  const auto key = attr(1, {10, 9, 2, 1}) + str(2, "web");
  const auto rest =
      u32(4, 1) + u32(5, 1024) + u32(6, 65535) + u64(7, 3) + u64(8, 4);
  const auto chosen_bytes = nest(4, key + rest);
  const auto chosen = mgw::decode_laddr(Attributes(chosen_bytes));
  EXPECT_EQ(chosen.home_cpu, std::nullopt);
  EXPECT_EQ(chosen.cpu, 1U);
  EXPECT_EQ(chosen.port_min, 1024U);
  EXPECT_EQ(chosen.port_max, 65535U);
  EXPECT_EQ(chosen.sessions, 3U);
  EXPECT_EQ(chosen.exhausted, 4U);
  EXPECT_FALSE(chosen.draining);
  const auto pinned_bytes = nest(4, key + u32(3, 0) + rest + attr(9, {}));
  const auto pinned = mgw::decode_laddr(Attributes(pinned_bytes));
  EXPECT_EQ(pinned.home_cpu, 0U);
  EXPECT_TRUE(pinned.draining);
}

TEST(Decode, SessionOfMixedFamilies) {
  Bytes v6(16);
  v6[0] = 0x20;
  v6[1] = 0x01;
  const auto bytes = nest(
      5, u32(1, 6) + attr(2, v6) + attr(3, v6) + attr(4, {10, 9, 2, 1}) +
             attr(5, {10, 9, 1, 1}) + be16(6, 40000) + be16(7, 80) +
             be16(8, 1024) + be16(9, 8080) + u32(10, 2) + u32(11, 0) +
             u32(12, 3) + u32(13, 890) + nest(14, u64(2, 10) + u64(5, 20)));
  const auto session = mgw::decode_session(Attributes(bytes));
  EXPECT_EQ(session.client.to_string(), "[2001::]:40000");
  EXPECT_EQ(session.service.port, 80);
  EXPECT_EQ(session.laddr.to_string(), "10.9.2.1:1024");
  EXPECT_EQ(session.rs.to_string(), "10.9.1.1:8080");
  EXPECT_EQ(session.state, mgw::SessionState::established);
  EXPECT_EQ(session.cpu, 3U);
  EXPECT_EQ(session.expires, 890U);
  EXPECT_EQ(session.traffic->sessions_total, std::nullopt);
  EXPECT_EQ(session.traffic->packets_from_client, 10U);
  EXPECT_EQ(session.traffic->bytes_from_rs, 20U);
}

TEST(Decode, InfoAndCount) {
  const auto bytes = nest(1, str(1, "0.1.0") + u32(2, 256) + u32(3, 65536) +
                                 u64(4, 1U << 20U)) +
                     u64(7, 42);
  const Attributes attrs(bytes);
  EXPECT_EQ(mgw::decode_info(attrs), (mgw::Info{"0.1.0", 256, 65536, 1048576}));
  EXPECT_EQ(mgw::decode_count(attrs), 42U);
}

TEST(Decode, CountersOfANewerModule) {
  const auto bytes =
      u32(8, 1) + nest(9, u64(1, 11) + u64(29, 5) + u64(200, 99));
  const auto counters = mgw::decode_counters(Attributes(bytes));
  EXPECT_EQ(counters.cpu, 1U);
  EXPECT_EQ(counters.values.size(), mgw::counter_table().size());
  EXPECT_EQ(counters.values[0], 11U);
  EXPECT_EQ(counters.values[1], 0U);
  EXPECT_EQ(counters.values[28], 5U);
}

TEST(Decode, Events) {
  const auto service_bytes = nest(2, service_key_bytes);
  const auto service = mgw::decode_event(2, Attributes(service_bytes));
  EXPECT_EQ(service.name, "service_add");
  EXPECT_TRUE(service.service);
  EXPECT_FALSE(service.rs);

  const auto rs_bytes =
      service_bytes + nest(3, attr(1, {10, 9, 1, 1}) + be16(2, 80));
  const auto rs = mgw::decode_event(8, Attributes(rs_bytes));
  EXPECT_EQ(rs.name, "rs_del");
  EXPECT_TRUE(rs.rs);
  EXPECT_FALSE(rs.service);

  const auto exhausted_bytes = rs_bytes + nest(4, attr(1, {10, 9, 2, 1}));
  const auto exhausted = mgw::decode_event(18, Attributes(exhausted_bytes));
  EXPECT_EQ(exhausted.name, "laddr_exhausted");
  EXPECT_TRUE(exhausted.rs);
  EXPECT_TRUE(exhausted.laddr);

  const auto flush_bytes =
      nest(6, attr(2, {198, 51, 100, 7}) + be16(3, 9)) + u64(7, 3);
  const auto flush = mgw::decode_event(15, Attributes(flush_bytes));
  EXPECT_EQ(flush.name, "session_flush");
  EXPECT_EQ(flush.filter->client->to_string(), "198.51.100.7:9");
  EXPECT_EQ(flush.count, 3U);

  const auto dev_bytes = nest(11, str(1, "eth0") + u32(2, 7));
  const auto detach = mgw::decode_event(20, Attributes(dev_bytes));
  EXPECT_EQ(detach.name, "dev_detach");
  EXPECT_EQ(detach.dev, (mgw::Dev{"eth0", 7}));

  EXPECT_EQ(mgw::decode_event(17, Attributes({})).name, "stats_zero");
  EXPECT_EQ(mgw::decode_event(99, Attributes({})).name, "event_99");
}

TEST(Decode, MissingKeysAreNamed) {
  const auto no_port_bytes = nest(2, u32(1, 6) + attr(2, {10, 9, 0, 1}));
  try {
    mgw::decode_service(Attributes(no_port_bytes));
    FAIL();
  } catch (const mgw::Error& error) {
    EXPECT_EQ(error.kind(), mgw::ErrorKind::protocol);
    EXPECT_STREQ(error.what(),
                 "the module's answer cannot be read: it lacks a service's "
                 "vport; are mgwadm and mgw.ko of one release?");
  }
  EXPECT_THROW(mgw::decode_service(Attributes({})), mgw::Error);
  EXPECT_THROW(mgw::decode_rs(Attributes(no_port_bytes)), mgw::Error);
  EXPECT_THROW(mgw::decode_laddr(Attributes({})), mgw::Error);
  EXPECT_THROW(mgw::decode_dev(Attributes({})), mgw::Error);
  EXPECT_THROW(mgw::decode_session(Attributes({})), mgw::Error);
  EXPECT_THROW(mgw::decode_counters(Attributes({})), mgw::Error);
  EXPECT_THROW(mgw::decode_count(Attributes({})), mgw::Error);
  EXPECT_THROW(mgw::decode_info(Attributes({})), mgw::Error);
}

}  // namespace

}  // namespace mgw_test
