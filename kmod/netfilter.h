/* SPDX-License-Identifier: GPL-2.0 */
/* What a hook needs from netfilter: who else has one, and how a packet goes on. */
#ifndef MGW_NETFILTER_H
#define MGW_NETFILTER_H

#include "packet.h"

/**
 * mgw_netfilter_must_see() - whether others decide first
 * @pkt: one that would begin a session
 *
 * A raw table, or whatever else is ahead of our own hook in PRE_ROUTING, may refuse
 * a session: its first packet, when it came by the ingress hook, goes by there.
 *
 * Context: softirq, RCU read side.
 */
bool mgw_netfilter_must_see(const struct mgw_packet *pkt);

/**
 * mgw_netfilter_resume() - the stack goes on with a packet that is not ours
 * @pkt: handed over by another CPU, or cut off from others; gone afterwards
 *
 * Lets others in meanwhile, see mgw_owner_pause(). One whose device has moved to
 * another namespace is freed.
 *
 * Context: owner, BH disabled, RCU read side.
 */
void mgw_netfilter_resume(const struct mgw_packet *pkt);

#endif /* MGW_NETFILTER_H */
