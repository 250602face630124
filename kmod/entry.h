/* SPDX-License-Identifier: GPL-2.0 */
/* From any hook into the walk. */
#ifndef MGW_ENTRY_H
#define MGW_ENTRY_H

#include <linux/netfilter.h>

#include "interest.h"
#include "packet.h"
#include "walk.h"

/* Of a packet that IP has, or is about to have. */
static __always_inline u8 mgw_entry_family(const struct sk_buff *skb)
{
	return skb->protocol == htons(ETH_P_IPV6) ? AF_INET6 : AF_INET;
}

/* Why the destination of a packet concerns us; its IP header is there. */
static __always_inline const struct mgw_interest *
mgw_entry_interest(const struct mgw_net *mnet, const struct sk_buff *skb,
		   u8 family)
{
	if (family == AF_INET)
		return mgw_interest_lookup(mnet, family, &ip_hdr(skb)->daddr);
	return mgw_interest_lookup(mnet, family, &ipv6_hdr(skb)->daddr);
}

/**
 * mgw_entry_concerns_rs() - whether a packet to somewhere else may concern us
 * @mnet: namespace, with something to watch for
 * @skb: its IP header is there
 * @family: of @skb
 *
 * It may be the answer of an rs in mode nat, an ICMP error on its way to or about
 * such an rs or a tunnel, or one with the mark of a service. ICMP errors about
 * packets of those rarely have their mark.
 *
 * Context: RCU read side.
 */
bool mgw_entry_concerns_rs(const struct mgw_net *mnet,
			   const struct sk_buff *skb, u8 family);

/* Carries out MGW_HAND_OVER and MGW_DEFER; other verdicts stay what they are. */
enum mgw_verdict mgw_entry_not_sent(struct mgw_packet *pkt,
				    enum mgw_verdict verdict);

/* All steps of a packet. MGW_ACCEPT, MGW_DROP or MGW_STOLEN. */
static __always_inline enum mgw_verdict mgw_entry_walk(struct mgw_packet *pkt)
{
	enum mgw_verdict verdict = mgw_walk(pkt);

	if (likely(verdict == MGW_STOLEN))
		return verdict;
	return mgw_entry_not_sent(pkt, verdict);
}

static inline unsigned int mgw_entry_answer(enum mgw_verdict verdict)
{
	switch (verdict) {
	case MGW_ACCEPT:
		return NF_ACCEPT;
	case MGW_STOLEN:
		return NF_STOLEN;
	default:
		return NF_DROP;
	}
}

/* See mgw_entry(); of a process. */
unsigned int mgw_entry_from_process(struct mgw_net *mnet, struct sk_buff *skb,
				    enum mgw_hook hook,
				    const struct nf_hook_state *state,
				    const struct mgw_interest *interest);

/* See mgw_entry(); in softirq, or with BH disabled. */
static __always_inline unsigned int
mgw_entry_in_softirq(struct mgw_net *mnet, struct sk_buff *skb,
		     enum mgw_hook hook, const struct nf_hook_state *state,
		     const struct mgw_interest *interest)
{
	struct mgw_packet pkt = {
		.mnet = mnet,
		.mc = mgw_this_cpu(mnet),
		.skb = skb,
		.hook = hook,
		.okfn = state->okfn,
		.interest = interest,
		.tuple.family = mgw_entry_family(skb),
	};
	enum mgw_verdict verdict;

	mgw_owner_enter(&pkt.mc->owner);
	verdict = mgw_entry_walk(&pkt);
	if (unlikely(verdict == MGW_ACCEPT))
		mgw_packet_passed(&pkt);
	mgw_owner_leave(&pkt.mc->owner);
	return mgw_entry_answer(verdict);
}

/**
 * mgw_entry() - a packet that concerns us, or may
 * @mnet: namespace
 * @skb: the packet; skb->data is the IP header, which has been validated
 * @hook: where it comes in
 * @state: of netfilter
 * @interest: see struct mgw_packet
 *
 * Inline, as each hook has a function for it: what is not ours shall not pay for the
 * stack frame.
 *
 * Context: softirq, or BH disabled; any other as well, as NFQUEUE gives a packet
 * back in the process that has judged it. RCU read side.
 * Return: what a netfilter hook says.
 */
static __always_inline unsigned int
mgw_entry(struct mgw_net *mnet, struct sk_buff *skb, enum mgw_hook hook,
	  const struct nf_hook_state *state,
	  const struct mgw_interest *interest)
{
	if (unlikely(!in_softirq()))
		return mgw_entry_from_process(mnet, skb, hook, state, interest);
	return mgw_entry_in_softirq(mnet, skb, hook, state, interest);
}

/* A packet that another CPU has handed over: goes on where its hook left it. */
void mgw_entry_handed_over(struct mgw_cpu *mc, struct sk_buff *skb);

#endif /* MGW_ENTRY_H */
