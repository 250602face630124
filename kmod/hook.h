/* SPDX-License-Identifier: GPL-2.0 */
/* The walk, and its hooks: PRE_ROUTING, and packets other CPUs handed over. */
#ifndef MGW_HOOK_H
#define MGW_HOOK_H

#include <linux/netfilter.h>

#include "packet.h"

struct mgw_interest;

/**
 * mgw_hook_walk() - all steps of a packet that concerns us
 * @pkt: with mnet, mc, skb, okfn and tuple.family set; skb->data is the IP
 *	header, which has been validated
 * @interest: of its destination; NULL when only its source, its mark, or what it
 *	quotes, may concern us
 *
 * Context: softirq, or BH disabled; RCU read side.
 * Return: MGW_ACCEPT, MGW_DROP or MGW_STOLEN.
 */
enum mgw_verdict mgw_hook_walk(struct mgw_packet *pkt,
			       const struct mgw_interest *interest);

/* What a netfilter hook says for a verdict. */
static inline unsigned int mgw_hook_answer(enum mgw_verdict verdict)
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

/* Opens and closes the hooks of a namespace. Process context. */
int mgw_hook_register(struct mgw_net *mnet);
void mgw_hook_unregister(struct mgw_net *mnet);

/* A packet from the steer queue: goes on where its hook left it. */
void mgw_hook_steered(struct mgw_cpu *mc, struct sk_buff *skb);

#endif /* MGW_HOOK_H */
