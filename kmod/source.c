// SPDX-License-Identifier: GPL-2.0
/*
 * Source validation. Packets of sessions never meet ip_route_input(), where the
 * stack does it for those to the host; and what is answered to one of the host's
 * own addresses would come in by the loopback device, past its filters.
 */
#include "source.h"

#include <linux/inetdevice.h>
#include <net/addrconf.h>
#include <net/ip_fib.h>
#include <net/route.h>
#include <net/xfrm.h>

#include "xmit.h"

static enum mgw_verdict by_route(const struct mgw_packet *pkt, __be32 saddr)
{
	struct sk_buff *skb = pkt->skb;
	unsigned long held = skb->_skb_refdst;
	__be32 daddr;
	int err;

	/* Also where nobody forwards, and where the VIP has no route. */
	daddr = inet_select_addr(skb->dev, 0, RT_SCOPE_LINK);
	skb->_skb_refdst = 0;
	err = mgw_ip_route_input(skb, daddr ?: ip_hdr(skb)->daddr, saddr,
				 ip_hdr(skb)->tos, skb->dev);
	skb_dst_drop(skb);
	/* The metadata of a tunnel's device, if anything. */
	skb->_skb_refdst = held;
	if (err == -EXDEV)
		return mgw_drop(pkt, MGW_COUNTER_DROP_RP_FILTER);
	if (err == -EINVAL)
		return mgw_drop(pkt, MGW_COUNTER_DROP_MARTIAN);
	return MGW_CONTINUE;
}

static enum mgw_verdict ask_v4(const struct mgw_packet *pkt, __be32 saddr,
			       u8 rp_filter)
{
	struct net_device *dev = pkt->skb->dev;
	struct in_device *in_dev = __in_dev_get_rcu(dev);
	unsigned int type;

	type = inet_addr_type_dev_table(pkt->mnet->net, dev, saddr);
	if (type != RTN_UNICAST &&
	    !(type == RTN_LOCAL && in_dev && IN_DEV_ACCEPT_LOCAL(in_dev)))
		return mgw_drop(pkt, MGW_COUNTER_DROP_MARTIAN);
	return rp_filter ? by_route(pkt, saddr) : MGW_CONTINUE;
}

static enum mgw_verdict ask_v6(const struct mgw_packet *pkt,
			       const struct in6_addr *saddr)
{
	if (ipv6_chk_addr(pkt->mnet->net, saddr, pkt->skb->dev, 0))
		return mgw_drop(pkt, MGW_COUNTER_DROP_MARTIAN);
	return MGW_CONTINUE;
}

/* The setting of the moment; of IPv4. */
static u8 rp_filter(const struct sk_buff *skb)
{
	struct in_device *in_dev = __in_dev_get_rcu(skb->dev);

	/* What IPsec has vouched for may come from anywhere. */
	return in_dev && !secpath_exists(skb) ? IN_DEV_RPFILTER(in_dev) : 0;
}

static bool exempt(const struct mgw_packet *pkt)
{
	return pkt->skb->dev->flags & IFF_LOOPBACK;
}

static enum mgw_verdict check(const struct mgw_packet *pkt,
			      const union nf_inet_addr *saddr)
{
	if (pkt->tuple.family == AF_INET)
		return ask_v4(pkt, saddr->ip, rp_filter(pkt->skb));
	return ask_v6(pkt, &saddr->in6);
}

/*
 * The way of what answers an IPv4 source tells nearly always, and is needed
 * anyway. False when the FIB has to be asked: rules may look at more than
 * addresses, and a local source may be allowed.
 */
static bool way_back_is_good(struct mgw_packet *pkt)
{
	const struct dst_entry *dst;

	if (pkt->tuple.family != AF_INET ||
	    pkt->sess->flags & MGW_SESSION_ONE_WAY)
		return false;
	dst = mgw_xmit_back(pkt);
	if (!dst || ((const struct rtable *)dst)->rt_type != RTN_UNICAST)
		return false;
	return !rp_filter(pkt->skb) ||
	       (dst->dev == pkt->skb->dev &&
		!fib4_has_custom_rules(pkt->mnet->net));
}

enum mgw_verdict mgw_source_check_flow(struct mgw_packet *pkt)
{
	enum mgw_verdict verdict = MGW_CONTINUE;

	mgw_assert_packet(pkt);
	if (!exempt(pkt) && !way_back_is_good(pkt))
		verdict = check(pkt, &pkt->tuple.saddr);
	if (verdict != MGW_CONTINUE)
		return verdict;
	pkt->sess->iif[pkt->dir] = pkt->skb->skb_iif;
	mgw_route_check_vrf(&pkt->mc->routes, &pkt->sess->route[pkt->dir],
			    pkt->skb->dev);
	return verdict;
}

enum mgw_verdict mgw_source_check_sender(const struct mgw_packet *pkt)
{
	union nf_inet_addr saddr = {};

	mgw_assert_packet(pkt);
	if (exempt(pkt))
		return MGW_CONTINUE;
	if (pkt->tuple.family == AF_INET)
		saddr.ip = ip_hdr(pkt->skb)->saddr;
	else
		saddr.in6 = ipv6_hdr(pkt->skb)->saddr;
	return check(pkt, &saddr);
}
