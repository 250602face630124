// SPDX-License-Identifier: GPL-2.0
//
// Free ports against a model that walks port by port.

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

extern "C" {
#include "ports.h"
#include "shim.h"
}
#include <linux/slab.h>

namespace {

// The rule in its plainest form: go round; a resting port that is passed has
// rested.
class Model {
public:
	Model(int min, int max, int start)
		: min_(std::max(min, 1)), max_(max), cursor_(start),
		  state_(65536, Free)
	{
		if (cursor_ < min_ || cursor_ > max_)
			cursor_ = min_;
	}

	int size() const { return std::max(max_ - min_ + 1, 0); }
	int used() const { return used_; }

	int get()
	{
		if (used_ == size())
			return -ENOSPC;
		for (;;) {
			int port = cursor_;
			State &s = state_[port];

			cursor_ = port == max_ ? min_ : port + 1;
			if (s == Free) {
				s = Used;
				used_++;
				return port;
			}
			if (s == Resting)
				s = Free;
		}
	}

	void put(int port)
	{
		state_[port] = Resting;
		used_--;
	}

	bool is_used(int port) const { return state_[port] == Used; }

private:
	enum State : char { Free, Used, Resting };

	int min_, max_, cursor_, used_ = 0;
	std::vector<State> state_;
};

struct Range {
	int min, max, start, ops;
};

class PortsRange : public testing::TestWithParam<Range> {};

TEST_P(PortsRange, BehavesAsTheModel)
{
	auto [min, max, start, ops] = GetParam();
	Model model(min, max, start);
	std::vector<int> held;
	std::set<int> live;
	std::mt19937 rng(min * 31 + max);
	mgw_ports p;

	shim_warnings = 0;
	mgw_ports_init(&p, min, max, start);
	for (int i = 0; i < ops; i++) {
		// Waves: up to the brim, then down to nothing.
		bool up = (i / (2 * model.size() + 50)) % 2 == 0;
		bool get = held.empty() || rng() % 100 < (up ? 75u : 25u);

		if (get) {
			int port = mgw_ports_get(&p, GFP_ATOMIC);

			ASSERT_EQ(port, model.get());
			if (port < 0) {
				ASSERT_EQ((int)live.size(), model.size());
				continue;
			}
			ASSERT_GE(port, std::max(min, 1));
			ASSERT_LE(port, max);
			ASSERT_TRUE(live.insert(port).second) << port;
			held.push_back(port);
		} else {
			// Often the latest one, as of a refused connection.
			size_t k = rng() % 2 ? held.size() - 1 :
					       rng() % held.size();
			int port = held[k];

			held[k] = held.back();
			held.pop_back();
			live.erase(port);
			mgw_ports_put(&p, port);
			model.put(port);
		}
		ASSERT_EQ(p.used, live.size());
		int any = rng() % 65536;
		ASSERT_EQ(mgw_ports_is_used(&p, any), live.count(any) == 1);
	}

	for (int port : held)
		mgw_ports_put(&p, port);
	EXPECT_EQ(p.used, 0u);
	EXPECT_EQ(shim_warnings, 0u);
	mgw_ports_destroy(&p);
	EXPECT_EQ(shim_allocated, 0);
}

TEST_P(PortsRange, EveryPortIsUsableTwice)
{
	auto [min, max, start, ops] = GetParam();
	int low = std::max(min, 1);
	int size = std::max(max - low + 1, 0);
	mgw_ports p;

	mgw_ports_init(&p, min, max, start);
	for (int round = 0; round < 3; round++) {
		std::vector<bool> seen(65536);

		for (int i = 0; i < size; i++) {
			int port = mgw_ports_get(&p, GFP_ATOMIC);

			ASSERT_GE(port, low);
			ASSERT_LE(port, max);
			ASSERT_FALSE(seen[port]);
			seen[port] = true;
		}
		ASSERT_EQ(mgw_ports_get(&p, GFP_ATOMIC), -ENOSPC);
		for (int port = low; port <= max; port++)
			mgw_ports_put(&p, port);
	}
	mgw_ports_destroy(&p);
	EXPECT_EQ(shim_allocated, 0);
}

INSTANTIATE_TEST_SUITE_P(
	Ranges, PortsRange,
	testing::Values(Range{ 1, 1, 1, 1000 }, Range{ 0, 0, 0, 100 },
			Range{ 65535, 65535, 0, 1000 },
			Range{ 0, 1, 0, 1000 }, Range{ 63, 64, 64, 10000 },
			Range{ 4095, 4097, 4096, 100000 },
			Range{ 5000, 5063, 5020, 200000 },
			Range{ 4000, 4200, 4100, 300000 },
			Range{ 8191, 8192, 0, 10000 },
			Range{ 3900, 8300, 8299, 300000 },
			Range{ 1024, 65535, 40000, 300000 },
			Range{ 0, 65535, 65535, 300000 }),
	[](const auto &info) {
		return std::to_string(info.param.min) + "to" +
		       std::to_string(info.param.max);
	});

// What the model can't have wrong together with the code: nobody gets a port
// again while another one was never handed out.
TEST(Ports, FreedPortsRestUntilAllOthersWereUsed)
{
	std::set<int> ever, live;
	std::mt19937 rng(1);
	mgw_ports p;

	mgw_ports_init(&p, 10000, 14999, 12345);
	while (ever.size() < 5000) {
		int port = mgw_ports_get(&p, GFP_ATOMIC);

		ASSERT_TRUE(ever.insert(port).second) << port;
		live.insert(port);
		while (!live.empty() && rng() % 3) {
			auto it = live.lower_bound(10000 + rng() % 5000);

			if (it == live.end())
				it = live.begin();
			mgw_ports_put(&p, *it);
			live.erase(it);
		}
	}
	mgw_ports_destroy(&p);
}

TEST(Ports, PortFreedAheadOfTheCursorRests)
{
	mgw_ports p;

	mgw_ports_init(&p, 1, 10, 1);
	for (int i = 1; i <= 9; i++)
		ASSERT_EQ(mgw_ports_get(&p, GFP_ATOMIC), i);
	mgw_ports_put(&p, 3);
	mgw_ports_put(&p, 7);
	ASSERT_EQ(mgw_ports_get(&p, GFP_ATOMIC), 10);
	// Nothing but resting ports: the rest is over for all of them.
	ASSERT_EQ(mgw_ports_get(&p, GFP_ATOMIC), 3);
	// The cursor is at 4 and 7 is the one that has rested.
	mgw_ports_put(&p, 4);
	mgw_ports_put(&p, 5);
	ASSERT_EQ(mgw_ports_get(&p, GFP_ATOMIC), 7);
	mgw_ports_put(&p, 9);
	// 4 and 5 were passed once, 9 is fresh and ahead of them.
	ASSERT_EQ(mgw_ports_get(&p, GFP_ATOMIC), 4);
	ASSERT_EQ(mgw_ports_get(&p, GFP_ATOMIC), 5);
	ASSERT_EQ(mgw_ports_get(&p, GFP_ATOMIC), 9);
	ASSERT_EQ(mgw_ports_get(&p, GFP_ATOMIC), -ENOSPC);
	mgw_ports_destroy(&p);
}

TEST(Ports, ExhaustionEndsWithTheFirstPut)
{
	mgw_ports p;

	mgw_ports_init(&p, 30000, 30099, 0);
	for (int i = 0; i < 100; i++)
		ASSERT_GT(mgw_ports_get(&p, GFP_ATOMIC), 0);
	for (int i = 0; i < 1000; i++) {
		ASSERT_EQ(mgw_ports_get(&p, GFP_ATOMIC), -ENOSPC);
		mgw_ports_put(&p, 30000 + i % 100);
		ASSERT_EQ(mgw_ports_get(&p, GFP_ATOMIC), 30000 + i % 100);
	}
	mgw_ports_destroy(&p);
}

TEST(Ports, NoMemoryChangesNothing)
{
	mgw_ports p;

	mgw_ports_init(&p, 4000, 4200, 4090);
	shim_no_memory = 1;
	EXPECT_EQ(mgw_ports_get(&p, GFP_ATOMIC), -ENOMEM);
	EXPECT_EQ(p.used, 0u);
	shim_no_memory = 0;
	for (int port = 4090; port < 4096; port++)
		ASSERT_EQ(mgw_ports_get(&p, GFP_ATOMIC), port);

	// The second leaf does not come, the first goes on.
	shim_no_memory = 1;
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(mgw_ports_get(&p, GFP_ATOMIC), -ENOMEM);
	EXPECT_EQ(p.used, 6u);
	EXPECT_EQ(p.cursor, 4096);
	mgw_ports_put(&p, 4091);
	shim_no_memory = 0;
	EXPECT_EQ(mgw_ports_get(&p, GFP_ATOMIC), 4096);
	mgw_ports_destroy(&p);
	EXPECT_EQ(shim_allocated, 0);
}

TEST(Ports, SeekSaysWhereTheSearchGoesOn)
{
	mgw_ports p;

	mgw_ports_init(&p, 100, 200, 100);
	mgw_ports_seek(&p, 150);
	EXPECT_EQ(mgw_ports_get(&p, GFP_ATOMIC), 150);
	EXPECT_EQ(mgw_ports_get(&p, GFP_ATOMIC), 151);
	mgw_ports_seek(&p, 150);
	EXPECT_EQ(mgw_ports_get(&p, GFP_ATOMIC), 152);
	mgw_ports_seek(&p, 200);
	EXPECT_EQ(mgw_ports_get(&p, GFP_ATOMIC), 200);
	EXPECT_EQ(mgw_ports_get(&p, GFP_ATOMIC), 100);
	mgw_ports_seek(&p, 99);
	EXPECT_EQ(mgw_ports_get(&p, GFP_ATOMIC), 101);
	mgw_ports_seek(&p, 201);
	EXPECT_EQ(mgw_ports_get(&p, GFP_ATOMIC), 102);
	mgw_ports_destroy(&p);
}

TEST(Ports, PutOfWhatIsNotUsedWarns)
{
	mgw_ports p;

	mgw_ports_init(&p, 100, 200, 100);
	shim_warnings = 0;
	mgw_ports_put(&p, 150);
	EXPECT_EQ(shim_warnings, 1u);

	int port = mgw_ports_get(&p, GFP_ATOMIC);
	mgw_ports_put(&p, port + 1);
	mgw_ports_put(&p, 99);
	mgw_ports_put(&p, 201);
	mgw_ports_put(&p, 0);
	EXPECT_EQ(shim_warnings, 5u);
	EXPECT_EQ(p.used, 1u);
	mgw_ports_put(&p, port);
	mgw_ports_put(&p, port);
	EXPECT_EQ(shim_warnings, 6u);
	EXPECT_EQ(p.used, 0u);
	mgw_ports_destroy(&p);
}

} // namespace
