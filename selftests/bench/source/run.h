/* SPDX-License-Identifier: GPL-2.0 */
/* One run: packets in, time and count out. */
#ifndef _BENCH_RUN_H
#define _BENCH_RUN_H

#include "make.h"
#include "sink.h"

#define BENCH_STEPS_MAX 16
/* A host that runs something else meanwhile takes far longer than that. */
#define BENCH_INTERRUPTED 4

/**
 * struct bench_run - what to send
 * @shape: of the packets
 * @steps: what each flow does in one turn, see bench_make()
 * @flows: how many flows take turns, a power of two
 * @first: number of the first flow
 * @turns: turns in all
 * @null: packets go from the source right to the sink
 * @learn: flows learn the tuple of the other leg
 * @burst: packets that come with one poll of a NAPI, as a list; up to 1: each by
 *	   itself, without a poll
 * @outside: device of the clients
 * @inside: device of the real servers
 * @cpus: how many CPUs do so at once, each with @flows of its own; 0: the one
 *	  that asks
 * @crew: the others that run at the same time, or NULL
 */
struct bench_run {
	struct bench_shape shape;
	char steps[BENCH_STEPS_MAX];
	unsigned int flows;
	unsigned int first;
	unsigned int turns;
	bool null;
	bool learn;
	unsigned int burst;
	struct net_device *outside;
	struct net_device *inside;
	unsigned int cpus;
	struct bench_crew *crew;
};

/**
 * struct bench_result - what it took
 * @sent: packets timed
 * @outside: packets that left by that device while timed
 * @inside: the same
 * @cycles: of the time stamp counter
 * @ns: of the monotonic clock
 * @steady: cycles, had every burst taken the mean of those not interrupted
 * @longest: cycles of the longest burst, with what softirqs and interrupts did
 *	     in it and at its end
 * @interrupted: bursts that took more than BENCH_INTERRUPTED medians
 * @together: packets sent while all of a crew ran
 * @span: ns of the monotonic clock they took
 * @last: what the sink saw of one more packet
 */
struct bench_result {
	u64 sent;
	u64 outside;
	u64 inside;
	u64 cycles;
	u64 ns;
	u64 steady;
	u64 longest;
	u64 interrupted;
	u64 together;
	u64 span;
	struct bench_watch last;
};

static inline u64 bench_cycles(void)
{
	u32 low, high;

	asm volatile("lfence\n\trdtsc" : "=a" (low), "=d" (high) : : "memory");
	return (u64)high << 32 | low;
}

/* All over the table, so that no prefetcher guesses the next one. */
static inline unsigned int bench_flow_of(const struct bench_run *run,
					 unsigned int turn)
{
	return run->first + (turn * 2654435761u & (run->flows - 1));
}

/* Context: process. Return: 0, or -ENOMEM, -EINTR, -ENODATA. */
int bench_run(const struct bench_run *run, struct bench_result *result);

#endif /* _BENCH_RUN_H */
