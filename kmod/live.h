/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How many sessions of an rs are alive: each CPU counts its own, and remembers
 * what it last saw of all others.
 */
#ifndef MGW_LIVE_H
#define MGW_LIVE_H

#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/percpu.h>
#include <linux/types.h>

/**
 * struct mgw_live - sessions of an rs that are alive, on one CPU
 * @count: of this CPU; it alone writes, all read
 * @others: of all other CPUs, as this one saw them at @seen
 * @seen: jiffies
 *
 * In a line of its own, as other CPUs read it and what counts packets is
 * written with each of them.
 */
struct mgw_live {
	u32 count;
	u64 others;
	unsigned long seen;
} ____cacheline_aligned_in_smp;

/**
 * mgw_live_look() - learn what other CPUs have, unless that is known of this tick
 * @live: of an rs
 *
 * Context: BH disabled. Reads a line of each CPU that is on line: others are
 * without sessions.
 *
 * Return: whether they have more than was known.
 */
bool mgw_live_look(struct mgw_live __percpu *live);

/* One more on this CPU, or, by -1, one less. Of the owner. */
static inline void mgw_live_add(struct mgw_live __percpu *live, int by)
{
	struct mgw_live *mine = this_cpu_ptr(live);

	WRITE_ONCE(mine->count, mine->count + by);
}

/**
 * mgw_live_sum() - sessions of all CPUs, of others as of the last look
 * @live: of an rs
 *
 * Context: BH disabled. Reads a line of this CPU.
 */
static inline u64 mgw_live_sum(const struct mgw_live __percpu *live)
{
	const struct mgw_live *mine = this_cpu_ptr(live);

	return mine->count + mine->others;
}

#endif /* MGW_LIVE_H */
