// SPDX-License-Identifier: GPL-2.0
/* Sums of traffic. Any context; the blocks are written by their CPUs. */
#include "traffic.h"

#include <linux/cpumask.h>
#include <linux/string.h>

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
		} while (u64_stats_fetch_retry(&t->syncp, start));
		one.live = READ_ONCE(t->live.count);
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
