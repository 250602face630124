/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reading the counters of a namespace. Zeroing moves a baseline, it never
 * writes a block of another CPU.
 */
#ifndef MGW_STATS_H
#define MGW_STATS_H

#include <linux/types.h>
#include <uapi/linux/mgw.h>

struct mgw_net;

/**
 * mgw_stats_read() - counters of one CPU since the last zeroing
 * @mnet: namespace
 * @cpu: a possible CPU
 * @out: indexed by enum mgw_counter
 *
 * Context: process, mnet->life and mnet->config_lock held. What was counted
 * before the packet path was stopped is among it.
 */
void mgw_stats_read(struct mgw_net *mnet, unsigned int cpu,
		    u64 out[__MGW_COUNTER_MAX]);

/**
 * mgw_stats_zero() - counters start from zero again
 * @mnet: namespace
 *
 * Context: process, mnet->life and mnet->config_lock held.
 */
void mgw_stats_zero(struct mgw_net *mnet);

/*
 * Process context, mnet->life written, or nobody else is left. init: before the
 * packet path runs. keep: it is about to go, with the blocks; what they have
 * counted stays. forget_zero: if that is nothing, it needs no memory.
 */
int mgw_stats_init(struct mgw_net *mnet);
void mgw_stats_keep(struct mgw_net *mnet);
void mgw_stats_forget_zero(struct mgw_net *mnet);
void mgw_stats_exit(struct mgw_net *mnet);

#endif /* MGW_STATS_H */
