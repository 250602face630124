/* SPDX-License-Identifier: GPL-2.0 */
/* Whose is a packet that is in no table of this CPU; the way to its owner. */
#ifndef MGW_STEER_H
#define MGW_STEER_H

#include "packet.h"

struct mgw_interest;

/* Packets under way from one CPU to another, at most. */
#define MGW_STEER_BACKLOG	2048
/* Packets of one CPU that wait for sessions on the move, at most. */
#define MGW_STEER_DEFERRED	4096

/**
 * mgw_steer_miss() - find the owner of a packet without a session here
 * @pkt: parsed
 * @interest: why its destination concerns us; NULL when only its source, its
 *	mark or what it quotes may
 *
 * Context: softirq, RCU read side.
 * Return: MGW_CONTINUE when it is nobody's, so may begin a session here;
 * MGW_STOLEN when its owner has it now; MGW_ACCEPT when it is the host's own.
 */
enum mgw_verdict mgw_steer_miss(struct mgw_packet *pkt,
				const struct mgw_interest *interest);

/* Hands a packet over. MGW_STOLEN, or MGW_DROP when the queue is full. */
enum mgw_verdict mgw_steer_to(struct mgw_packet *pkt, unsigned int cpu);

/* Where netfilter was when a packet was handed over; NULL: at an ingress door. */
mgw_okfn_t *mgw_steer_okfn(const struct sk_buff *skb);

/*
 * kick: the owner looks at its queue soon. drain: all that is queued, at once;
 * on the owner with BH disabled, for a CPU about to go offline. stop: nobody
 * hands over any more, what is queued is dropped.
 */
void mgw_steer_kick(struct mgw_cpu *mc);
void mgw_steer_drain(struct mgw_cpu *mc);
void mgw_steer_stop(struct mgw_cpu *mc);
int mgw_steer_init(struct mgw_cpu *mc);
void mgw_steer_exit(struct mgw_cpu *mc);

#endif /* MGW_STEER_H */
