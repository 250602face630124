// SPDX-License-Identifier: GPL-2.0
/*
 * Adding and deleting local addresses. Process context under
 * mnet->config_lock. A deleted laddr hands out no port; the reaper frees it
 * after its last session.
 */
#include "laddr_config.h"

#include <linux/rcupdate.h>

#include "interest.h"
#include "laddr.h"
#include "mnet.h"
#include "objects.h"
#include "pool.h"

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
	     (spec->port_min != laddr->maps.min ||
	      spec->port_max != laddr->maps.max))) {
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
	/* Asked for the CPU it has by chance, it belongs there from now on. */
	if (spec->has & MGW_LADDR_HAS_CPU)
		laddr->home_given = true;
	mgw_net_changed(laddr->mnet);
	return 0;
}

int mgw_laddr_config_add(struct mgw_net *mnet,
			 const struct mgw_laddr_spec *spec,
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
	laddr = mgw_laddr_alloc(mnet, spec, pool);
	if (!laddr)
		goto err_pool;
	err = mgw_interest_add_laddr(mnet, &laddr->addr, laddr->family,
				     laddr);
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
	return 0;

err_list:
	list_del(&laddr->list);
	mgw_interest_del_laddr(mnet, &laddr->addr, laddr->family);
	/* A packet may have found it through the interest table. */
	synchronize_rcu();
err_free:
	mgw_laddr_free(laddr);
err_pool:
	mgw_pool_put(pool);
	return err;
}

int mgw_laddr_config_del(struct mgw_laddr *laddr,
			 struct netlink_ext_ack *extack)
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
		if (READ_ONCE(laddr->maps.sessions))
			continue;
		list_move(&laddr->list, &dead);
		mgw_interest_del_laddr(mnet, &laddr->addr, laddr->family);
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
		mgw_laddr_free(laddr);
		mgw_net_object_freed(mnet);
	}
}

void mgw_laddr_config_zero(struct mgw_net *mnet)
{
	struct mgw_laddr *laddr;

	lockdep_assert_held(&mnet->config_lock);
	/* Events read it without the lock. */
	list_for_each_entry(laddr, &mnet->laddr_list, list)
		WRITE_ONCE(laddr->exhausted_base,
			   READ_ONCE(laddr->exhausted));
}

void mgw_laddr_config_init(struct mgw_net *mnet)
{
	INIT_LIST_HEAD(&mnet->laddr_list);
	INIT_LIST_HEAD(&mnet->pools);
	INIT_WORK(&mnet->reap_work, reap_work);
}

void mgw_laddr_config_exit(struct mgw_net *mnet)
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
