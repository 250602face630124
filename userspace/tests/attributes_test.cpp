// SPDX-License-Identifier: GPL-2.0
#include "attributes.hpp"

#include <gtest/gtest.h>

#include <random>

#include "bytes.hpp"
#include "exchange.hpp"
#include "mgw/error.hpp"

namespace mgw_test {

namespace {

using mgw::Attributes;
using mgw::Error;

TEST(Attributes, ReadEveryType) {
  const auto bytes = u32(1, 70000) + u64(2, 1ULL << 40U) + be16(3, 8080) +
                     str(4, "wlc") + attr(5, {10, 0, 0, 1}) +
                     nest(6, u32(1, 5)) + attr(7, {}) +
                     attr(8, raw(uint16_t{9}));
  const Attributes attrs(bytes);
  EXPECT_EQ(attrs.u32(1), 70000U);
  EXPECT_EQ(attrs.u64(2), 1ULL << 40U);
  EXPECT_EQ(attrs.be16(3), 8080);
  EXPECT_EQ(attrs.string(4), "wlc");
  EXPECT_EQ(attrs.address(5), mgw::Address::parse("10.0.0.1"));
  EXPECT_EQ(attrs.nest(6)->u32(1), 5U);
  EXPECT_TRUE(attrs.has(7));
  EXPECT_EQ(attrs.u16(8), 9);
  EXPECT_FALSE(attrs.has(9));
  EXPECT_EQ(attrs.u32(9), std::nullopt);
}

TEST(Attributes, TheLastOfSeveralCounts) {
  const auto bytes = u32(1, 1) + u32(1, 2);
  EXPECT_EQ(Attributes(bytes).u32(1), 2U);
}

TEST(Attributes, AStringMayLackItsNul) {
  const auto bytes = attr(1, {'a', 'b'});
  EXPECT_EQ(Attributes(bytes).string(1), "ab");
}

TEST(Attributes, TheLastNeedsNoPadding) {
  auto bytes = be16(1, 80);
  bytes.resize(6);
  EXPECT_EQ(Attributes(bytes).be16(1), 80);
}

TEST(Attributes, WrongSizesAreRefused) {
  const auto bytes = u32(1, 1) + attr(2, {1, 2, 3});
  const Attributes attrs(bytes);
  EXPECT_THROW((void)attrs.u64(1), Error);
  EXPECT_THROW((void)attrs.be16(1), Error);
  EXPECT_THROW((void)attrs.u32(2), Error);
  EXPECT_THROW((void)attrs.address(2), Error);
}

TEST(Attributes, EveryTruncationIsRefusedOrShorter) {
  const auto bytes = u32(1, 1) + nest(2, u32(1, 5) + be16(2, 7)) + u64(3, 9);
  for (std::size_t size = 1; size < bytes.size(); size++) {
    const auto part = std::span(bytes).first(size);
    try {
      const Attributes attrs(part);
      /* Only a cut between two attributes goes unnoticed. */
      EXPECT_TRUE(size == 8 || size == 28 || size == 32) << size;
      EXPECT_FALSE(attrs.has(3)) << size;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), mgw::ErrorKind::protocol);
    }
  }
}

TEST(Attributes, LengthsBelowAHeaderAreRefused) {
  for (std::uint16_t size = 0; size < 4; size++) {
    const auto bytes =
        raw(size) + raw(std::uint16_t{1}) + raw(std::uint32_t{0});
    EXPECT_THROW((void)Attributes(bytes), Error) << size;
  }
}

TEST(Attributes, SurviveRandomBytes) {
  std::mt19937 random(5);  // NOLINT: the same cases every time
  for (int i = 0; i < 20000; i++) {
    Bytes bytes(random() % 64);
    for (auto& byte : bytes) {
      byte = static_cast<std::uint8_t>(random() % 4 == 0 ? random()
                                                         : random() % 16);
    }
    try {
      const Attributes attrs(bytes);
      for (int type = 0; type < 16; type++) {
        (void)attrs.string(type);
        (void)attrs.nest(type);
      }
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), mgw::ErrorKind::protocol);
    }
    try {
      mgw::for_each_message(bytes, [](const mgw::Received& received) {
        (void)mgw::outcome(received);
      });
    } catch (const Error&) {
    }
  }
}

}  // namespace

}  // namespace mgw_test
