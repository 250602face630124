// SPDX-License-Identifier: GPL-2.0
//
// TCP options changed in place: what well-made ones become, and that hostile
// ones stay within their header (each stands in memory of just its size).

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

extern "C" {
#include "tcp_opt.h"
#include "csum.h"
}

namespace {

using Bytes = std::vector<u8>;

constexpr u8 Kind = 254;

/* A header of exactly its options' size. */
class Header {
public:
	explicit Header(const Bytes &options) : bytes(20 + options.size())
	{
		th()->doff = bytes.size() / 4;
		std::copy(options.begin(), options.end(), bytes.begin() + 20);
	}

	tcphdr *th()
	{
		return reinterpret_cast<tcphdr *>(bytes.data());
	}

	Bytes options() const
	{
		return Bytes(bytes.begin() + 20, bytes.end());
	}

	__sum16 sum() const
	{
		return csum_fold(csum_partial(bytes.data(), bytes.size(), 0));
	}

private:
	Bytes bytes;
};

/* Runs a change and holds it to the checksum it says. */
template <typename Change>
Bytes changed(const Bytes &options, Change change)
{
	Header header(options);
	const __sum16 before = header.sum();
	const __wsum diff = change(header.th());
	const __sum16 after = mgw_csum_apply(before, diff);

	/* Both zeros of one's complement are the same sum. */
	EXPECT_EQ(after % 0xffff, header.sum() % 0xffff);
	return header.options();
}

Bytes blanked(const Bytes &options, bool found)
{
	return changed(options, [&](tcphdr *th) {
		__wsum diff = 0;

		EXPECT_EQ(mgw_tcp_opt_has_toa(th, Kind), found);
		EXPECT_EQ(mgw_tcp_opt_blank_toa(th, Kind, &diff), found);
		return diff;
	});
}

Bytes lowered(const Bytes &options, u16 by)
{
	return changed(options, [&](tcphdr *th) {
		return mgw_tcp_opt_lower_mss(th, by);
	});
}

/* -1 when they do not fit. */
Bytes compacted(const Bytes &options, unsigned int room, int length)
{
	Bytes to(room);

	EXPECT_EQ(mgw_tcp_opt_compact(options.data(), options.size(), to.data(),
				      room), length);
	to.resize(std::max(length, 0));
	return to;
}

TEST(TcpOpt, BlanksWhatLooksLikeOurs)
{
	EXPECT_EQ(blanked({ 1, Kind, 8, 1, 2, 3, 4, 5, 6, 1, 1, 0 }, true),
		  (Bytes{ 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0 }));
	Bytes six = { Kind, 20 };
	six.resize(20, 7);
	EXPECT_EQ(blanked(six, true), Bytes(20, 1));
}

TEST(TcpOpt, LeavesOtherOptionsAlone)
{
	for (const Bytes &options : {
		     Bytes{ Kind, 6, 0xe2, 0xd4, 0xc3, 0xd9, 1, 1 },
		     Bytes{ 253, 8, 1, 2, 3, 4, 5, 6 },
		     Bytes{ 0, Kind, 8, 1, 2, 3, 4, 5 },
		     Bytes{ 8, 10, Kind, 8, 3, 4, 5, 6, 7, 8, 1, 1 },
		     Bytes{ 1, 1, 1, Kind },
		     Bytes{} })
		EXPECT_EQ(blanked(options, false), options);
}

Bytes without_fast_open(const Bytes &options)
{
	return changed(options, [](tcphdr *th) {
		return mgw_tcp_opt_blank_fast_open(th);
	});
}

TEST(TcpOpt, BlanksFastOpen)
{
	EXPECT_EQ(without_fast_open({ 2, 4, 5, 6, 1, 34, 2, 1 }),
		  (Bytes{ 2, 4, 5, 6, 1, 1, 1, 1 })) << "asks for a cookie";
	EXPECT_EQ(without_fast_open({ 34, 6, 1, 2, 3, 4, 3, 3, 7, 34, 2, 0 }),
		  (Bytes{ 1, 1, 1, 1, 1, 1, 3, 3, 7, 1, 1, 0 })) << "two of them";
	EXPECT_EQ(without_fast_open({ 254, 8, 0xf9, 0x89, 1, 2, 3, 4 }),
		  Bytes(8, 1)) << "the number for experiments";
	EXPECT_EQ(without_fast_open({ 254, 4, 0xf9, 0x89 }), Bytes(4, 1));
	for (const Bytes &options : {
		     Bytes{ 254, 8, 0xf9, 0x88, 1, 2, 3, 4 },
		     Bytes{ 254, 3, 0xf9, 1 },
		     Bytes{ 30, 4, 34, 2 },
		     Bytes{ 0, 34, 2, 1 },
		     Bytes{ 1, 1, 34, 9 },
		     Bytes{} })
		EXPECT_EQ(without_fast_open(options), options);
}

TEST(TcpOpt, LowersTheMss)
{
	EXPECT_EQ(lowered({ 2, 4, 0x05, 0xb4 }, 8), (Bytes{ 2, 4, 0x05, 0xac }));
	EXPECT_EQ(lowered({ 1, 2, 4, 0x05, 0xb4, 0, 0, 0 }, 20),
		  (Bytes{ 1, 2, 4, 0x05, 0xa0, 0, 0, 0 }));
	EXPECT_EQ(lowered({ 2, 4, 0, 95 }, 8), (Bytes{ 2, 4, 0, 95 }))
		<< "less than the smallest would be left";
	EXPECT_EQ(lowered({ 2, 4, 0, 96 }, 8), (Bytes{ 2, 4, 0, 88 }));
	EXPECT_EQ(lowered({ 4, 2, 1, 1 }, 8), (Bytes{ 4, 2, 1, 1 }));
	EXPECT_EQ(lowered({ 2, 3, 5, 1 }, 8), (Bytes{ 2, 3, 5, 1 }));
}

TEST(TcpOpt, CompactsBlocksOfSackLast)
{
	Bytes sack = { 1, 1, 5, 34 };
	for (u8 i = 0; i < 32; i++)
		sack.push_back(i);

	const Bytes three = compacted(sack, 32, 26);
	EXPECT_EQ(three[1], 26);
	EXPECT_TRUE(std::equal(three.begin() + 2, three.end(), sack.begin() + 4));
	EXPECT_EQ(compacted(sack, 20, 18)[1], 18);
	EXPECT_EQ(compacted(sack, 10, 10)[1], 10);
	EXPECT_EQ(compacted(sack, 9, 0), Bytes{});
	EXPECT_EQ(compacted(sack, 34, 34)[1], 34);
}

TEST(TcpOpt, CompactsNoOther)
{
	Bytes both = { 1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1, 5, 10, 9, 9, 9,
		       9, 9, 9, 9, 9 };

	EXPECT_EQ(compacted(both, 20, 20)[10], 5);
	EXPECT_EQ(compacted(both, 19, 10),
		  (Bytes{ 8, 10, 1, 2, 3, 4, 5, 6, 7, 8 }));
	compacted(both, 9, -ENOSPC);
}

TEST(TcpOpt, HostileBytesStayWithinTheirHeader)
{
	std::mt19937 random(1);
	static const u8 likely[] = { 0, 1, 2, 4, 5, 8, 10, 20, 34, 254 };

	for (int i = 0; i < 200000; i++) {
		Bytes options(random() % 11 * 4);
		Bytes to(random() % 41);

		for (u8 &byte : options)
			byte = random() % 4 ? likely[random() % sizeof(likely)] :
					      random();
		changed(options, [&](tcphdr *th) {
			return mgw_tcp_opt_strip_timestamps(th);
		});
		without_fast_open(options);
		changed(options, [&](tcphdr *th) {
			return mgw_tcp_opt_shift_sack(th, random());
		});
		lowered(options, random());
		changed(options, [](tcphdr *th) {
			__wsum diff = 0;
			const bool found = mgw_tcp_opt_has_toa(th, Kind);

			EXPECT_EQ(mgw_tcp_opt_blank_toa(th, Kind, &diff), found);
			EXPECT_FALSE(mgw_tcp_opt_has_toa(th, Kind));
			return diff;
		});
		EXPECT_LE(mgw_tcp_opt_compact(options.data(), options.size(),
					      to.data(), to.size()),
			  int(to.size()));
		if (HasFailure())
			return;
	}
}

} // namespace
