// SPDX-License-Identifier: GPL-2.0
#include "mgw/words.hpp"

#include <gtest/gtest.h>

#include "mgw/address.hpp"
#include "mgw/service.hpp"

namespace {

using mgw::ParseError;

TEST(Words, EveryWordReadsAsItself) {
  EXPECT_EQ(mgw::parse_service_kind("tcp"), mgw::Proto::tcp);
  EXPECT_EQ(mgw::parse_service_kind("udp"), mgw::Proto::udp);
  EXPECT_EQ(mgw::parse_service_kind("fwmark"), std::nullopt);
  for (const auto* word : {"ipv4", "ipv6"}) {
    EXPECT_EQ(to_string(mgw::parse_family(word)), word);
  }
  for (const auto* word : {"fullnat", "nat", "dr", "tunnel"}) {
    EXPECT_EQ(to_string(mgw::parse_mode(word)), word);
  }
  for (const auto* word : {"ipip", "gue", "gre"}) {
    EXPECT_EQ(to_string(mgw::parse_tunnel(word)), word);
  }
  EXPECT_TRUE(mgw::parse_switch("on"));
  EXPECT_FALSE(mgw::parse_switch("off"));
  EXPECT_EQ(to_string(mgw::parse_timestamps("strip")), "strip");
  EXPECT_EQ(to_string(mgw::parse_timestamps("keep")), "keep");
  for (const auto word : mgw::session_state_words()) {
    EXPECT_EQ(to_string(mgw::parse_session_state(word)), word);
  }
  for (const auto word : mgw::sched_words()) {
    EXPECT_EQ(mgw::parse_sched(word), word);
  }
}

TEST(Words, UnknownValuesPrintAsNumbers) {
  EXPECT_EQ(to_string(static_cast<mgw::Proto>(132)), "132");
  EXPECT_EQ(to_string(static_cast<mgw::Mode>(7)), "7");
  EXPECT_EQ(to_string(static_cast<mgw::Timestamps>(9)), "9");
  EXPECT_EQ(to_string(static_cast<mgw::SessionState>(40)), "40");
}

TEST(Words, WrongOnesAreRefused) {
  for (const auto* word : {"", "TCP", "sctp", "tcp "}) {
    EXPECT_THROW(mgw::parse_service_kind(word), ParseError) << word;
  }
  EXPECT_THROW(mgw::parse_family("inet6"), ParseError);
  EXPECT_THROW(mgw::parse_mode("masq"), ParseError);
  EXPECT_THROW(mgw::parse_tunnel("vxlan"), ParseError);
  EXPECT_THROW(mgw::parse_switch("yes"), ParseError);
  EXPECT_THROW(mgw::parse_sched("sh"), ParseError);
  EXPECT_THROW(mgw::parse_timestamps("on"), ParseError);
}

TEST(Words, Fwmarks) {
  EXPECT_EQ(mgw::parse_fwmark("1"), 1U);
  EXPECT_EQ(mgw::parse_fwmark("4294967295"), 0xffffffffU);
  EXPECT_EQ(mgw::parse_fwmark("0x10"), 16U);
  EXPECT_EQ(mgw::parse_fwmark("0XffffFFFF"), 0xffffffffU);
  for (const auto* word : {"", "0", "0x0", "0x", "-1", "+1", "x7", "7 ", "f",
                           "4294967296", "0x100000000", "7/0xff", "0x-1"}) {
    EXPECT_THROW(mgw::parse_fwmark(word), ParseError) << word;
  }
}

TEST(Words, NearestWantsAtMostTwoSlips) {
  constexpr std::array<std::string_view, 3> words = {"service", "session",
                                                     "stats"};
  EXPECT_EQ(mgw::nearest("servce", words), "service");
  EXPECT_EQ(mgw::nearest("sesion", words), "session");
  EXPECT_EQ(mgw::nearest("stat", words), "stats");
  EXPECT_EQ(mgw::nearest("serivce", words), "service");
  EXPECT_EQ(mgw::nearest("server", words), std::nullopt);
  EXPECT_EQ(mgw::nearest("x", words), std::nullopt);
  EXPECT_EQ(mgw::nearest("", words), std::nullopt);
}

TEST(Words, JoinReadsAsAList) {
  constexpr std::array<std::string_view, 3> words = {"a", "b", "c"};
  EXPECT_EQ(mgw::join_or(words), "a, b or c");
  EXPECT_EQ(mgw::join_or(std::span(words).first(1)), "a");
}

TEST(Words, PoolNames) {
  EXPECT_EQ(mgw::parse_pool("Web-1._"), "Web-1._");
  EXPECT_EQ(mgw::parse_pool(std::string(31, 'a')).size(), 31U);
  EXPECT_THROW(mgw::parse_pool(std::string(32, 'a')), ParseError);
  for (const auto* word : {"", "a b", "a\n", "a/b", "\xc3\xa4"}) {
    EXPECT_THROW(mgw::parse_pool(word), ParseError) << word;
  }
}

TEST(Timeouts, ReadNameAndSeconds) {
  mgw::Timeouts timeouts;
  EXPECT_TRUE(timeouts.empty());
  timeouts.parse("syn_sent=1");
  timeouts.parse("udp_replied=86400");
  EXPECT_EQ(timeouts.seconds.front(), 1U);
  EXPECT_EQ(timeouts.seconds.back(), 86400U);
  EXPECT_FALSE(timeouts.empty());
}

TEST(Timeouts, RefuseWithASentence) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"established",
       "'established' is no timeout: write NAME=SECONDS, such as "
       "established=900"},
      {"establishd=5",
       "unknown timeout 'establishd': did you mean 'established'?"},
      {"x=5",
       "unknown timeout 'x': use syn_sent, syn_recv, established, fin_wait, "
       "last_ack, time_wait, close, udp or udp_replied"},
      {"udp=0", "timeout udp is '0': give 1 to 86400 seconds"},
      {"udp=86401", "timeout udp is '86401': give 1 to 86400 seconds"},
      {"udp=", "timeout udp is '': give 1 to 86400 seconds"},
      {"close=5", "timeout close is given twice"},
  };
  for (const auto& [text, sentence] : cases) {
    mgw::Timeouts timeouts;
    timeouts.parse("close=3");
    try {
      timeouts.parse(text);
      ADD_FAILURE() << text;
    } catch (const ParseError& error) {
      EXPECT_STREQ(error.what(), sentence);
    }
  }
}

}  // namespace
