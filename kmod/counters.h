/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters: one block for each CPU, written by that CPU alone with BH disabled,
 * summed by whoever reads.
 */
#ifndef MGW_COUNTERS_H
#define MGW_COUNTERS_H

#include <linux/u64_stats_sync.h>
#include <uapi/linux/mgw.h>

struct mgw_counters {
	u64_stats_t value[__MGW_COUNTER_MAX];
	struct u64_stats_sync syncp;
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

#endif /* MGW_COUNTERS_H */
