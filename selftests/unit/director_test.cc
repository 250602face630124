// SPDX-License-Identifier: GPL-2.0
//
// Software flow director: a model, every kind of interleaving that a random
// schedule finds, and real threads.

#include <gtest/gtest.h>
#include <ucontext.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <thread>
#include <vector>

extern "C" {
#include "director.h"
#include "shim.h"
}
#include <linux/compiler.h>

namespace {

class Director : public testing::Test {
public:
	mgw_director d;

	void init(u32 slots) { ASSERT_EQ(mgw_director_init(&d, slots), 0); }

	void TearDown() override
	{
		mgw_director_destroy(&d);
		EXPECT_EQ(shim_allocated, 0);
	}

	unsigned int words() const
	{
		auto *w = reinterpret_cast<u64 *>(d.bucket);
		unsigned int n = 0;

		for (u32 i = 0; i < (d.mask + 1) * 8; i++)
			n += w[i] != 0;
		return n;
	}
};

TEST_F(Director, BehavesAsTheModel)
{
	std::mt19937_64 rng(1);
	std::map<u64, unsigned int> model;
	std::vector<u64> hashes(700);

	init(1024);
	for (auto &h : hashes)
		h = rng();
	for (int i = 0; i < 500000; i++) {
		u64 h = hashes[rng() % hashes.size()];
		unsigned int cpu = rng() % 8 ? rng() % 4 : rng() % 4096;
		auto it = model.find(h);
		int owner = it == model.end() ? -ENOENT : (int)it->second;

		ASSERT_EQ(mgw_director_lookup(&d, h), owner);
		switch (rng() % 4) {
		case 0:
		case 1: {
			int got = mgw_director_claim(&d, h, cpu);

			if (owner >= 0) {
				ASSERT_EQ(got, owner);
			} else {
				// Two choices: 70 % full is no problem.
				ASSERT_EQ(got, (int)cpu);
				model[h] = cpu;
			}
			break;
		}
		case 2:
			if (rng() % 2 && owner >= 0)
				cpu = owner;
			mgw_director_release(&d, h, cpu);
			if (owner == (int)cpu)
				model.erase(h);
			break;
		case 3: {
			unsigned int to = rng() % 4096;

			if (rng() % 2 && owner >= 0)
				cpu = owner;
			ASSERT_EQ(mgw_director_move(&d, h, cpu, to),
				  owner == (int)cpu);
			if (owner == (int)cpu)
				model[h] = to;
		}
		}
		ASSERT_EQ(words(), model.size());
	}
}

TEST_F(Director, FullBuckets)
{
	std::mt19937_64 rng(2);
	std::vector<u64> in;
	int no_space = 0;

	init(16);
	while (no_space < 100) {
		u64 h = rng();
		int got = mgw_director_claim(&d, h, 5);

		if (got == -ENOSPC) {
			no_space++;
			ASSERT_EQ(mgw_director_lookup(&d, h), -ENOENT);
		} else {
			ASSERT_EQ(got, 5);
			in.push_back(h);
		}
	}
	EXPECT_EQ(in.size(), 16u) << "every word of both buckets is used";
	for (u64 h : in)
		EXPECT_EQ(mgw_director_lookup(&d, h), 5);
	mgw_director_release(&d, in[3], 5);
	EXPECT_EQ(mgw_director_claim(&d, rng(), 6), 6);
}

// Without a choice, or without choosing the emptier bucket, it comes earlier.
TEST_F(Director, FillsWellBeforeTheFirstLoss)
{
	std::mt19937_64 rng(3);
	u32 slots = 1 << 14, in = 0;

	init(slots);
	while (mgw_director_claim(&d, rng(), 1) == 1)
		in++;
	EXPECT_GT(in, slots * 7 / 10);
}

TEST_F(Director, Limits)
{
	for (u32 slots : { 0u, 1u, 8u, 24u, 100u, 1000u })
		EXPECT_EQ(mgw_director_init(&d, slots), -EINVAL) << slots;
	shim_no_memory = 1;
	EXPECT_EQ(mgw_director_init(&d, 64), -ENOMEM);
	shim_no_memory = 0;

	init(64);
	EXPECT_EQ((uintptr_t)d.bucket % 64, 0u);
	EXPECT_EQ(mgw_director_claim(&d, 1, 4096), -ENOSPC);
	EXPECT_EQ(mgw_director_claim(&d, 1, 4095), 4095);
	EXPECT_EQ(mgw_director_lookup(&d, 1), 4095);
	EXPECT_FALSE(mgw_director_move(&d, 1, 4095, 4096));
	EXPECT_FALSE(mgw_director_move(&d, 1, 8191, 1));
	mgw_director_release(&d, 1, 8191);
	EXPECT_EQ(mgw_director_lookup(&d, 1), 4095);
	// Hash zero is a hash like any other.
	EXPECT_EQ(mgw_director_claim(&d, 0x8000000000000000, 0), 0);
	EXPECT_EQ(mgw_director_lookup(&d, 0x8000000000000000), 0);
}

// CPUs as coroutines, one of which goes on at a time: from one access to
// shared memory to the next, in a random order.
class Schedule {
public:
	explicit Schedule(unsigned int seed) : rng_(seed)
	{
		running_ = this;
		shim_before_access = [] { running_->yield(); };
	}
	~Schedule() { shim_before_access = nullptr; }

	void spawn(std::function<void()> f)
	{
		auto c = std::make_unique<Cpu>();

		c->f = std::move(f);
		c->stack.resize(256 * 1024);
		getcontext(&c->context);
		c->context.uc_stack.ss_sp = c->stack.data();
		c->context.uc_stack.ss_size = c->stack.size();
		c->context.uc_link = &main_;
		makecontext(&c->context, entry, 0);
		cpus_.push_back(std::move(c));
	}

	void run()
	{
		std::vector<Cpu *> alive;

		for (auto &c : cpus_)
			alive.push_back(c.get());
		while (!alive.empty()) {
			size_t i = rng_() % alive.size();

			// For a while the same one, so that they drift apart.
			burst_ = rng_() % 3 ? 0 : rng_() % 40;
			current_ = alive[i];
			swapcontext(&main_, &current_->context);
			if (current_->done)
				alive.erase(alive.begin() + i);
		}
		current_ = nullptr;
	}

private:
	struct Cpu {
		std::function<void()> f;
		std::vector<char> stack;
		ucontext_t context;
		bool done = false;
	};

	static void entry()
	{
		running_->current_->f();
		running_->current_->done = true;
	}

	void yield()
	{
		if (!current_ || burst_-- > 0)
			return;
		swapcontext(&current_->context, &main_);
	}

	static Schedule *running_;
	std::mt19937 rng_;
	ucontext_t main_;
	std::vector<std::unique_ptr<Cpu>> cpus_;
	Cpu *current_ = nullptr;
	int burst_ = 0;
};

Schedule *Schedule::running_;

// Two that begin at once: one has it, and the other one knows who.
TEST_F(Director, OneOfTwoOwnsInAnyOrder)
{
	int first = 0;

	init(16);
	for (int round = 0; round < 4000; round++) {
		u64 h = 0x123456789abcdef0ull * (2 * round + 1);
		int got[2];
		{
			Schedule s(round);

			for (int cpu = 0; cpu < 2; cpu++)
				s.spawn([&, cpu] {
					got[cpu] = mgw_director_claim_free(&d, h, cpu);
				});
			s.run();
		}
		ASSERT_EQ(got[0], got[1]) << "round " << round;
		ASSERT_EQ(mgw_director_lookup(&d, h), got[0]);
		ASSERT_EQ(words(), 1u);
		first += !got[0];
		mgw_director_release(&d, h, got[0]);
	}
	// Either may win.
	EXPECT_GT(first, 400);
	EXPECT_LT(first, 3600);
}

TEST_F(Director, NeverTwoOwnersInAnyOrder)
{
	int sent_away = 0;

	init(16);
	for (int round = 0; round < 5000; round++) {
		u64 h = 0x123456789abcdef0ull * (2 * round + 1);
		int got[3], owners = 0, owner = -1;
		{
			Schedule s(round);

			for (int cpu = 0; cpu < 3; cpu++)
				s.spawn([&, cpu] {
					// One has looked before all others.
					auto claim = cpu ? mgw_director_claim :
							   mgw_director_claim_free;

					got[cpu] = claim(&d, h, cpu);
				});
			s.run();
		}
		for (int cpu = 0; cpu < 3; cpu++) {
			ASSERT_GE(got[cpu], 0) << "round " << round;
			sent_away += got[cpu] != cpu;
			if (got[cpu] == cpu) {
				owners++;
				owner = cpu;
			}
		}
		ASSERT_EQ(owners, 1) << "round " << round;
		ASSERT_EQ(words(), 1u) << "round " << round;
		ASSERT_EQ(mgw_director_lookup(&d, h), owner);
		mgw_director_release(&d, h, owner);
	}
	EXPECT_GT(sent_away, 500);
}

// While one claims and withdraws, the owner's word can be moved, and released.
TEST_F(Director, OwnerIsNotHiddenByAClaim)
{
	init(16);
	for (int round = 0; round < 3000; round++) {
		u64 h = 0x9e3779b97f4a7c15ull * (2 * round + 1);
		bool moved = false;
		int got = 0;

		ASSERT_EQ(mgw_director_claim(&d, h, 0), 0);
		{
			Schedule s(round);

			s.spawn([&] {
				moved = mgw_director_move(&d, h, 0, 2);
				mgw_director_release(&d, h, 2);
			});
			s.spawn([&] { got = mgw_director_claim(&d, h, 1); });
			s.run();
		}
		ASSERT_TRUE(moved);
		ASSERT_EQ(words(), got == 1 ? 1u : 0u);
		mgw_director_release(&d, h, 1);
	}
}

// Who has looked too early is told who has it, whose word is left alone.
TEST_F(Director, ClaimOfWhatIsNotFree)
{
	init(16);
	ASSERT_EQ(mgw_director_claim_free(&d, 7, 0), 0);
	EXPECT_EQ(mgw_director_claim_free(&d, 7, 1), 0);
	EXPECT_EQ(mgw_director_claim(&d, 7, 1), 0);
	EXPECT_EQ(words(), 1u);
	EXPECT_EQ(mgw_director_claim_free(&d, 7, 4096), -ENOSPC);
	mgw_director_release(&d, 7, 0);
	EXPECT_EQ(words(), 0u);
}

TEST_F(Director, ThreadsNeverOwnTheSame)
{
	constexpr int Threads = 4, Tuples = 16, Claims = 250000;
	std::atomic<int> owner[Tuples] = {};
	std::atomic<long> claimed{ 0 }, withdrawn{ 0 }, elsewhere{ 0 };
	std::atomic<int> errors{ 0 };
	u64 hash[Tuples];
	std::mt19937_64 rng(4);

	init(32);
	for (auto &h : hash)
		h = rng();

	auto cpu_loop = [&](int cpu) {
		std::mt19937 rng(cpu);
		bool mine[Tuples] = {};

		for (int i = 0; i < Claims; i++) {
			int k = rng() % Tuples;

			if (mine[k]) {
				if (owner[k].exchange(0) != cpu + 1)
					errors++;
				mine[k] = false;
				mgw_director_release(&d, hash[k], cpu);
				continue;
			}
			int got = mgw_director_claim(&d, hash[k], cpu);
			if (got == cpu) {
				if (owner[k].exchange(cpu + 1) != 0)
					errors++;
				mine[k] = true;
				claimed++;
			} else if (got == -EAGAIN) {
				withdrawn++;
			} else if (got >= 0 && got < Threads) {
				elsewhere++;
			} else if (got != -ENOSPC) {
				errors++;
			}
			int seen = mgw_director_lookup(&d, hash[k]);
			if (seen != -ENOENT && (seen < 0 || seen >= Threads))
				errors++;
		}
		for (int k = 0; k < Tuples; k++)
			if (mine[k]) {
				owner[k] = 0;
				mgw_director_release(&d, hash[k], cpu);
			}
	};

	std::vector<std::thread> threads;
	for (int cpu = 0; cpu < Threads; cpu++)
		threads.emplace_back(cpu_loop, cpu);
	for (auto &t : threads)
		t.join();

	EXPECT_EQ(errors, 0);
	EXPECT_GT(claimed, Claims / 10);
	EXPECT_GT(elsewhere, 0);
	EXPECT_EQ(words(), 0u) << "a word was left behind";
}

} // namespace
