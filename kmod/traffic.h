/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What went through an rs: a block for each CPU, written by that CPU alone with
 * BH disabled, summed by whoever reads.
 */
#ifndef MGW_TRAFFIC_H
#define MGW_TRAFFIC_H

#include <linux/percpu.h>
#include <linux/u64_stats_sync.h>

#include "dir.h"
#include "live.h"

/**
 * struct mgw_traffic - what went through an rs on one CPU
 * @syncp: consistent reads on 32-bit machines
 * @sessions_total: sessions made
 * @packets: packets forwarded, by who sent them
 * @bytes: their bytes from the network header on
 * @live: sessions alive
 */
struct mgw_traffic {
	struct u64_stats_sync syncp;
	u64_stats_t sessions_total;
	u64_stats_t packets[MGW_DIR_MAX];
	u64_stats_t bytes[MGW_DIR_MAX];
	struct mgw_live live;
};

/* The sum over all CPUs, plain numbers. */
struct mgw_traffic_sum {
	u64 sessions_total;
	u64 packets[MGW_DIR_MAX];
	u64 bytes[MGW_DIR_MAX];
	s64 live;
};

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

#endif /* MGW_TRAFFIC_H */
