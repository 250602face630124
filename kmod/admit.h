/* SPDX-License-Identifier: GPL-2.0 */
/* The first packet of a flow: may it begin a session, and with whom. */
#ifndef MGW_ADMIT_H
#define MGW_ADMIT_H

#include "packet.h"

/**
 * mgw_admit() - begin a session
 * @pkt: parsed, nobody's
 *
 * Context: softirq of the future owner, RCU read side.
 * Return: MGW_CONTINUE with pkt->sess and pkt->dir set; MGW_ACCEPT without a
 * service; MGW_HAND_OVER when another CPU shall do it; MGW_DROP.
 */
enum mgw_verdict mgw_admit(struct mgw_packet *pkt);

/**
 * mgw_admit_is_unknown() - whether no CPU can have a session of a packet
 * @pkt: parsed
 *
 * That is so when it goes to a vaddr without such a service, and all sessions
 * of deleted services have ended. Asked before the director, which costs more.
 *
 * Context: as mgw_admit(), which need not look for the service again.
 */
bool mgw_admit_is_unknown(struct mgw_packet *pkt);

#endif /* MGW_ADMIT_H */
