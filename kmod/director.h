/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Software flow director: which CPU owns a tuple. Asked when a packet is in no
 * table of its CPU and its destination is no laddr.
 *
 * Shared by all CPUs, any context, lock-free: a word is only ever changed by
 * cmpxchg() and read by plain loads.
 */
#ifndef _MGW_DIRECTOR_H
#define _MGW_DIRECTOR_H

#include <linux/types.h>

#define MGW_DIRECTOR_BUCKET_SLOTS	8
#define MGW_DIRECTOR_CPU_MAX		4095

struct mgw_director_bucket;

/**
 * struct mgw_director - words by tuple hash
 * @bucket: cache lines of MGW_DIRECTOR_BUCKET_SLOTS words
 * @mask: number of buckets - 1
 */
struct mgw_director {
	struct mgw_director_bucket *bucket;
	u32 mask;
};

int mgw_director_init(struct mgw_director *d, u32 slots);
void mgw_director_destroy(struct mgw_director *d);
int mgw_director_lookup(const struct mgw_director *d, u64 hash);
int mgw_director_claim(struct mgw_director *d, u64 hash, unsigned int cpu);
int mgw_director_claim_free(struct mgw_director *d, u64 hash, unsigned int cpu);
void mgw_director_release(struct mgw_director *d, u64 hash, unsigned int cpu);
bool mgw_director_move(struct mgw_director *d, u64 hash, unsigned int from,
		       unsigned int to);

#endif /* _MGW_DIRECTOR_H */
