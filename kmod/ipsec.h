/* SPDX-License-Identifier: GPL-2.0 */
/*
 * IPsec policy, as the stack asks it of packets of its own. Where a kernel has no
 * IPsec, all of it is nothing.
 */
#ifndef MGW_IPSEC_H
#define MGW_IPSEC_H

#include <net/xfrm.h>

#include "packet.h"

/*
 * Whether policy may have to do with a packet: there is one, of any direction, or
 * none but a default that blocks, or IPsec around it. Asked of each packet, as there
 * may be a policy from one to the next.
 */
static __always_inline bool mgw_ipsec_matters(const struct net *net,
					      const struct sk_buff *skb)
{
#ifdef CONFIG_XFRM
	return READ_ONCE(net->xfrm.policy_count[XFRM_POLICY_IN]) |
	       READ_ONCE(net->xfrm.policy_count[XFRM_POLICY_OUT]) |
	       READ_ONCE(net->xfrm.policy_count[XFRM_POLICY_FWD]) |
	       secpath_exists(skb) | mgw_xfrm_may_refuse(net);
#else
	return false;
#endif
}

/* By the policies there are; see mgw_ipsec_refuses(). */
bool mgw_ipsec_lacks(const struct mgw_packet *pkt, bool for_us);

/**
 * mgw_ipsec_refuses() - whether a packet lacks the IPsec that policy demands
 * @pkt: parsed, on its way in; pkt->ipsec says whether to ask at all
 * @for_us: its destination is an address of ours, as that of a packet for the
 *	host; else it is one of those that pass through
 *
 * Context: softirq, RCU read side.
 */
static inline bool mgw_ipsec_refuses(const struct mgw_packet *pkt, bool for_us)
{
	return unlikely(pkt->ipsec) && mgw_ipsec_lacks(pkt, for_us);
}

/**
 * mgw_ipsec_mtu() - the MTU that IPsec leaves to a packet
 * @pkt: on its way out; of it count the mark and dst
 * @leaving: what it will be when it leaves
 *
 * Context: softirq, RCU read side.
 * Return: that of the route when no policy, or one that blocks, is for it.
 */
unsigned int mgw_ipsec_mtu(const struct mgw_packet *pkt,
			   const struct mgw_tuple *leaving);

#endif /* MGW_IPSEC_H */
