/* SPDX-License-Identifier: GPL-2.0 */
/*
 * IPsec policy, as the stack asks it of packets of its own. Where a kernel has no
 * IPsec, all of it is nothing.
 */
#ifndef MGW_IPSEC_H
#define MGW_IPSEC_H

#include <net/xfrm.h>

#include "packet.h"

/**
 * mgw_ipsec_admits() - whether a packet came by the IPsec that policy demands
 * @pkt: parsed, on its way in
 * @for_us: its destination is an address of ours, as that of a packet for the
 *	host; else it is one of those that pass through
 *
 * Of every packet, as there may be a policy from one to the next. Without any
 * policy, and without IPsec around the packet, it takes no call.
 *
 * Context: softirq, RCU read side.
 */
static __always_inline bool mgw_ipsec_admits(const struct mgw_packet *pkt,
					     bool for_us)
{
	int dir = for_us ? XFRM_POLICY_IN : XFRM_POLICY_FWD;

	return likely(xfrm_policy_check(NULL, dir, pkt->skb,
					pkt->tuple.family));
}

/* Whether any packet that leaves may have to be wrapped. */
static __always_inline bool mgw_ipsec_may_wrap(const struct net *net)
{
#ifdef CONFIG_XFRM
	return unlikely(net->xfrm.policy_count[XFRM_POLICY_OUT]);
#else
	return false;
#endif
}

/**
 * mgw_ipsec_mtu() - the MTU that IPsec leaves to a packet
 * @pkt: on its way out; of it counts the mark
 * @dst: its route
 * @leaving: what it will be when it leaves
 *
 * Context: softirq, RCU read side.
 * Return: that of @dst when no policy, or one that blocks, is for it.
 */
unsigned int mgw_ipsec_mtu(const struct mgw_packet *pkt, struct dst_entry *dst,
			   const struct mgw_tuple *leaving);

#endif /* MGW_IPSEC_H */
