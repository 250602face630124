// SPDX-License-Identifier: GPL-2.0
/*
 * The root of each network namespace: made with the namespace, started with
 * its first service, laddr or attached device, ended with it. Process context.
 */
#include "netns.h"

#include <linux/mm.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "dev.h"
#include "hook.h"
#include "ingress.h"
#include "interest.h"
#include "laddr_config.h"
#include "mnet.h"
#include "objects.h"
#include "rehome.h"
#include "service.h"
#include "session.h"
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
	mc->laddr_cursor = get_random_u32();
	init_llist_head(&mc->adopt);
	u64_stats_init(&mc->counters.syncp);
	if (mgw_session_cpu_init(mc))
		goto err_free;
	if (mgw_routes_init(&mc->routes))
		goto err_session;
	if (mgw_steer_init(mc))
		goto err_route;
	mc->steer.handle = mgw_hook_steered;
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

/* The hooks are gone: what is queued goes, and nothing is queued any more. */
static void steer_stop(struct mgw_net *mnet)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		mgw_steer_stop(mnet->cpus[cpu]);
	steer_settle(mnet);
	for_each_possible_cpu(cpu)
		mgw_steer_shut_out(mnet->cpus[cpu]);
}

static int start(struct mgw_net *mnet)
{
	int err = -ENOMEM;

	mnet->steer_dev = alloc_netdev_dummy(0);
	if (!mnet->steer_dev)
		return -ENOMEM;
	mnet->counter_base = kvcalloc(nr_cpu_ids * __MGW_COUNTER_MAX,
				      sizeof(*mnet->counter_base),
				      GFP_KERNEL_ACCOUNT);
	if (!mnet->counter_base)
		goto err_dev;
	err = percpu_counter_init(&mnet->sessions, 0, GFP_KERNEL_ACCOUNT);
	if (err)
		goto err_base;
	err = mgw_director_init(&mnet->director, director_size(mnet));
	if (err)
		goto err_sessions;
	err = cpus_alloc(mnet);
	if (err)
		goto err_director;
	err = mgw_rehome_add(mnet);
	if (err)
		goto err_cpus;
	err = mgw_hook_register(mnet);
	if (err)
		goto err_rehome;
	err = mgw_devs_start(mnet);
	if (err)
		goto err_hook;
	/* Pairs with mgw_net_started(). */
	smp_store_release(&mnet->started, true);
	return 0;

err_hook:
	mgw_hook_unregister(mnet);
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
err_base:
	kvfree(mnet->counter_base);
err_dev:
	free_netdev_dummy(mnet->steer_dev);
	return err;
}

int mgw_net_start(struct mgw_net *mnet, struct netlink_ext_ack *extack)
{
	int err = 0;

	if (is_users(mnet) && !READ_ONCE(user_namespaces)) {
		NL_SET_ERR_MSG(extack,
			       "module parameter user_namespaces forbids it in a user namespace");
		return -EPERM;
	}
	mutex_lock(&mnet->start_lock);
	if (!mnet->started)
		err = start(mnet);
	mutex_unlock(&mnet->start_lock);
	if (err)
		NL_SET_ERR_MSG(extack,
			       "packet path can't be started: out of memory or no hook");
	return err;
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
	mutex_init(&mnet->start_lock);
	get_random_bytes(&mnet->tuple_key, sizeof(mnet->tuple_key));
	get_random_bytes(&mnet->director_key, sizeof(mnet->director_key));
	get_random_bytes(&mnet->isn_key, sizeof(mnet->isn_key));
	mgw_laddr_config_init(mnet);
	mgw_devs_init(mnet);
	mnet->ingress = mgw_ingress;
	err = mgw_services_init(mnet);
	if (err)
		return err;
	mgw_object_created(MGW_OBJECT_NETNS);
	return 0;
}

/* The core waits for a grace period between this and netns_exit(). */
static void __net_exit netns_pre_exit(struct net *net)
{
	struct mgw_net *mnet = mgw_net(net);

	if (!mnet->started)
		return;
	mgw_devs_stop(mnet);
	mgw_hook_unregister(mnet);
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
	mgw_rehome_del(mnet);
	steer_settle(mnet);
	cancel_work_sync(&mnet->reap_work);
	cpus_free(mnet);
	mgw_director_destroy(&mnet->director);
	percpu_counter_destroy(&mnet->sessions);
	kvfree(mnet->counter_base);
	free_netdev_dummy(mnet->steer_dev);
}

static void __net_exit netns_exit(struct net *net)
{
	struct mgw_net *mnet = mgw_net(net);

	if (mnet->started)
		stop(mnet);
	mgw_interest_exit(mnet);
	mgw_services_exit(mnet);
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
