/* SPDX-License-Identifier: GPL-2.0 */
/* Local addresses over netlink: policies and handlers. */
#ifndef MGW_NETLINK_LADDR_H
#define MGW_NETLINK_LADDR_H

#include <net/genetlink.h>
#include <uapi/linux/mgw.h>

struct mgw_laddr;

extern const struct nla_policy mgw_nl_laddr_policy[__MGW_A_LADDR_MAX];
extern const struct nla_policy mgw_nl_laddr_range_policy[__MGW_A_LADDR_MAX];
extern const struct nla_policy mgw_nl_laddr_key_policy[__MGW_A_LADDR_MAX];
int mgw_nl_laddr_fill(struct sk_buff *skb, const struct mgw_laddr *laddr);
int mgw_nl_laddr_add_doit(struct sk_buff *skb, struct genl_info *info);
int mgw_nl_laddr_del_doit(struct sk_buff *skb, struct genl_info *info);
int mgw_nl_laddr_get_doit(struct sk_buff *skb, struct genl_info *info);
int mgw_nl_laddr_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

#endif /* MGW_NETLINK_LADDR_H */
