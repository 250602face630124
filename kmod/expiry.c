// SPDX-License-Identifier: GPL-2.0
/*
 * The tick of a CPU, eight times in a second while it has sessions: those that are
 * due end, and its table grows on. Softirq of the owner.
 */
#include "expiry.h"

#include <linux/ktime.h>

#include "mnet.h"
#include "reset.h"
#include "session.h"

/*
 * For how long one tick may keep packets waiting with sessions that end: with what it
 * has begun by then, less than a millisecond.
 */
#define WHEEL_LIMIT	(500 * NSEC_PER_USEC)

/* @resets: of sessions that have ended since the wheel last stood still. */
struct tick {
	struct mgw_cpu *mc;
	struct sk_buff_head resets;
};

static void expire(struct mgw_wheel_node *node, void *arg)
{
	struct mgw_session *sess = container_of(node, struct mgw_session,
						wheel);
	struct tick *tick = arg;

	mgw_reset_ends(tick->mc, sess, &tick->resets);
	mgw_session_end(tick->mc, sess, MGW_COUNTER_SESSIONS_EXPIRED);
}

/* The stack may send by straight calls, and come back to us. */
static void send_resets(void *arg)
{
	struct tick *tick = arg;
	bool paused;

	if (skb_queue_empty(&tick->resets))
		return;
	paused = mgw_owner_pause(&tick->mc->owner);
	mgw_reset_send(tick->mc->mnet, &tick->resets);
	mgw_owner_resume(&tick->mc->owner, paused);
}

static void run(struct tick *tick)
{
	static const struct mgw_wheel_ops ops = {
		.expire = expire,
		.rest = send_resets,
		.clock = ktime_get_ns,
	};
	unsigned long next = MGW_WHEEL_TICK;
	struct mgw_cpu *mc = tick->mc;

	mgw_assert_owner(mc);
	mgw_wheel_run_for(&mc->wheel, jiffies, WHEEL_LIMIT, &ops, tick);
	if (mgw_wheel_behind(&mc->wheel, jiffies))
		next = 1;
	if (!mgw_session_keep_room(mc))
		next = 1;
	if (mc->sessions)
		mod_timer(&mc->wheel_timer, jiffies + next);
}

/* Linux gives the timers of a CPU that died to another one, which leaves it alone. */
static void wheel_timer(struct timer_list *timer)
{
	struct mgw_cpu *mc = container_of(timer, struct mgw_cpu, wheel_timer);
	struct tick tick = { .mc = mc };

	if (unlikely(mc->cpu != smp_processor_id()))
		return;
	__skb_queue_head_init(&tick.resets);
	rcu_read_lock();
	mgw_owner_enter(&mc->owner);
	run(&tick);
	mgw_owner_leave(&mc->owner);
	rcu_read_unlock();
}

void mgw_expiry_init(struct mgw_cpu *mc)
{
	timer_setup(&mc->wheel_timer, wheel_timer, TIMER_PINNED);
}

void mgw_expiry_exit(struct mgw_cpu *mc)
{
	timer_shutdown_sync(&mc->wheel_timer);
}
