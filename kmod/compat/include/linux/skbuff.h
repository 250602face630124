/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Since 6.6 the bit that keeps a packet from taps, tc and ingress hooks has a
 * configuration switch of its own.
 */
#ifndef MGW_COMPAT_SKBUFF_H
#define MGW_COMPAT_SKBUFF_H

#include_next <linux/skbuff.h>

/* A packet that has been through all that is ahead of the protocols. */
static inline void mgw_skb_skip_ingress(struct sk_buff *skb)
{
#if defined(CONFIG_NET_CLS_ACT) || defined(CONFIG_NET_XGRESS)
	skb->tc_skip_classify = 1;
#endif
}

#endif /* MGW_COMPAT_SKBUFF_H */
