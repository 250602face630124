// SPDX-License-Identifier: GPL-2.0
/*
 * Changing the real servers of a service. Process context under
 * mnet->config_lock; packets see each change whole, by a new scheduler state.
 */
#include "service_rs.h"

#include "mnet.h"
#include "rs.h"
#include "service.h"

int mgw_service_rs_add(struct mgw_service *svc, const struct mgw_rs_spec *spec,
		       struct netlink_ext_ack *extack)
{
	struct mgw_net *mnet = svc->mnet;
	struct mgw_rs *rs;

	lockdep_assert_held(&mnet->config_lock);
	if (mgw_rs_find(&svc->rs_list, spec)) {
		NL_SET_ERR_MSG(extack, "rs exists already in this service");
		return -EEXIST;
	}
	if (!spec->rport && svc->key.vport) {
		NL_SET_ERR_MSG(extack,
			       "rport 0 needs a service of every port (vport 0)");
		return -EINVAL;
	}
	rs = mgw_rs_alloc(svc, spec, svc->mode, mgw_service_rs_gone);
	if (!rs)
		return -ENOMEM;
	list_add_tail(&rs->list, &svc->rs_list);
	svc->rs_count++;
	if (mgw_service_publish(svc)) {
		svc->rs_count--;
		list_del(&rs->list);
		mgw_rs_free(rs);
		return -ENOMEM;
	}
	refcount_inc(&svc->refs);
	mgw_net_changed(mnet);
	mgw_net_object_added(mnet);
	return 0;
}

int mgw_service_rs_set(struct mgw_service *svc, const struct mgw_rs_spec *spec,
		       struct netlink_ext_ack *extack)
{
	struct mgw_rs *rs;
	u32 weight;

	lockdep_assert_held(&svc->mnet->config_lock);
	rs = mgw_rs_find(&svc->rs_list, spec);
	if (!rs) {
		NL_SET_ERR_MSG(extack, "no such rs in this service");
		return -ENOENT;
	}
	weight = rs->weight;
	if (spec->has & MGW_RS_HAS_WEIGHT)
		rs->weight = spec->weight;
	if (mgw_service_publish(svc)) {
		rs->weight = weight;
		return -ENOMEM;
	}
	if (spec->has & MGW_RS_HAS_MODE)
		WRITE_ONCE(rs->mode, spec->mode);
	mgw_net_changed(svc->mnet);
	return 0;
}

int mgw_service_rs_del(struct mgw_rs *rs)
{
	struct mgw_service *svc = rs->svc;

	lockdep_assert_held(&svc->mnet->config_lock);
	/* Unpublish first: what can't be unpublished is not deleted. */
	rs->deleted = true;
	svc->rs_count--;
	if (mgw_service_publish(svc)) {
		svc->rs_count++;
		rs->deleted = false;
		return -ENOMEM;
	}
	mgw_rs_retire(rs);
	mgw_net_changed(svc->mnet);
	return 0;
}
