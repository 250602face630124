/* SPDX-License-Identifier: GPL-2.0 */
/* Services over netlink: policies and handlers. */
#ifndef MGW_NETLINK_SERVICE_H
#define MGW_NETLINK_SERVICE_H

#include <net/genetlink.h>
#include <uapi/linux/mgw.h>

struct mgw_service;

extern const struct nla_policy mgw_nl_service_policy[__MGW_A_SERVICE_MAX];
extern const struct nla_policy mgw_nl_service_key_policy[__MGW_A_SERVICE_MAX];
int mgw_nl_service_add_doit(struct sk_buff *skb, struct genl_info *info);
int mgw_nl_service_set_doit(struct sk_buff *skb, struct genl_info *info);
int mgw_nl_service_del_doit(struct sk_buff *skb, struct genl_info *info);
int mgw_nl_service_get_doit(struct sk_buff *skb, struct genl_info *info);
int mgw_nl_service_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

#endif /* MGW_NETLINK_SERVICE_H */
