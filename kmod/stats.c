// SPDX-License-Identifier: GPL-2.0
/*
 * Reading and zeroing of counters. Process context, mnet->config_lock held;
 * the blocks themselves are written by their CPUs without any lock.
 */
#include "stats.h"

#include <linux/cpumask.h>

#include "dir.h"
#include "mnet.h"

static u64 read_counter(const struct mgw_counters *counters, unsigned int id)
{
	unsigned int start;
	u64 value;

	do {
		start = u64_stats_fetch_begin(&counters->syncp);
		value = u64_stats_read(&counters->value[id]);
	} while (u64_stats_fetch_retry(&counters->syncp, start));
	return value;
}

void mgw_stats_read(struct mgw_net *mnet, unsigned int cpu,
		    u64 out[__MGW_COUNTER_MAX])
{
	const u64 *base;
	unsigned int id;

	lockdep_assert_held(&mnet->config_lock);
	memset(out, 0, __MGW_COUNTER_MAX * sizeof(*out));
	if (!mnet->started)
		return;
	base = mnet->counter_base + cpu * __MGW_COUNTER_MAX;
	for (id = 1; id < __MGW_COUNTER_MAX; id++)
		out[id] = read_counter(&mnet->cpus[cpu]->counters, id) -
			  base[id];
	/* A gauge, so it has no baseline; each session has two nodes. */
	out[MGW_COUNTER_SESSIONS] =
		READ_ONCE(mnet->cpus[cpu]->table.count) / MGW_DIR_MAX;
}

void mgw_stats_zero(struct mgw_net *mnet)
{
	unsigned int cpu, id;

	lockdep_assert_held(&mnet->config_lock);
	if (!mnet->started)
		return;
	for_each_possible_cpu(cpu) {
		u64 *base = mnet->counter_base + cpu * __MGW_COUNTER_MAX;

		for (id = 1; id < __MGW_COUNTER_MAX; id++)
			base[id] = read_counter(&mnet->cpus[cpu]->counters, id);
	}
}
