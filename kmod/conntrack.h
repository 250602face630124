/* SPDX-License-Identifier: GPL-2.0 */
/* What the host's connection tracking has, where there is one. */
#ifndef MGW_CONNTRACK_H
#define MGW_CONNTRACK_H

#include <linux/skbuff.h>
#include <linux/types.h>

struct mgw_tuple;
struct net;

#if IS_ENABLED(CONFIG_NF_CONNTRACK)
/**
 * mgw_conntrack_translates() - whether a packet is of a connection the host does NAT for
 * @net: namespace
 * @tuple: of the packet
 * @skb: the packet; a raw table may have told its zone
 * @answers: only if it is an answer, so that somebody behind the host has begun
 *
 * The connections of our sessions are unknown there. No more than a lookup in a hash
 * table.
 *
 * Context: RCU read side, BH disabled.
 */
bool mgw_conntrack_translates(struct net *net, const struct mgw_tuple *tuple,
			      const struct sk_buff *skb, bool answers);

/**
 * mgw_conntrack_masquerades() - whether the host may give its address to what passes
 * @net: namespace
 * @family: of the packets
 *
 * There is a hook where iptables and nftables do so. What does it elsewhere, as tc and
 * Open vSwitch, is not seen.
 *
 * Context: RCU read side.
 */
bool mgw_conntrack_masquerades(const struct net *net, u8 family);

/*
 * Module nf_conntrack is used from when it is there, and then stays. exit: nobody asks
 * any more.
 */
int mgw_conntrack_init(void);
void mgw_conntrack_exit(void);
#else
static inline bool mgw_conntrack_translates(struct net *net,
					    const struct mgw_tuple *tuple,
					    const struct sk_buff *skb,
					    bool answers)
{
	return false;
}

static inline bool mgw_conntrack_masquerades(const struct net *net, u8 family)
{
	return false;
}

static inline int mgw_conntrack_init(void)
{
	return 0;
}

static inline void mgw_conntrack_exit(void)
{
}
#endif

#endif /* MGW_CONNTRACK_H */
