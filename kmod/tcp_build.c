// SPDX-License-Identifier: GPL-2.0
/* Segments that this host makes, see tcp_build.h. Any context. */
#include "tcp_build.h"

#include <linux/skbuff.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <net/tcp.h>

#include "skb.h"

static __sum16 checksum(const struct tcphdr *th, const struct mgw_tuple *tuple)
{
	__wsum sum = csum_partial(th, sizeof(*th), 0);

	if (tuple->family == AF_INET)
		return csum_tcpudp_magic(tuple->saddr.ip, tuple->daddr.ip,
					 sizeof(*th), IPPROTO_TCP, sum);
	return csum_ipv6_magic(&tuple->saddr.in6, &tuple->daddr.in6,
			       sizeof(*th), IPPROTO_TCP, sum);
}

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
	th->check = checksum(th, tuple);
}

struct sk_buff *mgw_tcp_build(struct net *net, const struct mgw_tuple *tuple,
			      const struct mgw_tcp_seg *seg)
{
	/* Nobody may cut it, so that an ID would mean nothing (RFC 6864). */
	const struct mgw_ip_head head = { .ttl = IPDEFTTL, .df = true };
	unsigned int headroom = LL_MAX_HEADER + sizeof(struct ipv6hdr);
	struct sk_buff *skb;

	skb = alloc_skb(headroom + sizeof(struct tcphdr),
			GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb_reserve(skb, headroom);
	push_tcp(skb, tuple, seg);
	mgw_skb_push_ip(net, skb, tuple, &head);
	return skb;
}
