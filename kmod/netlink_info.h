/* SPDX-License-Identifier: GPL-2.0 */
/* What this module is over netlink: policies and handlers. */
#ifndef MGW_NETLINK_INFO_H
#define MGW_NETLINK_INFO_H

#include <net/genetlink.h>
#include <uapi/linux/mgw.h>

int mgw_nl_info_get_doit(struct sk_buff *skb, struct genl_info *info);

#endif /* MGW_NETLINK_INFO_H */
