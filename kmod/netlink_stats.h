/* SPDX-License-Identifier: GPL-2.0 */
/* Counters over netlink: policies and handlers. */
#ifndef MGW_NETLINK_STATS_H
#define MGW_NETLINK_STATS_H

#include <net/genetlink.h>
#include <uapi/linux/mgw.h>

int mgw_nl_stats_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int mgw_nl_stats_zero_doit(struct sk_buff *skb, struct genl_info *info);

#endif /* MGW_NETLINK_STATS_H */
