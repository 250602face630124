/* SPDX-License-Identifier: GPL-2.0 */
/*
 * struct mgw_net, the root of everything MGW has in one network namespace, and
 * struct mgw_cpu, the part of it that one CPU owns. Made and ended by netns.c.
 */
#ifndef MGW_MNET_H
#define MGW_MNET_H

#include <linux/irq_work.h>
#include <linux/kcsan-checks.h>
#include <linux/llist.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/percpu_counter.h>
#include <linux/rhashtable.h>
#include <linux/rwsem.h>
#include <linux/siphash.h>
#include <linux/smp.h>
#include <linux/timer.h>
#include <linux/wait_bit.h>
#include <linux/workqueue.h>

#include "counters.h"
#include "director.h"
#include "objects.h"
#include "owner.h"
#include "route.h"
#include "table.h"
#include "wheel.h"

struct mgw_cpu;
struct mgw_interest_table;

enum mgw_steer_flag {
	MGW_STEER_KICKED,	/* the IPI is on its way */
	MGW_STEER_ROUTES,	/* those held are to be let go of */
};

/**
 * struct mgw_steer - packets other CPUs handed over to this one
 * @queue: skbs linked by skb->ll_node; any CPU adds, the owner takes all
 * @deferred: skbs that wait for a session on the move; owner only
 * @flags: bits of enum mgw_steer_flag; any CPU
 * @csd: the IPI that starts @napi; of whoever sets MGW_STEER_KICKED
 * @irq_work: between @csd and @napi on PREEMPT_RT
 * @napi: drains @queue in the owner's softirq
 * @batch: taken from @queue and not yet handled; owner only
 * @sent: packets handed by this CPU to each other, index = receiver
 * @done: packets taken from each other CPU, index = sender; with the sender's
 *	@sent it bounds the queue without a shared counter
 * @handle: what is done with a packet
 */
struct mgw_steer {
	struct llist_head queue;
	struct sk_buff_head deferred;
	unsigned long flags;
	call_single_data_t csd;
	struct irq_work irq_work;
	struct napi_struct napi;
	struct llist_node *batch;
	u64 *sent;
	u64 *done;
	void (*handle)(struct mgw_cpu *mc, struct sk_buff *skb);
};

/**
 * struct mgw_cpu - sessions and all that serves them on one CPU
 * @mnet: where it belongs
 * @cpu: whose it is
 * @owner: who touches it
 * @table: both directions of each session
 * @wheel: session deadlines
 * @routes: routes its sessions go by
 * @counters: see stats.h
 * @steer: hand-over queue
 * @sessions: in @table; others may look
 * @laddr_cursor: where the next session starts to look for a local address
 * @wheel_timer: runs @wheel; pinned to the CPU, armed while sessions live
 * @grow_work: allocates and frees the bucket arrays of @table
 * @adopt: sessions given by another CPU, not yet in @table
 * @full_at: jiffies at which there was no room for a session here, nor one that may go
 * @leaving: the CPU is off line or goes there, so no session may begin here and no
 *	laddr be given to it; rehome.c
 *
 * Owner only means: in softirq or with BH disabled, on @cpu, and between
 * mgw_owner_enter() and mgw_owner_leave(). Everything but
 * what is marked for others (@steer.queue, @adopt, work and timer) is owner only.
 */
struct mgw_cpu {
	struct mgw_net *mnet;
	unsigned int cpu;
	struct mgw_owner owner;
	struct mgw_table table;
	struct mgw_wheel wheel;
	struct mgw_routes routes;
	struct mgw_counters counters;
	struct mgw_steer steer;
	u32 sessions;
	u32 laddr_cursor;
	struct timer_list wheel_timer;
	struct work_struct grow_work;
	struct llist_head adopt;
	u32 full_at;
	bool leaving;
};

/**
 * struct mgw_quota - sessions that many namespaces share
 * @sessions: live ones, roughly
 * @limit: most of them
 */
struct mgw_quota {
	struct percpu_counter sessions;
	s64 limit;
};

/**
 * struct mgw_net - root of one network namespace
 * @net: the namespace
 * @cpus: what each CPU owns, by CPU number; all possible CPUs have one
 * @interest: address -> struct mgw_interest; which packets concern us; NULL
 *	while none does
 * @sources: the same of addresses of rs in mode nat or tunnel
 * @marks: the same of firewall marks that services have
 * @watch: rs in mode nat or tunnel, and services by firewall mark, so that
 *	packets may concern us whose destination does not; 0 spares all others
 *	a look
 * @every_port: there is, or was, an rs of every port; set once
 * @draining: services that are deleted, but whose sessions may go on
 * @services: struct mgw_service by key
 * @director: tuple -> owner CPU
 * @tuple_key: hash key of the tables
 * @director_key: hash key of the director
 * @isn_key: hash key of initial sequence numbers
 * @moving: sessions are being moved between CPUs; a miss must wait
 * @dying: the namespace ends; it is not stopped before
 * @sessions: live sessions, roughly
 * @session_limit: most of them
 * @quota: the same of all namespaces like this one, see netns.c
 * @config_lock: serialises every change of what follows
 * @service_list: services, oldest first
 * @laddr_list: local addresses, oldest first
 * @pools: struct mgw_pool
 * @generation: counts changes, for dumps; never 0
 * @counter_base: what is taken from a counter before it is shown, cpu *
 *	__MGW_COUNTER_MAX + id: as it was at the last zeroing, less what was
 *	counted before the packet path was stopped; NULL if that is all 0
 * @steer_dev: carrier of the steer NAPIs
 * @reap_work: frees deleted laddrs whose last session has ended
 * @life: written by who starts or stops the packet path; read by who needs it
 *	to stay as it is: to add to it, look at its sessions, read its counters.
 *	Taken before RTNL, cpus_read_lock() and @config_lock
 * @started: the packet path runs: @cpus, @director, @sessions, @steer_dev and
 *	hooks are there; under @life
 * @stop_work: stops it when nothing needs it any more
 * @alive: services, rs and laddrs not yet freed
 * @hook_ops: our netfilter hooks
 * @ingress: what a device that is attached calls for each packet
 * @forget_routes: what is done for each CPU when a device goes
 * @devs: struct mgw_dev, oldest first; RTNL
 * @dev_generation: counts changes of @devs, for dumps; never 0; RTNL
 * @dev_notifier: tells of devices that leave
 * @notifier_leaves: @dev_notifier is being unregistered, which it hears of as
 *	if all devices left
 * @cpuhp_node: tells of CPUs that come and go
 *
 * A namespace without service, laddr or attached device costs this struct only,
 * and @counter_base if it has counted: tables, hooks and all that packets need
 * are made by mgw_net_get(), and freed by @stop_work.
 */
struct mgw_net {
	struct net *net;
	struct mgw_cpu **cpus;
	struct mgw_interest_table __rcu *interest;
	struct mgw_interest_table __rcu *sources;
	struct mgw_interest_table __rcu *marks;
	u32 watch;
	bool every_port;
	u32 draining;
	struct rhashtable services;
	struct mgw_director director;
	hsiphash_key_t tuple_key;
	siphash_key_t director_key;
	siphash_key_t isn_key;
	bool moving;
	bool dying;
	struct percpu_counter sessions;
	s64 session_limit;
	struct mgw_quota *quota;

	struct mutex config_lock;
	struct list_head service_list;
	struct list_head laddr_list;
	struct list_head pools;
	u32 generation;
	u64 *counter_base;
	struct net_device *steer_dev;
	struct work_struct reap_work;
	struct rw_semaphore life;
	bool started;
	struct delayed_work stop_work;
	atomic_t alive;
	struct nf_hook_ops hook_ops[2];
	nf_hookfn *ingress;
	void (*forget_routes)(struct mgw_cpu *mc);
	struct list_head devs;
	u32 dev_generation;
	struct notifier_block dev_notifier;
	bool notifier_leaves;
	struct hlist_node cpuhp_node;
};

static inline struct mgw_cpu *mgw_this_cpu(const struct mgw_net *mnet)
{
	return mnet->cpus[smp_processor_id()];
}

/*
 * The rule that spares the packet path its locks, for kernels that look: what
 * belongs to @mc is touched on its CPU alone, with BH disabled, by who has
 * entered.
 */
static inline void mgw_assert_owner(const struct mgw_cpu *mc)
{
	WARN_ON_ONCE(!mgw_owner_is_me(&mc->owner));
	lockdep_assert(in_softirq() && mc->cpu == smp_processor_id());
	ASSERT_EXCLUSIVE_WRITER(mc->table);
	ASSERT_EXCLUSIVE_WRITER(mc->wheel);
	ASSERT_EXCLUSIVE_WRITER(mc->routes);
}

/* One more change of the configuration: dumps under way report it. */
static inline void mgw_net_changed(struct mgw_net *mnet)
{
	lockdep_assert_held(&mnet->config_lock);
	if (!++mnet->generation)
		mnet->generation = 1;
}

static inline void mgw_net_object_added(struct mgw_net *mnet)
{
	atomic_inc(&mnet->alive);
}

/*
 * An empty namespace is stopped after a moment: who deletes all often adds
 * something again.
 */
static inline void mgw_net_maybe_idle(struct mgw_net *mnet)
{
	queue_delayed_work(mgw_wq, &mnet->stop_work, HZ / 4);
}

/*
 * In works of mgw_wq only: the end of the namespace waits for the count to be
 * 0, then for them, before it cancels the work that is queued here.
 */
static inline void mgw_net_object_freed(struct mgw_net *mnet)
{
	if (!atomic_dec_and_test(&mnet->alive))
		return;
	wake_up_var(&mnet->alive);
	mgw_net_maybe_idle(mnet);
}

#endif /* MGW_MNET_H */
