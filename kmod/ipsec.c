// SPDX-License-Identifier: GPL-2.0
/*
 * IPsec policy on the way out. The stack wraps what mgw_xmit_send() gives it; here
 * is asked beforehand what room that leaves. Softirq of the owner.
 */
#include "ipsec.h"

#include <net/dst.h>
#include <net/flow.h>

static void flow4(struct flowi4 *fl4, const struct mgw_tuple *leaving)
{
	fl4->saddr = leaving->saddr.ip;
	fl4->daddr = leaving->daddr.ip;
	fl4->fl4_sport = leaving->sport;
	fl4->fl4_dport = leaving->dport;
}

static void flow6(struct flowi6 *fl6, const struct mgw_tuple *leaving)
{
	fl6->saddr = leaving->saddr.in6;
	fl6->daddr = leaving->daddr.in6;
	fl6->fl6_sport = leaving->sport;
	fl6->fl6_dport = leaving->dport;
}

unsigned int mgw_ipsec_mtu(const struct mgw_packet *pkt, struct dst_entry *dst,
			   const struct mgw_tuple *leaving)
{
	struct dst_entry *wrapped;
	struct flowi flow = {
		.flowi_oif = dst->dev->ifindex,
		.flowi_mark = pkt->skb->mark,
		.flowi_proto = leaving->proto,
	};
	unsigned int mtu;

	if (dst->flags & DST_NOXFRM)
		return dst_mtu(dst);
	if (leaving->family == AF_INET)
		flow4(&flow.u.ip4, leaving);
	else
		flow6(&flow.u.ip6, leaving);
	/* It takes over a reference, and gives one to what it returns. */
	dst_hold(dst);
	wrapped = xfrm_lookup(pkt->mnet->net, dst, &flow, NULL, 0);
	if (IS_ERR(wrapped))
		return dst_mtu(dst);
	mtu = dst_mtu(wrapped);
	dst_release(wrapped);
	return mtu;
}
