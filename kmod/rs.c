// SPDX-License-Identifier: GPL-2.0
/*
 * Real servers. Process context under the namespace's config_lock. A deleted rs
 * gets no new session and is freed after its last one: percpu_ref counts them
 * without a shared cache line.
 */
#include "rs.h"

#include <linux/slab.h>
#include <linux/workqueue.h>

#include "interest.h"
#include "mnet.h"
#include "mode.h"
#include "objects.h"

/* Any context; a grace period later nobody can be reading the rs. */
static void rs_released(struct percpu_ref *ref)
{
	struct mgw_rs *rs = container_of(ref, struct mgw_rs, ref);

	queue_rcu_work(mgw_wq, &rs->free_work);
}

struct mgw_rs *mgw_rs_find(const struct list_head *rs_list,
			   const struct mgw_rs_spec *spec)
{
	struct mgw_rs *rs;

	list_for_each_entry(rs, rs_list, list)
		if (!rs->deleted && rs->family == spec->family &&
		    rs->rport == spec->rport &&
		    mgw_addr_equal(&rs->raddr, &spec->raddr, rs->family))
			return rs;
	return NULL;
}

struct mgw_rs *mgw_rs_alloc(struct mgw_service *svc,
			    const struct mgw_rs_spec *spec, u8 default_mode,
			    work_func_t gone)
{
	struct mgw_rs *rs;
	int cpu;

	rs = kzalloc(sizeof(*rs), GFP_KERNEL_ACCOUNT);
	if (!rs)
		return NULL;
	rs->traffic = alloc_percpu_gfp(struct mgw_traffic, GFP_KERNEL_ACCOUNT);
	if (!rs->traffic)
		goto err_free;
	if (percpu_ref_init(&rs->ref, rs_released, 0, GFP_KERNEL_ACCOUNT))
		goto err_traffic;
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(rs->traffic, cpu)->syncp);
	INIT_RCU_WORK(&rs->free_work, gone);
	rs->svc = svc;
	rs->raddr = spec->raddr;
	rs->rport = spec->rport;
	rs->family = spec->family;
	rs->weight = spec->has & MGW_RS_HAS_WEIGHT ? spec->weight : 1;
	rs->mode = spec->has & MGW_RS_HAS_MODE ? spec->mode : default_mode;
	rs->tunnel.type = MGW_TUNNEL_IPIP;
	rs->tunnel.port = htons(MGW_TUNNEL_PORT_DEFAULT);
	/* Zero is for who asks for it, RFC 6935. */
	rs->tunnel.checksum = rs->family == AF_INET6;
	mgw_rs_set_tunnel(rs, spec);
	mgw_object_created(MGW_OBJECT_RS);
	return rs;

err_traffic:
	free_percpu(rs->traffic);
err_free:
	kfree(rs);
	return NULL;
}

void mgw_rs_set_tunnel(struct mgw_rs *rs, const struct mgw_rs_spec *spec)
{
	if (spec->has & MGW_RS_HAS_TUNNEL)
		WRITE_ONCE(rs->tunnel.type, spec->tunnel.type);
	if (spec->has & MGW_RS_HAS_PORT)
		WRITE_ONCE(rs->tunnel.port, spec->tunnel.port);
	if (spec->has & MGW_RS_HAS_CHECKSUM)
		WRITE_ONCE(rs->tunnel.checksum, spec->tunnel.checksum);
}

int mgw_rs_watch(struct mgw_rs *rs, struct mgw_net *mnet, u8 mode)
{
	const struct mgw_mode_rules *rules = &mgw_mode_rules[mode];
	int err;

	lockdep_assert_held(&mnet->config_lock);
	if (rs->watched || (!rules->reply_by_source && !rules->wraps))
		return 0;
	err = mgw_interest_add_source(mnet, &rs->raddr, rs->family);
	if (err)
		return err;
	rs->watched = true;
	WRITE_ONCE(mnet->watch, mnet->watch + 1);
	return 0;
}

void mgw_rs_unwatch(struct mgw_rs *rs, struct mgw_net *mnet)
{
	lockdep_assert_held(&mnet->config_lock);
	if (!rs->watched)
		return;
	mgw_interest_del_source(mnet, &rs->raddr, rs->family);
	WRITE_ONCE(mnet->watch, mnet->watch - 1);
}

void mgw_rs_free(struct mgw_rs *rs)
{
	percpu_ref_exit(&rs->ref);
	free_percpu(rs->traffic);
	kfree(rs);
	mgw_object_destroyed(MGW_OBJECT_RS);
}

void mgw_rs_retire(struct mgw_rs *rs)
{
	rs->deleted = true;
	percpu_ref_kill(&rs->ref);
}

void mgw_rs_traffic(const struct mgw_rs *rs, struct mgw_traffic_sum *sum)
{
	mgw_traffic_sum(sum, rs->traffic);
	mgw_traffic_sub(sum, &rs->zeroed);
}

void mgw_rs_zero(struct mgw_rs *rs)
{
	mgw_traffic_sum(&rs->zeroed, rs->traffic);
	rs->zeroed.live = 0;
}
