// SPDX-License-Identifier: GPL-2.0
//
// ICMP errors in the other IP version: the tables of RFC 7915, and back.

#include <gtest/gtest.h>

extern "C" {
#include "icmp_xlat.h"
}

namespace {

struct Pair {
	mgw_icmp_head from, to;
};

void expect(bool (*translate)(mgw_icmp_head *), const Pair &pair)
{
	mgw_icmp_head head = pair.from;

	ASSERT_TRUE(translate(&head)) << int(pair.from.type) << "/"
				      << int(pair.from.code);
	EXPECT_EQ(head.type, pair.to.type) << int(pair.from.code);
	EXPECT_EQ(head.code, pair.to.code) << int(pair.from.code);
	EXPECT_EQ(head.info, pair.to.info) << int(pair.from.code);
}

void refuse(bool (*translate)(mgw_icmp_head *), mgw_icmp_head head)
{
	EXPECT_FALSE(translate(&head)) << int(head.type) << "/"
				       << int(head.code);
}

// Section 4.2.
TEST(IcmpXlat, ToV6)
{
	for (u8 code : { 0, 1, 5, 6, 7, 8, 11, 12 })
		expect(mgw_icmp_to_v6, { { 3, code, 0 }, { 1, 0, 0 } });
	for (u8 code : { 9, 10, 13, 15 })
		expect(mgw_icmp_to_v6, { { 3, code, 0 }, { 1, 1, 0 } });
	expect(mgw_icmp_to_v6, { { 3, 2, 0 }, { 4, 1, 6 } });
	expect(mgw_icmp_to_v6, { { 3, 3, 0 }, { 1, 4, 0 } });
	expect(mgw_icmp_to_v6, { { 3, 4, 1400 }, { 2, 0, 1420 } });
	expect(mgw_icmp_to_v6, { { 3, 4, 576 }, { 2, 0, 1280 } });
	expect(mgw_icmp_to_v6, { { 3, 4, 0 }, { 2, 0, 1280 } });
	expect(mgw_icmp_to_v6, { { 11, 0, 0 }, { 3, 0, 0 } });
	expect(mgw_icmp_to_v6, { { 11, 1, 0 }, { 3, 1, 0 } });
	refuse(mgw_icmp_to_v6, { 3, 14, 0 });
	refuse(mgw_icmp_to_v6, { 3, 16, 0 });
	refuse(mgw_icmp_to_v6, { 5, 0, 0 });
	refuse(mgw_icmp_to_v6, { 12, 1, 0 });
}

TEST(IcmpXlat, PointersToV6)
{
	const int want[20] = { 0, 1, 4, 4, -1, -1, -1, -1, 7, 6,
			       -1, -1, 8, 8, 8, 8, 24, 24, 24, 24 };

	for (u32 at = 0; at < 20; at++) {
		if (want[at] < 0)
			refuse(mgw_icmp_to_v6, { 12, 0, at << 24 });
		else
			expect(mgw_icmp_to_v6, { { 12, 0, at << 24 },
						 { 4, 0, u32(want[at]) } });
	}
	refuse(mgw_icmp_to_v6, { 12, 0, 20u << 24 });
	refuse(mgw_icmp_to_v6, { 12, 0, 255u << 24 });
}

// Section 5.2.
TEST(IcmpXlat, ToV4)
{
	for (u8 code : { 0, 2, 3 })
		expect(mgw_icmp_to_v4, { { 1, code, 0 }, { 3, 1, 0 } });
	expect(mgw_icmp_to_v4, { { 1, 1, 0 }, { 3, 10, 0 } });
	expect(mgw_icmp_to_v4, { { 1, 4, 0 }, { 3, 3, 0 } });
	expect(mgw_icmp_to_v4, { { 2, 0, 1400 }, { 3, 4, 1380 } });
	expect(mgw_icmp_to_v4, { { 2, 0, 0xffffffff }, { 3, 4, 0xffff } });
	expect(mgw_icmp_to_v4, { { 2, 0, 0 }, { 3, 4, 68 } });
	expect(mgw_icmp_to_v4, { { 3, 1, 0 }, { 11, 1, 0 } });
	expect(mgw_icmp_to_v4, { { 4, 1, 6 }, { 3, 2, 0 } });
	refuse(mgw_icmp_to_v4, { 1, 5, 0 });
	refuse(mgw_icmp_to_v4, { 4, 2, 0 });
	refuse(mgw_icmp_to_v4, { 128, 0, 0 });
}

TEST(IcmpXlat, PointersToV4)
{
	auto want = [](u32 at) -> int {
		if (at < 8)
			return (int[]){ 0, 1, -1, -1, 2, 2, 9, 8 }[at];
		if (at < 24)
			return 12;
		return at < 40 ? 16 : -1;
	};

	for (u32 at : { 0u, 1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u, 23u, 24u, 39u, 40u,
			1000u, 0xffffffffu }) {
		if (want(at) < 0)
			refuse(mgw_icmp_to_v4, { 4, 0, at });
		else
			expect(mgw_icmp_to_v4,
			       { { 4, 0, at },
				 { 12, 0, u32(want(at)) << 24 } });
	}
}

} // namespace
