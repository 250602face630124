/* SPDX-License-Identifier: GPL-2.0 */
/* What br_netfilter makes of the hooks of IP. */
#ifndef MGW_BRIDGE_H
#define MGW_BRIDGE_H

#include <linux/skbuff.h>

struct net;
struct nf_hook_ops;

/* Of one that a bridge has received, with br_netfilter. */
bool mgw_bridge_hands_on(const struct sk_buff *skb);

/**
 * mgw_bridge_has_still() - whether a bridge is about to hand a frame to somebody else
 * @skb: in PRE_ROUTING
 *
 * br_netfilter shows every frame that a bridge receives to the hooks of IP, as if
 * it was sent to this host, before the bridge decides whose it is; they do not come
 * again when the bridge hands them up. This host's are those to an address of the
 * bridge, or of the port they came by.
 *
 * Context: RCU read side.
 */
static inline bool mgw_bridge_has_still(const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_BRIDGE_NETFILTER)
	return unlikely(skb_ext_exist(skb, SKB_EXT_BRIDGE_NF)) &&
	       mgw_bridge_hands_on(skb);
#else
	return false;
#endif
}

/**
 * mgw_bridge_has_hook() - whether a hook of IP is one of br_netfilter's
 * @net: where it is
 * @ops: in PRE_ROUTING
 *
 * That one looks at nothing but packets that its hooks of bridges have had.
 *
 * Context: RCU read side.
 */
bool mgw_bridge_has_hook(const struct net *net, const struct nf_hook_ops *ops);

#endif /* MGW_BRIDGE_H */
