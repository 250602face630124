// SPDX-License-Identifier: GPL-2.0
#include "make.h"

#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/tcp.h>

/* MSS 1460, SACK permitted, timestamps, window scale 7. */
static const u8 syn_options[] = {
	2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7,
};

/* MSS 1460, window scale 7: the rs saw no timestamps. */
static const u8 synack_options[] = { 2, 4, 5, 0xb4, 1, 3, 3, 7 };

bool bench_step_valid(char step)
{
	return step && strchr("sSaAdDfFuU", step);
}

static bool has_data(char step)
{
	return strchr("dDuU", step);
}

static void put_tcp(struct sk_buff *skb, char step, struct bench_flow *flow,
		    const struct bench_tuple *tuple, unsigned int payload)
{
	const u8 *options = step == 's' ? syn_options : synack_options;
	unsigned int opt_len = 0;
	struct tcphdr *th;
	u32 *next;

	if (step == 's')
		opt_len = sizeof(syn_options);
	else if (step == 'S')
		opt_len = sizeof(synack_options);
	th = skb_put_zero(skb, sizeof(*th) + opt_len + payload);
	memcpy(th + 1, options, opt_len);
	th->source = tuple->sport;
	th->dest = tuple->dport;
	th->doff = (sizeof(*th) + opt_len) / 4;
	th->window = htons(0xffff);
	th->syn = step == 's' || step == 'S';
	th->fin = step == 'f' || step == 'F';
	th->psh = payload > 0;
	th->ack = step != 's';
	if (bench_from_client(step)) {
		th->seq = htonl(flow->client_seq);
		th->ack_seq = th->ack ? htonl(flow->rs_seq) : 0;
		next = &flow->client_seq;
	} else {
		th->seq = htonl(flow->rs_seq);
		th->ack_seq = htonl(flow->client_seq + flow->shift);
		next = &flow->rs_seq;
	}
	*next += payload + th->syn + th->fin;
}

static void put_udp(struct sk_buff *skb, const struct bench_tuple *tuple,
		    unsigned int payload)
{
	struct udphdr *uh = skb_put_zero(skb, sizeof(*uh) + payload);

	uh->source = tuple->sport;
	uh->dest = tuple->dport;
	uh->len = htons(sizeof(*uh) + payload);
}

static void put_ip(struct sk_buff *skb, u8 family, u8 proto,
		   const struct bench_tuple *tuple)
{
	if (family == 4) {
		struct iphdr *iph = skb_put_zero(skb, sizeof(*iph));

		iph->version = 4;
		iph->ihl = 5;
		iph->ttl = 64;
		iph->protocol = proto;
		iph->frag_off = htons(IP_DF);
		iph->saddr = tuple->saddr.s6_addr32[0];
		iph->daddr = tuple->daddr.s6_addr32[0];
	} else {
		struct ipv6hdr *ip6h = skb_put_zero(skb, sizeof(*ip6h));

		ip6h->version = 6;
		ip6h->nexthdr = proto;
		ip6h->hop_limit = 64;
		ip6h->saddr = tuple->saddr;
		ip6h->daddr = tuple->daddr;
	}
}

/* Lengths and checksums, once all is in place. */
static void finish(struct sk_buff *skb, u8 family, u8 proto)
{
	unsigned int l3 = family == 4 ? sizeof(struct iphdr) :
					sizeof(struct ipv6hdr);
	u8 *ip = skb->data + ETH_HLEN;
	u8 *l4 = ip + l3;
	unsigned int len = skb->len - ETH_HLEN - l3;
	__sum16 *check, sum;
	__wsum partial;

	check = proto == IPPROTO_TCP ? &((struct tcphdr *)l4)->check :
				       &((struct udphdr *)l4)->check;
	partial = csum_partial(l4, len, 0);
	if (family == 4) {
		struct iphdr *iph = (struct iphdr *)ip;

		iph->tot_len = htons(l3 + len);
		ip_send_check(iph);
		sum = csum_tcpudp_magic(iph->saddr, iph->daddr, len, proto,
					partial);
	} else {
		struct ipv6hdr *ip6h = (struct ipv6hdr *)ip;

		ip6h->payload_len = htons(len);
		sum = csum_ipv6_magic(&ip6h->saddr, &ip6h->daddr, len, proto,
				      partial);
	}
	*check = sum;
	skb->ip_summed = CHECKSUM_UNNECESSARY;
}

static void corners(const struct bench_shape *shape, char step,
		    unsigned int index, struct bench_tuple *tuple)
{
	const struct bench_tuple *inside = &bench_flow(index)->inside;

	if (bench_from_client(step)) {
		bench_flow_outside(index, shape->family, shape->target,
				   shape->port, tuple);
		return;
	}
	tuple->saddr = inside->daddr;
	tuple->daddr = inside->saddr;
	tuple->sport = inside->dport;
	tuple->dport = inside->sport;
}

struct sk_buff *bench_make(const struct bench_shape *shape, char step,
			   unsigned int index, struct net_device *dev)
{
	unsigned int payload = has_data(step) ? shape->payload : 0;
	u8 proto = step == 'u' || step == 'U' ? IPPROTO_UDP : IPPROTO_TCP;
	struct bench_tuple tuple;
	struct sk_buff *skb;
	struct ethhdr *eth;

	/* Room for every header there is, rounded as a driver would. */
	skb = netdev_alloc_skb_ip_align(dev, 128 + payload);
	if (!skb)
		return NULL;
	corners(shape, step, index, &tuple);
	eth = skb_put_zero(skb, sizeof(*eth));
	ether_addr_copy(eth->h_dest, dev->dev_addr);
	eth->h_proto = htons(shape->family == 4 ? ETH_P_IP : ETH_P_IPV6);
	put_ip(skb, shape->family, proto, &tuple);
	if (proto == IPPROTO_TCP)
		put_tcp(skb, step, bench_flow(index), &tuple, payload);
	else
		put_udp(skb, &tuple, payload);
	finish(skb, shape->family, proto);
	skb->protocol = eth_type_trans(skb, dev);
	return skb;
}
