// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: operations, what each may be given, replies and
 * events. parallel_ops: handlers take mnet->config_lock themselves. Every
 * operation needs CAP_NET_ADMIN in the user namespace of the network namespace.
 */
#include "netlink.h"

#include <linux/module.h>

#include "laddr.h"
#include "netlink_attr.h"
#include "netns.h"
#include "notify.h"
#include "rs.h"
#include "service.h"

/* Each of MGW_A_MAX + 1 entries: what is not named is refused. */
static const struct nla_policy nothing_policy[__MGW_A_MAX];

static const struct nla_policy service_policy[__MGW_A_MAX] = {
	[MGW_A_SERVICE] = NLA_POLICY_NESTED(mgw_nl_service_policy),
};

static const struct nla_policy service_key_policy[__MGW_A_MAX] = {
	[MGW_A_SERVICE] = NLA_POLICY_NESTED(mgw_nl_service_key_policy),
};

static const struct nla_policy rs_policy[__MGW_A_MAX] = {
	[MGW_A_SERVICE] = NLA_POLICY_NESTED(mgw_nl_service_key_policy),
	[MGW_A_RS] = NLA_POLICY_NESTED(mgw_nl_rs_policy),
};

static const struct nla_policy rs_key_policy[__MGW_A_MAX] = {
	[MGW_A_SERVICE] = NLA_POLICY_NESTED(mgw_nl_service_key_policy),
	[MGW_A_RS] = NLA_POLICY_NESTED(mgw_nl_rs_key_policy),
};

static const struct nla_policy laddr_policy[__MGW_A_MAX] = {
	[MGW_A_LADDR] = NLA_POLICY_NESTED(mgw_nl_laddr_policy),
};

static const struct nla_policy laddr_key_policy[__MGW_A_MAX] = {
	[MGW_A_LADDR] = NLA_POLICY_NESTED(mgw_nl_laddr_key_policy),
};

static const struct nla_policy filter_policy[__MGW_A_MAX] = {
	[MGW_A_FILTER] = NLA_POLICY_NESTED(mgw_nl_filter_policy),
};

#define MGW_OP(_cmd, _policy)			\
	.cmd = MGW_CMD_ ## _cmd,		\
	.policy = _policy,			\
	.maxattr = MGW_A_MAX,			\
	.flags = GENL_UNS_ADMIN_PERM

static const struct genl_ops ops[] = {
	{
		MGW_OP(INFO_GET, nothing_policy),
		.doit = mgw_nl_info_get_doit,
	}, {
		MGW_OP(SERVICE_ADD, service_policy),
		.doit = mgw_nl_service_add_doit,
	}, {
		MGW_OP(SERVICE_SET, service_policy),
		.doit = mgw_nl_service_set_doit,
	}, {
		MGW_OP(SERVICE_DEL, service_key_policy),
		.doit = mgw_nl_service_del_doit,
	}, {
		MGW_OP(SERVICE_GET, service_key_policy),
		.doit = mgw_nl_service_get_doit,
		.dumpit = mgw_nl_service_get_dumpit,
	}, {
		MGW_OP(RS_ADD, rs_policy),
		.doit = mgw_nl_rs_add_doit,
	}, {
		MGW_OP(RS_SET, rs_policy),
		.doit = mgw_nl_rs_set_doit,
	}, {
		MGW_OP(RS_DEL, rs_key_policy),
		.doit = mgw_nl_rs_del_doit,
	}, {
		MGW_OP(RS_GET, rs_key_policy),
		.doit = mgw_nl_rs_get_doit,
		.dumpit = mgw_nl_rs_get_dumpit,
	}, {
		MGW_OP(LADDR_ADD, laddr_policy),
		.doit = mgw_nl_laddr_add_doit,
	}, {
		MGW_OP(LADDR_DEL, laddr_key_policy),
		.doit = mgw_nl_laddr_del_doit,
	}, {
		MGW_OP(LADDR_GET, laddr_key_policy),
		.doit = mgw_nl_laddr_get_doit,
		.dumpit = mgw_nl_laddr_get_dumpit,
	}, {
		MGW_OP(SESSION_GET, filter_policy),
		.start = mgw_nl_session_get_start,
		.dumpit = mgw_nl_session_get_dumpit,
		.done = mgw_nl_session_get_done,
	}, {
		MGW_OP(SESSION_COUNT, filter_policy),
		.doit = mgw_nl_session_count_doit,
	}, {
		MGW_OP(SESSION_FLUSH, filter_policy),
		.doit = mgw_nl_session_flush_doit,
	}, {
		MGW_OP(STATS_GET, nothing_policy),
		.dumpit = mgw_nl_stats_get_dumpit,
	}, {
		MGW_OP(STATS_ZERO, nothing_policy),
		.doit = mgw_nl_stats_zero_doit,
	},
};

static const struct genl_multicast_group groups[] = {
	{ .name = MGW_GENL_MCGRP_EVENTS },
};

struct genl_family mgw_genl_family __ro_after_init = {
	.name = MGW_GENL_NAME,
	.version = MGW_GENL_VERSION,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.resv_start_op = __MGW_CMD_MAX,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

struct mgw_net *mgw_nl_net(struct genl_info *info)
{
	return mgw_net(genl_info_net(info));
}

struct mgw_net *mgw_nl_dump_net(const struct netlink_callback *cb)
{
	return mgw_net(sock_net(cb->skb->sk));
}

void *mgw_nl_dump_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd)
{
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &mgw_genl_family, NLM_F_MULTI, cmd);
	if (hdr)
		genl_dump_check_consistent(cb, hdr);
	return hdr;
}

struct sk_buff *mgw_nl_reply_new(struct genl_info *info, void **hdr)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (!skb)
		return NULL;
	*hdr = genlmsg_put_reply(skb, info, &mgw_genl_family, 0,
				 info->genlhdr->cmd);
	if (!*hdr) {
		nlmsg_free(skb);
		return NULL;
	}
	return skb;
}

int mgw_nl_reply_send(struct sk_buff *skb, void *hdr, struct genl_info *info,
		      int err)
{
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);
}

static bool anybody_listens(const struct mgw_net *mnet)
{
	return genl_has_listeners(&mgw_genl_family, mnet->net, 0);
}

static struct sk_buff *event_new(u8 cmd, void **hdr, gfp_t gfp)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, gfp);

	if (!skb)
		return NULL;
	*hdr = genlmsg_put(skb, 0, 0, &mgw_genl_family, 0, cmd);
	if (!*hdr) {
		nlmsg_free(skb);
		return NULL;
	}
	return skb;
}

/* An event that nobody could be told of is lost: a listener can dump. */
static void event_send(struct mgw_net *mnet, struct sk_buff *skb, void *hdr,
		       int err, gfp_t gfp)
{
	if (err) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, hdr);
	genlmsg_multicast_netns(&mgw_genl_family, mnet->net, skb, 0, 0, gfp);
}

void mgw_nl_event(struct mgw_net *mnet, u8 cmd, const struct mgw_service *svc,
		  const struct mgw_rs *rs, const struct mgw_laddr *laddr)
{
	struct sk_buff *skb;
	void *hdr;
	int err;

	if (!anybody_listens(mnet))
		return;
	skb = event_new(cmd, &hdr, GFP_KERNEL);
	if (!skb)
		return;
	if (rs)
		err = mgw_nl_rs_fill(skb, rs);
	else if (svc)
		err = mgw_nl_service_fill(skb, svc);
	else
		err = mgw_nl_laddr_fill(skb, laddr);
	event_send(mnet, skb, hdr, err, GFP_KERNEL);
}

static int fill_exhausted(struct sk_buff *skb, const struct mgw_laddr *laddr,
			  const struct mgw_rs *rs)
{
	struct nlattr *nest;

	nest = nla_nest_start(skb, MGW_A_SERVICE);
	if (!nest || mgw_nl_put_service_key(skb, &rs->svc->key))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	nest = nla_nest_start(skb, MGW_A_RS);
	if (!nest || mgw_nl_rs_fill_key(skb, rs))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return mgw_nl_laddr_fill(skb, laddr);
}

void mgw_notify_laddr_exhausted(const struct mgw_laddr *laddr,
				const struct mgw_rs *rs)
{
	struct mgw_net *mnet = laddr->mnet;
	struct sk_buff *skb;
	void *hdr;

	if (!anybody_listens(mnet))
		return;
	skb = event_new(MGW_CMD_LADDR_EXHAUSTED, &hdr,
			GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return;
	event_send(mnet, skb, hdr, fill_exhausted(skb, laddr, rs),
		   GFP_ATOMIC | __GFP_NOWARN);
}

int __init mgw_netlink_init(void)
{
	return genl_register_family(&mgw_genl_family);
}

void mgw_netlink_exit(void)
{
	genl_unregister_family(&mgw_genl_family);
}
