/* SPDX-License-Identifier: GPL-2.0 */
/* Attached devices over netlink: policy and handlers. */
#ifndef MGW_NETLINK_DEV_H
#define MGW_NETLINK_DEV_H

#include <net/genetlink.h>
#include <uapi/linux/mgw.h>

struct mgw_dev;

extern const struct nla_policy mgw_nl_dev_policy[__MGW_A_DEV_MAX];
/* The nest of a reply or event. RTNL held. */
int mgw_nl_dev_fill(struct sk_buff *skb, const struct mgw_dev *mdev);
int mgw_nl_dev_attach_doit(struct sk_buff *skb, struct genl_info *info);
int mgw_nl_dev_detach_doit(struct sk_buff *skb, struct genl_info *info);
int mgw_nl_dev_get_doit(struct sk_buff *skb, struct genl_info *info);
int mgw_nl_dev_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

#endif /* MGW_NETLINK_DEV_H */
