// SPDX-License-Identifier: GPL-2.0
/// A range of laddrs is one request, so that it is changed wholly or not at
/// all.
#include <gtest/gtest.h>

#include "fake_client.hpp"

namespace mgw_test {

namespace {

using Log = std::vector<std::string>;

mgw::Address addr(const char* text) { return mgw::Address::parse(text); }

TEST(LaddrRange, IsOneRequest) {
  FakeKernel kernel;
  EXPECT_EQ(run(kernel, "laddr add 10.0.0.1-10.0.0.3 --pool web").code, 0);
  EXPECT_EQ(kernel.laddrs.size(), 3U);
  EXPECT_EQ(kernel.laddrs.at(addr("10.0.0.2")).pool, "web");
  EXPECT_EQ(run(kernel, "laddr del 10.0.0.1-10.0.0.3").code, 0);
  EXPECT_TRUE(kernel.laddrs.empty());
  EXPECT_EQ(kernel.log,
            (Log{"add 10.0.0.1-10.0.0.3", "del 10.0.0.1-10.0.0.3"}));
}

TEST(LaddrRange, APrefixLeavesOutItsEnds) {
  FakeKernel kernel;
  EXPECT_EQ(run(kernel, "laddr add 10.0.0.0/29").code, 0);
  EXPECT_EQ(run(kernel, "laddr add 2001:db8::/126").code, 0);
  EXPECT_EQ(kernel.log,
            (Log{"add 10.0.0.1-10.0.0.6", "add 2001:db8::-2001:db8::3"}));
}

TEST(LaddrRange, SaysWhichOneIsRefusedAndThatNothingWasAdded) {
  FakeKernel kernel;
  kernel.bad_adds.insert(addr("10.0.0.3"));
  const auto result = run(kernel, "laddr add 10.0.0.1-10.0.0.5");
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.err,
            "mgwadm: laddr 10.0.0.3: This address is a vaddr (nothing was "
            "added)\n");
  EXPECT_TRUE(kernel.laddrs.empty());
  EXPECT_EQ(kernel.log, (Log{"add 10.0.0.1-10.0.0.5"}));
}

TEST(LaddrRange, LeavesAloneWhatWasThereBefore) {
  FakeKernel kernel;
  run(kernel, "laddr add 10.0.0.2");
  const auto result = run(kernel, "laddr add 10.0.0.0/29");
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.err,
            "mgwadm: laddr 10.0.0.2: This laddr exists already (nothing was "
            "added)\n");
  ASSERT_EQ(kernel.laddrs.size(), 1U);
  EXPECT_EQ(kernel.laddrs.begin()->first, addr("10.0.0.2"));
}

TEST(LaddrRange, OfOneAddressNeedsNoRemark) {
  FakeKernel kernel;
  kernel.bad_adds.insert(addr("10.0.0.1"));
  EXPECT_EQ(run(kernel, "laddr add 10.0.0.1").err,
            "mgwadm: laddr 10.0.0.1: This address is a vaddr\n");
  EXPECT_EQ(run(kernel, "laddr add 10.0.0.1-10.0.0.1").err,
            "mgwadm: laddr 10.0.0.1: This address is a vaddr\n");
}

TEST(LaddrRange, IsDeletedOnlyWhenAllOfItIsThere) {
  FakeKernel kernel;
  run(kernel, "laddr add 10.0.0.1-10.0.0.2");
  const auto result = run(kernel, "laddr del 10.0.0.1-10.0.0.3");
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.err,
            "mgwadm: laddr 10.0.0.3: There is no such laddr (nothing was "
            "deleted)\n");
  EXPECT_EQ(kernel.laddrs.size(), 2U);
  kernel.bad_dels.insert(addr("10.0.0.2"));
  EXPECT_EQ(run(kernel, "laddr del 10.0.0.1-10.0.0.2").code, 1);
  EXPECT_EQ(kernel.laddrs.size(), 2U);
}

TEST(LaddrRange, WithoutAnAnswerNobodyKnowsWhatWasAdded) {
  FakeKernel kernel;
  kernel.connect_error = mgw::Error(mgw::ErrorKind::protocol, "Lost");
  EXPECT_EQ(run(kernel, "laddr add 10.0.0.1-10.0.0.3").err, "mgwadm: Lost\n");
}

}  // namespace

}  // namespace mgw_test
