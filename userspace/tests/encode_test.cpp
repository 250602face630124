// SPDX-License-Identifier: GPL-2.0
/// Requests, byte by byte. The goldens are written down by hand from the ABI;
/// numbers are those of a little-endian machine.
#include <gtest/gtest.h>

#include <random>

#include "bytes.hpp"
#include "codec.hpp"

namespace {

using mgw_test::from_hex;
using mgw_test::to_hex;

constexpr std::uint16_t family = 0x21;
constexpr std::uint8_t command = 2;
constexpr std::uint16_t ack = 4;

template <typename Object>
std::string encoded(const Object& object) {
  mgw::Message msg(family, command, 1, ack);
  encode(msg, object);
  msg.set_sequence(7);
  return to_hex(msg.bytes());
}

std::string golden(std::string_view hex) { return to_hex(from_hex(hex)); }

mgw::ServiceKey web() {
  return {mgw::Proto::tcp, mgw::Endpoint::parse("10.9.0.1:80")};
}

TEST(Encode, ServiceKey) {
  EXPECT_EQ(encoded(web()), golden(R"(
    30 00 00 00  21 00 05 00  07 00 00 00  00 00 00 00
    02 01 00 00
    1c 00 02 80
      08 00 01 00  06 00 00 00
      08 00 02 00  0a 09 00 01
      06 00 03 00  00 50 00 00)"));
}

TEST(Encode, ServiceByMark) {
  EXPECT_EQ(encoded(mgw::ServiceKey::by_mark(0x10203, mgw::Family::v6)),
            golden(R"(
    28 00 00 00  21 00 05 00  07 00 00 00  00 00 00 00
    02 01 00 00
    14 00 02 80
      08 00 0f 00  03 02 01 00
      08 00 10 00  0a 00 00 00)"));
  mgw::SessionFilter filter;
  filter.fwmark = 7;
  EXPECT_EQ(encoded(filter), golden(R"(
    20 00 00 00  21 00 05 00  07 00 00 00  00 00 00 00
    02 01 00 00
    0c 00 06 80
      08 00 0b 00  07 00 00 00)"));
}

TEST(Encode, ServiceWithEverySetting) {
  mgw::Service service;
  service.key = {mgw::Proto::udp, mgw::Endpoint::parse("[2001:db8::1]:53")};
  service.sched = "wrr";
  service.mode = mgw::Mode::fullnat;
  service.pool = "web";
  service.timestamps = mgw::Timestamps::keep;
  service.timeouts.parse("syn_sent=5");
  service.timeouts.parse("udp_replied=180");
  /* What only the kernel says must not travel. */
  service.rs_count = 3;
  service.sessions = 9;
  service.traffic = mgw::Traffic{};
  EXPECT_EQ(encoded(service), golden(R"(
    70 00 00 00  21 00 05 00  07 00 00 00  00 00 00 00
    02 01 00 00
    5c 00 02 80
      08 00 01 00  11 00 00 00
      14 00 02 00  20 01 0d b8  00 00 00 00  00 00 00 00  00 00 00 01
      06 00 03 00  00 35 00 00
      08 00 04 00  77 72 72 00
      08 00 05 00  00 00 00 00
      08 00 06 00  77 65 62 00
      08 00 07 00  01 00 00 00
      14 00 08 80
        08 00 01 00  05 00 00 00
        08 00 09 00  b4 00 00 00)"));
}

TEST(Encode, Rs) {
  mgw::Rs rs;
  rs.key = {web(), mgw::Endpoint::parse("10.9.1.1:8080")};
  rs.weight = 300;
  rs.mode = mgw::Mode::fullnat;
  rs.sessions = 1;
  EXPECT_EQ(encoded(rs), golden(R"(
    54 00 00 00  21 00 05 00  07 00 00 00  00 00 00 00
    02 01 00 00
    1c 00 02 80
      08 00 01 00  06 00 00 00
      08 00 02 00  0a 09 00 01
      06 00 03 00  00 50 00 00
    24 00 03 80
      08 00 01 00  0a 09 01 01
      06 00 02 00  1f 90 00 00
      08 00 03 00  2c 01 00 00
      08 00 04 00  00 00 00 00)"));
}

TEST(Encode, RsOfATunnel) {
  mgw::Rs rs;
  rs.key = {web(), mgw::Endpoint::parse("10.9.1.1:80")};
  rs.mode = mgw::Mode::tunnel;
  rs.tunnel = mgw::Tunnel::gue;
  rs.tunnel_port = 6081;
  rs.tunnel_checksum = true;
  EXPECT_EQ(encoded(rs), golden(R"(
    64 00 00 00  21 00 05 00  07 00 00 00  00 00 00 00
    02 01 00 00
    1c 00 02 80
      08 00 01 00  06 00 00 00
      08 00 02 00  0a 09 00 01
      06 00 03 00  00 50 00 00
    34 00 03 80
      08 00 01 00  0a 09 01 01
      06 00 02 00  00 50 00 00
      08 00 04 00  03 00 00 00
      08 00 08 00  01 00 00 00
      06 00 09 00  17 c1 00 00
      08 00 0a 00  01 00 00 00)"));
}

TEST(Encode, RsKey) {
  const mgw::RsKey key{web(), mgw::Endpoint::parse("10.9.1.1:0")};
  EXPECT_EQ(encoded(key), golden(R"(
    44 00 00 00  21 00 05 00  07 00 00 00  00 00 00 00
    02 01 00 00
    1c 00 02 80
      08 00 01 00  06 00 00 00
      08 00 02 00  0a 09 00 01
      06 00 03 00  00 50 00 00
    14 00 03 80
      08 00 01 00  0a 09 01 01
      06 00 02 00  00 00 00 00)"));
}

TEST(Encode, Laddr) {
  mgw::Laddr laddr;
  laddr.addr = mgw::Address::parse("10.9.2.1");
  laddr.pool = "default";
  laddr.home_cpu = 3;
  laddr.port_min = 2048;
  laddr.port_max = 65535;
  laddr.cpu = 1;
  laddr.draining = true;
  EXPECT_EQ(encoded(laddr), golden(R"(
    44 00 00 00  21 00 05 00  07 00 00 00  00 00 00 00
    02 01 00 00
    30 00 04 80
      08 00 01 00  0a 09 02 01
      0c 00 02 00  64 65 66 61  75 6c 74 00
      08 00 03 00  03 00 00 00
      08 00 05 00  00 08 00 00
      08 00 06 00  ff ff 00 00)"));
}

TEST(Encode, LaddrRange) {
  mgw::Laddr laddr;
  laddr.addr = mgw::Address::parse("10.9.2.1");
  laddr.last = mgw::Address::parse("10.9.2.9");
  EXPECT_EQ(encoded(laddr), golden(R"(
    28 00 00 00  21 00 05 00  07 00 00 00  00 00 00 00
    02 01 00 00
    14 00 04 80
      08 00 01 00  0a 09 02 01
      08 00 0b 00  0a 09 02 09)"));
}

TEST(Encode, Dev) {
  EXPECT_EQ(encoded(mgw::Dev{"eth0", 7}), golden(R"(
    24 00 00 00  21 00 05 00  07 00 00 00  00 00 00 00
    02 01 00 00
    10 00 0b 80
      09 00 01 00  65 74 68 30  00 00 00 00)"));
}

TEST(Encode, Filter) {
  mgw::SessionFilter filter;
  filter.client = mgw::PartialEndpoint::parse("198.51.100.7:40000");
  filter.service = web();
  filter.laddr = mgw::PartialEndpoint::parse("10.9.2.1");
  filter.rs = mgw::PartialEndpoint::parse("10.9.1.1:8080");
  filter.limit = 11;
  EXPECT_EQ(encoded(filter), golden(R"(
    60 00 00 00  21 00 05 00  07 00 00 00  00 00 00 00
    02 01 00 00
    4c 00 06 80
      08 00 02 00  c6 33 64 07
      06 00 03 00  9c 40 00 00
      08 00 01 00  06 00 00 00
      08 00 04 00  0a 09 00 01
      06 00 05 00  00 50 00 00
      08 00 06 00  0a 09 02 01
      08 00 08 00  0a 09 01 01
      06 00 09 00  1f 90 00 00
      08 00 0a 00  0b 00 00 00)"));
}

TEST(Encode, EmptyFilterIsNoAttribute) {
  EXPECT_EQ(encoded(mgw::SessionFilter{}), golden(R"(
    14 00 00 00  21 00 05 00  07 00 00 00  00 00 00 00
    02 01 00 00)"));
}

class RandomObjects : public ::testing::Test {
 protected:
  bool coin() { return random_() % 2 == 0; }
  std::uint32_t number() { return static_cast<std::uint32_t>(random_()); }
  mgw::Endpoint endpoint() {
    std::vector<std::uint8_t> bytes(coin() ? 4 : 16);
    for (auto& byte : bytes) {
      byte = static_cast<std::uint8_t>(number());
    }
    return {*mgw::Address::from_bytes(bytes),
            static_cast<std::uint16_t>(number())};
  }
  mgw::ServiceKey service_key() {
    return {coin() ? mgw::Proto::tcp : mgw::Proto::udp, endpoint()};
  }
  std::string name() {
    std::string text(1 + number() % mgw::pool_name_max, 'a');
    for (auto& c : text) {
      c = static_cast<char>('!' + number() % ('~' - '!'));
    }
    return text;
  }
  template <typename T>
  std::optional<T> maybe(T value) {
    return coin() ? std::optional{value} : std::nullopt;
  }

  template <typename Object>
  Object reread(const Object& object,
                Object (*decode)(const mgw::Attributes&)) {
    mgw::Message msg(family, command, 1, ack);
    encode(msg, object);
    return decode(mgw::Attributes(msg.bytes().subspan(20)));
  }

 private:
  std::mt19937 random_{4};  // NOLINT: the same cases every time
};

TEST_F(RandomObjects, ServicesReadAsWritten) {
  for (int i = 0; i < 2000; i++) {
    mgw::Service service;
    service.key = service_key();
    service.sched = maybe(name().substr(0, 15));
    service.mode = maybe(mgw::Mode::fullnat);
    service.pool = maybe(name());
    service.timestamps = maybe(mgw::Timestamps::keep);
    service.toa = maybe(i % 2 == 0);
    service.toa_kind = maybe(number());
    for (auto& seconds : service.timeouts.seconds) {
      seconds = maybe(number());
    }
    EXPECT_EQ(reread(service, mgw::decode_service), service);
  }
}

TEST_F(RandomObjects, RsReadAsWritten) {
  for (int i = 0; i < 2000; i++) {
    mgw::Rs rs;
    rs.key = {service_key(), endpoint()};
    rs.weight = maybe(number());
    rs.mode = maybe(mgw::Mode::tunnel);
    rs.tunnel = maybe(mgw::Tunnel::gre);
    rs.tunnel_port = maybe(std::uint16_t{6080});
    rs.tunnel_checksum = maybe(true);
    EXPECT_EQ(reread(rs, mgw::decode_rs), rs);
  }
}

TEST_F(RandomObjects, LaddrsReadAsWritten) {
  for (int i = 0; i < 2000; i++) {
    mgw::Laddr laddr;
    laddr.addr = endpoint().addr;
    laddr.pool = maybe(name());
    laddr.home_cpu = maybe(number());
    laddr.port_min = maybe(number());
    laddr.port_max = maybe(number());
    EXPECT_EQ(reread(laddr, mgw::decode_laddr), laddr);
  }
}

}  // namespace
