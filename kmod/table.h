/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Session table of one CPU: an open hash that doubles in small steps, a few
 * buckets with every insert. It never shrinks.
 *
 * Owner only: softirq of the CPU that owns the table, without a lock. Memory
 * comes and goes in process context, see mgw_table_offer().
 */
#ifndef _MGW_TABLE_H
#define _MGW_TABLE_H

#include <linux/compiler.h>
#include <linux/types.h>

#define MGW_TABLE_ORDER_MAX	26

/**
 * struct mgw_table_node - one direction of a session
 * @link: place in a bucket
 * @hash: of the tuple, set before mgw_table_insert()
 * @dir: enum mgw_dir, for the caller
 */
struct mgw_table_node {
	struct hlist_node link;
	u32 hash;
	u8 dir;
};

/**
 * struct mgw_table - buckets by hash
 * @heads: the buckets; while growing, the ones that nodes move to
 * @old: while growing the buckets that nodes move from, otherwise NULL
 * @mask: number of @heads - 1
 * @old_mask: number of @old - 1
 * @moved: buckets of @old below this one are empty for good
 * @count: nodes
 * @grown: times the table doubled
 * @scan_next: the node mgw_table_scan() visits next
 * @retired: former @old, to be freed in process context
 */
struct mgw_table {
	struct hlist_head *heads;
	struct hlist_head *old;
	u32 mask;
	u32 old_mask;
	u32 moved;
	u32 count;
	u32 grown;
	struct hlist_node *scan_next;
	struct hlist_head *retired;
};

/**
 * mgw_table_head() - the one bucket that nodes of a hash are in
 * @t: table
 * @hash: as in struct mgw_table_node
 *
 * Return: bucket, valid until the next insert.
 */
static __always_inline struct hlist_head *
mgw_table_head(const struct mgw_table *t, u32 hash)
{
	if (unlikely(t->old) && (hash & t->old_mask) >= t->moved)
		return &t->old[hash & t->old_mask];

	return &t->heads[hash & t->mask];
}

int mgw_table_init(struct mgw_table *t, unsigned int order);
void mgw_table_destroy(struct mgw_table *t);
void mgw_table_insert(struct mgw_table *t, struct mgw_table_node *node);
void mgw_table_remove(struct mgw_table *t, struct mgw_table_node *node);
bool mgw_table_wants_room(const struct mgw_table *t);
struct hlist_head *mgw_table_alloc(unsigned int order);
bool mgw_table_offer(struct mgw_table *t, struct hlist_head *heads,
		     unsigned int order);
struct hlist_head *mgw_table_retired(struct mgw_table *t);
u32 mgw_table_scan(struct mgw_table *t, u32 cursor,
		   void (*visit)(struct mgw_table_node *node, void *arg),
		   void *arg);

#endif /* _MGW_TABLE_H */
