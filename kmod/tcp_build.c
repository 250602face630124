// SPDX-License-Identifier: GPL-2.0
/* Segments that this host makes, see tcp_build.h. Any context. */
#include "tcp_build.h"

#include <linux/skbuff.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <net/tcp.h>

static void push_tcp(struct sk_buff *skb, const struct mgw_tuple *tuple,
		     const struct mgw_tcp_seg *seg)
{
	struct tcphdr *th = skb_put_zero(skb, sizeof(*th));

	skb_reset_transport_header(skb);
	th->source = tuple->sport;
	th->dest = tuple->dport;
	th->seq = htonl(seg->seq);
	th->ack_seq = htonl(seg->ack);
	th->doff = sizeof(*th) / 4;
	tcp_flag_byte(th) = seg->flags;
	th->window = htons(seg->win);
}

/* Nobody may cut it, so that its ID means nothing (RFC 6864). */
static void push_ipv4(struct sk_buff *skb, const struct mgw_tuple *tuple)
{
	struct tcphdr *th = tcp_hdr(skb);
	struct iphdr *iph;

	th->check = csum_tcpudp_magic(tuple->saddr.ip, tuple->daddr.ip,
				      sizeof(*th), IPPROTO_TCP,
				      csum_partial(th, sizeof(*th), 0));
	iph = skb_push(skb, sizeof(*iph));
	memset(iph, 0, sizeof(*iph));
	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tot_len = htons(skb->len);
	iph->frag_off = htons(IP_DF);
	iph->ttl = IPDEFTTL;
	iph->protocol = IPPROTO_TCP;
	iph->saddr = tuple->saddr.ip;
	iph->daddr = tuple->daddr.ip;
	ip_send_check(iph);
	skb->protocol = htons(ETH_P_IP);
}

static void push_ipv6(struct sk_buff *skb, const struct mgw_tuple *tuple)
{
	struct tcphdr *th = tcp_hdr(skb);
	struct ipv6hdr *ip6h;

	th->check = csum_ipv6_magic(&tuple->saddr.in6, &tuple->daddr.in6,
				    sizeof(*th), IPPROTO_TCP,
				    csum_partial(th, sizeof(*th), 0));
	ip6h = skb_push(skb, sizeof(*ip6h));
	ip6_flow_hdr(ip6h, 0, 0);
	ip6h->payload_len = htons(sizeof(*th));
	ip6h->nexthdr = IPPROTO_TCP;
	ip6h->hop_limit = IPDEFTTL;
	ip6h->saddr = tuple->saddr.in6;
	ip6h->daddr = tuple->daddr.in6;
	skb->protocol = htons(ETH_P_IPV6);
	IP6CB(skb)->nhoff = offsetof(struct ipv6hdr, nexthdr);
}

struct sk_buff *mgw_tcp_build(const struct mgw_tuple *tuple,
			      const struct mgw_tcp_seg *seg)
{
	unsigned int headroom = LL_MAX_HEADER + sizeof(struct ipv6hdr);
	struct sk_buff *skb;

	skb = alloc_skb(headroom + sizeof(struct tcphdr),
			GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb_reserve(skb, headroom);
	push_tcp(skb, tuple, seg);
	if (tuple->family == AF_INET)
		push_ipv4(skb, tuple);
	else
		push_ipv6(skb, tuple);
	skb_reset_network_header(skb);
	return skb;
}
