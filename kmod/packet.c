// SPDX-License-Identifier: GPL-2.0
/*
 * Parsing: the one place that reads headers of unknown packets. Softirq.
 */
#include "packet.h"

#include <net/ip.h>
#include <net/ipv6.h>
#include <net/tcp.h>

#include "hot.h"

/*
 * Whether its sender has it go by more places than this one: then the stack knows
 * whether it may. Those that have been everywhere are like any other.
 */
static noinline bool has_source_route(const struct iphdr *iph)
{
	const u8 *opt = (const u8 *)(iph + 1);
	unsigned int len = iph->ihl * 4 - sizeof(*iph);

	while (len && opt[0] != IPOPT_END) {
		if (opt[0] == IPOPT_NOOP) {
			opt++;
			len--;
			continue;
		}
		if (len < 2 || opt[1] < 2 || opt[1] > len)
			return false;
		/* The third byte points behind what has been used. */
		if ((opt[0] == IPOPT_LSRR || opt[0] == IPOPT_SSRR) &&
		    opt[1] > 2 && opt[2] <= opt[1])
			return true;
		len -= opt[1];
		opt += opt[1];
	}
	return false;
}

static noinline bool has_segments_left(const struct sk_buff *skb)
{
	int flags = IP6_FH_F_SKIP_RH;
	unsigned int offset = 0;

	return ipv6_find_hdr(skb, &offset, NEXTHDR_ROUTING, NULL, &flags) >= 0;
}

/* Offset and number of the transport protocol, past extension headers. */
static enum mgw_verdict __mgw_hot parse_ip(struct mgw_packet *pkt)
{
	struct sk_buff *skb = pkt->skb;

	if (pkt->tuple.family == AF_INET) {
		const struct iphdr *iph = ip_hdr(skb);

		pkt->l4 = iph->ihl * 4;
		if (unlikely(pkt->l4 > sizeof(*iph)) && has_source_route(iph))
			return MGW_ACCEPT;
		pkt->tuple.proto = iph->protocol;
		pkt->tuple.saddr.ip = iph->saddr;
		pkt->tuple.daddr.ip = iph->daddr;
		if (unlikely(ip_is_fragment(iph)))
			return mgw_drop(pkt, MGW_COUNTER_DROP_UNSUPPORTED);
	} else {
		const struct ipv6hdr *ip6h = ipv6_hdr(skb);
		u8 proto = ip6h->nexthdr;
		__be16 frag_off = 0;
		int l4 = sizeof(*ip6h);

		pkt->tuple.saddr.in6 = ip6h->saddr;
		pkt->tuple.daddr.in6 = ip6h->daddr;
		if (unlikely(ipv6_ext_hdr(proto))) {
			if (has_segments_left(skb))
				return MGW_ACCEPT;
			l4 = ipv6_skip_exthdr(skb, l4, &proto, &frag_off);
			if (l4 < 0)
				return mgw_drop(pkt,
						MGW_COUNTER_DROP_BAD_HEADER);
			/* Put together already: only an atomic one is left. */
			if (frag_off & htons(IP6_OFFSET | IP6_MF))
				return mgw_drop(pkt,
						MGW_COUNTER_DROP_UNSUPPORTED);
			if (l4 > U16_MAX)
				return mgw_drop(pkt,
						MGW_COUNTER_DROP_BAD_HEADER);
		}
		pkt->l4 = l4;
		pkt->tuple.proto = proto;
	}
	return MGW_CONTINUE;
}

/* Options of a SYN; they are in the linear part. The last one counts. */
static void parse_syn_options(struct mgw_packet *pkt, const u8 *opt,
			      unsigned int len)
{
	while (len) {
		if (opt[0] == TCPOPT_EOL)
			break;
		if (opt[0] == TCPOPT_NOP) {
			opt++;
			len--;
			continue;
		}
		if (len < 2 || opt[1] < 2 || opt[1] > len)
			break;
		if (opt[0] == TCPOPT_WINDOW && opt[1] == TCPOLEN_WINDOW)
			pkt->seg.wscale = min_t(u8, opt[2], TCP_MAX_WSCALE);
		else if (opt[0] >= TCPOPT_FASTOPEN)
			pkt->rare_options = true;
		len -= opt[1];
		opt += opt[1];
	}
}

/*
 * What a device is to sum up begins in front of the transport header or within it, or
 * goes to another place than its field: a program with a tap may say so. Whoever
 * changes the headers in front would lead the device outside of the packet. Beyond
 * the header it is that of another one, and the sum of this one is there.
 */
static noinline enum mgw_verdict other_offload(struct mgw_packet *pkt)
{
	pkt->lacks_sum = false;
	if (skb_checksum_start_offset(pkt->skb) < pkt->l4 + pkt->l4_len)
		return mgw_drop(pkt, MGW_COUNTER_DROP_BAD_HEADER);
	return MGW_CONTINUE;
}

/* @field: of the checksum, in the transport header. */
static __always_inline enum mgw_verdict parse_offload(struct mgw_packet *pkt,
						      unsigned int field)
{
	const struct sk_buff *skb = pkt->skb;

	pkt->lacks_sum = skb->ip_summed == CHECKSUM_PARTIAL;
	if (pkt->lacks_sum &&
	    unlikely(skb_checksum_start_offset(skb) != pkt->l4 ||
		     skb->csum_offset != field))
		return other_offload(pkt);
	return MGW_CONTINUE;
}

static enum mgw_verdict __mgw_hot parse_tcp(struct mgw_packet *pkt)
{
	struct sk_buff *skb = pkt->skb;
	struct mgw_tcp_seg *seg = &pkt->seg;
	const struct tcphdr *th;
	u32 payload;

	if (unlikely(!pskb_may_pull(skb, pkt->l4 + sizeof(*th))))
		return mgw_drop(pkt, MGW_COUNTER_DROP_TRUNCATED);
	pkt->l4_len = mgw_packet_tcp(pkt)->doff * 4;
	if (unlikely(pkt->l4_len < sizeof(*th)))
		return mgw_drop(pkt, MGW_COUNTER_DROP_BAD_HEADER);
	if (unlikely(!pskb_may_pull(skb, pkt->l4 + pkt->l4_len)))
		return mgw_drop(pkt, MGW_COUNTER_DROP_TRUNCATED);

	th = mgw_packet_tcp(pkt);
	pkt->tuple.sport = th->source;
	pkt->tuple.dport = th->dest;
	seg->flags = tcp_flag_byte(th);
	if (unlikely(!mgw_tcp_flags_valid(seg->flags)))
		return mgw_drop(pkt, MGW_COUNTER_DROP_BAD_HEADER);
	payload = skb->len - pkt->l4 - pkt->l4_len;
	seg->seq = ntohl(th->seq);
	seg->ack = ntohl(th->ack_seq);
	seg->end = seg->seq + payload + th->syn + th->fin;
	seg->win = ntohs(th->window);
	seg->wscale = MGW_TCP_NO_WSCALE;
	if (unlikely(th->syn))
		parse_syn_options(pkt, (const u8 *)(th + 1),
				  pkt->l4_len - sizeof(*th));
	return parse_offload(pkt, offsetof(struct tcphdr, check));
}

static enum mgw_verdict __mgw_hot parse_udp(struct mgw_packet *pkt)
{
	struct sk_buff *skb = pkt->skb;
	const struct udphdr *uh;
	u16 len;

	if (unlikely(!pskb_may_pull(skb, pkt->l4 + sizeof(*uh))))
		return mgw_drop(pkt, MGW_COUNTER_DROP_TRUNCATED);
	uh = mgw_packet_udp(pkt);
	pkt->l4_len = sizeof(*uh);
	pkt->tuple.sport = uh->source;
	pkt->tuple.dport = uh->dest;
	len = ntohs(uh->len);
	if (unlikely((len < sizeof(*uh) || len > skb->len - pkt->l4) &&
		     !skb_is_gso(skb)))
		return mgw_drop(pkt, MGW_COUNTER_DROP_BAD_HEADER);
	return parse_offload(pkt, offsetof(struct udphdr, check));
}

/* The option that older kernels put into super-packets over 64 KiB, RFC 2675. */
#define JUMBO_LEN 8

/* Where there is an extension header, it is there whole. */
unsigned int mgw_packet_jumbo_len(const struct mgw_packet *pkt)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(pkt->skb);
	const u8 *hop = (const u8 *)(ip6h + 1);

	if (pkt->tuple.family != AF_INET6 || ip6h->nexthdr != NEXTHDR_HOP ||
	    hop[1] || hop[2] != IPV6_TLV_JUMBO)
		return 0;
	return JUMBO_LEN;
}

bool mgw_packet_shed_jumbo(struct mgw_packet *pkt)
{
	struct sk_buff *skb = pkt->skb;
	u8 nexthdr;

	if (!mgw_packet_jumbo_len(pkt))
		return true;
	if (skb_cow_head(skb, 0))
		return false;
	nexthdr = skb->data[sizeof(struct ipv6hdr)];
	memmove(skb->data + JUMBO_LEN, skb->data, sizeof(struct ipv6hdr));
	__skb_pull(skb, JUMBO_LEN);
	skb_reset_network_header(skb);
	ipv6_hdr(skb)->nexthdr = nexthdr;
	IP6CB(skb)->nhoff = offsetof(struct ipv6hdr, nexthdr);
	pkt->l4 -= JUMBO_LEN;
	return true;
}

enum mgw_verdict __mgw_hot mgw_packet_parse(struct mgw_packet *pkt)
{
	enum mgw_verdict verdict = parse_ip(pkt);

	if (unlikely(verdict != MGW_CONTINUE))
		return verdict;
	switch (pkt->tuple.proto) {
	case IPPROTO_TCP:
		return parse_tcp(pkt);
	case IPPROTO_UDP:
		return parse_udp(pkt);
	default:
		return MGW_ACCEPT;
	}
}
