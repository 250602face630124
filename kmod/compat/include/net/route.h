/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The type of service became a dscp_t in 6.13, and what is wrong with a packet a
 * reason to drop it.
 */
#ifndef MGW_COMPAT_ROUTE_H
#define MGW_COMPAT_ROUTE_H

#include_next <net/route.h>
#include <linux/version.h>

/*
 * The route of a received packet, for as long as RCU. -EXDEV: rp_filter refuses
 * its source by this device; -EINVAL: nobody may have that source.
 */
static inline int mgw_ip_route_input(struct sk_buff *skb, __be32 daddr,
				     __be32 saddr, u8 tos,
				     struct net_device *dev)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
	return ip_route_input_noref(skb, daddr, saddr, tos, dev);
#else
	switch (ip_route_input_noref(skb, daddr, saddr,
				     inet_dsfield_to_dscp(tos), dev)) {
	case SKB_NOT_DROPPED_YET:
		return 0;
	case SKB_DROP_REASON_IP_RPFILTER:
		return -EXDEV;
	case SKB_DROP_REASON_IP_LOCAL_SOURCE:
	case SKB_DROP_REASON_IP_INVALID_SOURCE:
		return -EINVAL;
	default:
		return -EHOSTUNREACH;
	}
#endif
}

#endif /* MGW_COMPAT_ROUTE_H */
