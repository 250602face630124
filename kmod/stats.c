// SPDX-License-Identifier: GPL-2.0
/*
 * Reading and zeroing of counters. Process context, mnet->config_lock held;
 * the blocks themselves are written by their CPUs without any lock.
 */
#include "stats.h"

#include <linux/cpumask.h>

#include "netns.h"
#include "rs.h"
#include "service.h"

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

void mgw_traffic_sum(struct mgw_traffic_sum *sum,
		     const struct mgw_traffic __percpu *traffic)
{
	struct mgw_traffic_sum one;
	unsigned int start;
	int cpu, dir;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct mgw_traffic *t = per_cpu_ptr(traffic, cpu);

		do {
			start = u64_stats_fetch_begin(&t->syncp);
			one.sessions_total = u64_stats_read(&t->sessions_total);
			for (dir = 0; dir < MGW_DIR_MAX; dir++) {
				one.packets[dir] =
					u64_stats_read(&t->packets[dir]);
				one.bytes[dir] = u64_stats_read(&t->bytes[dir]);
			}
			one.live = t->live;
		} while (u64_stats_fetch_retry(&t->syncp, start));
		mgw_traffic_add(sum, &one);
	}
}

void mgw_traffic_add(struct mgw_traffic_sum *to,
		     const struct mgw_traffic_sum *from)
{
	int dir;

	to->sessions_total += from->sessions_total;
	for (dir = 0; dir < MGW_DIR_MAX; dir++) {
		to->packets[dir] += from->packets[dir];
		to->bytes[dir] += from->bytes[dir];
	}
	to->live += from->live;
}

void mgw_traffic_sub(struct mgw_traffic_sum *from,
		     const struct mgw_traffic_sum *base)
{
	int dir;

	from->sessions_total -= base->sessions_total;
	for (dir = 0; dir < MGW_DIR_MAX; dir++) {
		from->packets[dir] -= base->packets[dir];
		from->bytes[dir] -= base->bytes[dir];
	}
	from->live -= base->live;
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
	struct mgw_service *svc;
	unsigned int cpu, id;

	lockdep_assert_held(&mnet->config_lock);
	if (!mnet->started)
		return;
	for_each_possible_cpu(cpu) {
		u64 *base = mnet->counter_base + cpu * __MGW_COUNTER_MAX;

		for (id = 1; id < __MGW_COUNTER_MAX; id++)
			base[id] = read_counter(&mnet->cpus[cpu]->counters, id);
	}
	list_for_each_entry(svc, &mnet->service_list, list)
		mgw_service_zero(svc);
}
