// SPDX-License-Identifier: GPL-2.0
/*
 * The root of each network namespace: made with the namespace, started with
 * its first service, laddr or attached device, stopped after its last, ended
 * with it. Process context.
 */
#include "netns.h"

#include <linux/cpu.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "dev.h"
#include "entry.h"
#include "expiry.h"
#include "ingress.h"
#include "interest.h"
#include "laddr_config.h"
#include "mnet.h"
#include "objects.h"
#include "prerouting.h"
#include "rehome.h"
#include "service.h"
#include "session.h"
#include "stats.h"
#include "steer.h"

/* Words of the flow director: one for each 8 KiB of memory, within reason. */
#define DIRECTOR_MIN	BIT(16)
#define DIRECTOR_MAX	BIT(24)

/*
 * Whoever may make a user namespace is root in a network namespace of it. What
 * such a namespace has is paid for by its memory cgroup, but for sessions,
 * which packets make: they are few, and all such namespaces share a part of
 * what the host's may have.
 */
#define USER_DIRECTOR		BIT(12)
#define USER_SESSIONS		BIT(16)
#define USER_QUOTA_SHARE	16

enum { QUOTA_HOST, QUOTA_USERS, QUOTAS };

static struct mgw_quota quotas[QUOTAS];

static unsigned int mgw_net_id __read_mostly;

static unsigned int director_slots __read_mostly;
module_param(director_slots, uint, 0444);
MODULE_PARM_DESC(director_slots,
		 "Flows the software flow director can tell apart in a namespace (default: by memory)");

static unsigned long session_limit __read_mostly;
module_param(session_limit, ulong, 0444);
MODULE_PARM_DESC(session_limit,
		 "Most sessions of all namespaces together (default: a quarter of the memory)");

static bool user_namespaces __read_mostly = true;
module_param(user_namespaces, bool, 0644);
MODULE_PARM_DESC(user_namespaces,
		 "Network namespaces of user namespaces may be configured, with small limits (default: yes)");

struct mgw_net *mgw_net(const struct net *net)
{
	return net_generic(net, mgw_net_id);
}

static bool is_users(const struct mgw_net *mnet)
{
	return mnet->net->user_ns != &init_user_ns;
}

static u32 director_size(const struct mgw_net *mnet)
{
	unsigned long slots = director_slots;

	if (is_users(mnet))
		return USER_DIRECTOR;
	if (!slots)
		slots = totalram_pages() >> (13 - PAGE_SHIFT > 0 ?
					     13 - PAGE_SHIFT : 0);
	return roundup_pow_of_two(clamp_t(unsigned long, slots, DIRECTOR_MIN,
					  DIRECTOR_MAX));
}

static void cpu_free(struct mgw_cpu *mc)
{
	mgw_expiry_exit(mc);
	mgw_steer_exit(mc);
	mgw_routes_exit(&mc->routes);
	mgw_session_cpu_exit(mc);
	kfree(mc);
}

static struct mgw_cpu *cpu_alloc(struct mgw_net *mnet, unsigned int cpu)
{
	struct mgw_cpu *mc;

	mc = kzalloc_node(sizeof(*mc), GFP_KERNEL_ACCOUNT, cpu_to_node(cpu));
	if (!mc)
		return NULL;
	mc->mnet = mnet;
	mc->cpu = cpu;
	/* Until its turn comes in mgw_rehome_add(), or it comes on line. */
	mc->leaving = true;
	mgw_owner_init(&mc->owner);
	mc->laddr_cursor = get_random_u32();
	init_llist_head(&mc->adopt);
	u64_stats_init(&mc->counters.syncp);
	if (mgw_session_cpu_init(mc))
		goto err_free;
	if (mgw_routes_init(&mc->routes))
		goto err_session;
	if (mgw_steer_init(mc))
		goto err_route;
	mc->steer.handle = mgw_entry_handed_over;
	mgw_expiry_init(mc);
	return mc;

err_route:
	mgw_routes_exit(&mc->routes);
err_session:
	mgw_session_cpu_exit(mc);
err_free:
	kfree(mc);
	return NULL;
}

static void cpus_free(struct mgw_net *mnet)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		if (mnet->cpus[cpu])
			mgw_steer_del(mnet->cpus[cpu]);
	synchronize_net();
	for_each_possible_cpu(cpu)
		if (mnet->cpus[cpu])
			cpu_free(mnet->cpus[cpu]);
	kfree(mnet->cpus);
	mnet->cpus = NULL;
}

static int cpus_alloc(struct mgw_net *mnet)
{
	unsigned int cpu;

	mnet->cpus = kcalloc(nr_cpu_ids, sizeof(*mnet->cpus),
			     GFP_KERNEL_ACCOUNT);
	if (!mnet->cpus)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		mnet->cpus[cpu] = cpu_alloc(mnet, cpu);
		if (!mnet->cpus[cpu]) {
			cpus_free(mnet);
			return -ENOMEM;
		}
	}
	for_each_possible_cpu(cpu)
		mgw_steer_start(mnet->cpus[cpu]);
	return 0;
}

/* Nobody kicks any more: the last IPI is over when this returns. */
static void steer_settle(struct mgw_net *mnet)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		mgw_steer_settle(mnet->cpus[cpu]);
	synchronize_rcu();
}

/*
 * The hooks are gone: what is queued goes, and nothing is queued any more. Nor does a
 * CPU come or go: rehome.c takes packets from the same queues, and hands some on.
 */
static void steer_stop(struct mgw_net *mnet)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		mgw_steer_stop(mnet->cpus[cpu]);
	cpus_read_lock();
	steer_settle(mnet);
	for_each_possible_cpu(cpu)
		mgw_steer_shut_out(mnet->cpus[cpu]);
	cpus_read_unlock();
}

static int start(struct mgw_net *mnet)
{
	int err = -ENOMEM;

	mnet->steer_dev = alloc_netdev_dummy(0);
	if (!mnet->steer_dev)
		return -ENOMEM;
	err = mgw_stats_init(mnet);
	if (err)
		goto err_dev;
	err = percpu_counter_init(&mnet->sessions, 0, GFP_KERNEL_ACCOUNT);
	if (err)
		goto err_stats;
	err = mgw_director_init(&mnet->director, director_size(mnet));
	if (err)
		goto err_sessions;
	err = cpus_alloc(mnet);
	if (err)
		goto err_director;
	err = mgw_rehome_add(mnet);
	if (err)
		goto err_cpus;
	err = mgw_prerouting_register(mnet);
	if (err)
		goto err_rehome;
	err = mgw_devs_start(mnet);
	if (err)
		goto err_hook;
	mnet->started = true;
	return 0;

err_hook:
	mgw_prerouting_unregister(mnet);
	/* Packets may still be in it, and hand over. */
	synchronize_rcu();
err_rehome:
	mgw_rehome_del(mnet);
err_cpus:
	steer_stop(mnet);
	cpus_free(mnet);
err_director:
	mgw_director_destroy(&mnet->director);
err_sessions:
	percpu_counter_destroy(&mnet->sessions);
err_stats:
	mgw_stats_forget_zero(mnet);
err_dev:
	free_netdev_dummy(mnet->steer_dev);
	return err;
}

/* No packet comes in, no session lives, and no object. */
static void free_path(struct mgw_net *mnet)
{
	mgw_rehome_del(mnet);
	steer_settle(mnet);
	mgw_stats_keep(mnet);
	mnet->started = false;
	cpus_free(mnet);
	mgw_director_destroy(&mnet->director);
	percpu_counter_destroy(&mnet->sessions);
	free_netdev_dummy(mnet->steer_dev);
}

/* Without a service no rs is added, and who adds others holds mnet->life. */
static bool is_idle(const struct mgw_net *mnet)
{
	return !atomic_read(&mnet->alive) && list_empty_careful(&mnet->devs);
}

/*
 * Nothing is configured and all that was is freed, so no session lives: each
 * has a reference to its rs. Packets that are still in a hook find nothing that
 * concerns them.
 */
static void stop_idle(struct mgw_net *mnet)
{
	mgw_devs_stop(mnet);
	mgw_prerouting_unregister(mnet);
	synchronize_net();
	steer_stop(mnet);
	free_path(mnet);
	mutex_lock(&mnet->config_lock);
	mgw_interest_exit(mnet);
	mnet->every_port = false;
	mutex_unlock(&mnet->config_lock);
}

/* False when somebody is at work. Nobody is made to wait for whom we wait for. */
static bool try_stop(struct mgw_net *mnet)
{
	if (!down_write_trylock(&mnet->life))
		return false;
	if (mnet->started && !mnet->dying && is_idle(mnet))
		stop_idle(mnet);
	up_write(&mnet->life);
	return true;
}

static void stop_work(struct work_struct *work)
{
	struct mgw_net *mnet = container_of(to_delayed_work(work),
					    struct mgw_net, stop_work);

	if (is_idle(mnet) && !try_stop(mnet))
		mgw_net_maybe_idle(mnet);
}

int mgw_net_permit(const struct mgw_net *mnet, struct netlink_ext_ack *extack)
{
	if (!is_users(mnet) || READ_ONCE(user_namespaces))
		return 0;
	NL_SET_ERR_MSG(extack,
		       "module parameter user_namespaces forbids it in a user namespace");
	return -EPERM;
}

int mgw_net_get(struct mgw_net *mnet, struct netlink_ext_ack *extack)
{
	int err;

	down_read(&mnet->life);
	if (mnet->started)
		return 0;
	up_read(&mnet->life);
	down_write(&mnet->life);
	err = mnet->started ? 0 : start(mnet);
	if (!err) {
		downgrade_write(&mnet->life);
		return 0;
	}
	up_write(&mnet->life);
	NL_SET_ERR_MSG(extack,
		       "packet path can't be started: out of memory or no hook");
	return err;
}

void mgw_net_put(struct mgw_net *mnet)
{
	up_read(&mnet->life);
	if (is_idle(mnet) && !try_stop(mnet))
		mgw_net_maybe_idle(mnet);
}

static int __net_init netns_init(struct net *net)
{
	struct mgw_net *mnet = mgw_net(net);
	int err;

	mnet->net = net;
	mnet->generation = 1;
	mnet->quota = &quotas[is_users(mnet) ? QUOTA_USERS : QUOTA_HOST];
	mnet->session_limit = mnet->quota->limit;
	if (is_users(mnet))
		mnet->session_limit = min_t(s64, mnet->session_limit,
					    USER_SESSIONS);
	mutex_init(&mnet->config_lock);
	init_rwsem(&mnet->life);
	INIT_DELAYED_WORK(&mnet->stop_work, stop_work);
	get_random_bytes(&mnet->tuple_key, sizeof(mnet->tuple_key));
	get_random_bytes(&mnet->director_key, sizeof(mnet->director_key));
	get_random_bytes(&mnet->isn_key, sizeof(mnet->isn_key));
	mgw_laddr_config_init(mnet);
	mgw_devs_init(mnet);
	mnet->ingress = mgw_ingress;
	mnet->forget_routes = mgw_steer_forget_routes;
	err = mgw_services_init(mnet);
	if (err)
		return err;
	mgw_object_created(MGW_OBJECT_NETNS);
	return 0;
}

/*
 * No socket and no request is left in the namespace, so nobody takes mnet->life
 * but for netns_exit(), and stop_work(), which leaves what is dying alone. The
 * core waits for a grace period between this and netns_exit().
 */
static void __net_exit netns_pre_exit(struct net *net)
{
	struct mgw_net *mnet = mgw_net(net);

	down_write(&mnet->life);
	mnet->dying = true;
	up_write(&mnet->life);
	if (!mnet->started)
		return;
	mgw_devs_stop(mnet);
	mgw_prerouting_unregister(mnet);
}

/* Deletes all objects; they are freed when their last session is. */
static void delete_all(struct mgw_net *mnet)
{
	struct mgw_service *svc, *next;

	mutex_lock(&mnet->config_lock);
	list_for_each_entry_safe(svc, next, &mnet->service_list, list)
		mgw_service_del(svc);
	mutex_unlock(&mnet->config_lock);
	mgw_laddr_config_exit(mnet);
}

static void stop(struct mgw_net *mnet)
{
	steer_stop(mnet);
	delete_all(mnet);
	/*
	 * A CPU that goes offline meanwhile gives its sessions to one that may
	 * have been flushed already; rehome.c still sees to it.
	 */
	do {
		mgw_session_end_all(mnet);
	} while (!wait_var_event_timeout(&mnet->alive,
					 !atomic_read(&mnet->alive), HZ / 10));
	free_path(mnet);
}

static void __net_exit netns_exit(struct net *net)
{
	struct mgw_net *mnet = mgw_net(net);

	if (mnet->started)
		stop(mnet);
	/* Who freed the last object, here or before, may yet queue the other. */
	flush_workqueue(mgw_wq);
	cancel_delayed_work_sync(&mnet->stop_work);
	cancel_work_sync(&mnet->reap_work);
	mgw_interest_exit(mnet);
	mgw_services_exit(mnet);
	mgw_stats_exit(mnet);
	mgw_object_destroyed(MGW_OBJECT_NETNS);
}

static struct pernet_operations mgw_net_ops = {
	.init = netns_init,
	.pre_exit = netns_pre_exit,
	.exit = netns_exit,
	.id = &mgw_net_id,
	.size = sizeof(struct mgw_net),
};

static void quotas_exit(void)
{
	int i;

	for (i = 0; i < QUOTAS; i++)
		percpu_counter_destroy(&quotas[i].sessions);
}

static int quotas_init(void)
{
	s64 limit = session_limit ?:
		totalram_pages() * (PAGE_SIZE / 4 / sizeof(struct mgw_session));
	int err = 0;
	int i;

	quotas[QUOTA_HOST].limit = limit;
	quotas[QUOTA_USERS].limit = max_t(s64, limit / USER_QUOTA_SHARE, 1);
	for (i = 0; i < QUOTAS && !err; i++)
		err = percpu_counter_init(&quotas[i].sessions, 0, GFP_KERNEL);
	if (err)
		quotas_exit();
	return err;
}

int mgw_netns_init(void)
{
	int err;

	err = quotas_init();
	if (err)
		return err;
	/*
	 * Among the operations of devices, the last to come: so that its exit is
	 * before that of devices, which routes of sessions would hold up.
	 */
	err = register_pernet_device(&mgw_net_ops);
	if (err)
		quotas_exit();
	return err;
}

void mgw_netns_exit(void)
{
	unregister_pernet_device(&mgw_net_ops);
	quotas_exit();
}
