// SPDX-License-Identifier: GPL-2.0
/*
 * A packet changes from IPv4 to IPv6 or back, RFC 7915 for the headers. The
 * transport header has been rewritten already. Softirq of the owner.
 */
#include "nat_xlat.h"

#include <net/dsfield.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "skb.h"

/* RFC 7915 section 5.1: of this size and less a packet may be fragmented. */
#define DF_CLEAR_MAX	1260

bool mgw_nat_xlat_is_too_long(const struct mgw_packet *pkt)
{
	return pkt->skb->len - pkt->l4 > IP_MAX_MTU - sizeof(struct iphdr);
}

bool mgw_nat_xlat_lacks_checksum(const struct mgw_packet *pkt)
{
	return pkt->tuple.proto == IPPROTO_UDP &&
	       pkt->tuple.family == AF_INET && !mgw_packet_udp(pkt)->check &&
	       !pkt->lacks_sum;
}

void mgw_nat_xlat_checksum(struct mgw_packet *pkt)
{
	struct udphdr *uh = mgw_packet_udp(pkt);
	struct sk_buff *skb = pkt->skb;
	unsigned int len;
	__wsum sum;

	if (!mgw_nat_xlat_lacks_checksum(pkt))
		return;
	/* What comes behind the datagram is none of it. */
	len = ntohs(uh->len);
	/* An inner sum that is still to be made makes its part come to a known sum. */
	if (skb->ip_summed == CHECKSUM_PARTIAL)
		sum = lco_csum(skb);
	else
		sum = skb_checksum(skb, pkt->l4, len, 0);
	uh->check = csum_tcpudp_magic(pkt->tuple.saddr.ip, pkt->tuple.daddr.ip,
				      len, IPPROTO_UDP, sum);
	uh->check = uh->check ?: CSUM_MANGLED_0;
}

/* Of UDP they are those of a packet in a tunnel, whose family stays. */
static void gso_family(const struct mgw_packet *pkt, u8 family)
{
	struct skb_shared_info *shinfo = skb_shinfo(pkt->skb);

	if (!skb_is_gso(pkt->skb) || pkt->tuple.proto != IPPROTO_TCP)
		return;
	shinfo->gso_type &= ~(SKB_GSO_TCPV4 | SKB_GSO_TCPV6 |
			      SKB_GSO_TCP_FIXEDID);
	shinfo->gso_type |= family == AF_INET6 ? SKB_GSO_TCPV6 : SKB_GSO_TCPV4;
}

/* What it, or each segment of it, will have as a packet of IPv4. */
static unsigned int ipv4_length(const struct mgw_packet *pkt)
{
	const struct sk_buff *skb = pkt->skb;

	if (skb_is_gso(skb))
		return sizeof(struct iphdr) + pkt->l4_len +
		       skb_shinfo(skb)->gso_size;
	return sizeof(struct iphdr) + skb->len - pkt->l4;
}

bool mgw_nat_xlat_clears_df(const struct mgw_packet *pkt)
{
	/* Segments of a tunnel's have its headers besides. */
	if (skb_is_gso(pkt->skb) && pkt->skb->encapsulation)
		return false;
	return ipv4_length(pkt) <= DF_CLEAR_MAX;
}

/* Room in front for the new header and whatever the device puts before it. */
static int make_room(struct mgw_packet *pkt)
{
	int room = mgw_packet_growth(pkt) +
		   (int)LL_RESERVED_SPACE(pkt->dst->dev);

	return skb_cow_head(pkt->skb, max(room, 0));
}

/* Of the packet as it came, one hop further; and whether routers may cut it. */
static struct mgw_ip_head new_head(const struct mgw_packet *pkt)
{
	const struct sk_buff *skb = pkt->skb;
	struct mgw_ip_head head = {
		.tos = mgw_packet_tos(pkt),
		.ttl = mgw_packet_hop_limit(pkt) - 1,
	};

	if (pkt->tuple.family == AF_INET)
		head.df = ip_hdr(skb)->frag_off & htons(IP_DF) &&
			  !skb->ignore_df;
	else
		head.df = !IP6CB(skb)->frag_max_size &&
			  !mgw_nat_xlat_clears_df(pkt);
	head.needs_id = !head.df;
	return head;
}

/* Had DF and came in pieces: larger than these they never get. */
static unsigned int new_frag_max_size(const struct mgw_packet *pkt)
{
	const struct sk_buff *skb = pkt->skb;

	if (pkt->tuple.family != AF_INET || !skb->ignore_df ||
	    !(ip_hdr(skb)->frag_off & htons(IP_DF)))
		return 0;
	return IPCB(skb)->frag_max_size + mgw_packet_growth(pkt);
}

enum mgw_verdict mgw_nat_xlat(struct mgw_packet *pkt)
{
	struct sk_buff *skb = pkt->skb;
	unsigned int frag_max_size;
	struct mgw_ip_head head;
	struct mgw_tuple tuple;

	if (mgw_nat_xlat_is_too_long(pkt))
		return mgw_drop(pkt, MGW_COUNTER_DROP_TOO_BIG);
	if (make_room(pkt))
		return mgw_drop(pkt, MGW_COUNTER_DROP_NO_MEMORY);

	head = new_head(pkt);
	frag_max_size = new_frag_max_size(pkt);
	mgw_session_new_tuple(pkt->sess, pkt->dir, &tuple);
	skb_pull(skb, pkt->l4);
	gso_family(pkt, tuple.family);
	mgw_skb_push_ip(pkt->mnet->net, skb, &tuple, &head);
	if (tuple.family == AF_INET6)
		IP6CB(skb)->frag_max_size = frag_max_size;
	else
		skb->priority = rt_tos2priority(head.tos);
	skb->ignore_df = !head.df;
	pkt->l4 = skb_transport_offset(skb);
	return MGW_CONTINUE;
}
