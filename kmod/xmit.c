// SPDX-License-Identifier: GPL-2.0
/*
 * Sending packets of sessions: own route cache, then the stack's output with
 * POST_ROUTING, fragmentation and neighbours. Softirq of the owner.
 */
#include "xmit.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <net/dst.h>
#include <net/dst_metadata.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/route.h>

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

	if (skb_is_gso(skb) && skb_gso_validate_network_len(skb, mtu))
		return MGW_CONTINUE;
	if (may_fragment(pkt))
		return MGW_CONTINUE;
	return too_big(pkt, mtu);
}

enum mgw_verdict __mgw_hot mgw_xmit_route(struct mgw_packet *pkt,
					  struct dst_entry **dst)
{
	const struct mgw_session *sess = pkt->sess;
	struct sk_buff *skb = pkt->skb;
	u8 ttl;
	int mtu;

	if (pkt->dir == MGW_DIR_FROM_CLIENT)
		*dst = mgw_route_get(&pkt->mc->routes, pkt->mnet->net,
				     sess->rfamily, &sess->raddr, &sess->laddr,
				     skb->mark);
	else
		*dst = mgw_route_get(&pkt->mc->routes, pkt->mnet->net,
				     sess->cfamily, &sess->caddr, &sess->vaddr,
				     skb->mark);
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
	dst_output(pkt->mnet->net, NULL, skb);
}
