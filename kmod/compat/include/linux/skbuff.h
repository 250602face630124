/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Since 6.6 the bit that keeps a packet from taps, tc and ingress hooks has a
 * configuration switch of its own. Since 5.11 the first member has the name it
 * has on a lockless list, too. Since 5.18 a time stamp is of one of two kinds.
 */
#ifndef MGW_COMPAT_SKBUFF_H
#define MGW_COMPAT_SKBUFF_H

#include_next <linux/skbuff.h>
#include <linux/llist.h>
#include <linux/version.h>

/* A packet that has been through all that is ahead of the protocols. */
static inline void mgw_skb_skip_ingress(struct sk_buff *skb)
{
#if defined(CONFIG_NET_CLS_ACT) || defined(CONFIG_NET_XGRESS)
	skb->tc_skip_classify = 1;
#endif
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 18, 0)
static inline void skb_clear_tstamp(struct sk_buff *skb)
{
	skb->tstamp = 0;
}
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)
static_assert(offsetof(struct sk_buff, next) == 0);

static inline struct llist_node *mgw_skb_llist(struct sk_buff *skb)
{
	return (struct llist_node *)skb;
}

static inline struct sk_buff *mgw_llist_skb(struct llist_node *node)
{
	return (struct sk_buff *)node;
}
#else
static inline struct llist_node *mgw_skb_llist(struct sk_buff *skb)
{
	return &skb->ll_node;
}

static inline struct sk_buff *mgw_llist_skb(struct llist_node *node)
{
	return container_of(node, struct sk_buff, ll_node);
}
#endif

#endif /* MGW_COMPAT_SKBUFF_H */
