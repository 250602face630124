/* SPDX-License-Identifier: GPL-2.0 */
/* The hook of attached devices, ahead of the stack's IP receive. */
#ifndef MGW_INGRESS_H
#define MGW_INGRESS_H

#include <linux/netfilter.h>

/**
 * mgw_ingress() - netfilter's ingress hook of an attached device
 * @priv: the namespace, struct mgw_net
 * @skb: the packet
 * @state: of netfilter
 *
 * Takes the usual packet of a service or session: IPv4 without options or IPv6
 * without extension headers, whole, of the right length, sent to this host.
 * Whatever else there is goes on to the stack, and to the hook in PRE_ROUTING.
 *
 * Context: softirq, RCU read side.
 * Return: NF_ACCEPT, NF_DROP or NF_STOLEN.
 */
unsigned int mgw_ingress(void *priv, struct sk_buff *skb,
			 const struct nf_hook_state *state);

#endif /* MGW_INGRESS_H */
