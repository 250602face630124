// SPDX-License-Identifier: GPL-2.0
/*
 * Life of real servers. Process context under the namespace's config_lock. A
 * deleted rs gets no new session and is freed after its last one: percpu_ref
 * counts them without a shared cache line.
 */
#include "rs.h"

#include <linux/slab.h>
#include <linux/workqueue.h>

#include "netns.h"
#include "objects.h"
#include "service.h"

static void rs_free_work(struct work_struct *work)
{
	struct mgw_rs *rs = container_of(to_rcu_work(work), struct mgw_rs,
					 free_work);
	struct mgw_service *svc = rs->svc;
	struct mgw_net *mnet = svc->mnet;
	struct mgw_traffic_sum sum;

	mutex_lock(&mnet->config_lock);
	list_del(&rs->list);
	mgw_traffic_sum(&sum, rs->traffic);
	mgw_traffic_add(&svc->retired, &sum);
	mutex_unlock(&mnet->config_lock);

	percpu_ref_exit(&rs->ref);
	free_percpu(rs->traffic);
	kfree(rs);
	mgw_object_destroyed(MGW_OBJECT_RS);
	mgw_service_put(svc);
	mgw_net_object_freed(mnet);
}

/* Any context; a grace period later nobody can be reading the rs. */
static void rs_released(struct percpu_ref *ref)
{
	struct mgw_rs *rs = container_of(ref, struct mgw_rs, ref);

	queue_rcu_work(mgw_wq, &rs->free_work);
}

struct mgw_rs *mgw_rs_find(const struct mgw_service *svc,
			   const struct mgw_rs_spec *spec)
{
	struct mgw_rs *rs;

	lockdep_assert_held(&svc->mnet->config_lock);
	list_for_each_entry(rs, &svc->rs_list, list)
		if (!rs->deleted && rs->family == spec->family &&
		    rs->rport == spec->rport &&
		    mgw_addr_equal(&rs->raddr, &spec->raddr, rs->family))
			return rs;
	return NULL;
}

static struct mgw_rs *rs_alloc(struct mgw_service *svc,
			       const struct mgw_rs_spec *spec)
{
	struct mgw_rs *rs;
	int cpu;

	rs = kzalloc(sizeof(*rs), GFP_KERNEL);
	if (!rs)
		return NULL;
	rs->traffic = alloc_percpu(struct mgw_traffic);
	if (!rs->traffic)
		goto err_free;
	if (percpu_ref_init(&rs->ref, rs_released, 0, GFP_KERNEL))
		goto err_traffic;
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(rs->traffic, cpu)->syncp);
	INIT_RCU_WORK(&rs->free_work, rs_free_work);
	rs->svc = svc;
	rs->raddr = spec->raddr;
	rs->rport = spec->rport;
	rs->family = spec->family;
	rs->weight = spec->has & MGW_RS_HAS_WEIGHT ? spec->weight : 1;
	rs->mode = spec->has & MGW_RS_HAS_MODE ? spec->mode : svc->mode;
	return rs;

err_traffic:
	free_percpu(rs->traffic);
err_free:
	kfree(rs);
	return NULL;
}

int mgw_rs_add(struct mgw_service *svc, const struct mgw_rs_spec *spec,
	       struct netlink_ext_ack *extack)
{
	struct mgw_net *mnet = svc->mnet;
	struct mgw_rs *rs;

	lockdep_assert_held(&mnet->config_lock);
	if (mgw_rs_find(svc, spec)) {
		NL_SET_ERR_MSG(extack, "rs exists already in this service");
		return -EEXIST;
	}
	if (!spec->rport && svc->key.vport) {
		NL_SET_ERR_MSG(extack,
			       "rport 0 needs a service of every port (vport 0)");
		return -EINVAL;
	}
	rs = rs_alloc(svc, spec);
	if (!rs)
		return -ENOMEM;
	list_add_tail(&rs->list, &svc->rs_list);
	svc->rs_count++;
	if (mgw_service_publish(svc)) {
		svc->rs_count--;
		list_del(&rs->list);
		percpu_ref_exit(&rs->ref);
		free_percpu(rs->traffic);
		kfree(rs);
		return -ENOMEM;
	}
	refcount_inc(&svc->refs);
	mgw_net_changed(mnet);
	mgw_net_object_added(mnet);
	mgw_object_created(MGW_OBJECT_RS);
	return 0;
}

int mgw_rs_set(struct mgw_service *svc, const struct mgw_rs_spec *spec,
	       struct netlink_ext_ack *extack)
{
	struct mgw_rs *rs;
	u32 weight;
	u8 mode;

	lockdep_assert_held(&svc->mnet->config_lock);
	rs = mgw_rs_find(svc, spec);
	if (!rs) {
		NL_SET_ERR_MSG(extack, "no such rs in this service");
		return -ENOENT;
	}
	weight = rs->weight;
	mode = rs->mode;
	if (spec->has & MGW_RS_HAS_WEIGHT)
		rs->weight = spec->weight;
	if (spec->has & MGW_RS_HAS_MODE)
		WRITE_ONCE(rs->mode, spec->mode);
	if (mgw_service_publish(svc)) {
		rs->weight = weight;
		WRITE_ONCE(rs->mode, mode);
		return -ENOMEM;
	}
	mgw_net_changed(svc->mnet);
	return 0;
}

void mgw_rs_retire(struct mgw_rs *rs)
{
	lockdep_assert_held(&rs->svc->mnet->config_lock);
	rs->deleted = true;
	rs->svc->rs_count--;
	percpu_ref_kill(&rs->ref);
}

int mgw_rs_del(struct mgw_rs *rs)
{
	struct mgw_service *svc = rs->svc;

	lockdep_assert_held(&svc->mnet->config_lock);
	/* Unpublish first: what can't be unpublished is not deleted. */
	rs->deleted = true;
	if (mgw_service_publish(svc)) {
		rs->deleted = false;
		return -ENOMEM;
	}
	mgw_rs_retire(rs);
	mgw_net_changed(svc->mnet);
	return 0;
}

void mgw_rs_traffic(const struct mgw_rs *rs, struct mgw_traffic_sum *sum)
{
	mgw_traffic_sum(sum, rs->traffic);
	mgw_traffic_sub(sum, &rs->zeroed);
}

void mgw_rs_zero(struct mgw_rs *rs)
{
	lockdep_assert_held(&rs->svc->mnet->config_lock);
	mgw_traffic_sum(&rs->zeroed, rs->traffic);
	rs->zeroed.live = 0;
}
