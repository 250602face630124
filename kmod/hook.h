/* SPDX-License-Identifier: GPL-2.0 */
/* The doors: netfilter hooks, and packets that other CPUs handed over. */
#ifndef MGW_HOOK_H
#define MGW_HOOK_H

#include <linux/types.h>

struct mgw_cpu;
struct mgw_net;
struct sk_buff;

/* Opens and closes the doors of a namespace. Process context. */
int mgw_hook_register(struct mgw_net *mnet);
void mgw_hook_unregister(struct mgw_net *mnet);

/* A packet from the steer queue: goes on where its hook left it. */
void mgw_hook_steered(struct mgw_cpu *mc, struct sk_buff *skb, bool again);

#endif /* MGW_HOOK_H */
