/* SPDX-License-Identifier: GPL-2.0 */
/* Sessions over netlink: policies and handlers. */
#ifndef MGW_NETLINK_SESSION_H
#define MGW_NETLINK_SESSION_H

#include <net/genetlink.h>
#include <uapi/linux/mgw.h>

extern const struct nla_policy mgw_nl_filter_policy[__MGW_A_FILTER_MAX];
int mgw_nl_session_get_start(struct netlink_callback *cb);
int mgw_nl_session_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int mgw_nl_session_get_done(struct netlink_callback *cb);
int mgw_nl_session_count_doit(struct sk_buff *skb, struct genl_info *info);
int mgw_nl_session_flush_doit(struct sk_buff *skb, struct genl_info *info);

#endif /* MGW_NETLINK_SESSION_H */
