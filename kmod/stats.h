/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters: one block for each CPU, written by that CPU alone with BH
 * disabled, summed by whoever reads. Zeroing moves a baseline, it never writes
 * a block of another CPU.
 */
#ifndef MGW_STATS_H
#define MGW_STATS_H

#include <linux/u64_stats_sync.h>
#include <uapi/linux/mgw.h>

#include "dir.h"

struct mgw_net;

struct mgw_counters {
	u64_stats_t value[__MGW_COUNTER_MAX];
	struct u64_stats_sync syncp;
};

/**
 * struct mgw_traffic - what went through an rs on one CPU
 * @syncp: consistent reads on 32-bit machines
 * @sessions_total: sessions made
 * @packets: packets forwarded, by who sent them
 * @bytes: their bytes from the network header on
 * @live: sessions alive; may be negative on one CPU, the sum never is
 */
struct mgw_traffic {
	struct u64_stats_sync syncp;
	u64_stats_t sessions_total;
	u64_stats_t packets[MGW_DIR_MAX];
	u64_stats_t bytes[MGW_DIR_MAX];
	s64 live;
};

/* The sum over all CPUs, plain numbers. */
struct mgw_traffic_sum {
	u64 sessions_total;
	u64 packets[MGW_DIR_MAX];
	u64 bytes[MGW_DIR_MAX];
	s64 live;
};

static inline void mgw_counters_add(struct mgw_counters *counters,
				    enum mgw_counter id, unsigned long n)
{
	u64_stats_update_begin(&counters->syncp);
	u64_stats_add(&counters->value[id], n);
	u64_stats_update_end(&counters->syncp);
}

static inline void mgw_counters_inc(struct mgw_counters *counters,
				    enum mgw_counter id)
{
	mgw_counters_add(counters, id, 1);
}

static inline void mgw_traffic_packet(struct mgw_traffic *traffic,
				      enum mgw_dir dir, unsigned int len)
{
	u64_stats_update_begin(&traffic->syncp);
	u64_stats_inc(&traffic->packets[dir]);
	u64_stats_add(&traffic->bytes[dir], len);
	u64_stats_update_end(&traffic->syncp);
}

void mgw_traffic_sum(struct mgw_traffic_sum *sum,
		     const struct mgw_traffic __percpu *traffic);

void mgw_traffic_add(struct mgw_traffic_sum *to,
		     const struct mgw_traffic_sum *from);
void mgw_traffic_sub(struct mgw_traffic_sum *from,
		     const struct mgw_traffic_sum *base);

/**
 * mgw_stats_read() - counters of one CPU since the last zeroing
 * @mnet: namespace
 * @cpu: a possible CPU
 * @out: indexed by enum mgw_counter
 *
 * Context: process, mnet->config_lock held.
 */
void mgw_stats_read(struct mgw_net *mnet, unsigned int cpu,
		    u64 out[__MGW_COUNTER_MAX]);

/**
 * mgw_stats_zero() - counters and traffic start from zero again
 * @mnet: namespace
 *
 * Context: process, mnet->config_lock held.
 */
void mgw_stats_zero(struct mgw_net *mnet);

#endif /* MGW_STATS_H */
