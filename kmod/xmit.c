// SPDX-License-Identifier: GPL-2.0
/*
 * Sending packets of sessions: the route the session holds, IPsec policy, then
 * straight to the neighbour for the ingress door, and the stack's output with
 * POST_ROUTING and fragmentation for the other. Softirq of the owner.
 */
#include "xmit.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <net/dst.h>
#include <net/dst_metadata.h>
#include <net/icmp.h>
#include <net/gso.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/neighbour.h>
#include <net/route.h>
#include <net/xfrm.h>

#include "hot.h"
#include "route.h"

/* icmp_send() wants to know how the packet came in. */
static bool route_input(struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);

	/* A tunnel's metadata is no route. */
	return skb_valid_dst(skb) ||
	       !mgw_ip_route_input(skb, iph, skb->dev);
}

static noinline enum mgw_verdict ttl_exceeded(struct mgw_packet *pkt)
{
	struct sk_buff *skb = pkt->skb;

	if (pkt->tuple.family == AF_INET6)
		icmpv6_send(skb, ICMPV6_TIME_EXCEED, ICMPV6_EXC_HOPLIMIT, 0);
	else if (route_input(skb))
		icmp_send(skb, ICMP_TIME_EXCEEDED, ICMP_EXC_TTL, 0);
	mgw_counters_inc(&pkt->mc->counters, MGW_COUNTER_TIME_EXCEEDED_SENT);
	return mgw_drop(pkt, MGW_COUNTER_DROP_TTL);
}

/* @mtu: what the sender's own packets may measure. */
static noinline enum mgw_verdict too_big(struct mgw_packet *pkt, int mtu)
{
	struct sk_buff *skb = pkt->skb;

	if (pkt->tuple.family == AF_INET6)
		icmpv6_send(skb, ICMPV6_PKT_TOOBIG, 0,
			    max_t(int, mtu, IPV6_MIN_MTU));
	else if (route_input(skb))
		icmp_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED,
			  htonl(max_t(int, mtu, IPV4_MIN_MTU)));
	mgw_counters_inc(&pkt->mc->counters, MGW_COUNTER_FRAG_NEEDED_SENT);
	return mgw_drop(pkt, MGW_COUNTER_DROP_TOO_BIG);
}

/* Whether the router may cut it: DF is clear, or it came in pieces. */
static bool may_fragment(const struct mgw_packet *pkt)
{
	struct sk_buff *skb = pkt->skb;

	if (pkt->tuple.family == AF_INET6)
		return IP6CB(skb)->frag_max_size;
	return !(ip_hdr(skb)->frag_off & htons(IP_DF));
}

static noinline enum mgw_verdict check_mtu(struct mgw_packet *pkt, int mtu)
{
	struct sk_buff *skb = pkt->skb;

	/* IP receive has done it, but not for the ingress door. */
	skb_set_transport_header(skb, pkt->l4);
	if (skb_is_gso(skb) && skb_gso_validate_network_len(skb, mtu))
		return MGW_CONTINUE;
	pkt->needs_stack = true;
	if (may_fragment(pkt))
		return MGW_CONTINUE;
	return too_big(pkt, mtu);
}

static noinline struct dst_entry *route_renew(struct mgw_packet *pkt)
{
	struct mgw_session *sess = pkt->sess;

	if (pkt->dir == MGW_DIR_FROM_CLIENT)
		return mgw_route_find(&pkt->mc->routes, pkt->mnet->net,
				      &sess->route[pkt->dir], pkt->dir,
				      sess->rfamily,
				      &sess->raddr, &sess->laddr,
				      pkt->skb->mark);
	return mgw_route_find(&pkt->mc->routes, pkt->mnet->net,
			      &sess->route[pkt->dir], pkt->dir, sess->cfamily,
			      &sess->caddr, &sess->vaddr, pkt->skb->mark);
}

enum mgw_verdict __mgw_hot mgw_xmit_route(struct mgw_packet *pkt,
					  struct dst_entry **dst)
{
	struct sk_buff *skb = pkt->skb;
	u8 ttl;
	int mtu;

	*dst = mgw_route_held(&pkt->mc->routes, pkt->sess->route[pkt->dir],
			      skb->mark);
	if (unlikely(!*dst))
		*dst = route_renew(pkt);
	if (unlikely(!*dst))
		return mgw_drop(pkt, MGW_COUNTER_DROP_NO_ROUTE);
	ttl = pkt->tuple.family == AF_INET ? ip_hdr(skb)->ttl :
					     ipv6_hdr(skb)->hop_limit;
	if (unlikely(ttl <= 1))
		return ttl_exceeded(pkt);
	mtu = (int)dst_mtu(*dst) - mgw_packet_growth(pkt);
	if (unlikely((int)skb->len > mtu))
		return check_mtu(pkt, mtu);
	return MGW_CONTINUE;
}

/* Left by another namespace or an earlier pass through this one. */
static noinline void forget_conntrack(struct sk_buff *skb)
{
	nf_reset_ct(skb);
}

static __always_inline struct neighbour *
neighbour4(const struct rtable *rt, struct sk_buff *skb, bool *other_family)
{
	if (unlikely(rt->rt_gw_family == AF_INET6)) {
		*other_family = true;
		return ip_neigh_gw6(rt->dst.dev, &rt->rt_gw6);
	}
	return ip_neigh_gw4(rt->dst.dev, rt->rt_gw_family ? rt->rt_gw4 :
							    ip_hdr(skb)->daddr);
}

static __always_inline struct neighbour *
neighbour6(const struct rt6_info *rt, struct sk_buff *skb)
{
	return ip_neigh_gw6(rt->dst.dev,
			    rt6_nexthop(rt, &ipv6_hdr(skb)->daddr));
}

/*
 * Hands it to the device as ip_output() would, less netfilter, which a packet of
 * the ingress door does not meet on its way in either; the device's queueing
 * discipline does see it. Tells apart what needs the stack's own output.
 */
static __always_inline bool send_directly(struct mgw_packet *pkt,
					  struct dst_entry *dst)
{
	struct net_device *dev = dst->dev;
	struct sk_buff *skb = pkt->skb;
	bool other_family = false;
	struct neighbour *neigh;

	if (unlikely(pkt->needs_stack || dst_xfrm(dst) || dst->lwtstate ||
		     dev->flags & IFF_LOOPBACK ||
		     skb_headroom(skb) < LL_RESERVED_SPACE(dev)))
		return false;
	if (skb->protocol == htons(ETH_P_IP))
		neigh = neighbour4((struct rtable *)dst, skb, &other_family);
	else
		neigh = neighbour6((struct rt6_info *)dst, skb);
	if (IS_ERR(neigh))
		return false;
	skb->dev = dev;
	neigh_output(neigh, skb, other_family);
	return true;
}

void __mgw_hot mgw_xmit_send(struct mgw_packet *pkt, struct dst_entry *dst)
{
	struct sk_buff *skb = pkt->skb;

	if (unlikely(skb_nfct(skb)))
		forget_conntrack(skb);
	/* So that none is made on the way out. */
	nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
	skb_clear_tstamp(skb);
	skb_dst_drop(skb);
	/* Our cache holds the route for as long as RCU lets us run. */
	skb_dst_set_noref(skb, dst);
	if (unlikely(!xfrm_route_forward(skb, dst->ops->family))) {
		mgw_counters_inc(&pkt->mc->counters, MGW_COUNTER_DROP_NO_ROUTE);
		kfree_skb(skb);
		return;
	}
	dst = skb_dst(skb);
	if (mgw_packet_at_ingress(pkt) && likely(send_directly(pkt, dst)))
		return;
	dst_output(pkt->mnet->net, NULL, skb);
}
