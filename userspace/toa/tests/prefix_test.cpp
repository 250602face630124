// SPDX-License-Identifier: GPL-2.0
#include "prefix.hpp"

#include <gtest/gtest.h>

namespace {

using toa::Prefix;

std::string sentence(std::string_view text) {
  try {
    return Prefix::parse(text).to_string();
  } catch (const mgw::ParseError& error) {
    return error.what();
  }
}

TEST(ToaPrefix, ReadsNetworksAndAddresses) {
  EXPECT_EQ(sentence("10.0.1.0/24"), "10.0.1.0/24");
  EXPECT_EQ(sentence("10.0.1.7"), "10.0.1.7/32");
  EXPECT_EQ(sentence("2001:db8::/32"), "2001:db8::/32");
  EXPECT_EQ(sentence("2001:db8::1"), "2001:db8::1/128");
  EXPECT_EQ(sentence("128.0.0.0/1"), "128.0.0.0/1");
}

TEST(ToaPrefix, SaysWhatIsWrong) {
  EXPECT_EQ(sentence("10.0.1.1/24"),
            "'10.0.1.1/24' does not start its network: did you mean "
            "10.0.1.0/24?");
  EXPECT_EQ(sentence("10.0.1.0/33"),
            "'10.0.1.0/33': a prefix of this address is a number from 1 to 32");
  EXPECT_EQ(sentence("::/0"),
            "'::/0': to believe every source, give --from-any");
  EXPECT_EQ(sentence("rs.example"),
            "'rs.example' is no address: host names are not looked up, give "
            "the numbers (10.0.0.1 or 2001:db8::1)");
  EXPECT_EQ(sentence(""), "an address is missing");
}

TEST(ToaPrefix, KeepsIpv4AsMapped) {
  const auto key = Prefix::parse("10.0.1.0/24").key();
  EXPECT_EQ(key.bits, 120U);
  EXPECT_EQ(key.addr[10], 0xff);
  EXPECT_EQ(key.addr[11], 0xff);
  EXPECT_EQ(key.addr[12], 10);
  EXPECT_EQ(key.addr[14], 1);
  EXPECT_EQ(Prefix::parse("2001:db8::/32").key().bits, 32U);
}

TEST(ToaPrefix, ComesBackFromItsKey) {
  for (const auto* text : {"10.0.1.0/24", "10.0.1.7/32", "128.0.0.0/1",
                           "2001:db8::/32", "2001:db8::1/128", "8000::/1"}) {
    EXPECT_EQ(Prefix::from_key(Prefix::parse(text).key()).to_string(), text);
  }
}

}  // namespace
