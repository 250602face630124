// SPDX-License-Identifier: GPL-2.0
/* What several steps do to the bytes of an skb, see skb.h. Any context. */
#include "skb.h"

#include <net/ipv6.h>

static int incoming_device(const struct sk_buff *skb)
{
	return skb->protocol == htons(ETH_P_IPV6) ? IP6CB(skb)->iif :
						    IPCB(skb)->iif;
}

static void push_ipv4(struct net *net, struct sk_buff *skb,
		      const struct mgw_tuple *tuple,
		      const struct mgw_ip_head *head)
{
	struct iphdr *iph = skb_push(skb, sizeof(*iph));
	int iif = incoming_device(skb);

	memset(iph, 0, sizeof(*iph));
	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tos = head->tos;
	iph->tot_len = htons(skb->len);
	iph->frag_off = head->df ? htons(IP_DF) : 0;
	iph->ttl = head->ttl;
	iph->protocol = tuple->proto;
	iph->saddr = tuple->saddr.ip;
	iph->daddr = tuple->daddr.ip;
	if (head->needs_id)
		mgw_skb_select_id(net, skb, iph);
	ip_send_check(iph);
	skb->protocol = htons(ETH_P_IP);
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	IPCB(skb)->iif = iif;
}

static void push_ipv6(struct sk_buff *skb, const struct mgw_tuple *tuple,
		      const struct mgw_ip_head *head)
{
	unsigned int len = skb->len;
	int iif = incoming_device(skb);
	struct ipv6hdr *ip6h;

	ip6h = skb_push(skb, sizeof(*ip6h));
	ip6_flow_hdr(ip6h, head->tos, 0);
	ip6h->payload_len = htons(len);
	ip6h->nexthdr = tuple->proto;
	ip6h->hop_limit = head->ttl;
	ip6h->saddr = tuple->saddr.in6;
	ip6h->daddr = tuple->daddr.in6;
	skb->protocol = htons(ETH_P_IPV6);
	memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));
	IP6CB(skb)->iif = iif;
	IP6CB(skb)->nhoff = offsetof(struct ipv6hdr, nexthdr);
}

void mgw_skb_push_ip(struct net *net, struct sk_buff *skb,
		     const struct mgw_tuple *tuple,
		     const struct mgw_ip_head *head)
{
	if (tuple->family == AF_INET)
		push_ipv4(net, skb, tuple, head);
	else
		push_ipv6(skb, tuple, head);
	skb_reset_network_header(skb);
}
