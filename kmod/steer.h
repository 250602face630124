/* SPDX-License-Identifier: GPL-2.0 */
/* Whose is a packet that is in no table of this CPU; the way to its owner. */
#ifndef MGW_STEER_H
#define MGW_STEER_H

#include "packet.h"

/* Packets under way from one CPU to another, at most. */
#define MGW_STEER_BACKLOG	2048
/*
 * From the CPU it came on to the one that seems to own it, which may learn that
 * it is another one's, as two CPUs claim the same tuple at once.
 */
#define MGW_STEER_HOPS		3
/* Packets of one CPU that wait for sessions on the move, at most. */
#define MGW_STEER_DEFERRED	4096

/**
 * mgw_steer_find_owner() - whose is a packet without a session here
 * @pkt: parsed
 *
 * Context: softirq, RCU read side.
 * Return: MGW_CONTINUE when it is nobody's, so may begin a session here;
 * MGW_HAND_OVER; MGW_DEFER while its session may be on its way between CPUs;
 * MGW_ACCEPT when it is the host's own.
 */
enum mgw_verdict mgw_steer_find_owner(struct mgw_packet *pkt);

/*
 * To the CPU pkt->to_cpu. MGW_STOLEN, or MGW_DROP when the queue is full or it
 * has been handed on too often.
 */
enum mgw_verdict mgw_steer_hand_over(struct mgw_packet *pkt);

/*
 * While sessions move between CPUs: a packet whose session may be on its way, or
 * that would begin one, waits until they have arrived. MGW_STOLEN, or MGW_DROP.
 */
enum mgw_verdict mgw_steer_defer(struct mgw_packet *pkt);

/* What the CPU that handed it over knew of it: hook, okfn, hops and spilled. */
void mgw_steer_restore(struct mgw_packet *pkt);

/*
 * Before a device goes: the owner lets go of its routes soon, if it has any. Nobody
 * waits for it.
 */
void mgw_steer_forget_routes(struct mgw_cpu *mc);

/* Whether any packet was ever handed to that CPU. */
bool mgw_steer_was_used(const struct mgw_cpu *mc);

/*
 * kick: the owner looks at its queue soon. drain: all that is queued, at once;
 * on the owner with BH disabled, when it is the owner no longer.
 */
void mgw_steer_kick(struct mgw_cpu *mc);
void mgw_steer_drain(struct mgw_cpu *mc);

/*
 * The life of it, each for all CPUs before the next: init, start; then, when the
 * hooks are gone, stop (it looks no more, so it hands on no more), settle (no
 * IPI is on its way; one that has begun ends before a grace period does) and
 * shut_out (what is queued is dropped; under cpus_read_lock, as rehome.c empties
 * queues as well); del, and a grace period later exit. Process context.
 */
int mgw_steer_init(struct mgw_cpu *mc);
void mgw_steer_start(struct mgw_cpu *mc);
void mgw_steer_stop(struct mgw_cpu *mc);
void mgw_steer_settle(struct mgw_cpu *mc);
void mgw_steer_shut_out(struct mgw_cpu *mc);
void mgw_steer_del(struct mgw_cpu *mc);
void mgw_steer_exit(struct mgw_cpu *mc);

#endif /* MGW_STEER_H */
