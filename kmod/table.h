/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Session table of one CPU: an open hash that grows in small steps, a bucket
 * with every insert and some more now and then. It never shrinks.
 *
 * Buckets are linked one way: to add or remove a node touches no line of
 * another session but the one whose link leads to it.
 *
 * Owner only: softirq of the CPU that owns the table, without a lock. Memory
 * comes and goes in process context, see mgw_table_offer().
 */
#ifndef _MGW_TABLE_H
#define _MGW_TABLE_H

#include <linux/compiler.h>
#include <linux/types.h>

#define MGW_TABLE_ORDER_MAX	26
/* A table that is full grows fourfold: a node is moved 1/3 times in the long run. */
#define MGW_TABLE_ORDER_STEP	2

/**
 * struct mgw_table_node - one side of a session
 * @next: in the same bucket
 * @hash: of the tuple, set before mgw_table_insert()
 * @family: of the tuple's addresses; for the caller, as all that follows
 * @proto: of the tuple
 * @extra: of this side, see struct mgw_session
 */
struct mgw_table_node {
	struct mgw_table_node *next;
	u32 hash;
	u8 family;
	u8 proto;
	u16 extra;
};

/**
 * struct mgw_table - buckets by hash
 * @heads: the buckets; while growing, the ones that nodes move to
 * @old: while growing the buckets that nodes move from, otherwise NULL
 * @mask: number of @heads - 1
 * @old_mask: number of @old - 1
 * @moved: buckets of @old below this one are empty for good
 * @count: nodes; others may look
 * @grown: times the table grew
 * @scan_next: the node mgw_table_scan() visits next
 * @retired: former @old, to be freed in process context
 */
struct mgw_table {
	struct mgw_table_node **heads;
	struct mgw_table_node **old;
	u32 mask;
	u32 old_mask;
	u32 moved;
	u32 count;
	u32 grown;
	struct mgw_table_node *scan_next;
	struct mgw_table_node **retired;
};

/**
 * mgw_table_head() - the one bucket that nodes of a hash are in
 * @t: table
 * @hash: as in struct mgw_table_node
 *
 * Return: bucket, valid until the next insert.
 */
static __always_inline struct mgw_table_node **
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
bool mgw_table_move(struct mgw_table *t, unsigned int budget);
bool mgw_table_wants_room(const struct mgw_table *t);
struct mgw_table_node **mgw_table_alloc(unsigned int order);
bool mgw_table_offer(struct mgw_table *t, struct mgw_table_node **heads,
		     unsigned int order);
struct mgw_table_node **mgw_table_retired(struct mgw_table *t);
u32 mgw_table_scan(struct mgw_table *t, u32 cursor,
		   void (*visit)(struct mgw_table_node *node, void *arg),
		   void *arg);

#endif /* _MGW_TABLE_H */
