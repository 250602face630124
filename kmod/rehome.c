// SPDX-License-Identifier: GPL-2.0
/*
 * Moving laddrs, and the sessions that use them, between CPUs, without losing
 * a connection:
 *
 *  1. mnet->moving is set; a grace period later every packet that finds no
 *     session waits in the steer queue of its CPU instead of being judged.
 *  2. Each old owner takes the sessions out of its table, points their
 *     director words to the new owner, and puts them on its adopt list.
 *  3. laddr->cpu and the pools change; a grace period later nobody acts on
 *     the old ones any more.
 *  4. Each new owner takes the sessions from its adopt list into its table.
 *  5. What was handed to an owner that is none any more waits with the others.
 *  6. mnet->moving is cleared, and the packets that waited go on.
 *
 * Process context, in the hotplug thread of the CPU concerned; cpus_write_lock
 * and then mnet->config_lock are held, so no other move is under way. Without
 * memory nothing moves: the CPU does not go off line, as after any refusal of a
 * hotplug callback; or it comes, which must not fail, as that may be the way back
 * from such a refusal, and laddrs come home with a later change of CPUs.
 */
#include "rehome.h"

#include <linux/cpuhotplug.h>
#include <linux/workqueue.h>

#include "laddr.h"
#include "mnet.h"
#include "pool.h"
#include "session.h"
#include "steer.h"

/* Sessions taken in one go with BH disabled. */
#define MOVE_BATCH 256

static enum cpuhp_state hotplug_state;

/* Marks what has to move, after mgw_pools_prepare(). */
static bool plan(struct mgw_net *mnet, unsigned int without)
{
	struct mgw_laddr *laddr;
	bool any = false;

	mgw_pools_count(mnet);
	list_for_each_entry(laddr, &mnet->laddr_list, list)
		any |= mgw_pool_plan(laddr, without);
	return any;
}

static void redirect(const struct mgw_cpu *mc, const struct mgw_session *sess,
		     u8 flag, enum mgw_dir dir, unsigned int to)
{
	struct mgw_net *mnet = mc->mnet;

	if (sess->flags & flag)
		mgw_director_move(&mnet->director,
				  mgw_session_hash64(mnet, sess, dir), mc->cpu,
				  to);
}

static void send_off(struct mgw_table_node *node, void *arg)
{
	struct mgw_session *sess;
	struct mgw_cpu *mc = arg;
	unsigned int to;

	if (mgw_session_dir(node) != MGW_DIR_FROM_CLIENT)
		return;
	sess = mgw_session_of(node);
	to = mgw_session_next_owner(mc, sess);
	if (to == mc->cpu)
		return;
	mgw_session_detach(mc, sess);
	redirect(mc, sess, MGW_SESSION_DIRECTED, MGW_DIR_FROM_CLIENT, to);
	redirect(mc, sess, MGW_SESSION_RS_DIRECTED, MGW_DIR_FROM_RS, to);
	llist_add(&sess->wheel.transit, &mc->mnet->cpus[to]->adopt);
}

/* Step 2, on the old owner. */
static long send_all(void *arg)
{
	struct mgw_cpu *mc = arg;
	unsigned int buckets;
	u32 cursor = 0;

	do {
		mgw_owner_enter_bh(&mc->owner);
		mgw_assert_owner(mc);
		buckets = 0;
		do {
			cursor = mgw_table_scan(&mc->table, cursor, send_off,
						mc);
		} while (cursor && ++buckets < MOVE_BATCH);
		mgw_owner_leave_bh(&mc->owner);
		cond_resched();
	} while (cursor);
	return 0;
}

/* Step 4, on the new owner. */
static long adopt_all(void *arg)
{
	struct mgw_cpu *mc = arg;
	struct llist_node *list = llist_del_all(&mc->adopt);
	struct mgw_session *sess;
	unsigned int count = 0;

	llist_for_each_entry(sess, list, wheel.transit)
		count++;
	mgw_session_make_room(mc, count);
	while (list) {
		mgw_owner_enter_bh(&mc->owner);
		for (count = 0; list && count < MOVE_BATCH; count++) {
			sess = container_of(list, struct mgw_session,
					    wheel.transit);
			list = list->next;
			INIT_HLIST_NODE(&sess->wheel.link);
			mgw_session_attach(mc, sess);
			mgw_counters_inc(&mc->counters,
					 MGW_COUNTER_SESSIONS_MOVED);
		}
		mgw_owner_leave_bh(&mc->owner);
		cond_resched();
	}
	return 0;
}

/* Step 5, on each. */
static long drain(void *arg)
{
	struct mgw_cpu *mc = arg;

	mgw_owner_enter_bh(&mc->owner);
	mgw_steer_drain(mc);
	mgw_owner_leave_bh(&mc->owner);
	return 0;
}

/* Hotplug callbacks run on their CPU already; others are asked by a work. */
static void run_on(unsigned int cpu, long (*fn)(void *arg), struct mgw_cpu *mc)
{
	if (cpu == raw_smp_processor_id())
		fn(mc);
	else
		work_on_cpu(cpu, fn, mc);
}

static void change_owners(struct mgw_net *mnet)
{
	struct mgw_laddr *laddr;

	list_for_each_entry(laddr, &mnet->laddr_list, list)
		WRITE_ONCE(laddr->cpu, laddr->next_cpu);
	mgw_pools_publish_prepared(mnet);
}

/*
 * After mgw_pools_prepare() and plan(). What runs on a CPU may not let go of it for
 * long, so one that has nothing to give is not asked.
 */
static void move(struct mgw_net *mnet)
{
	unsigned int cpu;

	WRITE_ONCE(mnet->moving, true);
	synchronize_net();
	for_each_online_cpu(cpu)
		if (READ_ONCE(mnet->cpus[cpu]->sessions))
			run_on(cpu, send_all, mnet->cpus[cpu]);
	change_owners(mnet);
	synchronize_net();
	for_each_online_cpu(cpu)
		if (!llist_empty(&mnet->cpus[cpu]->adopt))
			run_on(cpu, adopt_all, mnet->cpus[cpu]);
	for_each_online_cpu(cpu)
		if (mgw_steer_was_used(mnet->cpus[cpu]))
			run_on(cpu, drain, mnet->cpus[cpu]);
	WRITE_ONCE(mnet->moving, false);
	for_each_online_cpu(cpu)
		mgw_steer_kick(mnet->cpus[cpu]);
}

static int cpu_online_callback(unsigned int cpu, struct hlist_node *node)
{
	struct mgw_net *mnet = hlist_entry_safe(node, struct mgw_net,
						cpuhp_node);

	mutex_lock(&mnet->config_lock);
	WRITE_ONCE(mnet->cpus[cpu]->leaving, false);
	if (!mgw_pools_prepare(mnet)) {
		if (plan(mnet, nr_cpu_ids))
			move(mnet);
		else
			mgw_pools_drop_prepared(mnet);
	}
	/* What came while it was away. */
	mgw_session_cpu_resume(mnet->cpus[cpu]);
	mgw_steer_kick(mnet->cpus[cpu]);
	mutex_unlock(&mnet->config_lock);
	return 0;
}

static int cpu_offline_callback(unsigned int cpu, struct hlist_node *node)
{
	struct mgw_net *mnet = hlist_entry_safe(node, struct mgw_net,
						cpuhp_node);
	struct mgw_cpu *mc = mnet->cpus[cpu];
	int err;

	mutex_lock(&mnet->config_lock);
	err = mgw_pools_prepare(mnet);
	if (err)
		goto unlock;
	plan(mnet, cpu);
	/* The grace period of the move makes it known. */
	WRITE_ONCE(mc->leaving, true);
	/* Not only laddrs: it may have sessions that use none. */
	move(mnet);
unlock:
	mutex_unlock(&mnet->config_lock);
	if (err)
		return err;

	/* What came before the others knew better. */
	mgw_owner_enter_bh(&mc->owner);
	mgw_steer_drain(mc);
	mgw_routes_forget(&mc->routes);
	mgw_owner_leave_bh(&mc->owner);
	timer_delete_sync(&mc->wheel_timer);
	return 0;
}

int mgw_rehome_add(struct mgw_net *mnet)
{
	return cpuhp_state_add_instance(hotplug_state, &mnet->cpuhp_node);
}

void mgw_rehome_del(struct mgw_net *mnet)
{
	cpuhp_state_remove_instance_nocalls(hotplug_state, &mnet->cpuhp_node);
}

int mgw_rehome_init(void)
{
	int state;

	state = cpuhp_setup_state_multi(CPUHP_AP_ONLINE_DYN, "net/mgw:online",
					cpu_online_callback,
					cpu_offline_callback);
	if (state < 0)
		return state;
	hotplug_state = state;
	return 0;
}

void mgw_rehome_exit(void)
{
	cpuhp_remove_multi_state(hotplug_state);
}
