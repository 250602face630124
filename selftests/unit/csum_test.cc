// SPDX-License-Identifier: GPL-2.0
//
// Incremental checksums against a computation from scratch.

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <cstring>
#include <random>

extern "C" {
#include "csum.h"
}

namespace {

// Plain RFC 1071 over bytes, which knows nothing of the code under test.
class Sum {
public:
	void add(const void *data, size_t len)
	{
		auto *p = static_cast<const uint8_t *>(data);

		for (size_t i = 0; i + 1 < len; i += 2)
			sum_ += p[i] << 8 | p[i + 1];
		if (len % 2)
			sum_ += p[len - 1] << 8;
	}
	void add16(uint16_t v) { sum_ += v; }

	uint16_t folded() const
	{
		uint64_t s = sum_;

		while (s >> 16)
			s = (s & 0xffff) + (s >> 16);
		return s;
	}
	// As they are in a header.
	__sum16 partial() const { return htons(folded()); }
	__sum16 check() const { return (__sum16)~htons(folded()); }

private:
	uint64_t sum_ = 0;
};

struct Tuple {
	unsigned int words; // of an address
	__be32 saddr[4], daddr[4];
	uint16_t ports[2];
};

Sum pseudo(const Tuple &t, size_t len)
{
	Sum s;

	s.add(t.saddr, 4 * t.words);
	s.add(t.daddr, 4 * t.words);
	s.add16(6);
	s.add16(len);
	return s;
}

Sum whole(const Tuple &t, const uint8_t *payload, size_t len)
{
	Sum s = pseudo(t, len + 4);

	s.add(t.ports, 4);
	s.add(payload, len);
	return s;
}

class Random {
public:
	// Zeros and ones are where one's complement is odd.
	uint32_t word()
	{
		uint64_t r = rng_();

		switch (r >> 61) {
		case 0:
			return 0;
		case 1:
			return ~0u;
		default:
			return r;
		}
	}
	Tuple tuple(bool v6)
	{
		Tuple t;

		t.words = v6 ? 4 : 1;
		for (unsigned int i = 0; i < t.words; i++) {
			t.saddr[i] = word();
			t.daddr[i] = word();
		}
		uint32_t ports = word();
		memcpy(t.ports, &ports, 4);
		return t;
	}
	uint64_t operator()() { return rng_(); }

private:
	std::mt19937_64 rng_{ 42 };
};

__wsum addr_diff(const Tuple &a, const Tuple &b)
{
	return csum_add(mgw_csum_diff_addr(a.saddr, b.saddr, a.words, b.words),
			mgw_csum_diff_addr(a.daddr, b.daddr, a.words, b.words));
}

__wsum port_diff(const Tuple &a, const Tuple &b)
{
	__be32 from, to;

	memcpy(&from, a.ports, 4);
	memcpy(&to, b.ports, 4);
	return mgw_csum_diff_addr(&from, &to, 1, 1);
}

TEST(Csum, IncrementalIsTheSameAsFromScratch)
{
	Random rnd;
	uint8_t payload[64];
	int zeros = 0;

	for (int i = 0; i < 10000000; i++) {
		// Families change, too: 4 to 4, 6 to 6, 4 to 6, 6 to 4.
		uint64_t r = rnd();
		Tuple a = rnd.tuple(r & 1);
		Tuple b = rnd.tuple(r & 2);
		size_t len = (r >> 8) % 16;

		for (size_t k = 0; k < len; k += 4) {
			uint32_t v = rnd.word();
			memcpy(payload + k, &v, 4);
		}
		if (len >= 2 && (r & 0xf0) == 0) {
			// Make the result zero: what UDP has to mangle.
			payload[0] = payload[1] = 0;
			__sum16 c = whole(b, payload, len).check();
			memcpy(payload, &c, 2);
		}

		__sum16 was = whole(a, payload, len).check();
		__sum16 is = whole(b, payload, len).check();
		__wsum addrs = addr_diff(a, b);
		__wsum all = csum_add(addrs, port_diff(a, b));

		ASSERT_EQ(mgw_csum_apply(was, all), is);
		// As a session keeps it, and for the way back.
		uint16_t kept = mgw_csum_fold_diff(all);
		ASSERT_EQ(mgw_csum_apply(was, mgw_csum_unfold_diff(kept)), is);
		ASSERT_EQ(mgw_csum_apply(is, mgw_csum_unfold_diff(~kept)), was);
		ASSERT_EQ(mgw_csum_apply_partial(pseudo(a, len + 4).partial(),
						 addrs),
			  pseudo(b, len + 4).partial());
		zeros += !is;
		ASSERT_EQ(mgw_csum_udp(is), is ? is : 0xffff);
	}
	EXPECT_GT(zeros, 100000);
}

TEST(Csum, Replace32)
{
	Random rnd;

	for (int i = 0; i < 1000000; i++) {
		uint32_t words[5];
		Sum before, after;

		for (auto &w : words)
			w = rnd.word();
		words[0] |= 1;
		before.add(words, sizeof(words));
		uint32_t from = words[1 + i % 4], to = rnd.word();
		words[1 + i % 4] = to;
		after.add(words, sizeof(words));
		ASSERT_EQ(mgw_csum_replace32(before.check(), from, to),
			  after.check());
	}
}

// RFC 1624, section 4: where the equation of RFC 1141 fails.
TEST(Csum, ExampleOfTheRfc)
{
	EXPECT_EQ(mgw_csum_replace32(htons(0xdd2f), htonl(0x5555),
				     htonl(0x3285)), htons(0x0000));
}

TEST(Csum, Udp)
{
	EXPECT_EQ(mgw_csum_udp(0), 0xffff);
	EXPECT_EQ(mgw_csum_udp(1), 1);
	EXPECT_EQ(mgw_csum_udp(0xffff), 0xffff);
}

} // namespace
