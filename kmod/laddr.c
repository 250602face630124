// SPDX-License-Identifier: GPL-2.0
/*
 * Life of local addresses. Process context under mnet->config_lock. Which CPU
 * owns one changes only in rehome.c. A deleted laddr hands out no port; the
 * reaper frees it after its last session.
 */
#include "laddr.h"

#include <linux/cpumask.h>
#include <linux/slab.h>

#include "interest.h"
#include "netns.h"
#include "objects.h"
#include "portmap.h"

struct mgw_laddr *mgw_laddr_find(struct mgw_net *mnet,
				 const union nf_inet_addr *addr, u8 family)
{
	struct mgw_laddr *laddr;

	lockdep_assert_held(&mnet->config_lock);
	list_for_each_entry(laddr, &mnet->laddr_list, list)
		if (laddr->family == family &&
		    mgw_addr_equal(&laddr->addr, addr, family))
			return laddr;
	return NULL;
}

/* The online CPU with the fewest laddrs of that pool and family. */
static unsigned int least_loaded_cpu(struct mgw_net *mnet,
				     const struct mgw_pool *pool, u8 family)
{
	unsigned int best_count = UINT_MAX;
	struct mgw_laddr *laddr;
	unsigned int best = 0;
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		unsigned int count = 0;

		list_for_each_entry(laddr, &mnet->laddr_list, list)
			count += laddr->pool == pool && !laddr->draining &&
				 laddr->family == family && laddr->cpu == cpu;
		if (count < best_count) {
			best_count = count;
			best = cpu;
		}
	}
	return best;
}

unsigned int mgw_laddr_wanted_cpu(const struct mgw_laddr *laddr,
				  unsigned int without)
{
	if (laddr->home_cpu != without && cpu_online(laddr->home_cpu))
		return laddr->home_cpu;
	if (laddr->cpu != without && cpu_online(laddr->cpu))
		return laddr->cpu;
	return cpumask_any_but(cpu_online_mask, without);
}

static struct mgw_laddr *laddr_alloc(struct mgw_net *mnet,
				     const struct mgw_laddr_spec *spec,
				     struct mgw_pool *pool)
{
	struct mgw_laddr *laddr;
	int i;

	laddr = kvzalloc(sizeof(*laddr), GFP_KERNEL);
	if (!laddr)
		return NULL;
	laddr->addr = spec->addr;
	laddr->family = spec->family;
	laddr->mnet = mnet;
	laddr->pool = pool;
	laddr->port_min = MGW_LADDR_PORT_MIN;
	laddr->port_max = MGW_LADDR_PORT_MAX;
	if (spec->has & MGW_LADDR_HAS_PORTS) {
		laddr->port_min = spec->port_min;
		laddr->port_max = spec->port_max;
	}
	laddr->home_given = spec->has & MGW_LADDR_HAS_CPU;
	laddr->home_cpu = laddr->home_given ? spec->cpu :
			  least_loaded_cpu(mnet, pool, spec->family);
	laddr->cpu = laddr->home_cpu;
	laddr->cpu = mgw_laddr_wanted_cpu(laddr, nr_cpu_ids);
	for (i = 0; i < MGW_LADDR_MAP_BUCKETS; i++)
		INIT_HLIST_HEAD(&laddr->maps[i]);
	INIT_LIST_HEAD(&laddr->idle_maps);
	return laddr;
}

/* A deleted one whose sessions go on: it only changes its mind. */
static int revive(struct mgw_laddr *laddr, const struct mgw_laddr_spec *spec,
		  struct netlink_ext_ack *extack)
{
	const char *pool = spec->has & MGW_LADDR_HAS_POOL ? spec->pool :
			   MGW_POOL_DEFAULT;
	int err;

	if (strcmp(laddr->pool->name, pool) ||
	    (spec->has & MGW_LADDR_HAS_CPU && spec->cpu != laddr->home_cpu) ||
	    (spec->has & MGW_LADDR_HAS_PORTS &&
	     (spec->port_min != laddr->port_min ||
	      spec->port_max != laddr->port_max))) {
		NL_SET_ERR_MSG(extack,
			       "local address still drains with other settings: wait until its sessions have ended, or flush them");
		return -EBUSY;
	}
	WRITE_ONCE(laddr->draining, false);
	err = mgw_pool_publish(laddr->pool, laddr->mnet);
	if (err) {
		WRITE_ONCE(laddr->draining, true);
		return err;
	}
	mgw_net_changed(laddr->mnet);
	return 0;
}

int mgw_laddr_add(struct mgw_net *mnet, const struct mgw_laddr_spec *spec,
		  struct netlink_ext_ack *extack)
{
	struct mgw_laddr *laddr;
	struct mgw_pool *pool;
	int err = -ENOMEM;

	lockdep_assert_held(&mnet->config_lock);
	laddr = mgw_laddr_find(mnet, &spec->addr, spec->family);
	if (laddr && laddr->draining)
		return revive(laddr, spec, extack);
	if (laddr) {
		NL_SET_ERR_MSG(extack, "local address exists already");
		return -EEXIST;
	}
	pool = mgw_pool_get(mnet, spec->has & MGW_LADDR_HAS_POOL ?
				  spec->pool : MGW_POOL_DEFAULT);
	if (!pool)
		return -ENOMEM;
	laddr = laddr_alloc(mnet, spec, pool);
	if (!laddr)
		goto err_pool;
	err = mgw_interest_add_laddr(mnet, laddr);
	if (err) {
		if (err == -EADDRINUSE)
			NL_SET_ERR_MSG(extack, "address is the vaddr of a service");
		goto err_free;
	}
	list_add_tail(&laddr->list, &mnet->laddr_list);
	err = mgw_pool_publish(pool, mnet);
	if (err)
		goto err_list;
	mgw_net_changed(mnet);
	mgw_net_object_added(mnet);
	mgw_object_created(MGW_OBJECT_LADDR);
	return 0;

err_list:
	list_del(&laddr->list);
	mgw_interest_del_laddr(mnet, laddr);
	/* A packet may have found it through the interest table. */
	synchronize_rcu();
err_free:
	kvfree(laddr);
err_pool:
	mgw_pool_put(pool);
	return err;
}

int mgw_laddr_del(struct mgw_laddr *laddr, struct netlink_ext_ack *extack)
{
	struct mgw_net *mnet = laddr->mnet;
	int err;

	lockdep_assert_held(&mnet->config_lock);
	if (laddr->draining) {
		NL_SET_ERR_MSG(extack,
			       "local address is deleted already and drains");
		return -EALREADY;
	}
	WRITE_ONCE(laddr->draining, true);
	err = mgw_pool_publish(laddr->pool, mnet);
	if (err) {
		WRITE_ONCE(laddr->draining, false);
		return err;
	}
	laddr->drained = get_state_synchronize_rcu();
	mgw_net_changed(mnet);
	queue_work(mgw_wq, &mnet->reap_work);
	return 0;
}

/*
 * Frees each deleted laddr without session. A port is acquired only by who
 * found it in its pool, so a grace period after the deletion its count can only
 * fall; the owner queues this work again when it falls to zero.
 */
static void reap_work(struct work_struct *work)
{
	struct mgw_net *mnet = container_of(work, struct mgw_net, reap_work);
	struct mgw_laddr *laddr, *next;
	LIST_HEAD(dead);

	mutex_lock(&mnet->config_lock);
	list_for_each_entry_safe(laddr, next, &mnet->laddr_list, list) {
		if (!laddr->draining)
			continue;
		cond_synchronize_rcu(laddr->drained);
		if (READ_ONCE(laddr->sessions))
			continue;
		list_move(&laddr->list, &dead);
		mgw_interest_del_laddr(mnet, laddr);
		mgw_net_changed(mnet);
	}
	mutex_unlock(&mnet->config_lock);
	if (list_empty(&dead))
		return;

	synchronize_rcu();
	mutex_lock(&mnet->config_lock);
	list_for_each_entry(laddr, &dead, list)
		mgw_pool_put(laddr->pool);
	mutex_unlock(&mnet->config_lock);
	list_for_each_entry_safe(laddr, next, &dead, list) {
		mgw_portmaps_free(laddr);
		kvfree(laddr);
		mgw_object_destroyed(MGW_OBJECT_LADDR);
		mgw_net_object_freed(mnet);
	}
}

void mgw_laddrs_init(struct mgw_net *mnet)
{
	INIT_LIST_HEAD(&mnet->laddr_list);
	INIT_LIST_HEAD(&mnet->pools);
	INIT_WORK(&mnet->reap_work, reap_work);
}

void mgw_laddrs_exit(struct mgw_net *mnet)
{
	struct mgw_laddr *laddr;

	mutex_lock(&mnet->config_lock);
	list_for_each_entry(laddr, &mnet->laddr_list, list) {
		WRITE_ONCE(laddr->draining, true);
		laddr->drained = get_state_synchronize_rcu();
	}
	mutex_unlock(&mnet->config_lock);
	queue_work(mgw_wq, &mnet->reap_work);
}
