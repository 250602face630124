/* SPDX-License-Identifier: GPL-2.0 */
/* The type of service became a dscp_t in 6.13. */
#ifndef MGW_COMPAT_ROUTE_H
#define MGW_COMPAT_ROUTE_H

#include_next <net/route.h>
#include <linux/ip.h>
#include <linux/version.h>

/* The route of a received packet by its IPv4 header, for as long as RCU. */
static inline int mgw_ip_route_input(struct sk_buff *skb,
				     const struct iphdr *iph,
				     struct net_device *dev)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
	return ip_route_input_noref(skb, iph->daddr, iph->saddr, iph->tos, dev);
#else
	return ip_route_input_noref(skb, iph->daddr, iph->saddr,
				    inet_dsfield_to_dscp(iph->tos),
				    dev) != SKB_NOT_DROPPED_YET;
#endif
}

#endif /* MGW_COMPAT_ROUTE_H */
