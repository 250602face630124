// SPDX-License-Identifier: GPL-2.0
/*
 * Link type "mgwbench": an Ethernet device without ARP and without a queue,
 * which counts and frees what is sent, and has a NAPI to receive by. Made by
 * "ip link add NAME type mgwbench"; one named "inside" is where the real servers
 * are.
 */
#include "sink.h"

#include "compat.h"

#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/sched.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/rtnetlink.h>

struct sink {
	u64 __percpu *packets;
	bool inside;
	struct napi_struct napi;
	struct bench_rx *rx;
};

DEFINE_PER_CPU(struct bench_watch, bench_watch);

static bool checksums(const struct sk_buff *skb, u8 proto, unsigned int l3)
{
	const u8 *l4 = skb_network_header(skb) + l3;
	unsigned int len = skb_tail_pointer(skb) - l4;
	__wsum sum = csum_partial(l4, len, 0);

	if (l3 == sizeof(struct ipv6hdr))
		return !csum_ipv6_magic(&ipv6_hdr(skb)->saddr,
					&ipv6_hdr(skb)->daddr, len, proto, sum);
	return !ip_fast_csum(ip_hdr(skb), ip_hdr(skb)->ihl) &&
	       !csum_tcpudp_magic(ip_hdr(skb)->saddr, ip_hdr(skb)->daddr, len,
				  proto, sum);
}

static void watch(const struct sk_buff *skb, struct bench_watch *w, bool inside)
{
	struct bench_flow *flow = w->learn;
	const struct tcphdr *th;
	unsigned int l3;
	u8 proto;

	if (skb->protocol == htons(ETH_P_IP)) {
		w->family = 4;
		w->seen.saddr.s6_addr32[0] = ip_hdr(skb)->saddr;
		w->seen.daddr.s6_addr32[0] = ip_hdr(skb)->daddr;
		w->hops = ip_hdr(skb)->ttl;
		proto = ip_hdr(skb)->protocol;
		l3 = sizeof(struct iphdr);
	} else {
		w->family = 6;
		w->seen.saddr = ipv6_hdr(skb)->saddr;
		w->seen.daddr = ipv6_hdr(skb)->daddr;
		w->hops = ipv6_hdr(skb)->hop_limit;
		proto = ipv6_hdr(skb)->nexthdr;
		l3 = sizeof(struct ipv6hdr);
	}
	/* Ports are in the same place in both. */
	th = (const void *)(skb_network_header(skb) + l3);
	w->seen.sport = th->source;
	w->seen.dport = th->dest;
	if (w->look)
		w->good = checksums(skb, proto, l3);
	if (!flow || !inside)
		return;
	flow->inside = w->seen;
	/* The number after a SYN is the one the client goes on with. */
	if (proto == IPPROTO_TCP && th->syn)
		flow->shift = ntohl(th->seq) + 1 - flow->client_seq;
	flow->known = true;
}

void bench_sink(struct sk_buff *skb, struct net_device *dev, bool inside)
{
	struct bench_watch *w = this_cpu_ptr(&bench_watch);
	struct sink *sink = netdev_priv(dev);

	this_cpu_inc(*sink->packets);
	if (unlikely(w->learn || w->look))
		watch(skb, w, inside);
	consume_skb(skb);
}

u64 bench_sink_count(const struct net_device *dev)
{
	const struct sink *sink = netdev_priv(dev);

	return this_cpu_read(*sink->packets);
}

static netdev_tx_t sink_xmit(struct sk_buff *skb, struct net_device *dev)
{
	bench_sink(skb, dev, ((struct sink *)netdev_priv(dev))->inside);
	return NETDEV_TX_OK;
}

int bench_sink_poll(struct net_device *dev, struct bench_rx *rx)
{
	struct sink *sink = netdev_priv(dev);

	if (!napi_schedule_prep(&sink->napi))
		return -ENETDOWN;
	sink->rx = rx;
	local_bh_disable();
	__napi_schedule(&sink->napi);
	local_bh_enable();
	/* Softirqs that gave way to a task go on in ksoftirqd. */
	while (unlikely(test_bit(NAPI_STATE_SCHED, &sink->napi.state)))
		schedule_timeout_uninterruptible(1);
	return 0;
}

/* A full poll is followed by one more, as a driver's is. */
static int sink_poll(struct napi_struct *napi, int budget)
{
	struct sink *sink = container_of(napi, struct sink, napi);
	int done = sink->rx->receive(sink->rx);

	if (done < budget)
		napi_complete_done(napi, done);
	return done;
}

static int sink_open(struct net_device *dev)
{
	napi_enable(&((struct sink *)netdev_priv(dev))->napi);
	return 0;
}

static int sink_stop(struct net_device *dev)
{
	napi_disable(&((struct sink *)netdev_priv(dev))->napi);
	return 0;
}

static int sink_init(struct net_device *dev)
{
	struct sink *sink = netdev_priv(dev);

	sink->inside = !strcmp(dev->name, "inside");
	sink->packets = alloc_percpu(u64);
	if (!sink->packets)
		return -ENOMEM;
	netif_napi_add(dev, &sink->napi, sink_poll);
	return 0;
}

static void sink_uninit(struct net_device *dev)
{
	struct sink *sink = netdev_priv(dev);

	netif_napi_del(&sink->napi);
	free_percpu(sink->packets);
}

static const struct net_device_ops sink_ops = {
	.ndo_init = sink_init,
	.ndo_uninit = sink_uninit,
	.ndo_open = sink_open,
	.ndo_stop = sink_stop,
	.ndo_start_xmit = sink_xmit,
};

bool bench_is_sink(const struct net_device *dev)
{
	return dev->netdev_ops == &sink_ops;
}

static void sink_setup(struct net_device *dev)
{
	ether_setup(dev);
	eth_hw_addr_random(dev);
	dev->netdev_ops = &sink_ops;
	dev->needs_free_netdev = true;
	dev->flags |= IFF_NOARP;
	dev->flags &= ~IFF_MULTICAST;
	dev->priv_flags |= IFF_NO_QUEUE | IFF_LIVE_ADDR_CHANGE;
	dev->features |= NETIF_F_HW_CSUM | NETIF_F_SG;
	bench_lltx(dev);
}

static struct rtnl_link_ops sink_link = {
	.kind = "mgwbench",
	.priv_size = sizeof(struct sink),
	.setup = sink_setup,
};

int bench_sink_register(void)
{
	return rtnl_link_register(&sink_link);
}

void bench_sink_unregister(void)
{
	rtnl_link_unregister(&sink_link);
}
