// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: operations, and what each may be given.
 * parallel_ops: handlers take mnet->config_lock, or RTNL, themselves. Every
 * operation needs CAP_NET_ADMIN in the user namespace of the network namespace.
 */
#include "netlink.h"

#include "netlink_dev.h"
#include "netlink_event.h"
#include "netlink_info.h"
#include "netlink_laddr.h"
#include "netlink_msg.h"
#include "netlink_rs.h"
#include "netlink_service.h"
#include "netlink_session.h"
#include "netlink_stats.h"

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

static const struct nla_policy laddr_range_policy[__MGW_A_MAX] = {
	[MGW_A_LADDR] = NLA_POLICY_NESTED(mgw_nl_laddr_range_policy),
};

static const struct nla_policy laddr_key_policy[__MGW_A_MAX] = {
	[MGW_A_LADDR] = NLA_POLICY_NESTED(mgw_nl_laddr_key_policy),
};

static const struct nla_policy filter_policy[__MGW_A_MAX] = {
	[MGW_A_FILTER] = NLA_POLICY_NESTED(mgw_nl_filter_policy),
};

static const struct nla_policy dev_policy[__MGW_A_MAX] = {
	[MGW_A_DEV] = NLA_POLICY_NESTED(mgw_nl_dev_policy),
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
		MGW_OP(LADDR_DEL, laddr_range_policy),
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
	}, {
		MGW_OP(DEV_ATTACH, dev_policy),
		.doit = mgw_nl_dev_attach_doit,
	}, {
		MGW_OP(DEV_DETACH, dev_policy),
		.doit = mgw_nl_dev_detach_doit,
	}, {
		MGW_OP(DEV_GET, dev_policy),
		.doit = mgw_nl_dev_get_doit,
		.dumpit = mgw_nl_dev_get_dumpit,
	},
};

int __init mgw_netlink_init(void)
{
	int err;

	mgw_genl_family.ops = ops;
	mgw_genl_family.n_ops = ARRAY_SIZE(ops);
	err = genl_register_family(&mgw_genl_family);
	if (err)
		return err;
	err = mgw_nl_events_init();
	if (err)
		genl_unregister_family(&mgw_genl_family);
	return err;
}

void mgw_netlink_exit(void)
{
	mgw_nl_events_exit();
	genl_unregister_family(&mgw_genl_family);
}
