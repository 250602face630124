// SPDX-License-Identifier: GPL-2.0
/// The walk over a header's options, as the BPF program does it. Each list lies
/// in memory of exactly its size, so that the sanitizer sees a byte too far.
#include "toa_option.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <vector>

namespace {

using Bytes = std::vector<__u8>;

struct Result {
  toa_verdict verdict = TOA_NONE;
  Bytes port;
  Bytes addr;
};

Result find(const Bytes& options, __u8 kind = 254, __u8 kind6 = 254) {
  const std::unique_ptr<__u8[]> exact(new __u8[options.size()]);
  std::copy(options.begin(), options.end(), exact.get());
  toa_found found{};
  Result result;
  result.verdict =
      toa_find(exact.get(), exact.get() + options.size(), kind, kind6, &found);
  const std::ptrdiff_t size = result.verdict == TOA_V4   ? 4
                              : result.verdict == TOA_V6 ? 16
                                                         : 0;
  if (size != 0) {
    result.port = {found.port, found.port + 2};
    result.addr = {found.addr, found.addr + size};
  }
  return result;
}

toa_verdict verdict_of(const Bytes& options) { return find(options).verdict; }

const Bytes v4 = {254, 8, 0x12, 0x34, 198, 51, 100, 7};
const Bytes v6_addr = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7};

Bytes v6(__u8 kind) {
  Bytes bytes = {kind, 20, 0x12, 0x34};
  bytes.insert(bytes.end(), v6_addr.begin(), v6_addr.end());
  return bytes;
}

Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

TEST(ToaOption, ReadsIpv4) {
  const auto result = find(v4);
  EXPECT_EQ(result.verdict, TOA_V4);
  EXPECT_EQ(result.port, Bytes({0x12, 0x34}));
  EXPECT_EQ(result.addr, Bytes({198, 51, 100, 7}));
}

TEST(ToaOption, ReadsIpv6) {
  const auto result = find(v6(254));
  EXPECT_EQ(result.verdict, TOA_V6);
  EXPECT_EQ(result.port, Bytes({0x12, 0x34}));
  EXPECT_EQ(result.addr, v6_addr);
}

TEST(ToaOption, LooksBehindOtherOptions) {
  const Bytes timestamps = {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2};
  EXPECT_EQ(verdict_of(timestamps + v4), TOA_V4);
  EXPECT_EQ(verdict_of(timestamps + v6(254)), TOA_V6);
  EXPECT_EQ(verdict_of(v4 + timestamps), TOA_V4);
  EXPECT_EQ(verdict_of(Bytes(32, 1) + v4), TOA_V4);
}

TEST(ToaOption, HasKindsOfChoice) {
  EXPECT_EQ(find(v4, 200, 200).verdict, TOA_NONE);
  EXPECT_EQ(find({200, 8, 1, 2, 3, 4, 5, 6}, 200, 200).verdict, TOA_V4);
  EXPECT_EQ(find(v6(253), 254, 253).verdict, TOA_V6);
  EXPECT_EQ(find(v6(254), 254, 253).verdict, TOA_V6);
  EXPECT_EQ(find(v6(253), 254, 254).verdict, TOA_NONE);
  /* The kind for IPv6 holds no IPv4. */
  EXPECT_EQ(find({253, 8, 1, 2, 3, 4, 5, 6}, 254, 253).verdict, TOA_MALFORMED);
}

TEST(ToaOption, FindsNothingWhereNothingIs) {
  EXPECT_EQ(verdict_of({}), TOA_NONE);
  EXPECT_EQ(verdict_of(Bytes(40, 1)), TOA_NONE);
  EXPECT_EQ(verdict_of({1, 1, 0, 254, 8, 1}), TOA_NONE);
  EXPECT_EQ(verdict_of(Bytes({0}) + v4), TOA_NONE) << "behind the end";
  EXPECT_EQ(verdict_of({8, 10, 0, 0, 0, 1, 0, 0, 0, 2}), TOA_NONE);
}

TEST(ToaOption, RefusesBrokenLists) {
  const std::vector<Bytes> broken = {
      {254},
      {254, 0},
      {254, 1},
      {8, 0, 1, 1},
      {8, 1, 1, 1},
      {8},
      {1, 1, 1, 8},
      {254, 8, 1, 2, 3, 4, 5},
      {254, 9, 1, 2, 3, 4, 5, 6},
      {254, 7, 1, 2, 3, 4, 5, 1},
      {254, 9, 1, 2, 3, 4, 5, 6, 7, 1, 1, 1},
      {254, 20, 1, 2, 3, 4, 5, 6},
      {254, 255, 1, 2, 3, 4, 5, 6},
      {254, 2},
      {254, 6, 1, 2, 3, 4},
      {5, 255, 1, 2},
  };
  for (const auto& options : broken) {
    EXPECT_EQ(verdict_of(options), TOA_MALFORMED)
        << testing::PrintToString(options);
    if (options[0] != 254) {
      EXPECT_EQ(verdict_of(options + v4), TOA_MALFORMED)
          << testing::PrintToString(options);
    }
  }
}

TEST(ToaOption, RefusesNobody) {
  EXPECT_EQ(verdict_of({254, 8, 0, 0, 198, 51, 100, 7}), TOA_MALFORMED);
  EXPECT_EQ(verdict_of({254, 8, 1, 2, 0, 0, 0, 0}), TOA_MALFORMED);
  EXPECT_EQ(verdict_of(Bytes({254, 20, 1, 2}) + Bytes(16, 0)), TOA_MALFORMED);
  EXPECT_EQ(verdict_of(Bytes({254, 20, 0, 0}) + v6_addr), TOA_MALFORMED);
  EXPECT_EQ(verdict_of(Bytes({254, 20, 1, 2}) + Bytes(15, 0) + Bytes({1})),
            TOA_V6);
}

/// Every cut of a right list is right, broken or without the option; it never
/// shows another client.
TEST(ToaOption, SurvivesEveryCut) {
  const Bytes whole = Bytes({1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2}) + v6(254) +
                      Bytes({1, 1, 1, 1, 0});
  for (std::size_t size = 0; size <= whole.size(); size++) {
    const auto verdict = verdict_of({whole.begin(), whole.begin() + size});
    const bool is_whole = size >= 32;
    EXPECT_EQ(verdict == TOA_V6, is_whole) << size;
    EXPECT_NE(verdict, TOA_V4) << size;
  }
}

/// A second walk, written another way.
toa_verdict reference(const Bytes& options, __u8 kind, __u8 kind6) {
  const auto zero = [&options](std::size_t at, std::size_t count) {
    return std::all_of(options.begin() + at, options.begin() + at + count,
                       [](__u8 byte) { return byte == 0; });
  };
  std::size_t at = 0;
  while (at < options.size() && options[at] != 0) {
    if (options[at] == 1) {
      at++;
      continue;
    }
    const std::size_t left = options.size() - at;
    if (left < 2 || options[at + 1] < 2 || options[at + 1] > left) {
      return TOA_MALFORMED;
    }
    const std::size_t size = options[at + 1];
    if (options[at] == kind || options[at] == kind6) {
      const bool is_v4 = size == 8 && options[at] == kind;
      if ((!is_v4 && size != 20) || zero(at + 2, 2) || zero(at + 4, size - 4)) {
        return TOA_MALFORMED;
      }
      return is_v4 ? TOA_V4 : TOA_V6;
    }
    at += size;
  }
  return TOA_NONE;
}

TEST(ToaOption, AgreesWithAnotherWalkOnNoise) {
  std::mt19937 random(254);
  const std::vector<__u8> likely = {0, 1, 2, 3, 4, 8, 10, 20, 253, 254, 255};
  std::array<int, 4> seen{};
  for (int round = 0; round < 300000; round++) {
    Bytes options(random() % 41);
    for (auto& byte : options) {
      byte = random() % 2 == 0 ? likely[random() % likely.size()]
                               : static_cast<__u8>(random());
    }
    if (options.size() >= 20 && random() % 4 == 0) {
      options[random() % 3] = 254;
    }
    const auto verdict = find(options, 254, 253).verdict;
    ASSERT_EQ(verdict, reference(options, 254, 253))
        << testing::PrintToString(options);
    seen.at(verdict)++;
  }
  for (const auto count : seen) {
    EXPECT_GT(count, 100);
  }
}

}  // namespace
