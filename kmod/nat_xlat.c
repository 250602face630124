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

/* From here on the stack reads the control block of the other family. */
static void push_ipv6(struct mgw_packet *pkt, u8 tos, u8 ttl,
		      unsigned int frag_max_size)
{
	enum mgw_dir other = mgw_dir_other(pkt->dir);
	const struct mgw_side6 *out = &pkt->sess->side6[other];
	struct sk_buff *skb = pkt->skb;
	unsigned int len = skb->len;
	int iif = IPCB(skb)->iif;
	struct ipv6hdr *ip6h;

	ip6h = skb_push(skb, sizeof(*ip6h));
	skb_reset_network_header(skb);
	ip6_flow_hdr(ip6h, tos, 0);
	ip6h->payload_len = htons(len);
	ip6h->nexthdr = pkt->tuple.proto;
	ip6h->hop_limit = ttl;
	ip6h->saddr = out->daddr;
	ip6h->daddr = out->saddr;
	skb->protocol = htons(ETH_P_IPV6);
	memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));
	IP6CB(skb)->iif = iif;
	IP6CB(skb)->nhoff = offsetof(struct ipv6hdr, nexthdr);
	IP6CB(skb)->frag_max_size = frag_max_size;
}

static void push_ipv4(struct mgw_packet *pkt, u8 tos, u8 ttl, bool df)
{
	enum mgw_dir other = mgw_dir_other(pkt->dir);
	const struct mgw_side *out = &pkt->sess->side[other];
	struct sk_buff *skb = pkt->skb;
	int iif = IP6CB(skb)->iif;
	struct iphdr *iph;

	iph = skb_push(skb, sizeof(*iph));
	skb_reset_network_header(skb);
	memset(iph, 0, sizeof(*iph));
	iph->version = 4;
	iph->ihl = 5;
	iph->tos = tos;
	iph->tot_len = htons(skb->len);
	iph->frag_off = df ? htons(IP_DF) : 0;
	iph->ttl = ttl;
	iph->protocol = pkt->tuple.proto;
	iph->saddr = out->daddr;
	iph->daddr = out->saddr;
	if (!df)
		mgw_packet_set_id(pkt, iph);
	ip_send_check(iph);
	skb->priority = rt_tos2priority(tos);
	skb->protocol = htons(ETH_P_IP);
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	IPCB(skb)->iif = iif;
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

enum mgw_verdict mgw_nat_xlat(struct mgw_packet *pkt)
{
	struct sk_buff *skb = pkt->skb;
	u8 family = mgw_packet_new_family(pkt);
	unsigned int frag_max_size = 0;
	bool may_fragment;
	u8 tos, ttl;

	if (mgw_nat_xlat_is_too_long(pkt))
		return mgw_drop(pkt, MGW_COUNTER_DROP_TOO_BIG);
	if (make_room(pkt))
		return mgw_drop(pkt, MGW_COUNTER_DROP_NO_MEMORY);

	if (pkt->tuple.family == AF_INET) {
		tos = ip_hdr(skb)->tos;
		ttl = ip_hdr(skb)->ttl - 1;
		may_fragment = !(ip_hdr(skb)->frag_off & htons(IP_DF));
		/* Had DF and came in pieces: larger than 1280 they never get. */
		if (!may_fragment && skb->ignore_df) {
			may_fragment = true;
			frag_max_size = IPCB(skb)->frag_max_size +
					mgw_packet_growth(pkt);
		}
	} else {
		tos = ipv6_get_dsfield(ipv6_hdr(skb));
		ttl = ipv6_hdr(skb)->hop_limit - 1;
		may_fragment = IP6CB(skb)->frag_max_size ||
			       mgw_nat_xlat_clears_df(pkt);
	}
	skb_pull(skb, pkt->l4);
	gso_family(pkt, family);
	if (family == AF_INET6)
		push_ipv6(pkt, tos, ttl, frag_max_size);
	else
		push_ipv4(pkt, tos, ttl, !may_fragment);
	skb->ignore_df = may_fragment;
	pkt->l4 = skb_transport_offset(skb);
	return MGW_CONTINUE;
}
