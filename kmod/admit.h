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
 * service; MGW_STOLEN when another CPU shall do it; MGW_DROP.
 */
enum mgw_verdict mgw_admit(struct mgw_packet *pkt);

#endif /* MGW_ADMIT_H */
