/* SPDX-License-Identifier: GPL-2.0 */
/* What several steps do to the bytes of an skb. */
#ifndef MGW_SKB_H
#define MGW_SKB_H

#include <linux/skbuff.h>
#include <net/ip.h>

#include "session.h"

/**
 * struct mgw_ip_head - of an IP header what a tuple does not say
 * @tos: with ECN; or the traffic class
 * @ttl: or hop limit
 * @df: IPv4: nobody may cut it
 * @needs_id: IPv4: it gets an ID, or as many as it has segments
 */
struct mgw_ip_head {
	u8 tos;
	u8 ttl;
	bool df;
	bool needs_id;
};

/**
 * mgw_skb_push_ip() - an IP header in front of a packet
 * @net: namespace, for the ID
 * @skb: with room in front; skb->data is what the header is for
 * @tuple: addresses, protocol and family of the header
 * @head: the rest of it
 *
 * The control block is that of the new header's IP version afterwards, and has of the
 * old one the device alone.
 *
 * Context: any.
 */
void mgw_skb_push_ip(struct net *net, struct sk_buff *skb,
		     const struct mgw_tuple *tuple,
		     const struct mgw_ip_head *head);

/* An ID for a packet of IPv4 with these addresses, or for each of its segments. */
static inline void mgw_skb_select_id(struct net *net, const struct sk_buff *skb,
				     struct iphdr *iph)
{
	__ip_select_ident(net, iph, max_t(int, 1, skb_shinfo(skb)->gso_segs));
}

#endif /* MGW_SKB_H */
