// SPDX-License-Identifier: GPL-2.0
/*
 * ICMP errors about packets of sessions, in both directions and all modes. They
 * are rare, so a new packet is made rather than the old one changed in place.
 * Softirq of the owner. Nothing here touches the session: RFC 5382 REQ-10.
 */
#include "icmp.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/netfilter.h>
#include <linux/unaligned.h>
#include <net/dsfield.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/udp.h>

#include "icmp_quote.h"
#include "icmp_xlat.h"
#include "interest.h"
#include "ipsec.h"
#include "skb.h"
#include "source.h"
#include "steer.h"
#include "xmit.h"

static bool is_error(const struct mgw_packet *pkt)
{
	u8 type = pkt->skb->data[pkt->l4];

	if (pkt->tuple.family == AF_INET)
		return type == ICMP_DEST_UNREACH ||
		       type == ICMP_TIME_EXCEEDED ||
		       type == ICMP_PARAMETERPROB;
	return type >= ICMPV6_DEST_UNREACH && type <= ICMPV6_PARAMPROB;
}

static bool checksum_ok(const struct mgw_packet *pkt)
{
	return !nf_checksum(pkt->skb, NF_INET_PRE_ROUTING, pkt->l4,
			    pkt->tuple.family == AF_INET ? IPPROTO_ICMP :
							   IPPROTO_ICMPV6,
			    pkt->tuple.family);
}

static struct mgw_icmp_head read_head(const struct mgw_packet *pkt)
{
	const u8 *icmp = pkt->skb->data + pkt->l4;

	return (struct mgw_icmp_head){
		.type = icmp[0],
		.code = icmp[1],
		.info = get_unaligned_be32(icmp + 4),
	};
}

static bool is_too_big(const struct mgw_packet *pkt)
{
	const u8 *icmp = pkt->skb->data + pkt->l4;

	if (pkt->tuple.family == AF_INET)
		return icmp[0] == ICMP_DEST_UNREACH &&
		       icmp[1] == ICMP_FRAG_NEEDED;
	return icmp[0] == ICMPV6_PKT_TOOBIG;
}

/*
 * The MTU that is left to a client whose packets grow on their way. Below, as it
 * would never learn of one that fits.
 */
static void leave_room(const struct mgw_packet *pkt, struct mgw_icmp_head *head,
		       unsigned int more)
{
	u32 mtu = pkt->tuple.family == AF_INET ? head->info & U16_MAX :
						 head->info;

	if (more && is_too_big(pkt) && mtu > more)
		head->info -= more;
}

/* For who sent the quoted packet. False when its IP version has no such error. */
static bool xlat_head(const struct mgw_packet *pkt, struct mgw_icmp_head *head)
{
	if (pkt->tuple.family == mgw_packet_new_family(pkt))
		return true;
	return pkt->tuple.family == AF_INET ? mgw_icmp_to_v6(head) :
					      mgw_icmp_to_v4(head);
}

/* A side never sees addresses of the other, but an rs that knows its client does. */
static bool names_sender(const struct mgw_packet *pkt)
{
	return pkt->dir == MGW_DIR_FROM_CLIENT &&
	       mgw_session_rules(pkt->sess)->reply_by_source;
}

static void make_checksum(struct sk_buff *skb, const struct mgw_tuple *tuple)
{
	__wsum sum = skb_checksum(skb, 0, skb->len, 0);

	if (tuple->family == AF_INET)
		((struct icmphdr *)skb->data)->checksum = csum_fold(sum);
	else
		((struct icmp6hdr *)skb->data)->icmp6_cksum =
			csum_ipv6_magic(&tuple->saddr.in6, &tuple->daddr.in6,
					skb->len, IPPROTO_ICMPV6, sum);
}

static void push_ip(struct mgw_packet *pkt, struct sk_buff *skb)
{
	struct mgw_ip_head head = {
		.tos = mgw_packet_tos(pkt),
		.ttl = mgw_packet_hop_limit(pkt) - 1,
		.needs_id = true,
	};
	union nf_inet_addr sender = {};
	struct mgw_tuple tuple;

	if (pkt->tuple.family == AF_INET)
		sender.ip = ip_hdr(pkt->skb)->saddr;
	else
		sender.in6 = ipv6_hdr(pkt->skb)->saddr;
	mgw_session_new_tuple(pkt->sess, pkt->dir, &tuple);
	tuple.proto = tuple.family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	if (names_sender(pkt))
		tuple.saddr = sender;
	skb_reset_transport_header(skb);
	make_checksum(skb, &tuple);
	mgw_skb_push_ip(pkt->mnet->net, skb, &tuple, &head);
}

/* The most an error may measure so that it is never too big itself. */
static unsigned int room_of(const struct dst_entry *dst, u8 family)
{
	unsigned int room = min_t(unsigned int, dst_mtu(dst), IPV6_MIN_MTU);
	/* The quoted header may grow, to that of IPv6. */
	unsigned int headers = sizeof(struct icmphdr) + sizeof(struct ipv6hdr) +
			       (family == AF_INET ? sizeof(struct iphdr) :
						    sizeof(struct ipv6hdr));

	return room > headers ? room - headers : 0;
}

/*
 * Whole, or less its end; extensions make sense only behind all of it. False
 * when its headers alone, which may be kilobytes in IPv6, leave no room for the
 * ports.
 */
static bool shorten(struct mgw_quote *quote, struct mgw_icmp_head *head,
		    unsigned int room, u8 family)
{
	unsigned int least = MGW_QUOTE_L4_MIN;

	/* What is taken out must be there. */
	if (quote->toa)
		least = sizeof(struct tcphdr) + quote->toa;
	if (room < quote->l4 + least)
		return false;
	if (quote->len + quote->tail <= room)
		return true;
	/* The length of what they stand behind; not the MTU or the pointer. */
	if (quote->tail)
		head->info &= family == AF_INET ? 0xff00ffff : 0x00ffffff;
	quote->tail = 0;
	quote->len = min(quote->len, room);
	return true;
}

static struct sk_buff *make(struct mgw_packet *pkt,
			    const struct mgw_quote *quote,
			    const struct mgw_icmp_head *head)
{
	unsigned int headroom = LL_MAX_HEADER + sizeof(struct ipv6hdr);
	struct sk_buff *skb;
	u8 *icmp;

	skb = alloc_skb(headroom + sizeof(struct icmphdr) +
			sizeof(struct ipv6hdr) + quote->len + quote->tail,
			GFP_ATOMIC);
	if (!skb)
		return NULL;
	skb_reserve(skb, headroom);
	icmp = skb_put_zero(skb, sizeof(struct icmphdr));
	icmp[0] = head->type;
	icmp[1] = head->code;
	put_unaligned_be32(head->info, icmp + 4);
	if (!mgw_quote_restore(pkt, quote, skb)) {
		kfree_skb(skb);
		return NULL;
	}
	push_ip(pkt, skb);
	skb->dev = pkt->skb->dev;
	skb->skb_iif = pkt->skb->skb_iif;
	skb->mark = pkt->skb->mark;
	skb->priority = pkt->skb->priority;
	return skb;
}

static void forwarded(const struct mgw_packet *pkt)
{
	mgw_counters_inc(&pkt->mc->counters, MGW_COUNTER_ICMP_FORWARDED);
}

static enum mgw_verdict forward_new(struct mgw_packet *pkt,
				    struct mgw_quote *quote)
{
	struct mgw_icmp_head head = read_head(pkt);
	struct sk_buff *old = pkt->skb, *skb;
	u8 family = mgw_packet_new_family(pkt);

	/* Nobody is told about an error that is lost. */
	if (mgw_packet_hop_limit(pkt) <= 1)
		return mgw_drop(pkt, MGW_COUNTER_DROP_TTL);
	mgw_quote_find_toa(pkt, quote);
	leave_room(pkt, &head, quote->toa);
	if (!xlat_head(pkt, &head))
		return mgw_drop(pkt, MGW_COUNTER_DROP_UNSUPPORTED);
	if (!mgw_xmit_find(pkt))
		return mgw_drop(pkt, MGW_COUNTER_DROP_NO_ROUTE);
	if (!shorten(quote, &head, room_of(pkt->dst, family), family))
		return mgw_drop(pkt, MGW_COUNTER_DROP_BAD_HEADER);
	skb = make(pkt, quote, &head);
	if (!skb)
		return mgw_drop(pkt, MGW_COUNTER_DROP_NO_MEMORY);
	forwarded(pkt);
	pkt->skb = skb;
	mgw_xmit_send(pkt);
	consume_skb(old);
	return MGW_STOLEN;
}

/* The rs has answered the client itself, and gets its answer's error whole. */
static enum mgw_verdict forward_whole(struct mgw_packet *pkt)
{
	enum mgw_verdict verdict;

	verdict = mgw_xmit_whole(pkt);
	if (verdict != MGW_CONTINUE)
		return verdict;
	forwarded(pkt);
	mgw_xmit_send(pkt);
	return MGW_STOLEN;
}

/*
 * Whether others believe who sent it: IPsec's policies and the source check.
 * @for_us: it was sent to an address of ours.
 */
static enum mgw_verdict may_tell(struct mgw_packet *pkt, bool for_us)
{
	if (!checksum_ok(pkt))
		return mgw_drop(pkt, MGW_COUNTER_DROP_ICMP_CHECKSUM);
	if (mgw_ipsec_refuses(pkt, for_us))
		return mgw_drop(pkt, MGW_COUNTER_DROP_IPSEC);
	return mgw_source_check_sender(pkt);
}

/*
 * A packet of a tunnel met a smaller MTU. No socket or tunnel device of this
 * host sent it, so nobody else tells the route; the client learns it from us
 * when it sends the next one of that size.
 */
static enum mgw_verdict tunnel_error(struct mgw_packet *pkt,
				     const struct mgw_quote *quote)
{
	const struct mgw_tuple *outer = &pkt->tuple;
	struct mgw_icmp_head head = read_head(pkt);
	struct net *net = pkt->mnet->net;
	struct sk_buff *skb = pkt->skb;
	enum mgw_verdict verdict;

	if (!is_too_big(pkt) ||
	    !mgw_interest_is_source(pkt->mnet, outer->family, &outer->saddr))
		return MGW_ACCEPT;
	/* To the outer source, which is an address of the host. */
	verdict = may_tell(pkt, true);
	if (verdict != MGW_CONTINUE)
		return verdict;
	/* Both look for the quoted header where the packet begins. */
	__skb_pull(skb, quote->at);
	if (outer->family == AF_INET)
		ipv4_update_pmtu(skb, net, head.info & 0xffff, 0, quote->proto);
	else
		ip6_update_pmtu(skb, net, htonl(head.info), 0, skb->mark,
				sock_net_uid(net, NULL));
	__skb_push(skb, quote->at);
	return MGW_ACCEPT;
}

enum mgw_verdict mgw_icmp(struct mgw_packet *pkt)
{
	enum mgw_verdict verdict;
	struct mgw_quote quote;

	mgw_assert_owner(pkt->mc);
	if (!pskb_may_pull(pkt->skb, pkt->l4 + sizeof(struct icmphdr)) ||
	    !is_error(pkt) || !mgw_quote_parse(pkt, &quote))
		return MGW_ACCEPT;
	mgw_quote_tuple(pkt, &quote, &pkt->tuple);
	if (quote.proto != IPPROTO_TCP && quote.proto != IPPROTO_UDP)
		return tunnel_error(pkt, &quote);
	pkt->hash = mgw_tuple_hash(pkt->mnet, &pkt->tuple);
	pkt->sess = mgw_session_lookup(pkt->mc, &pkt->tuple, pkt->hash,
				       &pkt->dir);
	if (!pkt->sess) {
		verdict = mgw_steer_find_owner(pkt);
		if (verdict == MGW_HAND_OVER || verdict == MGW_DEFER)
			return verdict;
		return tunnel_error(pkt, &quote);
	}
	verdict = may_tell(pkt, pkt->interest);
	if (verdict != MGW_CONTINUE)
		return verdict;
	if (pkt->sess->flags & MGW_SESSION_ONE_WAY)
		return forward_whole(pkt);
	return forward_new(pkt, &quote);
}
