// SPDX-License-Identifier: GPL-2.0
/*
 * Session table: growth and scan. While the table grows, buckets of the old
 * array move in order, so a single index tells which array a hash is in.
 *
 * Runs in softirq of the owner CPU only, which is what protects a table;
 * what runs in process context says so.
 */
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "table.h"

/**
 * mgw_table_init() - make an empty table
 * @t: table
 * @order: number of buckets as a power of two, at most MGW_TABLE_ORDER_MAX
 *
 * Context: process.
 * Return: 0, -EINVAL or -ENOMEM.
 */
int mgw_table_init(struct mgw_table *t, unsigned int order)
{
	memset(t, 0, sizeof(*t));
	if (order > MGW_TABLE_ORDER_MAX)
		return -EINVAL;

	t->heads = mgw_table_alloc(order);
	if (!t->heads)
		return -ENOMEM;

	t->mask = (1u << order) - 1;
	return 0;
}

/**
 * mgw_table_destroy() - free the memory
 * @t: table; nodes that are still in it are forgotten
 *
 * Context: process.
 */
void mgw_table_destroy(struct mgw_table *t)
{
	kvfree(t->heads);
	kvfree(t->old);
	kvfree(t->retired);
	memset(t, 0, sizeof(*t));
}

static void add(struct mgw_table_node **head, struct mgw_table_node *node)
{
	node->next = *head;
	*head = node;
}

/* Returns what it cost: a bucket and its nodes. */
static unsigned int move_bucket(struct mgw_table *t)
{
	struct mgw_table_node *node = t->old[t->moved];
	struct mgw_table_node *next;
	unsigned int cost = 1;

	t->old[t->moved] = NULL;
	for (; node; node = next) {
		next = node->next;
		add(&t->heads[node->hash & t->mask], node);
		cost++;
	}

	if (t->moved++ == t->old_mask) {
		t->retired = t->old;
		t->old = NULL;
		t->grown++;
	}
	return cost;
}

/**
 * mgw_table_move() - go on with a growth
 * @t: table
 * @budget: buckets and nodes to move; exceeded by one chain at most
 *
 * Return: true when nothing is left to move.
 */
bool mgw_table_move(struct mgw_table *t, unsigned int budget)
{
	unsigned int cost = 0;

	while (t->old && cost < budget)
		cost += move_bucket(t);
	return !t->old;
}

/**
 * mgw_table_insert() - add a node, and move a bucket of a growing table
 * @t: table
 * @node: with its hash; in no table
 *
 * Growth is over after a third of the inserts that would fill it again.
 */
void mgw_table_insert(struct mgw_table *t, struct mgw_table_node *node)
{
	add(mgw_table_head(t, node->hash), node);
	WRITE_ONCE(t->count, t->count + 1);
	if (unlikely(t->old))
		move_bucket(t);
}

/**
 * mgw_table_remove() - take a node out
 * @t: table
 * @node: in it
 */
void mgw_table_remove(struct mgw_table *t, struct mgw_table_node *node)
{
	struct mgw_table_node **link = mgw_table_head(t, node->hash);

	/* Both nodes of a session may be in the bucket that is scanned. */
	if (unlikely(t->scan_next == node))
		t->scan_next = node->next;

	while (*link != node)
		link = &(*link)->next;
	*link = node->next;
	node->next = NULL;
	WRITE_ONCE(t->count, t->count - 1);
}

/**
 * mgw_table_wants_room() - shall somebody call mgw_table_alloc()?
 * @t: table
 *
 * Return: true when there is more than a node for two buckets, and a growth may
 * start.
 */
bool mgw_table_wants_room(const struct mgw_table *t)
{
	return t->count > (t->mask + 1) / 2 && !t->old && !t->retired &&
	       t->mask < 1u << (MGW_TABLE_ORDER_MAX - MGW_TABLE_ORDER_STEP);
}

/**
 * mgw_table_alloc() - allocate buckets
 * @order: number as a power of two
 *
 * Context: process.
 * Return: empty buckets for mgw_table_offer(), or NULL. Freed by kvfree().
 */
struct mgw_table_node **mgw_table_alloc(unsigned int order)
{
	if (order > MGW_TABLE_ORDER_MAX)
		return NULL;

	/* Up to half a GiB: rather long chains than a process killed for it. */
	return kvcalloc(1u << order, sizeof(struct mgw_table_node *),
			GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL |
				__GFP_NOWARN);
}

/**
 * mgw_table_offer() - start to grow
 * @t: table
 * @heads: from mgw_table_alloc()
 * @order: of @heads
 *
 * A table that has become emptier while memory was allocated takes it
 * nevertheless: the memory is there, and the load comes back.
 *
 * Return: false when the table grows already, when mgw_table_retired() was not
 * called since, or when @order is not a larger size; the caller frees @heads.
 */
bool mgw_table_offer(struct mgw_table *t, struct mgw_table_node **heads,
		     unsigned int order)
{
	if (t->old || t->retired || order > MGW_TABLE_ORDER_MAX ||
	    1u << order <= t->mask + 1)
		return false;

	t->old = t->heads;
	t->old_mask = t->mask;
	t->moved = 0;
	t->heads = heads;
	t->mask = (1u << order) - 1;
	return true;
}

/**
 * mgw_table_retired() - fetch the array that a growth has left behind
 * @t: table
 *
 * Return: what the caller has kvfree()d in process context, or NULL.
 */
struct mgw_table_node **mgw_table_retired(struct mgw_table *t)
{
	struct mgw_table_node **heads = t->retired;

	t->retired = NULL;
	return heads;
}

static void scan_bucket(struct mgw_table *t, struct mgw_table_node *first,
			void (*visit)(struct mgw_table_node *node, void *arg),
			void *arg)
{
	struct mgw_table_node *node;

	t->scan_next = first;
	while (t->scan_next) {
		node = t->scan_next;
		t->scan_next = node->next;
		visit(node, arg);
	}
}

/*
 * Add one to the bits of @mask, the highest bit being worth the least: when
 * the table grows, the parts of a bucket are neighbours in this order and the buckets done so far are still the first ones.
 */
static u32 next_cursor(u32 cursor, u32 mask)
{
	u32 bit = mask - (mask >> 1);

	while (cursor & bit) {
		cursor &= ~bit;
		bit >>= 1;
	}
	return cursor | bit;
}

/**
 * mgw_table_scan() - visit the nodes of one bucket
 * @t: table
 * @cursor: 0 to start, then what the last call returned
 * @visit: may remove nodes, the visited and others; must not insert any
 * @arg: for @visit
 *
 * A node that is there from start to end of a scan is visited exactly once,
 * whatever the table grows meanwhile.
 *
 * Return: next cursor, 0 when the scan is done.
 */
u32 mgw_table_scan(struct mgw_table *t, u32 cursor,
		   void (*visit)(struct mgw_table_node *node, void *arg),
		   void *arg)
{
	u32 mask = t->old ? t->old_mask : t->mask;
	u32 i = cursor & mask;
	u32 part;

	if (!t->old)
		scan_bucket(t, t->heads[i], visit, arg);
	else if (i >= t->moved)
		scan_bucket(t, t->old[i], visit, arg);
	else
		for (part = i; part <= t->mask; part += mask + 1)
			scan_bucket(t, t->heads[part], visit, arg);

	return next_cursor(i, mask);
}
