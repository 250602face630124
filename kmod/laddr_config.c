// SPDX-License-Identifier: GPL-2.0
/*
 * Adding and deleting local addresses. Process context under
 * mnet->config_lock. A deleted laddr hands out no port; the reaper frees it
 * after its last session.
 */
#include "laddr_config.h"

#include <linux/rcupdate.h>
#include <net/ip.h>

#include "host.h"
#include "interest.h"
#include "laddr.h"
#include "mnet.h"
#include "objects.h"
#include "pool.h"

/* Which one of many is refused: its number, as a cookie has 8 bytes at most. */
static void blame(struct netlink_ext_ack *extack, u32 i)
{
	BUILD_BUG_ON(sizeof(i) > sizeof(extack->cookie));
	if (!extack)
		return;
	memcpy(extack->cookie, &i, sizeof(i));
	extack->cookie_len = sizeof(i);
}

static const char *pool_name(const struct mgw_laddr_spec *spec)
{
	return spec->has & MGW_LADDR_HAS_POOL ? spec->pool : MGW_POOL_DEFAULT;
}

/* A deleted one whose sessions go on can only change its mind. */
static bool may_revive(const struct mgw_laddr *laddr,
		       const struct mgw_laddr_spec *spec)
{
	if (strcmp(laddr->pool->name, pool_name(spec)))
		return false;
	if (spec->has & MGW_LADDR_HAS_CPU && spec->cpu != laddr->home_cpu)
		return false;
	return !(spec->has & MGW_LADDR_HAS_PORTS) ||
	       (spec->port_min == laddr->maps.min &&
		spec->port_max == laddr->maps.max);
}

static int check_add(struct mgw_net *mnet, const struct mgw_laddr_spec *spec,
		     struct netlink_ext_ack *extack)
{
	struct mgw_laddr *laddr;
	u32 i;

	for (i = 0; i < spec->count; i++) {
		laddr = mgw_laddr_find_nth(mnet, spec, i);
		if (!laddr || (laddr->draining && may_revive(laddr, spec)))
			continue;
		blame(extack, i);
		if (laddr->draining) {
			NL_SET_ERR_MSG(extack,
				       "local address still drains with other settings: wait until its sessions have ended, or flush them");
			return -EBUSY;
		}
		NL_SET_ERR_MSG(extack, "local address exists already");
		return -EEXIST;
	}
	return 0;
}

/* One that no pool has, so that it gets no session. */
static int make(struct mgw_net *mnet, const struct mgw_laddr_spec *spec,
		const union nf_inet_addr *addr, struct mgw_pool *pool,
		struct list_head *made)
{
	struct mgw_laddr *laddr;
	int err;

	laddr = mgw_laddr_alloc(mnet, spec, addr, pool);
	if (!laddr)
		return -ENOMEM;
	/* Before packets can find it. */
	mgw_pool_place(laddr);
	err = mgw_interest_add_laddr(mnet, addr, spec->family, laddr);
	if (err) {
		mgw_laddr_free(laddr);
		return err;
	}
	mgw_pool_hold(pool);
	list_add_tail(&laddr->list, made);
	return 0;
}

static void unmake(struct mgw_net *mnet, struct list_head *made)
{
	struct mgw_laddr *laddr, *next;

	if (list_empty(made))
		return;
	list_for_each_entry(laddr, made, list)
		mgw_interest_del_laddr(mnet, &laddr->addr, laddr->family);
	/* A packet may have found one through the interest table. */
	synchronize_rcu();
	list_for_each_entry_safe(laddr, next, made, list) {
		mgw_pool_put(laddr->pool);
		mgw_laddr_free(laddr);
	}
}

/* All that can fail. Those that drain are there already. */
static int prepare_add(struct mgw_net *mnet, const struct mgw_laddr_spec *spec,
		       struct mgw_pool *pool, struct list_head *made,
		       struct netlink_ext_ack *extack)
{
	union nf_inet_addr addr;
	struct mgw_laddr *laddr;
	int err;
	u32 i;

	mgw_pools_measure(mnet);
	err = mgw_pool_prepare(pool, spec->count);
	if (err)
		return err;
	mgw_pools_count(mnet);
	for (i = 0; i < spec->count; i++) {
		laddr = mgw_laddr_find_nth(mnet, spec, i);
		if (laddr) {
			mgw_pool_place_again(laddr);
			continue;
		}
		addr = mgw_laddr_spec_addr(spec, i);
		err = make(mnet, spec, &addr, pool, made);
		if (err == -EADDRINUSE) {
			blame(extack, i);
			NL_SET_ERR_MSG(extack, "address is the vaddr of a service");
		}
		if (err)
			break;
	}
	return err;
}

/* What can't fail. */
static void commit_add(struct mgw_net *mnet, const struct mgw_laddr_spec *spec,
		       struct list_head *made)
{
	struct mgw_laddr *laddr;
	u32 i;

	list_for_each_entry(laddr, made, list)
		mgw_net_object_added(mnet);
	list_splice_tail(made, &mnet->laddr_list);
	for (i = 0; i < spec->count; i++) {
		laddr = mgw_laddr_find_nth(mnet, spec, i);
		if (!laddr->draining)
			continue;
		WRITE_ONCE(laddr->draining, false);
		/* Asked for the CPU it has by chance, it belongs there now. */
		if (spec->has & MGW_LADDR_HAS_CPU)
			laddr->home_given = true;
	}
	mgw_pools_publish_prepared(mnet);
	mgw_net_changed(mnet);
}

static bool has_reserved(struct net *net, u32 from, u32 to)
{
	for (; from <= to; from++)
		if (!inet_is_local_reserved_port(net, from))
			return false;
	return true;
}

/*
 * Where sessions have no other ports, they would be where the host's own connections
 * are, which it opens without asking anybody.
 */
int mgw_laddr_config_check_ports(const struct mgw_net *mnet,
				 const struct mgw_laddr_spec *spec,
				 struct netlink_ext_ack *extack)
{
	union nf_inet_addr addr;
	int low, high;
	u32 i;

	if (!(spec->has & MGW_LADDR_HAS_PORTS))
		return 0;
	inet_get_local_port_range(mnet->net, &low, &high);
	if ((int)spec->port_min < low || (int)spec->port_max > high ||
	    has_reserved(mnet->net, spec->port_min, spec->port_max))
		return 0;
	for (i = 0; i < spec->count; i++) {
		addr = mgw_laddr_spec_addr(spec, i);
		if (!mgw_host_has_addr(mnet->net, &addr, spec->family))
			continue;
		blame(extack, i);
		NL_SET_ERR_MSG(extack,
			       "these ports are those of the host's own connections: reserve them (net.ipv4.ip_local_reserved_ports), or choose others");
		return -EADDRINUSE;
	}
	return 0;
}

int mgw_laddr_config_add(struct mgw_net *mnet,
			 const struct mgw_laddr_spec *spec,
			 struct netlink_ext_ack *extack)
{
	struct mgw_pool *pool;
	LIST_HEAD(made);
	int err;

	lockdep_assert_held(&mnet->config_lock);
	err = check_add(mnet, spec, extack);
	if (err)
		return err;
	pool = mgw_pool_get(mnet, pool_name(spec));
	if (!pool)
		return -ENOMEM;
	err = prepare_add(mnet, spec, pool, &made, extack);
	if (err) {
		mgw_pools_drop_prepared(mnet);
		unmake(mnet, &made);
	} else {
		commit_add(mnet, spec, &made);
	}
	mgw_pool_put(pool);
	return err;
}

static int check_del(struct mgw_net *mnet, const struct mgw_laddr_spec *spec,
		     struct netlink_ext_ack *extack)
{
	struct mgw_laddr *laddr;
	u32 i;

	for (i = 0; i < spec->count; i++) {
		laddr = mgw_laddr_find_nth(mnet, spec, i);
		if (laddr && !laddr->draining)
			continue;
		blame(extack, i);
		if (!laddr) {
			NL_SET_ERR_MSG(extack, "no such local address");
			return -ENOENT;
		}
		NL_SET_ERR_MSG(extack,
			       "local address is deleted already and drains");
		return -EALREADY;
	}
	return 0;
}

/* The pools they are in, each once. */
static int prepare_del(struct mgw_net *mnet, const struct mgw_laddr_spec *spec)
{
	struct mgw_laddr *laddr;
	int err = 0;
	u32 i;

	mgw_pools_measure(mnet);
	for (i = 0; i < spec->count; i++) {
		laddr = mgw_laddr_find_nth(mnet, spec, i);
		if (laddr->pool->spare)
			continue;
		err = mgw_pool_prepare(laddr->pool, 0);
		if (err)
			break;
	}
	if (err)
		mgw_pools_drop_prepared(mnet);
	return err;
}

int mgw_laddr_config_del(struct mgw_net *mnet,
			 const struct mgw_laddr_spec *spec,
			 struct netlink_ext_ack *extack)
{
	struct mgw_laddr *laddr;
	unsigned long drained;
	int err;
	u32 i;

	lockdep_assert_held(&mnet->config_lock);
	err = check_del(mnet, spec, extack) ?: prepare_del(mnet, spec);
	if (err)
		return err;
	for (i = 0; i < spec->count; i++) {
		laddr = mgw_laddr_find_nth(mnet, spec, i);
		WRITE_ONCE(laddr->draining, true);
	}
	mgw_pools_publish_prepared(mnet);
	drained = get_state_synchronize_rcu();
	for (i = 0; i < spec->count; i++) {
		laddr = mgw_laddr_find_nth(mnet, spec, i);
		laddr->drained = drained;
	}
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
