/* SPDX-License-Identifier: GPL-2.0 */
/* The walk: all steps of a packet. */
#ifndef MGW_WALK_H
#define MGW_WALK_H

#include "packet.h"

/**
 * mgw_walk() - all steps of a packet that concerns us
 * @pkt: with mnet, mc, skb, hook, okfn, interest and tuple.family set; skb->data is
 *	the IP header, which has been validated
 *
 * Context: owner, in softirq or with BH disabled; RCU read side.
 * Return: anything but MGW_CONTINUE.
 */
enum mgw_verdict mgw_walk(struct mgw_packet *pkt);

#endif /* MGW_WALK_H */
