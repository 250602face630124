// SPDX-License-Identifier: GPL-2.0
/*
 * Real servers over netlink. Process context; requests are checked without a
 * lock, carried out under mnet->config_lock.
 */
#include "netlink_rs.h"

#include "netlink_msg.h"
#include "netlink_attr.h"
#include "mnet.h"
#include "netlink_service.h"
#include "rs.h"
#include "service.h"
#include "service_rs.h"

const struct nla_policy mgw_nl_rs_policy[__MGW_A_RS_MAX] = {
	[MGW_A_RS_RADDR] = MGW_NLA_ADDR,
	[MGW_A_RS_RPORT] = MGW_NLA_PORT,
	[MGW_A_RS_WEIGHT] = { .type = NLA_U32 },
	[MGW_A_RS_MODE] = NLA_POLICY_MAX(NLA_U32, MGW_MODE_MAX),
	[MGW_A_RS_TUNNEL] = NLA_POLICY_MAX(NLA_U32, MGW_TUNNEL_MAX),
	[MGW_A_RS_TUNNEL_PORT] = MGW_NLA_PORT,
	[MGW_A_RS_TUNNEL_CHECKSUM] =
		NLA_POLICY_MAX(NLA_U32, MGW_TUNNEL_CHECKSUM_MAX),
};

const struct nla_policy mgw_nl_rs_key_policy[__MGW_A_RS_MAX] = {
	[MGW_A_RS_RADDR] = MGW_NLA_ADDR,
	[MGW_A_RS_RPORT] = MGW_NLA_PORT,
};

/* What a request or dump is about: a service, and mostly one rs of it. */
struct rs_request {
	struct mgw_service_key key;
	struct mgw_rs_spec spec;
};

static int parse_key(struct nlattr *nest, struct mgw_service_key *key,
		     struct netlink_ext_ack *extack)
{
	struct nlattr *tb[__MGW_A_SERVICE_MAX];
	int err;

	err = mgw_nl_parse_nest(tb, MGW_A_SERVICE_MAX, nest,
				mgw_nl_service_key_policy, extack);
	if (err)
		return err;
	return mgw_nl_parse_service_key(tb, key, extack);
}

static int parse_tunnel(struct nlattr *const *tb, struct mgw_rs_spec *spec,
			struct netlink_ext_ack *extack)
{
	const struct nlattr *port = tb[MGW_A_RS_TUNNEL_PORT];

	if (tb[MGW_A_RS_TUNNEL]) {
		spec->has |= MGW_RS_HAS_TUNNEL;
		spec->tunnel.type = nla_get_u32(tb[MGW_A_RS_TUNNEL]);
	}
	if (tb[MGW_A_RS_TUNNEL_CHECKSUM]) {
		spec->has |= MGW_RS_HAS_CHECKSUM;
		spec->tunnel.checksum =
			nla_get_u32(tb[MGW_A_RS_TUNNEL_CHECKSUM]);
	}
	if (port) {
		spec->has |= MGW_RS_HAS_PORT;
		spec->tunnel.port = nla_get_be16(port);
		if (!spec->tunnel.port) {
			NL_SET_ERR_MSG_ATTR(extack, port, "tunnel-port is 0");
			return -EINVAL;
		}
	}
	return 0;
}

static int parse_spec(const struct nlattr *nest, struct mgw_rs_spec *spec,
		      struct netlink_ext_ack *extack)
{
	struct nlattr *tb[__MGW_A_RS_MAX];
	int err;

	err = mgw_nl_parse_nest(tb, MGW_A_RS_MAX, nest, mgw_nl_rs_policy,
				extack);
	if (err)
		return err;
	if (!tb[MGW_A_RS_RADDR]) {
		NL_SET_ERR_MSG(extack, "rs has no raddr");
		return -EINVAL;
	}
	if (!tb[MGW_A_RS_RPORT]) {
		NL_SET_ERR_MSG(extack, "rs has no rport");
		return -EINVAL;
	}
	spec->rport = nla_get_be16(tb[MGW_A_RS_RPORT]);
	if (tb[MGW_A_RS_WEIGHT]) {
		spec->has |= MGW_RS_HAS_WEIGHT;
		spec->weight = nla_get_u32(tb[MGW_A_RS_WEIGHT]);
		if (spec->weight > MGW_WEIGHT_MAX) {
			NL_SET_ERR_MSG_ATTR(extack, tb[MGW_A_RS_WEIGHT],
					    "weight is above 65535");
			return -ERANGE;
		}
	}
	if (tb[MGW_A_RS_MODE]) {
		spec->has |= MGW_RS_HAS_MODE;
		spec->mode = nla_get_u32(tb[MGW_A_RS_MODE]);
	}
	err = parse_tunnel(tb, spec, extack);
	if (err)
		return err;
	return mgw_nl_parse_addr(tb[MGW_A_RS_RADDR], &spec->raddr,
				 &spec->family, extack);
}

static int parse_request(struct genl_info *info, struct rs_request *req)
{
	struct netlink_ext_ack *extack = info->extack;
	int err;

	memset(req, 0, sizeof(*req));
	err = mgw_nl_check_request(info->nlhdr, extack);
	if (err)
		return err;
	if (!info->attrs[MGW_A_SERVICE]) {
		NL_SET_ERR_MSG(extack, "request names no service");
		return -EINVAL;
	}
	if (!info->attrs[MGW_A_RS]) {
		NL_SET_ERR_MSG(extack, "request names no rs");
		return -EINVAL;
	}
	err = parse_key(info->attrs[MGW_A_SERVICE], &req->key, extack);
	if (err)
		return err;
	return parse_spec(info->attrs[MGW_A_RS], &req->spec, extack);
}

static struct mgw_service *find_service(struct mgw_net *mnet,
					const struct mgw_service_key *key,
					struct netlink_ext_ack *extack)
{
	struct mgw_service *svc = mgw_service_find(mnet, key);

	if (!svc)
		NL_SET_ERR_MSG(extack, "no such service");
	return svc;
}

static struct mgw_rs *find_rs(struct mgw_net *mnet,
			      const struct rs_request *req,
			      struct netlink_ext_ack *extack)
{
	struct mgw_service *svc = find_service(mnet, &req->key, extack);
	struct mgw_rs *rs;

	if (!svc)
		return NULL;
	rs = mgw_rs_find(&svc->rs_list, &req->spec);
	if (!rs)
		NL_SET_ERR_MSG(extack, "no such rs in this service");
	return rs;
}

int mgw_nl_rs_fill_key(struct sk_buff *skb, const struct mgw_rs *rs)
{
	if (mgw_nl_put_addr(skb, MGW_A_RS_RADDR, &rs->raddr, rs->family) ||
	    nla_put_be16(skb, MGW_A_RS_RPORT, rs->rport))
		return -EMSGSIZE;
	return 0;
}

static int put_tunnel(struct sk_buff *skb, const struct mgw_rs *rs)
{
	if (rs->mode != MGW_MODE_TUNNEL)
		return 0;
	if (nla_put_u32(skb, MGW_A_RS_TUNNEL, rs->tunnel.type))
		return -EMSGSIZE;
	if (rs->tunnel.type == MGW_TUNNEL_GUE &&
	    nla_put_be16(skb, MGW_A_RS_TUNNEL_PORT, rs->tunnel.port))
		return -EMSGSIZE;
	if (rs->tunnel.type != MGW_TUNNEL_IPIP &&
	    nla_put_u32(skb, MGW_A_RS_TUNNEL_CHECKSUM, rs->tunnel.checksum))
		return -EMSGSIZE;
	return 0;
}

/* The key of its service, and all about itself. */
static int fill(struct sk_buff *skb, const struct mgw_rs *rs)
{
	struct mgw_traffic_sum sum;
	struct nlattr *nest;

	nest = nla_nest_start(skb, MGW_A_SERVICE);
	if (!nest || mgw_nl_put_service_key(skb, &rs->svc->key))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	nest = nla_nest_start(skb, MGW_A_RS);
	if (!nest)
		return -EMSGSIZE;
	mgw_rs_traffic(rs, &sum);
	if (mgw_nl_rs_fill_key(skb, rs) ||
	    nla_put_u32(skb, MGW_A_RS_WEIGHT, rs->weight) ||
	    nla_put_u32(skb, MGW_A_RS_MODE, rs->mode) || put_tunnel(skb, rs) ||
	    nla_put_u64_64bit(skb, MGW_A_RS_SESSIONS, sum.live,
			      MGW_A_RS_PAD) ||
	    mgw_nl_put_traffic(skb, MGW_A_RS_TRAFFIC, &sum))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static void event(struct mgw_net *mnet, u8 cmd, const struct mgw_rs *rs)
{
	struct sk_buff *skb;
	void *hdr;

	skb = mgw_nl_event_new(mnet, cmd, &hdr, GFP_KERNEL);
	if (skb)
		mgw_nl_event_send(mnet, skb, hdr, fill(skb, rs),
				  GFP_KERNEL);
}

int mgw_nl_rs_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct mgw_net *mnet = mgw_nl_net(info);
	struct mgw_service *svc;
	struct rs_request req;
	int err;

	err = parse_request(info, &req);
	if (err)
		return err;
	mutex_lock(&mnet->config_lock);
	svc = find_service(mnet, &req.key, info->extack);
	err = svc ? mgw_service_rs_add(svc, &req.spec, info->extack) : -ENOENT;
	if (!err)
		event(mnet, MGW_CMD_RS_ADD,
		      mgw_rs_find(&svc->rs_list, &req.spec));
	mutex_unlock(&mnet->config_lock);
	return err;
}

int mgw_nl_rs_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct mgw_net *mnet = mgw_nl_net(info);
	struct mgw_service *svc;
	struct rs_request req;
	int err;

	err = parse_request(info, &req);
	if (err)
		return err;
	mutex_lock(&mnet->config_lock);
	svc = find_service(mnet, &req.key, info->extack);
	err = svc ? mgw_service_rs_set(svc, &req.spec, info->extack) : -ENOENT;
	if (!err)
		event(mnet, MGW_CMD_RS_SET,
		      mgw_rs_find(&svc->rs_list, &req.spec));
	mutex_unlock(&mnet->config_lock);
	return err;
}

int mgw_nl_rs_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct mgw_net *mnet = mgw_nl_net(info);
	struct rs_request req;
	struct mgw_rs *rs;
	int err;

	err = parse_request(info, &req);
	if (err)
		return err;
	mutex_lock(&mnet->config_lock);
	rs = find_rs(mnet, &req, info->extack);
	/* Freed later at the earliest: that takes the lock we hold. */
	err = rs ? mgw_service_rs_del(rs) : -ENOENT;
	if (!err)
		event(mnet, MGW_CMD_RS_DEL, rs);
	mutex_unlock(&mnet->config_lock);
	return err;
}

int mgw_nl_rs_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct mgw_net *mnet = mgw_nl_net(info);
	struct rs_request req;
	struct sk_buff *reply;
	struct mgw_rs *rs;
	void *hdr;
	int err;

	err = parse_request(info, &req);
	if (err)
		return err;
	reply = mgw_nl_reply_new(info, &hdr);
	if (!reply)
		return -ENOMEM;
	mutex_lock(&mnet->config_lock);
	rs = find_rs(mnet, &req, info->extack);
	err = rs ? fill(reply, rs) : -ENOENT;
	mutex_unlock(&mnet->config_lock);
	return mgw_nl_reply_send(reply, hdr, info, err);
}

/* Messages for the rs of one service from cb->args[0] on; 1 when full. */
static int dump_service(struct sk_buff *skb, struct netlink_callback *cb,
			const struct mgw_service *svc, long *index)
{
	struct mgw_rs *rs;
	void *hdr;

	list_for_each_entry(rs, &svc->rs_list, list) {
		if (rs->deleted || (*index)++ < cb->args[0])
			continue;
		hdr = mgw_nl_dump_put(skb, cb, MGW_CMD_RS_GET);
		if (!hdr)
			return 1;
		if (fill(skb, rs)) {
			genlmsg_cancel(skb, hdr);
			return 1;
		}
		genlmsg_end(skb, hdr);
		cb->args[0] = *index;
	}
	return 0;
}

int mgw_nl_rs_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct genl_dumpit_info *info = genl_dumpit_info(cb);
	struct nlattr *nest = mgw_nl_dump_attrs(info)[MGW_A_SERVICE];
	struct mgw_net *mnet = mgw_nl_dump_net(cb);
	struct mgw_service_key key;
	struct mgw_service *svc;
	long index = 0;
	int err;

	/* Here, as kernel 6.1 gives a start no extack. */
	err = mgw_nl_dump_check(cb, MGW_A_RS);
	if (!err && nest)
		err = parse_key(nest, &key, cb->extack);
	if (err)
		return err;
	mutex_lock(&mnet->config_lock);
	cb->seq = mnet->generation;
	if (nest) {
		svc = find_service(mnet, &key, cb->extack);
		if (svc)
			dump_service(skb, cb, svc, &index);
		else
			err = -ENOENT;
	} else {
		list_for_each_entry(svc, &mnet->service_list, list)
			if (dump_service(skb, cb, svc, &index))
				break;
	}
	mutex_unlock(&mnet->config_lock);
	return err ?: skb->len;
}
