/* SPDX-License-Identifier: GPL-2.0 */
/* The second half of the walk. */
#ifndef MGW_FORWARD_H
#define MGW_FORWARD_H

#include "packet.h"

/**
 * mgw_forward() - bring a packet to the other end of its session
 * @pkt: with sess and dir; its session has been told of it
 *
 * Context: owner, BH disabled; RCU read side.
 * Return: MGW_STOLEN; MGW_DROP; or MGW_ACCEPT when this host is the rs, and its stack
 * is to have the packet as it is.
 */
enum mgw_verdict mgw_forward(struct mgw_packet *pkt);

#endif /* MGW_FORWARD_H */
