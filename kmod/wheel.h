/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Timer wheel of one CPU: hashed (Varghese and Lauck, scheme 6) and lazy, a
 * packet only stores the new deadline.
 *
 * Owner only: softirq of the CPU that owns the wheel, without a lock.
 */
#ifndef _MGW_WHEEL_H
#define _MGW_WHEEL_H

#include <linux/llist.h>
#include <linux/types.h>

#define MGW_WHEEL_SLOTS		1024
/* From one slot to the next, in jiffies. */
#define MGW_WHEEL_TICK		((u32)max(HZ / 8, 1))

/**
 * struct mgw_wheel_node - what waits for a deadline; zeroed at birth
 * @expires: deadline in jiffies, as u32. A packet may write a later one at any
 *	time; an earlier one goes through mgw_wheel_advance()
 * @filed: when the wheel looks at the node next, in jiffies
 * @link: place in a slot
 * @transit: for the caller, while the node is on no wheel; the deadline stays
 */
struct mgw_wheel_node {
	u32 expires;
	u32 filed;
	union {
		struct hlist_node link;
		struct llist_node transit;
	};
};

/**
 * struct mgw_wheel - nodes by the tick at which they are looked at
 * @slot: MGW_WHEEL_SLOTS lists
 * @firing: rest of the slot that is being worked off
 * @clock: when the slot under the hand is due, in jiffies
 * @hand: the slot that is due next
 * @search: the slot where mgw_wheel_soonest() goes on
 */
struct mgw_wheel {
	struct hlist_head *slot;
	struct hlist_head firing;
	u32 clock;
	u32 hand;
	u32 search;
};

/**
 * struct mgw_wheel_ops - for mgw_wheel_run_for()
 * @expire: as for mgw_wheel_run()
 * @rest: after some dozens of nodes, while the wheel stands still: others may use it
 * @clock: nanoseconds, never less than before
 */
struct mgw_wheel_ops {
	void (*expire)(struct mgw_wheel_node *node, void *arg);
	void (*rest)(void *arg);
	u64 (*clock)(void);
};

int mgw_wheel_init(struct mgw_wheel *w, u32 now);
void mgw_wheel_destroy(struct mgw_wheel *w);
void mgw_wheel_add(struct mgw_wheel *w, struct mgw_wheel_node *node,
		   u32 expires);
void mgw_wheel_del(struct mgw_wheel *w, struct mgw_wheel_node *node);
void mgw_wheel_advance(struct mgw_wheel *w, struct mgw_wheel_node *node,
		       u32 expires);
unsigned int mgw_wheel_run(struct mgw_wheel *w, u32 now, unsigned int budget,
			   void (*expire)(struct mgw_wheel_node *node,
					  void *arg),
			   void *arg);
unsigned int mgw_wheel_run_for(struct mgw_wheel *w, u32 now, u64 limit,
			       const struct mgw_wheel_ops *ops, void *arg);
struct mgw_wheel_node *
mgw_wheel_soonest(struct mgw_wheel *w, unsigned int looks,
		  bool (*fits)(struct mgw_wheel_node *node));
bool mgw_wheel_behind(const struct mgw_wheel *w, u32 now);

#endif /* _MGW_WHEEL_H */
