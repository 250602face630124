// SPDX-License-Identifier: GPL-2.0
/*
 * The ingress hook: what IP receive would have checked and prepared, for the
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

#include "entry.h"
#include "hot.h"

/* Version 4, five words of header. */
#define PLAIN_IPV4 0x45

/*
 * Whether the stack would deliver it to IP, of this device: sent to this host,
 * not of a VLAN on top of it, not for a bridge, bond or the like, not shared
 * with anybody (headers are pulled in place).
 */
static __always_inline bool is_for_ip(struct sk_buff *skb)
{
	return likely(!mgw_packet_is_hosts(skb)) &&
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
	if (unlikely(ip6h->version != 6 ||
		     (ip6h->nexthdr != IPPROTO_TCP &&
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

static __always_inline unsigned int header_len(u8 family)
{
	return family == AF_INET ? sizeof(struct iphdr) :
				   sizeof(struct ipv6hdr);
}

/* What IP receive would do with a header that is there. */
static __always_inline bool is_usual(struct sk_buff *skb)
{
	return skb->protocol == htons(ETH_P_IP) ? is_usual4(skb) :
						  is_usual6(skb);
}

/* Ours it may be, but not for this hook. */
static noinline unsigned int leave(struct mgw_net *mnet)
{
	struct mgw_cpu *mc = mgw_this_cpu(mnet);

	mgw_owner_enter(&mc->owner);
	mgw_counters_inc(&mc->counters, MGW_COUNTER_INGRESS_PASSED);
	mgw_owner_leave(&mc->owner);
	return NF_ACCEPT;
}

/* Not part of mgw_ingress(), which has no stack frame without it. */
static noinline unsigned int __mgw_hot
receive(struct mgw_net *mnet, struct sk_buff *skb,
	const struct nf_hook_state *state, const struct mgw_interest *interest)
{
	if (unlikely(!is_for_ip(skb)))
		return NF_ACCEPT;
	if (unlikely(!is_usual(skb)))
		return leave(mnet);
	/* As IP receive and what is ahead of it do. */
	skb_orphan(skb);
	skb_reset_redirect(skb);
	return mgw_entry(mnet, skb, MGW_HOOK_INGRESS, state, interest);
}

/*
 * Of an rs in mode nat, perhaps, or marked by tc. Marks of netfilter's chains are
 * for the other hook.
 */
static noinline unsigned int watch(struct mgw_net *mnet, struct sk_buff *skb,
				   const struct nf_hook_state *state,
				   u8 family)
{
	const void *saddr = family == AF_INET ? (void *)&ip_hdr(skb)->saddr :
						(void *)&ipv6_hdr(skb)->saddr;

	if (!mgw_interest_is_mark(mnet, family, skb->mark) &&
	    !mgw_interest_is_source(mnet, family, saddr))
		return NF_ACCEPT;
	return receive(mnet, skb, state, NULL);
}

/* Its header is there, to be read but not yet believed. */
static __always_inline unsigned int judge(struct mgw_net *mnet,
					  struct sk_buff *skb,
					  const struct nf_hook_state *state,
					  u8 family)
{
	const struct mgw_interest *interest;

	interest = mgw_entry_interest(mnet, skb, family);
	if (unlikely(interest))
		return receive(mnet, skb, state, interest);
	if (unlikely(READ_ONCE(mnet->watch)))
		return watch(mnet, skb, state, family);
	return NF_ACCEPT;
}

/* One that is too short to say is not ours. */
static noinline unsigned int pull_and_judge(struct mgw_net *mnet,
					    struct sk_buff *skb,
					    const struct nf_hook_state *state,
					    u8 family)
{
	if (!is_for_ip(skb) || !pskb_may_pull(skb, header_len(family)))
		return NF_ACCEPT;
	return judge(mnet, skb, state, family);
}

static __always_inline unsigned int arrived(struct mgw_net *mnet,
					    struct sk_buff *skb,
					    const struct nf_hook_state *state,
					    u8 family)
{
	if (unlikely(skb_headlen(skb) < header_len(family)))
		return pull_and_judge(mnet, skb, state, family);
	return judge(mnet, skb, state, family);
}

unsigned int __mgw_hot mgw_ingress(void *priv, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	if (skb->protocol == htons(ETH_P_IP))
		return arrived(priv, skb, state, AF_INET);
	if (skb->protocol == htons(ETH_P_IPV6))
		return arrived(priv, skb, state, AF_INET6);
	return NF_ACCEPT;
}
