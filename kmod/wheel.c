// SPDX-License-Identifier: GPL-2.0
/*
 * Timer wheel: a node is filed under the first tick that is not before its
 * deadline, or under the last one there is. When the hand gets there, a node
 * whose deadline has moved on is filed again.
 *
 * Runs in softirq of the owner CPU only, which is what protects a wheel.
 */
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#include "hot.h"
#include "wheel.h"

#define HORIZON		(MGW_WHEEL_SLOTS - 1)
/* Nodes between two looks at a clock: some 10 us, or 200 when each has to be told. */
#define CHUNK		64

/*
 * The clock is ahead of jiffies by at most one tick; more than a lap ahead
 * means that it is far behind. Unlike a signed comparison this holds for a gap
 * of more than 2^31 jiffies, too (25 days with 1000 Hz).
 */
static bool is_due(const struct mgw_wheel *w, u32 now)
{
	return w->clock - now - 1 >= MGW_WHEEL_TICK * MGW_WHEEL_SLOTS;
}

/**
 * mgw_wheel_init() - make an empty wheel
 * @w: wheel
 * @now: jiffies
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int mgw_wheel_init(struct mgw_wheel *w, u32 now)
{
	w->slot = kvcalloc(MGW_WHEEL_SLOTS, sizeof(*w->slot),
			   GFP_KERNEL_ACCOUNT);
	if (!w->slot)
		return -ENOMEM;

	INIT_HLIST_HEAD(&w->firing);
	w->clock = now + MGW_WHEEL_TICK;
	w->hand = 0;
	w->search = 0;
	return 0;
}

/**
 * mgw_wheel_destroy() - free the memory
 * @w: wheel, without nodes
 *
 * Context: process.
 */
void mgw_wheel_destroy(struct mgw_wheel *w)
{
	kvfree(w->slot);
	w->slot = NULL;
}

static void file_node(struct mgw_wheel *w, struct mgw_wheel_node *node)
{
	s32 ahead = node->expires - w->clock;
	u32 ticks = 0;

	if (ahead > 0)
		ticks = min(DIV_ROUND_UP((u32)ahead, MGW_WHEEL_TICK),
			    (u32)HORIZON);

	node->filed = w->clock + ticks * MGW_WHEEL_TICK;
	hlist_add_head(&node->link,
		       &w->slot[(w->hand + ticks) % MGW_WHEEL_SLOTS]);
}

/**
 * mgw_wheel_add() - wait for a deadline
 * @w: wheel
 * @node: not on a wheel
 * @expires: deadline in jiffies, less than 2^31 away
 */
void mgw_wheel_add(struct mgw_wheel *w, struct mgw_wheel_node *node,
		   u32 expires)
{
	node->expires = expires;
	file_node(w, node);
}

/**
 * mgw_wheel_del() - wait no longer
 * @w: wheel
 * @node: on it, or on none
 */
void mgw_wheel_del(struct mgw_wheel *w, struct mgw_wheel_node *node)
{
	hlist_del_init(&node->link);
}

/**
 * mgw_wheel_advance() - change a deadline, maybe to an earlier one
 * @w: wheel
 * @node: on it
 * @expires: deadline in jiffies
 *
 * The node stays where it is unless the wheel would look at it too late.
 */
void __mgw_hot mgw_wheel_advance(struct mgw_wheel *w,
				 struct mgw_wheel_node *node, u32 expires)
{
	node->expires = expires;
	if ((s32)(expires - node->filed) >= 0)
		return;

	mgw_wheel_del(w, node);
	file_node(w, node);
}

/*
 * After a gap of more than one lap every slot is due: the ticks that would
 * only go round again are left out.
 */
static void skip_laps(struct mgw_wheel *w, u32 now)
{
	u32 behind;

	if (!is_due(w, now))
		return;

	behind = (now - w->clock) / MGW_WHEEL_TICK;
	if (behind > HORIZON)
		w->clock += (behind - HORIZON) * MGW_WHEEL_TICK;
}

/**
 * mgw_wheel_run() - expire what is due
 * @w: wheel
 * @now: jiffies, never less than in the run before
 * @budget: how many nodes to look at; the next run goes on with the others
 * @expire: called for a node whose deadline has come. The node is off the
 *	wheel; this and other nodes may be added to the wheel or deleted from it
 * @arg: for @expire
 *
 * Has to run more often than every 2^31 jiffies while there are nodes.
 *
 * Return: how many nodes it has looked at, expired or not.
 */
unsigned int mgw_wheel_run(struct mgw_wheel *w, u32 now, unsigned int budget,
			   void (*expire)(struct mgw_wheel_node *node,
					  void *arg),
			   void *arg)
{
	struct mgw_wheel_node *node;
	unsigned int looked = 0;

	skip_laps(w, now);
	for (;;) {
		while (!hlist_empty(&w->firing)) {
			if (looked == budget)
				return looked;
			looked++;
			node = hlist_entry(w->firing.first,
					   struct mgw_wheel_node, link);
			hlist_del_init(&node->link);
			if ((s32)(node->expires - now) > 0)
				file_node(w, node);
			else
				expire(node, arg);
		}
		if (!is_due(w, now))
			return looked;

		/*
		 * The hand moves on before the slot fires: what is added
		 * meanwhile waits for the next tick at least, so an expire()
		 * that adds its node again can't keep the loop going.
		 */
		hlist_move_list(&w->slot[w->hand], &w->firing);
		/* A search that stands there would take it for the last one. */
		if (w->search == w->hand)
			w->search = (w->hand + 1) % MGW_WHEEL_SLOTS;
		w->hand = (w->hand + 1) % MGW_WHEEL_SLOTS;
		w->clock += MGW_WHEEL_TICK;
	}
}

/**
 * mgw_wheel_run_for() - expire what is due, for a while
 * @w: wheel
 * @now: as for mgw_wheel_run()
 * @limit: for how long, in nanoseconds; some nodes more are looked at
 * @ops: what is done meanwhile
 * @arg: for @ops
 *
 * However many nodes are due, the CPU is busy with them for @limit at most, and
 * for as long as it takes if that is less.
 *
 * Return: how many nodes it has looked at, expired or not.
 */
unsigned int mgw_wheel_run_for(struct mgw_wheel *w, u32 now, u64 limit,
			       const struct mgw_wheel_ops *ops, void *arg)
{
	u64 start = ops->clock();
	unsigned int looked = 0;

	do {
		looked += mgw_wheel_run(w, now, CHUNK, ops->expire, arg);
		ops->rest(arg);
	} while (mgw_wheel_behind(w, now) && ops->clock() - start < limit);
	return looked;
}

/**
 * mgw_wheel_soonest() - look for a node, among those that are due next first
 * @w: wheel
 * @looks: how many nodes to look at
 * @fits: whether it is one
 *
 * Goes on in the slot where the last search ended, and after the last slot begins at the
 * hand again. A slot that begins with @looks nodes which do not fit is left for this
 * round. Of those in one slot the newest comes first.
 *
 * Return: a node, which stays on the wheel; or NULL when none of those fits.
 */
struct mgw_wheel_node *
mgw_wheel_soonest(struct mgw_wheel *w, unsigned int looks,
		  bool (*fits)(struct mgw_wheel_node *node))
{
	u32 ahead = (w->search - w->hand) % MGW_WHEEL_SLOTS;
	struct mgw_wheel_node *node;
	unsigned int i;

	for (i = 0; i < MGW_WHEEL_SLOTS && looks; i++) {
		w->search = (w->hand + ahead) % MGW_WHEEL_SLOTS;
		hlist_for_each_entry(node, &w->slot[w->search], link) {
			if (fits(node))
				return node;
			if (!--looks)
				break;
		}
		ahead = (ahead + 1) % MGW_WHEEL_SLOTS;
	}
	w->search = (w->hand + ahead) % MGW_WHEEL_SLOTS;
	return NULL;
}

/**
 * mgw_wheel_behind() - is there anything to run?
 * @w: wheel
 * @now: jiffies
 *
 * Return: true when a slot is due or the budget cut the last run short.
 */
bool mgw_wheel_behind(const struct mgw_wheel *w, u32 now)
{
	return !hlist_empty(&w->firing) || is_due(w, now);
}
