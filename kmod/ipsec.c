// SPDX-License-Identifier: GPL-2.0
/*
 * IPsec policy. On the way out the stack wraps what mgw_xmit_send() gives it; here
 * is asked beforehand what room that leaves. Softirq of the owner.
 */
#include "ipsec.h"

#include <linux/inetdevice.h>
#include <net/addrconf.h>
#include <net/dst.h>
#include <net/flow.h>

/* The device's disable_policy, which the stack's route of a packet would know. */
static bool is_exempt(const struct net *net, const struct net_device *dev,
		      u8 family)
{
	const struct inet6_dev *idev;
	struct in_device *in_dev;

	if (family == AF_INET) {
		in_dev = __in_dev_get_rcu(dev);
		return in_dev && IN_DEV_ORCONF(in_dev, NOPOLICY);
	}
	idev = __in6_dev_get(dev);
	return READ_ONCE(net->ipv6.devconf_all->disable_policy) ||
	       (idev && READ_ONCE(idev->cnf.disable_policy));
}

bool mgw_ipsec_lacks(const struct mgw_packet *pkt, bool for_us)
{
	u8 family = pkt->tuple.family;

	if (is_exempt(pkt->mnet->net, pkt->skb->dev, family))
		return false;
	return !xfrm_policy_check(NULL,
				  for_us ? XFRM_POLICY_IN : XFRM_POLICY_FWD,
				  pkt->skb, family);
}

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

unsigned int mgw_ipsec_mtu(const struct mgw_packet *pkt,
			   const struct mgw_tuple *leaving)
{
	struct dst_entry *dst = pkt->dst;
	struct dst_entry *wrapped;
	struct flowi flow = {
		.flowi_oif = dst->dev->ifindex,
		.flowi_mark = pkt->skb->mark,
		.flowi_proto = leaving->proto,
	};
	unsigned int mtu;

	if (leaving->family == AF_INET)
		flow4(&flow.u.ip4, leaving);
	else
		flow6(&flow.u.ip6, leaving);
	/* It takes over a reference, and gives one to what it returns. */
	if (dst->flags & DST_NOXFRM || !dst_hold_safe(dst))
		return dst_mtu(dst);
	wrapped = xfrm_lookup(pkt->mnet->net, dst, &flow, NULL, 0);
	if (IS_ERR(wrapped))
		return dst_mtu(dst);
	mtu = dst_mtu(wrapped);
	dst_release(wrapped);
	return mtu;
}
