/* SPDX-License-Identifier: GPL-2.0 */
/* Real servers over netlink: policies and handlers. */
#ifndef MGW_NETLINK_RS_H
#define MGW_NETLINK_RS_H

#include <net/genetlink.h>
#include <uapi/linux/mgw.h>

struct mgw_rs;

extern const struct nla_policy mgw_nl_rs_policy[__MGW_A_RS_MAX];
extern const struct nla_policy mgw_nl_rs_key_policy[__MGW_A_RS_MAX];
int mgw_nl_rs_fill_key(struct sk_buff *skb, const struct mgw_rs *rs);
int mgw_nl_rs_add_doit(struct sk_buff *skb, struct genl_info *info);
int mgw_nl_rs_set_doit(struct sk_buff *skb, struct genl_info *info);
int mgw_nl_rs_del_doit(struct sk_buff *skb, struct genl_info *info);
int mgw_nl_rs_get_doit(struct sk_buff *skb, struct genl_info *info);
int mgw_nl_rs_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

#endif /* MGW_NETLINK_RS_H */
