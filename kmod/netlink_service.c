// SPDX-License-Identifier: GPL-2.0
/*
 * Services over netlink. Process context; requests are checked without a lock,
 * carried out under mnet->config_lock.
 */
#include "netlink_service.h"

#include "netlink_msg.h"
#include "netlink_attr.h"
#include "mnet.h"
#include "netns.h"
#include "pool.h"
#include "sched.h"
#include "service.h"

static const struct nla_policy timeout_policy[__MGW_A_TIMEOUT_MAX] = {
	[MGW_A_TIMEOUT_SYN_SENT ... MGW_A_TIMEOUT_MAX] = { .type = NLA_U32 },
};

const struct nla_policy mgw_nl_service_policy[__MGW_A_SERVICE_MAX] = {
	[MGW_A_SERVICE_PROTO] = { .type = NLA_U32 },
	[MGW_A_SERVICE_VADDR] = MGW_NLA_ADDR,
	[MGW_A_SERVICE_VPORT] = MGW_NLA_PORT,
	[MGW_A_SERVICE_SCHED] = { .type = NLA_NUL_STRING,
				  .len = MGW_SCHED_NAME_MAX - 1 },
	[MGW_A_SERVICE_MODE] = NLA_POLICY_MAX(NLA_U32, MGW_MODE_MAX),
	[MGW_A_SERVICE_POOL] = { .type = NLA_NUL_STRING,
				 .len = MGW_POOL_NAME_MAX - 1 },
	[MGW_A_SERVICE_TIMESTAMPS] =
		NLA_POLICY_MAX(NLA_U32, MGW_TIMESTAMPS_MAX),
	[MGW_A_SERVICE_TIMEOUTS] = NLA_POLICY_NESTED(timeout_policy),
	[MGW_A_SERVICE_TOA] = NLA_POLICY_MAX(NLA_U32, MGW_TOA_MAX),
	[MGW_A_SERVICE_TOA_KIND] = { .type = NLA_U32 },
	[MGW_A_SERVICE_FWMARK] = { .type = NLA_U32 },
	[MGW_A_SERVICE_FAMILY] = { .type = NLA_U32 },
};

const struct nla_policy mgw_nl_service_key_policy[__MGW_A_SERVICE_MAX] = {
	[MGW_A_SERVICE_PROTO] = { .type = NLA_U32 },
	[MGW_A_SERVICE_VADDR] = MGW_NLA_ADDR,
	[MGW_A_SERVICE_VPORT] = MGW_NLA_PORT,
	[MGW_A_SERVICE_FWMARK] = { .type = NLA_U32 },
	[MGW_A_SERVICE_FAMILY] = { .type = NLA_U32 },
};

static int parse_timeouts(const struct nlattr *nest, u32 *timeouts,
			  struct netlink_ext_ack *extack)
{
	struct nlattr *tb[__MGW_A_TIMEOUT_MAX];
	int err, i;

	/* States and their timeouts are numbered alike, from 0 and from 1. */
	BUILD_BUG_ON(__MGW_A_TIMEOUT_MAX != __MGW_SESSION_STATE_MAX + 1);
	err = mgw_nl_parse_nest(tb, MGW_A_TIMEOUT_MAX, nest, timeout_policy,
				extack);
	if (err)
		return err;
	for (i = 1; i < __MGW_A_TIMEOUT_MAX; i++) {
		if (!tb[i])
			continue;
		timeouts[i - 1] = nla_get_u32(tb[i]);
		if (!timeouts[i - 1] || timeouts[i - 1] > MGW_TIMEOUT_MAX) {
			NL_SET_ERR_MSG_ATTR(extack, tb[i],
					    "timeout is not within 1 to 86400 seconds");
			return -ERANGE;
		}
	}
	return 0;
}

static int parse_toa(struct nlattr **tb, struct mgw_service_spec *spec,
		     struct netlink_ext_ack *extack)
{
	const struct nlattr *toa = tb[MGW_A_SERVICE_TOA];
	const struct nlattr *kind = tb[MGW_A_SERVICE_TOA_KIND];

	if ((toa || kind) && spec->key.proto == IPPROTO_UDP) {
		NL_SET_ERR_MSG_ATTR(extack, toa ?: kind,
				    "TOA is an option of TCP: this service is of UDP");
		return -EINVAL;
	}
	if (toa) {
		spec->has |= MGW_SERVICE_HAS_TOA;
		spec->toa = nla_get_u32(toa);
	}
	if (kind) {
		spec->has |= MGW_SERVICE_HAS_TOA_KIND;
		spec->toa_kind = nla_get_u32(kind);
		if (spec->toa_kind < MGW_TOA_KIND_FIRST ||
		    spec->toa_kind > MGW_TOA_KIND_LAST) {
			NL_SET_ERR_MSG_ATTR(extack, kind,
					    "kind of TOA is not within 35 to 254");
			return -ERANGE;
		}
	}
	return 0;
}

static int parse_spec(struct genl_info *info, struct mgw_service_spec *spec)
{
	struct netlink_ext_ack *extack = info->extack;
	struct nlattr *tb[__MGW_A_SERVICE_MAX];
	int err;

	memset(spec, 0, sizeof(*spec));
	err = mgw_nl_check_request(info->nlhdr, extack);
	if (err)
		return err;
	if (!info->attrs[MGW_A_SERVICE]) {
		NL_SET_ERR_MSG(extack, "request names no service");
		return -EINVAL;
	}
	err = mgw_nl_parse_nest(tb, MGW_A_SERVICE_MAX,
				info->attrs[MGW_A_SERVICE],
				mgw_nl_service_policy, extack);
	if (err)
		return err;
	err = mgw_nl_parse_service_key(tb, &spec->key, extack);
	if (err)
		return err;
	if (tb[MGW_A_SERVICE_SCHED]) {
		spec->has |= MGW_SERVICE_HAS_SCHED;
		spec->sched = nla_data(tb[MGW_A_SERVICE_SCHED]);
	}
	if (tb[MGW_A_SERVICE_MODE]) {
		spec->has |= MGW_SERVICE_HAS_MODE;
		spec->mode = nla_get_u32(tb[MGW_A_SERVICE_MODE]);
	}
	if (tb[MGW_A_SERVICE_TIMESTAMPS]) {
		spec->has |= MGW_SERVICE_HAS_TIMESTAMPS;
		spec->timestamps = nla_get_u32(tb[MGW_A_SERVICE_TIMESTAMPS]);
	}
	err = parse_toa(tb, spec, extack);
	if (err)
		return err;
	if (tb[MGW_A_SERVICE_POOL]) {
		err = mgw_nl_check_pool_name(tb[MGW_A_SERVICE_POOL], extack);
		if (err)
			return err;
		spec->has |= MGW_SERVICE_HAS_POOL;
		spec->pool = nla_data(tb[MGW_A_SERVICE_POOL]);
	}
	if (tb[MGW_A_SERVICE_TIMEOUTS])
		return parse_timeouts(tb[MGW_A_SERVICE_TIMEOUTS],
				      spec->timeouts, extack);
	return 0;
}

static struct mgw_service *find(struct mgw_net *mnet,
				const struct mgw_service_spec *spec,
				struct netlink_ext_ack *extack)
{
	struct mgw_service *svc = mgw_service_find(mnet, &spec->key);

	if (!svc)
		NL_SET_ERR_MSG(extack, "no such service");
	return svc;
}

static int put_timeouts(struct sk_buff *skb, const struct mgw_service *svc)
{
	struct nlattr *nest = nla_nest_start(skb, MGW_A_SERVICE_TIMEOUTS);
	int state;

	if (!nest)
		return -EMSGSIZE;
	for (state = 0; state < __MGW_SESSION_STATE_MAX; state++)
		if (nla_put_u32(skb, state + 1, svc->timeouts[state] / HZ))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_toa(struct sk_buff *skb, const struct mgw_service *svc)
{
	if (svc->key.proto == IPPROTO_UDP)
		return 0;
	return nla_put_u32(skb, MGW_A_SERVICE_TOA, svc->toa) ||
	       nla_put_u32(skb, MGW_A_SERVICE_TOA_KIND, svc->toa_kind);
}

static int fill(struct sk_buff *skb, const struct mgw_service *svc)
{
	struct nlattr *nest = nla_nest_start(skb, MGW_A_SERVICE);
	struct mgw_traffic_sum sum;

	if (!nest)
		return -EMSGSIZE;
	mgw_service_traffic(svc, &sum);
	if (mgw_nl_put_service_key(skb, &svc->key) ||
	    nla_put_string(skb, MGW_A_SERVICE_SCHED, svc->sched->name) ||
	    nla_put_u32(skb, MGW_A_SERVICE_MODE, svc->mode) ||
	    nla_put_string(skb, MGW_A_SERVICE_POOL,
			   mgw_service_pool(svc)->name) ||
	    nla_put_u32(skb, MGW_A_SERVICE_TIMESTAMPS, svc->timestamps) ||
	    put_toa(skb, svc) || put_timeouts(skb, svc) ||
	    nla_put_u32(skb, MGW_A_SERVICE_RS_COUNT, svc->rs_count) ||
	    nla_put_u64_64bit(skb, MGW_A_SERVICE_SESSIONS, sum.live,
			      MGW_A_SERVICE_PAD) ||
	    mgw_nl_put_traffic(skb, MGW_A_SERVICE_TRAFFIC, &sum))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static void event(struct mgw_net *mnet, u8 cmd, const struct mgw_service *svc)
{
	struct sk_buff *skb;
	void *hdr;

	skb = mgw_nl_event_new(mnet, cmd, &hdr, GFP_KERNEL);
	if (skb)
		mgw_nl_event_send(mnet, skb, hdr, fill(skb, svc),
				  GFP_KERNEL);
}

/* What is refused for what it says does not start the packet path. */
static int check_add(struct mgw_net *mnet, const struct mgw_service_spec *spec,
		     struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&mnet->config_lock);
	err = mgw_service_check_add(mnet, spec, extack);
	mutex_unlock(&mnet->config_lock);
	return err;
}

int mgw_nl_service_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct mgw_net *mnet = mgw_nl_net(info);
	struct mgw_service_spec spec;
	int err;

	err = parse_spec(info, &spec);
	if (err)
		return err;
	err = mgw_net_permit(mnet, info->extack) ?:
	      check_add(mnet, &spec, info->extack) ?:
	      mgw_net_get(mnet, info->extack);
	if (err)
		return err;
	mutex_lock(&mnet->config_lock);
	err = mgw_service_add(mnet, &spec, info->extack);
	if (!err)
		event(mnet, MGW_CMD_SERVICE_ADD,
		      mgw_service_find(mnet, &spec.key));
	mutex_unlock(&mnet->config_lock);
	mgw_net_put(mnet);
	return err;
}

int mgw_nl_service_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct mgw_net *mnet = mgw_nl_net(info);
	struct mgw_service_spec spec;
	int err;

	err = parse_spec(info, &spec);
	if (err)
		return err;
	mutex_lock(&mnet->config_lock);
	err = mgw_service_set(mnet, &spec, info->extack);
	if (!err)
		event(mnet, MGW_CMD_SERVICE_SET,
		      mgw_service_find(mnet, &spec.key));
	mutex_unlock(&mnet->config_lock);
	return err;
}

int mgw_nl_service_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct mgw_net *mnet = mgw_nl_net(info);
	struct mgw_service_spec spec;
	struct mgw_service *svc;
	int err;

	err = parse_spec(info, &spec);
	if (err)
		return err;
	mutex_lock(&mnet->config_lock);
	svc = find(mnet, &spec, info->extack);
	if (svc) {
		/* Told first, with its rs_count; who asks now waits for us. */
		event(mnet, MGW_CMD_SERVICE_DEL, svc);
		mgw_service_del(svc);
	}
	mutex_unlock(&mnet->config_lock);
	return svc ? 0 : -ENOENT;
}

int mgw_nl_service_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct mgw_net *mnet = mgw_nl_net(info);
	struct mgw_service_spec spec;
	struct mgw_service *svc;
	struct sk_buff *reply;
	void *hdr;
	int err;

	err = parse_spec(info, &spec);
	if (err)
		return err;
	reply = mgw_nl_reply_new(info, &hdr);
	if (!reply)
		return -ENOMEM;
	mutex_lock(&mnet->config_lock);
	svc = find(mnet, &spec, info->extack);
	err = svc ? fill(reply, svc) : -ENOENT;
	mutex_unlock(&mnet->config_lock);
	return mgw_nl_reply_send(reply, hdr, info, err);
}

int mgw_nl_service_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct mgw_net *mnet = mgw_nl_dump_net(cb);
	struct mgw_service *svc;
	long index = 0;
	void *hdr;
	int err;

	/* Here, as kernel 6.1 gives a start no extack. */
	err = mgw_nl_dump_check(cb, MGW_A_SERVICE);
	if (err)
		return err;
	mutex_lock(&mnet->config_lock);
	cb->seq = mnet->generation;
	list_for_each_entry(svc, &mnet->service_list, list) {
		if (index++ < cb->args[0])
			continue;
		hdr = mgw_nl_dump_put(skb, cb, MGW_CMD_SERVICE_GET);
		if (!hdr)
			break;
		if (fill(skb, svc)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
		cb->args[0] = index;
	}
	mutex_unlock(&mnet->config_lock);
	return skb->len;
}
