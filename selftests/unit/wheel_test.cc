// SPDX-License-Identifier: GPL-2.0
//
// Timer wheel against an ordered set of deadlines, in a time of 64 bits of
// which the wheel sees the lower 32.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <random>
#include <set>
#include <vector>

extern "C" {
#include "shim.h"
#include "wheel.h"
}
#include <linux/jiffies.h>

namespace {

constexpr uint64_t Tick = HZ / 8 > 1 ? HZ / 8 : 1;
constexpr uint64_t Lap = Tick * MGW_WHEEL_SLOTS;

struct Timer {
	mgw_wheel_node node{};
	uint64_t deadline = 0;
	bool on = false;
};

class Wheel : public testing::Test {
public:
	uint64_t now = (1ull << 32) - 5 * Lap;
	mgw_wheel w;
	std::set<std::pair<uint64_t, Timer *>> pending;
	std::function<void(Timer *)> on_expire;
	std::function<void()> on_rest;
	unsigned int expired = 0;
	unsigned int rests = 0;

	void SetUp() override { ASSERT_EQ(mgw_wheel_init(&w, now), 0); }

	void TearDown() override
	{
		mgw_wheel_destroy(&w);
		EXPECT_EQ(shim_allocated, 0);
	}

	void add(Timer *t, uint64_t deadline)
	{
		t->deadline = deadline;
		t->on = true;
		pending.insert({ deadline, t });
		mgw_wheel_add(&w, &t->node, deadline);
	}

	void del(Timer *t)
	{
		mgw_wheel_del(&w, &t->node);
		if (t->on)
			pending.erase({ t->deadline, t });
		t->on = false;
	}

	void change(Timer *t, uint64_t deadline, bool advance)
	{
		pending.erase({ t->deadline, t });
		t->deadline = deadline;
		pending.insert({ deadline, t });
		if (advance)
			mgw_wheel_advance(&w, &t->node, deadline);
		else
			t->node.expires = deadline;
	}

	unsigned int run(unsigned int budget)
	{
		return mgw_wheel_run(&w, now, budget, expire, this);
	}

	unsigned int run_for(u64 limit, u64 (*clock)(void))
	{
		const mgw_wheel_ops ops = { .expire = expire,
					    .rest = rest,
					    .clock = clock };

		return mgw_wheel_run_for(&w, now, limit, &ops, this);
	}

	// After a run without limit nothing is left that is a tick late.
	void run_all()
	{
		run(-1);
		EXPECT_FALSE(mgw_wheel_behind(&w, now));
		if (!pending.empty()) {
			EXPECT_LT(now, pending.begin()->first + Tick);
		}
	}

private:
	static void rest(void *arg)
	{
		auto *self = static_cast<Wheel *>(arg);

		self->rests++;
		if (self->on_rest)
			self->on_rest();
	}

	static void expire(mgw_wheel_node *node, void *arg)
	{
		auto *self = static_cast<Wheel *>(arg);
		auto *t = reinterpret_cast<Timer *>(node);

		EXPECT_TRUE(t->on);
		EXPECT_LE(t->deadline, self->now) << "early";
		EXPECT_EQ(node->link.pprev, nullptr) << "still on the wheel";
		self->pending.erase({ t->deadline, t });
		t->on = false;
		self->expired++;
		if (self->on_expire)
			self->on_expire(t);
	}
};

TEST_F(Wheel, RandomOperations)
{
	std::vector<Timer> timers(400);
	std::mt19937_64 rng(7);
	uint64_t start = now;
	auto delta = [&]() -> uint64_t {
		switch (rng() % 4) {
		case 0:
			return rng() % (2 * Tick + 1);
		case 1:
			return rng() % Lap;
		case 2:
			return Lap - Tick + rng() % (3 * Tick);
		default:
			return rng() % (5 * Lap);
		}
	};

	for (int i = 0; i < 1000000 && !HasFailure(); i++) {
		Timer *t = &timers[rng() % timers.size()];

		switch (rng() % 8) {
		case 0:
		case 1:
		case 2:
			if (!t->on)
				add(t, now + delta());
			break;
		case 3:
			del(t);
			break;
		case 4: // a packet: later only
			if (t->on)
				change(t, std::max(t->deadline, now + delta()),
				       false);
			break;
		case 5: // a change of state: any
			if (t->on)
				change(t, now + delta(), true);
			break;
		default:
			now += rng() % 50 ? rng() % (Tick + 1) :
					    rng() % (2 * Lap);
			run_all();
		}
	}
	EXPECT_GT(expired, 10000u);
	// The lower 32 bits have wrapped, with small HZ just about.
	EXPECT_GT(now, start + 5 * Lap);
	EXPECT_GT(now >> 32, start >> 32);
}

TEST_F(Wheel, ExpiresInTheFirstRunOneTickLater)
{
	for (uint64_t d = 0; d < 3 * Lap && !HasFailure();
	     d += 1 + d / 7) {
		Timer t;

		now += d % 3;
		run_all();
		add(&t, now + d);
		now += d;
		if (d) {
			now--;
			run_all();
			ASSERT_TRUE(t.on) << d;
			now++;
		}
		now += Tick;
		run_all();
		ASSERT_FALSE(t.on) << d;
	}
}

TEST_F(Wheel, PastDeadlineExpiresAtOnce)
{
	Timer t;

	add(&t, now - 100 * Lap);
	now += Tick;
	run_all();
	EXPECT_FALSE(t.on);
}

TEST_F(Wheel, AdvanceRefilesOnlyWhenEarlier)
{
	Timer t;

	add(&t, now + 100 * Tick);
	uint32_t filed = t.node.filed;
	change(&t, now + 200 * Tick, true);
	EXPECT_EQ(t.node.filed, filed);
	change(&t, now + 50 * Tick, true);
	EXPECT_LT((int32_t)(t.node.filed - filed), 0);
	now += 51 * Tick;
	run_all();
	EXPECT_FALSE(t.on);
}

u64 nanoseconds, step;

u64 rising_clock()
{
	nanoseconds += step;
	return nanoseconds;
}

TEST_F(Wheel, RunsForAWhileHoweverMuchIsDue)
{
	std::vector<Timer> timers(10000);

	for (auto &t : timers)
		add(&t, now + 3 * Tick);
	now += 5 * Tick;
	// 64 nodes a step: after 1 us of it, and with the clock near its end.
	nanoseconds = ~(u64)0 - 500;
	step = 250;
	EXPECT_EQ(run_for(1000, rising_clock), 4 * 64u);
	EXPECT_EQ(rests, 4u);
	EXPECT_TRUE(mgw_wheel_behind(&w, now));
	// Slower than allowed: one chunk, or nothing would ever be done.
	step = 5000;
	EXPECT_EQ(run_for(1000, rising_clock), 64u);
	// Quick: all that is left, however many.
	step = 1;
	EXPECT_EQ(run_for(1000, rising_clock), 10000u - 5 * 64);
	EXPECT_FALSE(mgw_wheel_behind(&w, now));
	EXPECT_EQ(run_for(1000, rising_clock), 0u);
}

TEST_F(Wheel, OthersUseItBetweenNodes)
{
	std::vector<Timer> timers(1000), later(1000);
	size_t added = 0;

	for (auto &t : timers)
		add(&t, now + 3 * Tick);
	now += 5 * Tick;
	step = 0;
	// Some of those that are due go, and others come that are due as well.
	on_rest = [&] {
		for (int i = 0; i < 10; i++) {
			Timer &t = timers[rand() % timers.size()];

			if (t.on)
				del(&t);
			if (added < later.size())
				add(&later[added++], now);
		}
	};
	run_for(1000, rising_clock);
	EXPECT_GT(rests, 10u);
	on_rest = nullptr;
	now += 2 * Tick;
	run_all();
	EXPECT_TRUE(pending.empty());
}

TEST_F(Wheel, BudgetIsKeptAndTheNextRunGoesOn)
{
	std::vector<Timer> timers(1000);

	for (auto &t : timers)
		add(&t, now + 3 * Tick);
	now += 5 * Tick;
	EXPECT_TRUE(mgw_wheel_behind(&w, now));
	for (unsigned int i = 1; i <= 10; i++) {
		EXPECT_EQ(run(100), 100u);
		EXPECT_EQ(expired, 100 * i);
		EXPECT_EQ(mgw_wheel_behind(&w, now), i < 10);
		if (i == 5) // those that wait in the slot may go, and come
			for (auto &t : timers)
				if (t.on && rand() % 2) {
					del(&t);
					add(&t, now);
				}
		if (i == 7)
			now += 100;
		now += Tick;
	}
	EXPECT_EQ(run(0), 0u);
	run_all();
	EXPECT_EQ(expired, 1000u);
	EXPECT_TRUE(pending.empty());
}

TEST_F(Wheel, BudgetCountsNodesThatAreOnlyFiledAgain)
{
	std::vector<Timer> timers(50);

	for (auto &t : timers) {
		add(&t, now + Tick);
		change(&t, now + 100 * Tick, false);
	}
	now += 3 * Tick;
	EXPECT_EQ(run(20), 20u);
	EXPECT_EQ(run(100), 30u);
	EXPECT_EQ(expired, 0u);
}

TEST_F(Wheel, IdleGapCostsOneLap)
{
	std::mt19937_64 rng(3);
	std::vector<Timer> timers(300);

	for (int i = 0; i < 300 && !HasFailure(); i++) {
		for (auto &t : timers)
			if (!t.on)
				add(&t, now + rng() % (3 * Lap));
		now += rng() % (1u << 30);
		// Each is looked at once, or twice at the horizon.
		EXPECT_LE(run(-1), 2 * timers.size());
		run_all();
	}
}

// Deadlines far away: going round lap by lap would look at them each time.
TEST_F(Wheel, IdleGapGoesRoundOnce)
{
	std::vector<Timer> timers(10);

	for (int i = 0; i < 20; i++) {
		for (auto &t : timers) {
			del(&t);
			add(&t, now + (1u << 30) + Lap);
		}
		now += 1u << 30;
		ASSERT_LE(run(-1), 2 * timers.size());
		ASSERT_EQ(expired, 0u);
	}
}

// Laziness must not become work: an unchanged node is looked at when its
// deadline comes, and once for each lap before.
TEST_F(Wheel, LooksNoMoreOftenThanNeeded)
{
	unsigned int looks = 0;
	Timer soon, far;

	now += Tick / 2;
	add(&soon, now + 500 * Tick);
	while (soon.on) {
		now++;
		looks += run(-1);
	}
	EXPECT_EQ(looks, 1u);
	looks = 0;
	add(&far, now + 10 * Lap);
	while (far.on) {
		now += Tick;
		looks += run(-1);
	}
	EXPECT_LE(looks, 11u);
}

TEST_F(Wheel, EmptyWheelSurvivesAnyGap)
{
	for (uint64_t gap = 1; gap < (1ull << 32) - 2 * Lap; gap = gap * 3 + 1) {
		Timer t;

		now += gap;
		run_all();
		add(&t, now + 10 * Tick);
		now += 10 * Tick - 1;
		run_all();
		ASSERT_TRUE(t.on) << gap;
		now += Tick + 1;
		run_all();
		ASSERT_FALSE(t.on) << gap;
	}
}

// Added to a wheel that has not run for long, before it runs.
TEST_F(Wheel, StaleClock)
{
	for (uint64_t gap : { Lap / 2, 3 * Lap, 1ul << 31, 3ul << 30 }) {
		Timer t;

		now += gap;
		add(&t, now + 10 * Tick);
		run_all();
		ASSERT_TRUE(t.on) << gap;
		now += 9 * Tick;
		run_all();
		ASSERT_TRUE(t.on) << gap;
		now += 2 * Tick;
		run_all();
		ASSERT_FALSE(t.on) << gap;
	}
}

TEST_F(Wheel, ExpireMayAddAndDelete)
{
	std::mt19937_64 rng(5);
	std::vector<Timer> timers(200);
	unsigned int added = 0;

	on_expire = [&](Timer *t) {
		for (int i = 0; i < 3; i++) {
			Timer *other = &timers[rng() % timers.size()];

			if (other == t)
				continue;
			if (other->on && rng() % 2)
				del(other);
			else if (!other->on)
				add(other, now + rng() % (4 * Tick)), added++;
		}
		if (rng() % 2)
			add(t, now + rng() % Lap), added++;
	};
	for (int i = 0; i < 20000 && !HasFailure(); i++) {
		if (pending.size() < 50)
			for (auto &t : timers)
				if (!t.on)
					add(&t, now + rng() % Lap);
		now += rng() % 20 ? rng() % Tick + 1 : rng() % Lap;
		run(rng() % 2 ? 7 : -1);
	}
	on_expire = nullptr;
	run_all();
	EXPECT_GT(added, 1000u);
}

// A node that wants to be called again at once waits for the next tick.
TEST_F(Wheel, ExpireThatAddsItselfEnds)
{
	Timer t;

	on_expire = [&](Timer *) { add(&t, now); };
	add(&t, now);
	for (int i = 0; i < 100; i++) {
		now += Tick;
		ASSERT_LE(run(1000), 2u);
	}
	EXPECT_GE(expired, 99u);
	del(&t);
}

// Soonest first, from where the last search ended, and no more than it may.
TEST_F(Wheel, SoonestThatFits)
{
	static std::set<mgw_wheel_node *> wanted;
	static unsigned int looked;
	auto fits = [](mgw_wheel_node *node) {
		looked++;
		return wanted.contains(node);
	};
	auto search = [&](unsigned int looks) {
		looked = 0;
		return mgw_wheel_soonest(&w, looks, fits);
	};
	std::vector<Timer> timers(10);

	wanted.clear();
	EXPECT_EQ(search(16), nullptr);
	EXPECT_EQ(looked, 0u);
	for (size_t i = 0; i < timers.size(); i++)
		add(&timers[i], now + (5 * i + 3) * Tick);
	EXPECT_EQ(search(16), nullptr);
	EXPECT_EQ(looked, 10u);

	for (size_t i : { 2, 7 })
		wanted.insert(&timers[i].node);
	EXPECT_EQ(search(16), &timers[2].node);
	del(&timers[2]);
	EXPECT_EQ(search(16), &timers[7].node);
	del(&timers[7]);
	wanted = { &timers[0].node };
	// Two are left before the end of the round.
	EXPECT_EQ(search(2), nullptr);
	EXPECT_EQ(looked, 2u);
	EXPECT_EQ(search(1), &timers[0].node);

	// The hand takes a search that stands there along: the soonest is next.
	now += 6 * Tick;
	run(100);
	wanted = { &timers[1].node, &timers[9].node };
	EXPECT_EQ(search(1), &timers[1].node);

	// Those behind as many as may be looked at have to wait.
	std::vector<Timer> slot(5);
	for (Timer &t : slot)
		add(&t, now + 3 * Tick);
	wanted = { &slot[0].node };
	w.search = w.hand;
	EXPECT_EQ(search(4), nullptr);
	EXPECT_EQ(search(16), &slot[0].node);
	EXPECT_EQ(looked, 12u);
	for (Timer &t : slot)
		del(&t);
	for (Timer &t : timers)
		del(&t);
}

TEST_F(Wheel, DeleteOfWhatIsOnNoWheel)
{
	Timer t;

	del(&t);
	add(&t, now + Tick);
	del(&t);
	del(&t);
	now += 10 * Tick;
	run_all();
	EXPECT_EQ(expired, 0u);
}

TEST(WheelInit, NoMemory)
{
	mgw_wheel w;

	shim_no_memory = 1;
	EXPECT_EQ(mgw_wheel_init(&w, 0), -ENOMEM);
	shim_no_memory = 0;
}

} // namespace
