// SPDX-License-Identifier: GPL-2.0
#include "mgw/address.hpp"

#include <gtest/gtest.h>

#include <random>

namespace {

using mgw::Address;
using mgw::AddressRange;
using mgw::Endpoint;
using mgw::ParseError;
using mgw::PartialEndpoint;
using mgw::PortRange;

/// The sentence of the complaint, or "" when there is none.
template <typename Parse>
std::string complaint(Parse parse, std::string_view text) {
  try {
    parse(text);
  } catch (const ParseError& error) {
    return error.what();
  }
  return "";
}

Address random_address(std::mt19937& random, bool v6) {
  std::vector<std::uint8_t> bytes(v6 ? Address::v6_size : Address::v4_size);
  for (auto& byte : bytes) {
    /* Many zeros, to meet every way of writing an IPv6 address. */
    byte = static_cast<std::uint8_t>(random() % 3 == 0 ? random() : 0);
  }
  return *Address::from_bytes(bytes);
}

TEST(Address, ParsesAndPrints) {
  EXPECT_EQ(Address::parse("10.0.0.1").to_string(), "10.0.0.1");
  EXPECT_EQ(Address::parse("2001:DB8:0::1").to_string(), "2001:db8::1");
  EXPECT_EQ(Address::parse("[2001:db8::1]"), Address::parse("2001:db8::1"));
  EXPECT_EQ(Address::parse("::").bytes().size(), 16U);
  EXPECT_FALSE(Address::parse("255.255.255.255").is_v6());
}

TEST(Address, RefusesWhatIsNone) {
  for (const auto* text : {"",
                           " ",
                           "10.0.0",
                           "10.0.0.0.1",
                           "10.0.0.256",
                           "010.0.0.1",
                           "10.0.0.1 ",
                           " 10.0.0.1",
                           "1",
                           "0x0a000001",
                           "[10.0.0.1]",
                           "[]",
                           "[::1",
                           "::1]",
                           "[[::1]]",
                           "2001:db8:::1",
                           "2001:db8::1::2",
                           "12345::",
                           "1:2:3:4:5:6:7:8:9",
                           "fe80::1%eth0",
                           "10.0.0.1/24",
                           "10.0.0.-1",
                           "localhost",
                           "-"}) {
    EXPECT_NE(complaint(Address::parse, text), "") << "'" << text << "'";
  }
  const std::string with_nul("10.0.0.1\0x", 10);
  EXPECT_NE(complaint(Address::parse, with_nul), "");
}

TEST(Address, SaysWhatIsWrong) {
  EXPECT_EQ(complaint(Address::parse, "www.example.com"),
            "'www.example.com' is no address: host names are not looked up, "
            "give the numbers (10.0.0.1 or 2001:db8::1)");
  EXPECT_EQ(complaint(Address::parse, "fe80::1%eth0"),
            "'fe80::1%eth0': an address with an interface cannot be balanced, "
            "give one that is routed");
  EXPECT_EQ(complaint(Address::parse, "10.0.0.256"),
            "'10.0.0.256' is no address: write 10.0.0.1 or 2001:db8::1");
}

TEST(Address, OrdersByFamilyThenValue) {
  EXPECT_LT(Address::parse("255.0.0.0"), Address::parse("::"));
  EXPECT_LT(Address::parse("9.0.0.0"), Address::parse("10.0.0.0"));
  EXPECT_LT(Address::parse("2001:db8::ff"), Address::parse("2001:db8::100"));
}

TEST(Address, CountsUpAndStopsAtTheEnd) {
  EXPECT_EQ(Address::parse("10.0.0.255").plus(1), Address::parse("10.0.1.0"));
  EXPECT_EQ(Address::parse("::ffff:ffff").plus(1), Address::parse("::1:0:0"));
  EXPECT_EQ(Address::parse("255.255.255.255").plus(1), std::nullopt);
  EXPECT_EQ(Address::parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff").plus(1),
            std::nullopt);
}

TEST(Address, TakesOnlyFourOrSixteenBytes) {
  for (std::size_t size = 0; size < 20; size++) {
    const std::vector<std::uint8_t> bytes(size);
    EXPECT_EQ(Address::from_bytes(bytes).has_value(), size == 4 || size == 16);
  }
}

TEST(Address, RoundTripsAtRandom) {
  std::mt19937 random(1);  // NOLINT: the same cases every time
  for (int i = 0; i < 5000; i++) {
    const auto addr = random_address(random, i % 2 == 0);
    EXPECT_EQ(Address::parse(addr.to_string()), addr);
    const auto port = static_cast<std::uint16_t>(random());
    const Endpoint endpoint{addr, port};
    EXPECT_EQ(Endpoint::parse(endpoint.to_string()), endpoint);
    const PartialEndpoint partial{
        addr, i % 3 == 0 ? std::nullopt : std::optional{port}};
    EXPECT_EQ(PartialEndpoint::parse(partial.to_string()), partial);
  }
}

TEST(Address, SurvivesRandomText) {
  std::mt19937 random(2);  // NOLINT: the same cases every time
  constexpr std::string_view letters = "0123456789abcdef:.[]-/%x ";
  for (int i = 0; i < 20000; i++) {
    std::string text(random() % 24, ' ');
    for (auto& c : text) {
      c = letters[random() % letters.size()];
    }
    /* Either read, and then what is printed reads the same, or refused. */
    try {
      const auto addr = Address::parse(text);
      EXPECT_EQ(Address::parse(addr.to_string()), addr) << text;
    } catch (const ParseError&) {
    }
    try {
      const auto range = AddressRange::parse(text);
      EXPECT_LE(range.size(), AddressRange::max_addresses);
      EXPECT_EQ(AddressRange::parse(range.to_string()), range) << text;
    } catch (const ParseError&) {
    }
    try {
      const auto endpoint = Endpoint::parse(text);
      EXPECT_EQ(Endpoint::parse(endpoint.to_string()), endpoint) << text;
    } catch (const ParseError&) {
    }
  }
}

TEST(Endpoint, Parses) {
  const auto v4 = Endpoint::parse("10.0.0.1:80");
  EXPECT_EQ(v4.addr, Address::parse("10.0.0.1"));
  EXPECT_EQ(v4.port, 80);
  EXPECT_EQ(Endpoint::parse("[2001:db8::1]:0").port, 0);
  EXPECT_EQ(Endpoint::parse("[::]:65535").to_string(), "[::]:65535");
}

TEST(Endpoint, RefusesWhatIsNone) {
  for (const auto* text : {"",
                           ":",
                           ":80",
                           "10.0.0.1",
                           "10.0.0.1:",
                           "10.0.0.1:65536",
                           "10.0.0.1:-1",
                           "10.0.0.1:+1",
                           "10.0.0.1:0x50",
                           "10.0.0.1: 80",
                           "10.0.0.1:80 ",
                           "10.0.0.1:http",
                           "10.0.0.1:80:80",
                           "2001:db8::1:80",
                           "[2001:db8::1]",
                           "[2001:db8::1]80",
                           "[2001:db8::1]:",
                           "[10.0.0.1]:80",
                           "[]:80",
                           "host:80",
                           "10.0.0.1:99999999999999999999"}) {
    EXPECT_NE(complaint(Endpoint::parse, text), "") << "'" << text << "'";
  }
}

TEST(Endpoint, SaysWhatIsWrong) {
  EXPECT_EQ(complaint(Endpoint::parse, "10.0.0.1"),
            "'10.0.0.1' has no port: write 10.0.0.1:PORT (0 = every port)");
  EXPECT_EQ(complaint(Endpoint::parse, "[::1]"),
            "'[::1]' has no port: write [::1]:PORT (0 = every port)");
  EXPECT_EQ(complaint(Endpoint::parse, "2001:db8::1:80"),
            "'2001:db8::1:80': write an IPv6 address with its port as "
            "[ADDR]:PORT");
  EXPECT_EQ(complaint(Endpoint::parse, "10.0.0.1:http"),
            "'http' is no port: give a number from 0 to 65535 (0 = every "
            "port)");
  EXPECT_EQ(complaint(Endpoint::parse, ":80"),
            "':80' has no address: write ADDR:PORT");
}

TEST(PartialEndpoint, TakesAPortOrNone) {
  EXPECT_EQ(PartialEndpoint::parse("10.0.0.1").port, std::nullopt);
  EXPECT_EQ(PartialEndpoint::parse("10.0.0.1:7").port, 7);
  EXPECT_EQ(PartialEndpoint::parse("2001:db8::1:80").port, std::nullopt);
  EXPECT_EQ(PartialEndpoint::parse("[2001:db8::1]").port, std::nullopt);
  EXPECT_EQ(PartialEndpoint::parse("[2001:db8::1]:80").port, 80);
  EXPECT_NE(complaint(PartialEndpoint::parse, "10.0.0.1:"), "");
}

struct RangeCase {
  const char* text;
  std::size_t size;
  const char* first;
  const char* last;
};

TEST(AddressRange, HasItsEnds) {
  const std::vector<RangeCase> cases = {
      {"10.0.0.1", 1, "10.0.0.1", "10.0.0.1"},
      {"10.0.0.1-10.0.0.1", 1, "10.0.0.1", "10.0.0.1"},
      {"10.0.0.254-10.0.1.1", 4, "10.0.0.254", "10.0.1.1"},
      {"10.0.0.0-10.0.15.255", 4096, "10.0.0.0", "10.0.15.255"},
      {"10.0.0.0/30", 2, "10.0.0.1", "10.0.0.2"},
      {"10.0.0.0/24", 254, "10.0.0.1", "10.0.0.254"},
      {"10.0.0.0/20", 4094, "10.0.0.1", "10.0.15.254"},
      {"10.0.0.2/31", 2, "10.0.0.2", "10.0.0.3"},
      {"10.0.0.7/32", 1, "10.0.0.7", "10.0.0.7"},
      {"2001:db8::1", 1, "2001:db8::1", "2001:db8::1"},
      {"2001:db8::fffe-2001:db8::1:1", 4, "2001:db8::fffe", "2001:db8::1:1"},
      {"2001:db8::/120", 256, "2001:db8::", "2001:db8::ff"},
      {"2001:db8::/116", 4096, "2001:db8::", "2001:db8::fff"},
      {"2001:db8::4/128", 1, "2001:db8::4", "2001:db8::4"},
      {"255.255.255.254-255.255.255.255", 2, "255.255.255.254",
       "255.255.255.255"},
  };
  for (const auto& test : cases) {
    const auto range = AddressRange::parse(test.text);
    ASSERT_EQ(range.size(), test.size) << test.text;
    EXPECT_EQ(range.first, Address::parse(test.first)) << test.text;
    EXPECT_EQ(range.last, Address::parse(test.last)) << test.text;
  }
}

TEST(AddressRange, RefusesWithASentence) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"10.0.0.5-10.0.0.1",
       "range '10.0.0.5-10.0.0.1' ends before it starts: did you mean "
       "10.0.0.1-10.0.0.5?"},
      {"10.0.0.1-2001:db8::1",
       "range '10.0.0.1-2001:db8::1' mixes IPv4 and IPv6: give both ends of "
       "one family"},
      {"10.0.0.0-10.0.16.0",
       "range '10.0.0.0-10.0.16.0' has more than 4096 addresses: split it into "
       "smaller ones"},
      {"10.0.0.0/19",
       "range '10.0.0.0/19' has more than 4096 addresses: split it into "
       "smaller ones"},
      {"0.0.0.0/0",
       "range '0.0.0.0/0' has more than 4096 addresses: split it into smaller "
       "ones"},
      {"::/0",
       "range '::/0' has more than 4096 addresses: split it into smaller ones"},
      {"::-ffff::",
       "range '::-ffff::' has more than 4096 addresses: split it into smaller "
       "ones"},
      {"10.0.0.5/24",
       "'10.0.0.5/24' does not start its network: did you mean 10.0.0.0/24?"},
      {"10.0.0.0/33",
       "'10.0.0.0/33': a prefix of this address is a number from 0 to 32"},
      {"2001:db8::/129",
       "'2001:db8::/129': a prefix of this address is a number from 0 to 128"},
      {"10.0.0.0/",
       "'10.0.0.0/': a prefix of this address is a number from 0 to 32"},
      {"10.0.0.1-", "an address is missing"},
      {"-10.0.0.1", "an address is missing"},
      {"my-host",
       "'my-host' is no address: host names are not looked up, give the "
       "numbers (10.0.0.1 or 2001:db8::1)"},
  };
  for (const auto& [text, sentence] : cases) {
    EXPECT_EQ(complaint(AddressRange::parse, text), sentence);
  }
}

TEST(AddressRange, CountsWhatLiesBetween) {
  std::mt19937 random(3);  // NOLINT: the same cases every time
  for (int i = 0; i < 300; i++) {
    const auto first = random_address(random, i % 2 == 0);
    const std::uint32_t count = 1 + random() % AddressRange::max_addresses;
    const auto last = first.plus(count - 1);
    if (!last) {
      continue;
    }
    const auto range =
        AddressRange::parse(first.to_string() + "-" + last->to_string());
    EXPECT_EQ(range, (AddressRange{first, *last}));
    EXPECT_EQ(range.size(), count);
  }
}

TEST(PortRange, Parses) {
  EXPECT_EQ(PortRange::parse("1024-65535"), (PortRange{1024, 65535}));
  EXPECT_EQ(PortRange::parse("1-1"), (PortRange{1, 1}));
  EXPECT_EQ(complaint(PortRange::parse, "1024"),
            "'1024' is no range of ports: write MIN-MAX, such as 1024-65535");
  EXPECT_EQ(complaint(PortRange::parse, "9-3"),
            "'9-3' ends before it starts: did you mean 3-9?");
  for (const auto* text :
       {"", "-", "1-", "-1", "0-5", "5-65536", "a-b", "1-2-3", "1 -2"}) {
    EXPECT_NE(complaint(PortRange::parse, text), "") << "'" << text << "'";
  }
}

TEST(Number, StaysInItsRange) {
  EXPECT_EQ(mgw::parse_number("0", 0, 5), 0U);
  EXPECT_EQ(mgw::parse_number("5", 0, 5), 5U);
  for (const auto* text : {"", "6", "-1", "+1", "1.0", "1 ", " 1", "0x1", "1k",
                           "18446744073709551616"}) {
    EXPECT_THROW(mgw::parse_number(text, 0, 5), ParseError) << text;
  }
  try {
    mgw::parse_number("9", 1, 5);
    FAIL();
  } catch (const ParseError& error) {
    EXPECT_STREQ(error.what(),
                 "'9' is out of range: give a number from 1 to 5");
  }
}

}  // namespace
