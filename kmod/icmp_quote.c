// SPDX-License-Identifier: GPL-2.0
/*
 * Packets quoted by ICMP errors. Softirq of the owner. Nothing in them can be
 * trusted: they may be cut, and lie about their length.
 */
#include "icmp_quote.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/unaligned.h>
#include <net/dsfield.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "csum.h"
#include "tcp_opt.h"
#include "toa.h"

/* Bytes the ICMP header says the quoted packet has, RFC 4884; 0 = all. */
static unsigned int said_len(const struct mgw_packet *pkt)
{
	const u8 *icmp = pkt->skb->data + pkt->l4;

	if (pkt->tuple.family == AF_INET)
		return icmp[5] * 4;
	return icmp[4] * 8;
}

/* Only some types have that field; elsewhere its place means another thing. */
static bool has_len(const struct mgw_packet *pkt)
{
	u8 type = pkt->skb->data[pkt->l4];

	if (pkt->tuple.family == AF_INET)
		return type == ICMP_DEST_UNREACH ||
		       type == ICMP_TIME_EXCEEDED ||
		       type == ICMP_PARAMETERPROB;
	return type == ICMPV6_DEST_UNREACH || type == ICMPV6_TIME_EXCEED;
}

static bool parse4(struct mgw_packet *pkt, struct mgw_quote *quote)
{
	const struct iphdr *iph;
	u8 version, ihl;

	if (!pskb_may_pull(pkt->skb, quote->at + sizeof(*iph)))
		return false;
	iph = (const struct iphdr *)(pkt->skb->data + quote->at);
	version = iph->version;
	ihl = iph->ihl;
	if (version != 4 || ihl < 5 || iph->frag_off & htons(IP_OFFSET))
		return false;
	quote->l4 = ihl * 4;
	quote->proto = iph->protocol;
	return true;
}

static bool parse6(struct mgw_packet *pkt, struct mgw_quote *quote)
{
	const struct ipv6hdr *ip6h;
	__be16 frag_off = 0;
	u8 proto;
	int l4;

	if (!pskb_may_pull(pkt->skb, quote->at + sizeof(*ip6h)))
		return false;
	ip6h = (const struct ipv6hdr *)(pkt->skb->data + quote->at);
	if (ip6h->version != 6)
		return false;
	proto = ip6h->nexthdr;
	l4 = ipv6_skip_exthdr(pkt->skb, quote->at + sizeof(*ip6h), &proto,
			      &frag_off);
	if (l4 < 0 || frag_off & htons(IP6_OFFSET))
		return false;
	quote->l4 = l4 - quote->at;
	quote->proto = proto;
	return true;
}

bool mgw_quote_parse(struct mgw_packet *pkt, struct mgw_quote *quote)
{
	unsigned int all, said;

	quote->at = pkt->l4 + sizeof(struct icmphdr);
	if (!pskb_may_pull(pkt->skb, quote->at))
		return false;
	all = pkt->skb->len - quote->at;
	said = has_len(pkt) ? said_len(pkt) : 0;
	if (pkt->tuple.family == AF_INET ? !parse4(pkt, quote) :
					   !parse6(pkt, quote))
		return false;
	if (!pskb_may_pull(pkt->skb, quote->at + quote->l4 + MGW_QUOTE_L4_MIN))
		return false;
	quote->len = all;
	quote->tail = 0;
	quote->toa = 0;
	if (said >= quote->l4 + MGW_QUOTE_L4_MIN && said < all) {
		quote->len = said;
		quote->tail = all - said;
	}
	return true;
}

void mgw_quote_tuple(const struct mgw_packet *pkt,
		     const struct mgw_quote *quote, struct mgw_tuple *tuple)
{
	const u8 *ip = pkt->skb->data + quote->at;
	const struct iphdr *iph = (const struct iphdr *)ip;
	const struct ipv6hdr *ip6h = (const struct ipv6hdr *)ip;
	const struct udphdr *ports = (const struct udphdr *)(ip + quote->l4);
	u8 family = pkt->tuple.family;

	/* It may be the packet's own. */
	memset(tuple, 0, sizeof(*tuple));
	tuple->family = family;
	tuple->proto = quote->proto;
	tuple->sport = ports->dest;
	tuple->dport = ports->source;
	if (family == AF_INET) {
		tuple->saddr.ip = iph->daddr;
		tuple->daddr.ip = iph->saddr;
	} else {
		tuple->saddr.in6 = ip6h->daddr;
		tuple->daddr.in6 = ip6h->saddr;
	}
}

void mgw_quote_find_toa(const struct mgw_packet *pkt, struct mgw_quote *quote)
{
	unsigned int at = quote->at + quote->l4;
	const void *l4 = pkt->skb->data + at;
	unsigned int len;

	len = min(skb_headlen(pkt->skb) - at, quote->len - quote->l4);
	if (!quote->tail)
		quote->toa = mgw_toa_in_quote(pkt, l4, len);
}

/* Whose packet it quotes: of the side that gets the error. */
static enum mgw_dir sender_of(const struct mgw_packet *pkt)
{
	return mgw_dir_other(pkt->dir);
}

/* The sender's numbers again; returns what that did to the checksum. */
static __wsum restore_numbers(const struct mgw_packet *pkt, struct tcphdr *th,
			      unsigned int len)
{
	u32 own = pkt->sess->seq_delta[sender_of(pkt)];
	u32 theirs = pkt->sess->seq_delta[pkt->dir];
	__be32 number = htonl(ntohl(th->seq) - own);
	__wsum diff;

	diff = csum_sub((__force __wsum)number, (__force __wsum)th->seq);
	th->seq = number;
	if (!theirs || len < offsetofend(struct tcphdr, ack_seq))
		return diff;
	/* Without its flags: all segments of an rs but few acknowledge. */
	if (len >= offsetof(struct tcphdr, window) && !th->ack)
		return diff;
	number = htonl(ntohl(th->ack_seq) + theirs);
	diff = csum_add(diff, csum_sub((__force __wsum)number,
				       (__force __wsum)th->ack_seq));
	th->ack_seq = number;
	if (len >= sizeof(*th) && th->doff * 4 >= sizeof(*th) &&
	    len >= th->doff * 4)
		diff = csum_add(diff, mgw_tcp_opt_shift_sack(th, theirs));
	return diff;
}

static void restore_tcp(const struct mgw_packet *pkt, u8 *l4, unsigned int len,
			__wsum diff)
{
	struct tcphdr *th = (struct tcphdr *)l4;

	diff = csum_add(diff, restore_numbers(pkt, th, len));
	if (len >= offsetofend(struct tcphdr, check))
		th->check = mgw_csum_apply(th->check, diff);
}

static void restore_udp(u8 *l4, __wsum diff)
{
	struct udphdr *uh = (struct udphdr *)l4;

	if (uh->check)
		uh->check = mgw_csum_udp(mgw_csum_apply(uh->check, diff));
}

static void restore_l4(const struct mgw_packet *pkt, u8 *l4, unsigned int len)
{
	const struct mgw_side *side = &pkt->sess->side[sender_of(pkt)];
	__wsum diff = ~mgw_csum_unfold_diff(side->l4_diff);
	struct udphdr *ports = (struct udphdr *)l4;

	ports->source = side->sport;
	ports->dest = side->dport;
	if (side->node.proto == IPPROTO_TCP)
		restore_tcp(pkt, l4, len, diff);
	else
		restore_udp(l4, diff);
}

static void set_addrs4(struct iphdr *iph, __be32 source, __be32 dest)
{
	iph->check = mgw_csum_replace32(iph->check, iph->saddr, source);
	iph->check = mgw_csum_replace32(iph->check, iph->daddr, dest);
	iph->saddr = source;
	iph->daddr = dest;
}

/*
 * Takes our option out of @ip, of @len bytes, if it is there; the checksum is put
 * right, and the rest moves up.
 */
static unsigned int take_out_toa(const struct mgw_quote *quote, u8 *ip,
				 unsigned int l4_at, unsigned int len)
{
	struct tcphdr *th = (struct tcphdr *)(ip + l4_at);
	__be16 *words = (__be16 *)th;
	u8 *opt = (u8 *)(th + 1);
	__wsum diff;

	if (!quote->toa)
		return len;
	diff = csum_sub(0, csum_partial(opt, quote->toa, 0));
	diff = csum_sub(diff, (__force __wsum)(__force u32)words[6]);
	th->doff -= quote->toa / 4;
	diff = csum_add(diff, (__force __wsum)(__force u32)words[6]);
	/* Its length is in the pseudo header. */
	diff = csum_sub(diff, (__force __wsum)(__force u32)htons(quote->toa));
	th->check = mgw_csum_apply(th->check, diff);
	len -= quote->toa;
	memmove(opt, opt + quote->toa, len - l4_at - sizeof(*th));
	return len;
}

static void shorten_ip(const struct mgw_packet *pkt,
		       const struct mgw_quote *quote, u8 *ip)
{
	struct ipv6hdr *ip6h = (struct ipv6hdr *)ip;
	struct iphdr *iph = (struct iphdr *)ip;
	__be16 before = iph->tot_len;

	if (!quote->toa)
		return;
	if (pkt->tuple.family == AF_INET6) {
		ip6h->payload_len = htons(ntohs(ip6h->payload_len) -
					  quote->toa);
		return;
	}
	iph->tot_len = htons(ntohs(before) - quote->toa);
	csum_replace2(&iph->check, before, iph->tot_len);
}

/* The same IP version: the header stays, with options and all. */
static void restore_ip(const struct mgw_packet *pkt, u8 *ip)
{
	struct mgw_tuple tuple;

	mgw_session_tuple(pkt->sess, sender_of(pkt), &tuple);
	if (pkt->tuple.family == AF_INET) {
		set_addrs4((struct iphdr *)ip, tuple.saddr.ip, tuple.daddr.ip);
	} else {
		((struct ipv6hdr *)ip)->saddr = tuple.saddr.in6;
		((struct ipv6hdr *)ip)->daddr = tuple.daddr.in6;
	}
}

/* The header the sender's packet must have had, from what is left of it. */
static void make_ipv6(const struct mgw_packet *pkt,
		      const struct mgw_quote *quote, struct sk_buff *to)
{
	const struct iphdr *iph = (const void *)(pkt->skb->data + quote->at);
	struct ipv6hdr *ip6h = skb_put_zero(to, sizeof(*ip6h));
	int len = ntohs(iph->tot_len) - (int)quote->l4 - quote->toa;
	struct mgw_tuple tuple;

	mgw_session_tuple(pkt->sess, sender_of(pkt), &tuple);
	ip6_flow_hdr(ip6h, iph->tos, 0);
	ip6h->payload_len = htons(max(len, 0));
	ip6h->nexthdr = quote->proto;
	ip6h->hop_limit = iph->ttl;
	ip6h->saddr = tuple.saddr.in6;
	ip6h->daddr = tuple.daddr.in6;
}

static void make_ipv4(const struct mgw_packet *pkt,
		      const struct mgw_quote *quote, struct sk_buff *to)
{
	const struct ipv6hdr *ip6h = (const void *)(pkt->skb->data + quote->at);
	int len = ntohs(ip6h->payload_len) + (int)sizeof(*ip6h) -
		  (int)quote->l4 - quote->toa + (int)sizeof(struct iphdr);
	struct iphdr *iph = skb_put_zero(to, sizeof(*iph));
	struct mgw_tuple tuple;

	mgw_session_tuple(pkt->sess, sender_of(pkt), &tuple);
	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tos = ipv6_get_dsfield(ip6h);
	iph->tot_len = htons(clamp(len, (int)sizeof(*iph), (int)IP_MAX_MTU));
	iph->frag_off = htons(IP_DF);
	iph->ttl = ip6h->hop_limit;
	iph->protocol = quote->proto;
	iph->saddr = tuple.saddr.ip;
	iph->daddr = tuple.daddr.ip;
	ip_send_check(iph);
}

bool mgw_quote_restore(const struct mgw_packet *pkt,
		       const struct mgw_quote *quote, struct sk_buff *to)
{
	bool other_family = pkt->tuple.family != mgw_packet_new_family(pkt);
	unsigned int skip = other_family ? quote->l4 : 0;
	unsigned int len = quote->len - skip;
	u8 *bytes;

	if (other_family) {
		if (pkt->tuple.family == AF_INET)
			make_ipv6(pkt, quote, to);
		else
			make_ipv4(pkt, quote, to);
	} else {
		len += quote->tail;
	}
	bytes = skb_put(to, len);
	if (skb_copy_bits(pkt->skb, quote->at + skip, bytes, len))
		return false;
	if (!other_family) {
		restore_ip(pkt, bytes);
		shorten_ip(pkt, quote, bytes);
	}
	restore_l4(pkt, bytes + quote->l4 - skip, quote->len - quote->l4);
	skb_trim(to, to->len - len +
		 take_out_toa(quote, bytes, quote->l4 - skip, len));
	return true;
}
