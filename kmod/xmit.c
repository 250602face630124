// SPDX-License-Identifier: GPL-2.0
/*
 * Sending packets of sessions: the route the session holds, IPsec policy, then
 * straight to the neighbour for the ingress hook, and the stack's output with
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
#include "ipsec.h"
#include "nat_xlat.h"
#include "route.h"
#include "rs.h"
#include "toa.h"
#include "tunnel.h"

/* icmp_send() wants to know how the packet came in. */
static bool route_input(struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);

	/* A tunnel's metadata is no route. */
	return skb_valid_dst(skb) ||
	       !mgw_ip_route_input(skb, iph->daddr, iph->saddr, iph->tos,
				   skb->dev);
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

/* Of IPv6 to IPv4: it came in pieces, or its sender can't make it smaller. */
static bool becomes_ipv4(const struct mgw_packet *pkt)
{
	if (mgw_packet_new_family(pkt) != AF_INET)
		return false;
	return IP6CB(pkt->skb)->frag_max_size ||
	       (!(pkt->sess->flags & MGW_SESSION_ONE_WAY) &&
		mgw_nat_xlat_clears_df(pkt));
}

/*
 * Whether the router may cut it: DF is clear, or it came in pieces that all fit, as
 * the stack's forwarding has it. @mtu: what the sender's own packets may measure.
 */
static bool may_fragment(const struct mgw_packet *pkt, int mtu)
{
	struct sk_buff *skb = pkt->skb;

	if (pkt->tuple.family == AF_INET6)
		return becomes_ipv4(pkt) ||
		       (IP6CB(skb)->frag_max_size &&
			IP6CB(skb)->frag_max_size <= mtu);
	return !(ip_hdr(skb)->frag_off & htons(IP_DF)) ||
	       (skb->ignore_df && IPCB(skb)->frag_max_size <= mtu);
}

/* The stack's output must not count what no segment has, either. */
static bool segments_fit(const struct mgw_packet *pkt, int mtu)
{
	int jumbo = (int)mgw_packet_jumbo_len(pkt);

	if (jumbo)
		IP6CB(pkt->skb)->flags |= IP6SKB_FAKEJUMBO;
	return skb_gso_validate_network_len(pkt->skb, mtu + jumbo);
}

/*
 * Whether its sender, who is told of no MTU below that, sends nothing smaller: a packet
 * of IPv6, each segment of it, or each of the pieces it came in.
 */
static bool is_smallest(const struct mgw_packet *pkt)
{
	struct sk_buff *skb = pkt->skb;

	if (pkt->tuple.family != AF_INET6)
		return false;
	if (skb_is_gso(skb))
		return segments_fit(pkt, IPV6_MIN_MTU);
	return (IP6CB(skb)->frag_max_size ?: skb->len) <= IPV6_MIN_MTU;
}

static noinline enum mgw_verdict check_mtu(struct mgw_packet *pkt, int mtu)
{
	struct sk_buff *skb = pkt->skb;

	/* IP receive has done it, but not for the ingress hook. */
	skb_set_transport_header(skb, pkt->l4);
	if (skb_is_gso(skb) && segments_fit(pkt, mtu))
		return MGW_CONTINUE;
	pkt->needs_stack = true;
	if (may_fragment(pkt, mtu))
		return MGW_CONTINUE;
	if (!is_smallest(pkt))
		return too_big(pkt, mtu - (int)mgw_toa_room(pkt));
	/* Cut it all the same; the stack keeps to the size of the pieces otherwise. */
	skb->ignore_df = true;
	IP6CB(skb)->frag_max_size = 0;
	return MGW_CONTINUE;
}

/* What leaves when that side has sent: rewritten, or in mode dr as it came. */
static struct mgw_tuple leaving(const struct mgw_session *sess,
				enum mgw_dir dir)
{
	struct mgw_tuple tuple;

	if (mgw_session_mode(sess) == MGW_MODE_DR)
		mgw_session_tuple(sess, dir, &tuple);
	else
		mgw_session_new_tuple(sess, dir, &tuple);
	return tuple;
}

/* Not part of route_renew(), whose stack frame would be guarded for it. */
static noinline void ask_with_ports(const struct mgw_session *sess,
				    enum mgw_dir dir,
				    struct mgw_route_query *query)
{
	struct mgw_tuple tuple = leaving(sess, dir);

	query->sport = tuple.sport;
	query->dport = tuple.dport;
	query->proto = tuple.proto;
}

/* The reverse of what the other side sends. One-way sessions have but its source. */
static void ask_for_addrs(const struct mgw_session *sess, enum mgw_dir dir,
			  struct mgw_route_query *query)
{
	enum mgw_dir other = mgw_dir_other(dir);

	query->family = sess->side[other].node.family;
	if (query->family == AF_INET) {
		query->daddr.ip = sess->side[other].saddr;
		query->saddr.ip = sess->side[other].daddr;
	} else {
		query->daddr.in6 = sess->side6[other].saddr;
		query->saddr.in6 = sess->side6[other].daddr;
	}
}

/* @dir: who sends what goes that way. */
static noinline struct dst_entry *route_renew(struct mgw_packet *pkt,
					      enum mgw_dir dir, u32 mark)
{
	struct mgw_session *sess = pkt->sess;
	struct mgw_route_query query = {
		.mark = mark,
		.vrf = mgw_route_vrf(pkt->skb->dev),
	};

	if (sess->flags & MGW_SESSION_ONE_WAY)
		query.kind = mgw_session_mode(sess) == MGW_MODE_DR ?
			     MGW_ROUTE_NEXT_HOP : MGW_ROUTE_OUTER;
	ask_for_addrs(sess, dir, &query);
	if (mgw_route_needs_ports(pkt->mnet->net, query.family) &&
	    query.kind != MGW_ROUTE_OUTER)
		ask_with_ports(sess, dir, &query);
	return mgw_route_find(&pkt->mc->routes, pkt->mnet->net,
			      &sess->route[dir], dir, &query);
}

/* The route of its session that way; false without one. */
static __always_inline bool find(struct mgw_packet *pkt)
{
	struct dst_entry *dst;

	dst = mgw_route_held(&pkt->mc->routes, pkt->sess->route[pkt->dir],
			     pkt->skb->mark);
	if (unlikely(!dst))
		dst = route_renew(pkt, pkt->dir, pkt->skb->mark);
	pkt->dst = dst;
	return dst;
}

bool mgw_xmit_find(struct mgw_packet *pkt)
{
	mgw_assert_packet(pkt);
	return find(pkt);
}

struct dst_entry *mgw_xmit_back(struct mgw_packet *pkt)
{
	const struct mgw_routes *routes = &pkt->mc->routes;
	enum mgw_dir back = mgw_dir_other(pkt->dir);
	u16 held = pkt->sess->route[back];
	struct dst_entry *dst;

	mgw_assert_packet(pkt);
	/* What answers will be marked with is not known. */
	dst = mgw_route_held(routes, held, routes->slots[held].mark);
	return dst ?: route_renew(pkt, back, 0);
}

/* Around the packet that leaves, which has the addresses of the other leg. */
static noinline unsigned int mtu_of_wrapped(const struct mgw_packet *pkt)
{
	struct mgw_tuple tuple = leaving(pkt->sess, pkt->dir);

	return mgw_ipsec_mtu(pkt, &tuple);
}

/* @mtu makes up for all that IPv4 has not, but no segment has the jumbo option. */
static noinline enum mgw_verdict too_long(struct mgw_packet *pkt, int mtu)
{
	if (mgw_packet_new_family(pkt) == AF_INET)
		mtu -= (int)mgw_packet_jumbo_len(pkt);
	return check_mtu(pkt, mtu);
}

enum mgw_verdict __mgw_hot mgw_xmit_route(struct mgw_packet *pkt)
{
	struct sk_buff *skb = pkt->skb;
	int mtu;

	mgw_assert_packet(pkt);
	if (unlikely(!find(pkt)))
		return mgw_drop(pkt, MGW_COUNTER_DROP_NO_ROUTE);
	if (unlikely(mgw_packet_hop_limit(pkt) <= 1))
		return ttl_exceeded(pkt);
	pkt->mtu = unlikely(pkt->ipsec) ? mtu_of_wrapped(pkt) :
					  dst_mtu(pkt->dst);
	mtu = (int)pkt->mtu - mgw_packet_growth(pkt);
	if (unlikely((int)skb->len > mtu))
		return too_long(pkt, mtu);
	return MGW_CONTINUE;
}

static enum mgw_verdict step_hop_limit(struct mgw_packet *pkt)
{
	struct sk_buff *skb = pkt->skb;

	if (skb_ensure_writable(skb, pkt->l4))
		return mgw_drop(pkt, MGW_COUNTER_DROP_NO_MEMORY);
	if (pkt->tuple.family == AF_INET) {
		ip_decrease_ttl(ip_hdr(skb));
		skb->priority = rt_tos2priority(ip_hdr(skb)->tos);
	} else {
		ipv6_hdr(skb)->hop_limit--;
	}
	return MGW_CONTINUE;
}

/*
 * What has no room within the tunnel: a packet that may be cut is cut outside, where
 * its pieces are ours, and so is one of IPv6 that can't get smaller.
 */
static enum mgw_verdict fit_tunnel(struct mgw_packet *pkt, int mtu, bool *cut)
{
	struct sk_buff *skb = pkt->skb;
	enum mgw_verdict verdict;

	*cut = may_fragment(pkt, INT_MAX) || (pkt->tuple.family == AF_INET6 &&
					      skb->len <= IPV6_MIN_MTU);
	if ((int)skb->len <= mtu)
		return MGW_CONTINUE;
	if (*cut && !skb_is_gso(skb)) {
		pkt->needs_stack = true;
		return MGW_CONTINUE;
	}
	verdict = check_mtu(pkt, mtu);
	/* Segments that can't get smaller, either. */
	*cut |= skb->ignore_df;
	return verdict;
}

/* @tuple: what it will be when it leaves. */
static int mtu_of(const struct mgw_packet *pkt, const struct mgw_tuple *tuple)
{
	if (pkt->ipsec)
		return (int)mgw_ipsec_mtu(pkt, tuple);
	return (int)dst_mtu(pkt->dst);
}

static enum mgw_verdict wrap(struct mgw_packet *pkt)
{
	unsigned int overhead = mgw_tunnel_overhead(pkt->sess->rs);
	enum mgw_verdict verdict;
	struct mgw_tuple outer;
	bool cut;

	mgw_session_new_tuple(pkt->sess, pkt->dir, &outer);
	outer.saddr = *mgw_route_source(&pkt->mc->routes,
					pkt->sess->route[pkt->dir]);
	outer.ports = 0;
	outer.proto = mgw_tunnel_proto(pkt, &outer.dport);
	verdict = fit_tunnel(pkt, mtu_of(pkt, &outer) - (int)overhead, &cut);
	if (verdict != MGW_CONTINUE)
		return verdict;
	verdict = step_hop_limit(pkt);
	if (verdict != MGW_CONTINUE)
		return verdict;
	return mgw_tunnel_wrap(pkt, &outer, cut);
}

enum mgw_verdict mgw_xmit_whole(struct mgw_packet *pkt)
{
	enum mgw_verdict verdict = MGW_CONTINUE;
	int mtu;

	mgw_assert_packet(pkt);
	if (!find(pkt))
		return mgw_drop(pkt, MGW_COUNTER_DROP_NO_ROUTE);
	/* It would come back to us, as it has the same destination still. */
	if (pkt->dst->dev->flags & IFF_LOOPBACK)
		return MGW_ACCEPT;
	if (mgw_packet_hop_limit(pkt) <= 1)
		return ttl_exceeded(pkt);
	if (mgw_session_mode(pkt->sess) == MGW_MODE_TUNNEL)
		return wrap(pkt);
	mtu = mtu_of(pkt, &pkt->tuple);
	if ((int)pkt->skb->len > mtu)
		verdict = check_mtu(pkt, mtu);
	if (verdict == MGW_CONTINUE) {
		skb_forward_csum(pkt->skb);
		verdict = step_hop_limit(pkt);
	}
	return verdict;
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
 * the ingress hook does not meet on its way in either; the device's queueing
 * discipline does see it. Tells apart what needs the stack's own output.
 */
static __always_inline bool send_directly(struct mgw_packet *pkt)
{
	struct dst_entry *dst = pkt->dst;
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

static void drop_by_policy(const struct mgw_packet *pkt)
{
	mgw_counters_inc(&pkt->mc->counters, MGW_COUNTER_DROP_IPSEC);
	kfree_skb(pkt->skb);
}

static __always_inline bool prepare(struct mgw_packet *pkt)
{
	struct sk_buff *skb = pkt->skb;

	mgw_assert_packet(pkt);
	if (unlikely(skb_nfct(skb)))
		forget_conntrack(skb);
	/* So that none is made on the way out. */
	nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
	skb_clear_tstamp(skb);
	skb_dst_drop(skb);
	/* Our cache holds the route for as long as RCU lets us run. */
	skb_dst_set_noref(skb, pkt->dst);
	if (unlikely(pkt->ipsec)) {
		if (!xfrm_route_forward(skb, pkt->dst->ops->family)) {
			drop_by_policy(pkt);
			return false;
		}
		pkt->dst = skb_dst(skb);
	}
	return true;
}

bool mgw_xmit_prepare(struct mgw_packet *pkt)
{
	return prepare(pkt);
}

void __mgw_hot mgw_xmit_send(struct mgw_packet *pkt)
{
	bool paused;

	if (unlikely(!prepare(pkt)))
		return;
	paused = mgw_owner_pause(&pkt->mc->owner);
	if (!mgw_packet_at_ingress(pkt) || unlikely(!send_directly(pkt)))
		dst_output(pkt->mnet->net, NULL, pkt->skb);
	mgw_owner_resume(&pkt->mc->owner, paused);
}
