// SPDX-License-Identifier: GPL-2.0
/*
 * The ingress door: what IP receive would have checked and prepared, for the
 * usual packet, and then the walk. Softirq, RCU read side, the last ingress hook
 * of its device. Until it is sure of a packet it changes nothing the stack has
 * not made ready for: a packet it leaves is as good as one it never saw.
 */
#include "ingress.h"

#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "hook.h"
#include "hot.h"
#include "interest.h"
#include "packet.h"

/* Version 4, five words of header. */
#define PLAIN_IPV4 0x45

/*
 * Whether the stack would deliver it to IP, of this device: sent to this host,
 * not of a VLAN on top of it, not for a bridge, bond or the like, not shared
 * with anybody (headers are pulled in place).
 */
static __always_inline bool is_for_ip(const struct sk_buff *skb)
{
	return likely(skb->pkt_type == PACKET_HOST) &&
	       likely(!skb_vlan_tag_present(skb)) &&
	       likely(!rcu_access_pointer(skb->dev->rx_handler)) &&
	       likely(!skb_shared(skb));
}

/* Longer than its header says: a device's padding. */
static noinline bool trim(struct sk_buff *skb, unsigned int len)
{
	return !pskb_trim_rcsum(skb, len);
}

static __always_inline bool fit(struct sk_buff *skb, unsigned int len)
{
	if (likely(skb->len == len))
		return true;
	return skb->len > len && trim(skb, len);
}

static __always_inline bool is_usual4(struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
	unsigned int len = ntohs(iph->tot_len);

	if (unlikely(*skb_network_header(skb) != PLAIN_IPV4 ||
		     ip_is_fragment(iph) || len < sizeof(*iph) ||
		     ip_fast_csum((const u8 *)iph, sizeof(*iph) / 4)))
		return false;
	if (unlikely(!fit(skb, len)))
		return false;
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	IPCB(skb)->iif = skb->skb_iif;
	return true;
}

static __always_inline bool is_usual6(struct sk_buff *skb)
{
	const struct inet6_dev *idev = __in6_dev_get(skb->dev);
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	unsigned int len = sizeof(*ip6h) + ntohs(ip6h->payload_len);

	/* A length of zero is that of super-packets over 64 KiB. */
	if (unlikely((ip6h->nexthdr != IPPROTO_TCP &&
		      ip6h->nexthdr != IPPROTO_UDP) || !ip6h->payload_len))
		return false;
	if (unlikely(!idev || READ_ONCE(idev->cnf.disable_ipv6)))
		return false;
	if (unlikely(!fit(skb, len)))
		return false;
	memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));
	IP6CB(skb)->iif = skb->dev->ifindex;
	IP6CB(skb)->nhoff = offsetof(struct ipv6hdr, nexthdr);
	return true;
}

/* NULL also for what is too short to say. */
static __always_inline const struct mgw_interest *
interest_of(struct mgw_net *mnet, struct sk_buff *skb, u8 family)
{
	if (family == AF_INET) {
		if (unlikely(!pskb_may_pull(skb, sizeof(struct iphdr)) ||
			     ip_hdr(skb)->version != 4))
			return NULL;
		return mgw_interest_lookup(mnet, family, &ip_hdr(skb)->daddr);
	}
	if (unlikely(!pskb_may_pull(skb, sizeof(struct ipv6hdr)) ||
		     ipv6_hdr(skb)->version != 6))
		return NULL;
	return mgw_interest_lookup(mnet, family, &ipv6_hdr(skb)->daddr);
}

static __always_inline enum mgw_verdict
start_walk(struct mgw_net *mnet, struct sk_buff *skb, u8 family,
	   const struct mgw_interest *interest)
{
	struct mgw_packet pkt = {
		.mnet = mnet,
		.mc = mgw_this_cpu(mnet),
		.skb = skb,
		.tuple.family = family,
	};
	enum mgw_verdict verdict;

	/* tc may have chosen a socket of this host for it. */
	if (likely(!skb_sk_is_prefetched(skb)) &&
	    likely(family == AF_INET ? is_usual4(skb) : is_usual6(skb))) {
		/* As IP receive and what is ahead of it do. */
		skb_orphan(skb);
		skb_reset_redirect(skb);
		verdict = mgw_hook_walk(&pkt, interest);
		if (likely(verdict != MGW_ACCEPT))
			return verdict;
	}
	mgw_counters_inc(&pkt.mc->counters, MGW_COUNTER_INGRESS_PASSED);
	return MGW_ACCEPT;
}

unsigned int __mgw_hot mgw_ingress(void *priv, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	const struct mgw_interest *interest;
	struct mgw_net *mnet = priv;
	u8 family;

	if (unlikely(!is_for_ip(skb)))
		return NF_ACCEPT;
	if (skb->protocol == htons(ETH_P_IP))
		family = AF_INET;
	else if (skb->protocol == htons(ETH_P_IPV6))
		family = AF_INET6;
	else
		return NF_ACCEPT;
	interest = interest_of(mnet, skb, family);
	if (likely(!interest))
		return NF_ACCEPT;
	return mgw_hook_answer(start_walk(mnet, skb, family, interest));
}
