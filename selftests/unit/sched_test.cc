// SPDX-License-Identifier: GPL-2.0
//
// What schedulers choose, and what a choice costs: the lines of other CPUs it
// reads, with 2, 32 and 64 CPUs.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <random>
#include <vector>

extern "C" {
#include "shim.h"
#include "live.h"
#include "sched.h"

/* Schedulers name it; states are built by hand here. */
struct mgw_sched_state *mgw_sched_build_plain(const struct mgw_sched *,
					      const struct list_head *, u32)
{
	return nullptr;
}
}
#include <linux/jiffies.h>

namespace {

constexpr unsigned int LooksMax = 64; // as in sched_wlc.c

class Farm {
public:
	Farm(const mgw_sched &sched, unsigned int cpus, std::vector<u32> weights)
		: weights_(weights), cursors_(cpus), lives_(weights.size())
	{
		size_t size = sizeof(mgw_sched_state) +
			      weights.size() * sizeof(mgw_sched_slot);

		shim_cpu = 0;
		shim_cpus = cpus;
		shim_remote_looks = 0;
		jiffies = 1000;
		state_.reset(static_cast<mgw_sched_state *>(calloc(1, size)));
		state_->sched = &sched;
		state_->count = weights.size();
		for (size_t i = 0; i < weights.size(); i++) {
			lives_[i].resize(cpus);
			state_->slot[i] = { as_rs(i), lives_[i].data(),
					    weights[i] };
		}
		std::generate(cursors_.begin(), cursors_.end(), std::mt19937(1));
	}

	~Farm() { shim_cpus = 1, shim_cpu = 0; }

	// A choice of that CPU, by number.
	size_t choose(unsigned int cpu)
	{
		shim_cpu = cpu;
		return number_of(state_->sched->choose(state_.get(),
						       &cursors_[cpu]));
	}

	size_t open(unsigned int cpu)
	{
		size_t rs = choose(cpu);

		live(rs, cpu)++;
		return rs;
	}

	u32 &live(size_t rs, unsigned int cpu) { return lives_[rs][cpu].count; }

	u64 sum(size_t rs) const
	{
		u64 sum = 0;

		for (const mgw_live &live : lives_[rs])
			sum += live.count;
		return sum;
	}

	// None has fewer for its weight, one more counted.
	bool is_least(size_t rs) const
	{
		for (size_t i = 0; i < weights_.size(); i++)
			if ((sum(i) + 1) * weights_[rs] <
			    (sum(rs) + 1) * weights_[i])
				return false;
		return true;
	}

	size_t count() const { return weights_.size(); }

private:
	// Schedulers hand it on, and read nothing of it.
	static mgw_rs *as_rs(size_t i)
	{
		return reinterpret_cast<mgw_rs *>((i + 1) * 64);
	}
	static size_t number_of(mgw_rs *rs)
	{
		return reinterpret_cast<uintptr_t>(rs) / 64 - 1;
	}
	struct Free {
		void operator()(void *p) const { free(p); }
	};

	std::vector<u32> weights_, cursors_;
	std::vector<std::vector<mgw_live>> lives_;
	std::unique_ptr<mgw_sched_state, Free> state_;
};

std::vector<u32> alike(size_t count) { return std::vector<u32>(count, 1); }

// Choices of one CPU until each rs was looked at.
size_t round(size_t rs, unsigned int cpus)
{
	size_t looks = std::max(1u, LooksMax / cpus);

	return (rs + looks - 1) / looks;
}

TEST(Wlc, OneCpuIsExact)
{
	Farm farm(mgw_sched_wlc, 1, { 1, 2, 7, 100, 1, 3 });
	std::mt19937 random(2);

	for (int i = 0; i < 20000; i++) {
		size_t rs = random() % farm.count();

		if (random() % 3 == 0 && farm.live(rs, 0))
			farm.live(rs, 0)--;
		rs = farm.open(0);
		farm.live(rs, 0)--;
		ASSERT_TRUE(farm.is_least(rs)) << "choice " << i;
		farm.live(rs, 0)++;
	}
}

TEST(Wlc, OthersAreSeenWithinARound)
{
	std::mt19937 random(3);

	for (unsigned int cpus : { 2, 3, 32, 64, 200 }) {
		for (size_t count : { 1, 2, 5, 20, 129, 1000 }) {
			Farm farm(mgw_sched_wlc, cpus, alike(count));

			for (int time = 0; time < 5; time++) {
				unsigned int cpu = random() % cpus;

				for (size_t rs = 0; rs < count; rs++)
					for (unsigned int i = 0; i < cpus; i++)
						farm.live(rs, i) =
							random() % 1000;
				for (size_t i = 1; i < round(count, cpus); i++) {
					jiffies++;
					farm.choose(cpu);
				}
				jiffies++;
				ASSERT_TRUE(farm.is_least(farm.choose(cpu)))
					<< cpus << " CPUs, " << count << " rs";
			}
		}
	}
}

// In one tick each CPU sees of the others what they had at its first choice.
TEST(Wlc, BlindCpusAreFair)
{
	Farm farm(mgw_sched_wlc, 8, alike(5));

	for (int i = 0; i < 8 * 100; i++)
		farm.open(i % 8);
	for (size_t rs = 0; rs < farm.count(); rs++)
		EXPECT_NEAR(farm.sum(rs), 160, 8);
}

TEST(Wlc, EqualOnesTakeTurns)
{
	for (unsigned int cpus : { 1, 2, 32, 64 }) {
		for (size_t count : { 2, 3, 4, 20, 96 }) {
			Farm farm(mgw_sched_wlc, cpus, alike(count));
			std::vector<int> times(count);

			// Each session is over before the next.
			for (size_t i = 0; i < count * 10; i++) {
				jiffies += i % 2;
				times[farm.choose(0)]++;
			}
			EXPECT_EQ(times, std::vector<int>(count, 10))
				<< cpus << " CPUs";
		}
	}
}

TEST(Wlc, OneThatWasEmptyGetsAllUntilItHasAsMany)
{
	Farm farm(mgw_sched_wlc, 4, alike(3));

	for (unsigned int cpu = 0; cpu < 4; cpu++)
		farm.live(0, cpu) = farm.live(2, cpu) = 25;
	for (int i = 0; i < 100; i++) {
		jiffies++;
		ASSERT_EQ(farm.open(i % 4), 1u);
	}
}

// With more rs than a CPU looks at in a long time, all give to the empty one, but
// none of them blindly.
TEST(Wlc, ManyCpusDoNotOverrunAnEmptyOne)
{
	const unsigned int cpus = 64, rs = 200, each = 16;
	Farm farm(mgw_sched_wlc, cpus, alike(rs));

	for (unsigned int i = 1; i < rs; i++)
		for (unsigned int cpu = 0; cpu < cpus; cpu++)
			farm.live(i, cpu) = each;
	// All have seen what is there.
	for (size_t i = 0; i < round(rs, cpus); i++) {
		jiffies++;
		for (unsigned int cpu = 0; cpu < cpus; cpu++)
			farm.choose(cpu);
	}
	for (unsigned int i = 0; i < 4 * cpus * each; i++) {
		if (i % cpus == 0)
			jiffies++;
		farm.open(i % cpus);
	}
	EXPECT_NEAR(farm.sum(0), cpus * each, 2 * cpus);
}

// Lines of other CPUs for each of so many sessions that come in one tick.
double cost(const mgw_sched &sched, unsigned int cpus, size_t rs,
	    unsigned int sessions)
{
	const int ticks = 50;
	Farm farm(sched, cpus, alike(rs));

	for (int i = 0; i < ticks; i++) {
		unsigned long before = shim_remote_looks;

		jiffies++;
		for (unsigned int n = 0; n < sessions; n++) {
			unsigned long one = shim_remote_looks;

			farm.open(0);
			EXPECT_LE(shim_remote_looks - one,
				  std::max(LooksMax, cpus - 1) + cpus - 1);
		}
		// None is asked twice.
		EXPECT_LE(shim_remote_looks - before, rs * (cpus - 1));
	}
	return double(shim_remote_looks) / ticks / sessions;
}

TEST(Cost, LinesOfOtherCpus)
{
	printf("lines of other CPUs read for a new session, where a CPU has so many in a tick:\n"
	       "%5s %5s %8s %8s %8s %8s\n",
	       "CPUs", "rs", "rr", "wlc 1", "wlc 10", "wlc 100");
	for (unsigned int cpus : { 2, 32, 64 }) {
		for (size_t rs : { 2, 20, 200 }) {
			double rr = cost(mgw_sched_rr, cpus, rs, 10);

			EXPECT_EQ(rr, 0);
			printf("%5u %5zu %8.0f %8.1f %8.1f %8.1f\n", cpus, rs,
			       rr, cost(mgw_sched_wlc, cpus, rs, 1),
			       cost(mgw_sched_wlc, cpus, rs, 10),
			       cost(mgw_sched_wlc, cpus, rs, 100));
		}
	}
}

} // namespace
