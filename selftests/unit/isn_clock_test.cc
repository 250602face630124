// SPDX-License-Identifier: GPL-2.0
//
// By how much a connection is ahead of the clock of initial sequence numbers,
// against the same worked out in 64 bits.

#include <gtest/gtest.h>

#include <random>

extern "C" {
#include "isn_clock.h"
}

namespace {

constexpr u64 STEP_NS = 64;
constexpr u64 SECOND = 1000000000;

// It began at number first, and has sent data and headers since.
u32 ahead(u32 first, u64 data, u64 headers, u64 age_ns)
{
	return mgw_isn_ahead(data + headers, age_ns, first + data,
			     first + age_ns / STEP_NS);
}

TEST(IsnClock, FasterThanTheClock)
{
	EXPECT_EQ(ahead(5, 1000, 40, 0), 1001u);
	EXPECT_EQ(ahead(-1, 1000, 40, 0), 1001u) << "over zero";
	EXPECT_EQ(ahead(5, 100000000, 0, SECOND),
		  100000000 - SECOND / STEP_NS + 1);
	EXPECT_EQ(ahead(5, 0, 0, 0), 1u) << "reused at once";
}

// What 32 bits alone take for a number far ahead.
TEST(IsnClock, LeftBehindByHalfTheNumbers)
{
	for (u64 age : { 1, 100, 137, 138, 200, 275, 276, 400, 413, 7200 })
		for (u64 data : { 0, 1, 100000, 2000000 })
			EXPECT_EQ(ahead(77, data, data / 20 + 40, age * SECOND), 0u)
				<< age << " s, " << data << " bytes";
}

TEST(IsnClock, AsIn64Bits)
{
	std::mt19937_64 rng{ 3 };

	for (int i = 0; i < 1000000; i++) {
		u64 age = rng() % (600 * SECOND);
		u64 clock = age / STEP_NS;
		// From nothing at all to 2 GB more than the clock.
		u64 data = rng() % (clock + (1ull << 31));
		s64 expected = std::max<s64>(data - clock + 1, 0);

		ASSERT_EQ(ahead(rng(), data, 0, age), expected)
			<< data << " bytes in " << age << " ns";
	}
}

} // namespace
