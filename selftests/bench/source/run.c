// SPDX-License-Identifier: GPL-2.0
/*
 * Bursts of 64 turns with bottom halves disabled; only the bursts are timed. In
 * one the packets come each by itself, or in lists by polls of a NAPI (poll.c).
 * The meter is the time stamp counter: under QEMU's -icount it counts
 * instructions, in User-Mode Linux it is the host's own.
 */
#include "run.h"

#include "crew.h"
#include "poll.h"

#include <linux/ktime.h>
#include <linux/prefetch.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/sort.h>

#define BURST		64
/* A window is not filled by so many turns of one flow. */
#define TURNS_UNACKED	1024

static int send(const struct bench_run *run, char step, unsigned int index)
{
	bool client = bench_from_client(step);
	struct sk_buff *skb;

	skb = bench_make(&run->shape, step, index,
			 client ? run->outside : run->inside);
	if (unlikely(!skb))
		return -ENOMEM;
	if (run->learn)
		this_cpu_write(bench_watch.learn, bench_flow(index));
	if (run->null) {
		skb_reset_network_header(skb);
		bench_sink(skb, client ? run->inside : run->outside, client);
	} else {
		netif_receive_skb(skb);
	}
	this_cpu_write(bench_watch.learn, NULL);
	return 0;
}

static int burst(const struct bench_run *run, unsigned int turn,
		 unsigned int count, struct bench_result *result, u64 *took)
{
	u64 outside, inside, ns, cycles, began = bench_cycles();
	const char *step;
	int err = 0;

	local_bh_disable();
	outside = bench_sink_count(run->outside);
	inside = bench_sink_count(run->inside);
	ns = ktime_get_ns();
	cycles = bench_cycles();
	while (count--) {
		prefetch(bench_flow(bench_flow_of(run, turn + 1)));
		for (step = run->steps; *step && !err; step++)
			err = send(run, *step, bench_flow_of(run, turn));
		turn++;
	}
	*took = bench_cycles() - cycles;
	result->cycles += *took;
	result->ns += ktime_get_ns() - ns;
	result->outside += bench_sink_count(run->outside) - outside;
	result->inside += bench_sink_count(run->inside) - inside;
	local_bh_enable();
	result->longest = max(result->longest, bench_cycles() - began);
	return err;
}

/* The other side acknowledges what was sent, not timed. */
static int acknowledge(const struct bench_run *run)
{
	char step = bench_from_client(run->steps[0]) ? 'A' : 'a';
	unsigned int turn;
	int err = 0;

	local_bh_disable();
	for (turn = 0; turn < run->flows && !err; turn++)
		err = send(run, step, bench_flow_of(run, turn));
	local_bh_enable();
	return err;
}

static bool needs_ack(const struct bench_run *run, unsigned int turn)
{
	return (run->steps[0] == 'd' || run->steps[0] == 'D') && !run->null &&
	       run->flows <= BURST && !(turn % (TURNS_UNACKED * run->flows));
}

/* One more packet, not timed: is it what should have come out? */
static int look(const struct bench_run *run, struct bench_watch *last)
{
	struct bench_watch *watch;
	char step = run->steps[strlen(run->steps) - 1];
	int err;

	local_bh_disable();
	watch = this_cpu_ptr(&bench_watch);
	memset(watch, 0, sizeof(*watch));
	watch->look = true;
	err = send(run, step, bench_flow_of(run, run->turns - 1));
	*last = *watch;
	memset(watch, 0, sizeof(*watch));
	local_bh_enable();
	return err;
}

static bool all_known(const struct bench_run *run)
{
	unsigned int i;

	for (i = 0; i < run->flows; i++)
		if (!bench_flow(run->first + i)->known)
			return false;
	return true;
}

static bool replies(const char *steps)
{
	while (*steps)
		if (!bench_from_client(*steps++))
			return true;
	return false;
}

static int by_length(const void *a, const void *b)
{
	u64 left = *(const u64 *)a, right = *(const u64 *)b;

	return left < right ? -1 : left > right;
}

static void find_steady(struct bench_result *result, u64 *took,
			unsigned int count)
{
	unsigned int kept;
	u64 limit, sum = 0;

	sort(took, count, sizeof(*took), by_length, NULL);
	limit = took[count / 2] * BENCH_INTERRUPTED;
	for (kept = 0; kept < count && took[kept] <= limit; kept++)
		sum += took[kept];
	result->steady = div_u64(sum * count, kept);
	result->interrupted = count - kept;
}

static int send_all(const struct bench_run *run, struct bench_result *result,
		    u64 *took)
{
	unsigned int turn, count;
	int err = 0;
	u64 *slot;

	for (turn = 0; turn < run->turns && !err; turn += count) {
		count = min_t(unsigned int, BURST, run->turns - turn);
		slot = &took[turn / BURST];
		if (run->burst > 1)
			err = bench_polls(run, turn, count, result, slot);
		else
			err = burst(run, turn, count, result, slot);
		if (!err && needs_ack(run, turn + count))
			err = acknowledge(run);
		result->sent += (u64)count * strlen(run->steps);
		if (run->crew)
			bench_crew_note(run, turn + count, result);
		if (signal_pending(current))
			err = -EINTR;
		cond_resched();
	}
	return err;
}

int bench_run(const struct bench_run *run, struct bench_result *result)
{
	unsigned int bursts = DIV_ROUND_UP(run->turns, BURST);
	u64 *took;
	int err;

	memset(result, 0, sizeof(*result));
	if (replies(run->steps) && !run->learn && !all_known(run))
		return -ENODATA;
	took = kvcalloc(bursts, sizeof(*took), GFP_KERNEL);
	if (!took)
		return -ENOMEM;
	err = send_all(run, result, took);
	find_steady(result, took, bursts);
	kvfree(took);
	return err ?: look(run, &result->last);
}
