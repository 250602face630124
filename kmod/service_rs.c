// SPDX-License-Identifier: GPL-2.0
/*
 * Changing the real servers of a service. Process context under
 * mnet->config_lock; packets see each change whole, by a new scheduler state.
 */
#include "service_rs.h"

#include "host.h"
#include "mnet.h"
#include "mode.h"
#include "rs.h"
#include "service.h"

/* What @mode asks of an rs. */
static int check_mode(const struct mgw_service *svc,
		      const struct mgw_rs_spec *spec, u8 mode,
		      struct netlink_ext_ack *extack)
{
	const struct mgw_mode_rules *rules = &mgw_mode_rules[mode];

	if (!rules->any_rport && spec->rport != svc->key.vport) {
		if (mgw_service_key_is_mark(&svc->key))
			NL_SET_ERR_MSG(extack,
				       "rport must be 0 in modes dr and tunnel of a fwmark service");
		else
			NL_SET_ERR_MSG(extack,
				       "rport must be the vport in modes dr and tunnel");
		return -EINVAL;
	}
	if (!spec->rport && svc->key.vport) {
		NL_SET_ERR_MSG(extack,
			       "rport 0 needs a service of every port (vport 0)");
		return -EINVAL;
	}
	if (!rules->any_family && spec->family != svc->key.family) {
		NL_SET_ERR_MSG(extack,
			       "raddr must be of the service's family in modes nat and dr");
		return -EINVAL;
	}
	/* Its answers would go to the client as they are. */
	if (!rules->local_rs &&
	    mgw_host_has_addr(svc->mnet->net, &spec->raddr, spec->family)) {
		NL_SET_ERR_MSG(extack,
			       "raddr is an address of this host: that works in modes fullnat and dr, not in nat");
		return -EINVAL;
	}
	return 0;
}

static int check_tunnel(const struct mgw_rs_spec *spec, u8 mode, u8 type,
			struct netlink_ext_ack *extack)
{
	const u32 any = MGW_RS_HAS_TUNNEL | MGW_RS_HAS_PORT |
			MGW_RS_HAS_CHECKSUM;

	if (spec->has & any && !mgw_mode_rules[mode].wraps) {
		NL_SET_ERR_MSG(extack, "tunnel settings need mode tunnel");
		return -EINVAL;
	}
	if (spec->has & MGW_RS_HAS_PORT && type != MGW_TUNNEL_GUE) {
		NL_SET_ERR_MSG(extack, "tunnel-port needs tunnel gue");
		return -EINVAL;
	}
	if (spec->has & MGW_RS_HAS_CHECKSUM && type == MGW_TUNNEL_IPIP) {
		NL_SET_ERR_MSG(extack,
			       "tunnel-checksum needs tunnel gue or gre");
		return -EINVAL;
	}
	return 0;
}

int mgw_service_rs_add(struct mgw_service *svc, const struct mgw_rs_spec *spec,
		       struct netlink_ext_ack *extack)
{
	u8 mode = spec->has & MGW_RS_HAS_MODE ? spec->mode : svc->mode;
	struct mgw_net *mnet = svc->mnet;
	struct mgw_rs *rs;
	int err;

	lockdep_assert_held(&mnet->config_lock);
	if (mgw_rs_find(&svc->rs_list, spec)) {
		NL_SET_ERR_MSG(extack, "rs exists already in this service");
		return -EEXIST;
	}
	err = check_mode(svc, spec, mode, extack);
	if (!err)
		err = check_tunnel(spec, mode,
				   spec->has & MGW_RS_HAS_TUNNEL ?
				   spec->tunnel.type : MGW_TUNNEL_IPIP, extack);
	if (err)
		return err;
	rs = mgw_rs_alloc(svc, spec, mode, mgw_service_rs_gone);
	if (!rs)
		return -ENOMEM;
	err = mgw_rs_watch(rs, mnet, mode);
	if (err)
		goto err_free;
	if (!rs->rport)
		WRITE_ONCE(mnet->every_port, true);
	list_add_tail(&rs->list, &svc->rs_list);
	svc->rs_count++;
	if (mgw_service_publish(svc)) {
		err = -ENOMEM;
		goto err_unlist;
	}
	refcount_inc(&svc->refs);
	mgw_net_changed(mnet);
	mgw_net_object_added(mnet);
	return 0;

err_unlist:
	svc->rs_count--;
	list_del(&rs->list);
	mgw_rs_unwatch(rs, mnet);
err_free:
	mgw_rs_free(rs);
	return err;
}

static int set_weight(struct mgw_service *svc, struct mgw_rs *rs,
		      const struct mgw_rs_spec *spec)
{
	u32 weight = rs->weight;

	if (spec->has & MGW_RS_HAS_WEIGHT)
		rs->weight = spec->weight;
	if (mgw_service_publish(svc)) {
		rs->weight = weight;
		return -ENOMEM;
	}
	return 0;
}

int mgw_service_rs_set(struct mgw_service *svc, const struct mgw_rs_spec *spec,
		       struct netlink_ext_ack *extack)
{
	struct mgw_rs *rs;
	u8 mode, type;
	int err;

	lockdep_assert_held(&svc->mnet->config_lock);
	rs = mgw_rs_find(&svc->rs_list, spec);
	if (!rs) {
		NL_SET_ERR_MSG(extack, "no such rs in this service");
		return -ENOENT;
	}
	mode = spec->has & MGW_RS_HAS_MODE ? spec->mode : rs->mode;
	type = spec->has & MGW_RS_HAS_TUNNEL ? spec->tunnel.type :
					       rs->tunnel.type;
	err = check_mode(svc, spec, mode, extack) ?:
	      check_tunnel(spec, mode, type, extack) ?:
	      mgw_rs_watch(rs, svc->mnet, mode) ?:
	      set_weight(svc, rs, spec);
	if (err)
		return err;
	mgw_rs_set_tunnel(rs, spec);
	WRITE_ONCE(rs->mode, mode);
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
