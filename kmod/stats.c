// SPDX-License-Identifier: GPL-2.0
/*
 * Reading and zeroing of counters. Process context, mnet->life and
 * mnet->config_lock held; the blocks themselves are written by their CPUs
 * without any lock.
 */
#include "stats.h"

#include <linux/cpumask.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

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

/* What its CPU has counted since the packet path was started. */
static u64 counted(const struct mgw_net *mnet, unsigned int cpu,
		   unsigned int id)
{
	return mnet->started ?
	       read_counter(&mnet->cpus[cpu]->counters, id) : 0;
}

static u64 *base_of(const struct mgw_net *mnet, unsigned int cpu)
{
	return mnet->counter_base + cpu * __MGW_COUNTER_MAX;
}

void mgw_stats_read(struct mgw_net *mnet, unsigned int cpu,
		    u64 out[__MGW_COUNTER_MAX])
{
	unsigned int id;

	lockdep_assert_held(&mnet->life);
	lockdep_assert_held(&mnet->config_lock);
	memset(out, 0, __MGW_COUNTER_MAX * sizeof(*out));
	if (!mnet->counter_base)
		return;
	for (id = 1; id < __MGW_COUNTER_MAX; id++)
		out[id] = counted(mnet, cpu, id) - base_of(mnet, cpu)[id];
	/* A gauge, so it has no baseline. */
	out[MGW_COUNTER_SESSIONS] = 0;
	if (mnet->started)
		out[MGW_COUNTER_SESSIONS] =
			READ_ONCE(mnet->cpus[cpu]->sessions);
}

void mgw_stats_zero(struct mgw_net *mnet)
{
	unsigned int cpu, id;

	lockdep_assert_held(&mnet->life);
	lockdep_assert_held(&mnet->config_lock);
	if (!mnet->counter_base)
		return;
	for_each_possible_cpu(cpu)
		for (id = 1; id < __MGW_COUNTER_MAX; id++)
			base_of(mnet, cpu)[id] = counted(mnet, cpu, id);
}

static size_t base_size(void)
{
	return array_size(nr_cpu_ids, __MGW_COUNTER_MAX * sizeof(u64));
}

int mgw_stats_init(struct mgw_net *mnet)
{
	if (!mnet->counter_base)
		mnet->counter_base = kvzalloc(base_size(), GFP_KERNEL_ACCOUNT);
	return mnet->counter_base ? 0 : -ENOMEM;
}

void mgw_stats_keep(struct mgw_net *mnet)
{
	unsigned int cpu, id;

	for_each_possible_cpu(cpu)
		for (id = 1; id < __MGW_COUNTER_MAX; id++)
			base_of(mnet, cpu)[id] -= counted(mnet, cpu, id);
	mgw_stats_forget_zero(mnet);
}

void mgw_stats_forget_zero(struct mgw_net *mnet)
{
	if (!memchr_inv(mnet->counter_base, 0, base_size()))
		mgw_stats_exit(mnet);
}

void mgw_stats_exit(struct mgw_net *mnet)
{
	kvfree(mnet->counter_base);
	mnet->counter_base = NULL;
}
