/* SPDX-License-Identifier: GPL-2.0 */
/* Initial sequence numbers towards the real servers. */
#ifndef MGW_ISN_H
#define MGW_ISN_H

#include <linux/types.h>

struct mgw_net;
struct mgw_session;

/**
 * mgw_isn() - sequence number for the SYN of a session to its rs
 * @mnet: namespace
 * @sess: with laddr, raddr, ports and map set
 *
 * Unguessable and rising with time for each (laddr, lport, rs), RFC 6528, so
 * that an rs in TIME_WAIT accepts it. The clock is real time: nodes of a
 * cluster agree on it.
 */
u32 mgw_isn(const struct mgw_net *mnet, const struct mgw_session *sess);

/**
 * mgw_isn_remember() - a connection ends: let the next one start beyond it
 * @mnet: namespace
 * @sess: a TCP session that ends
 *
 * A client that sent faster than the clock of the ISN runs (15.6 MB/s) would
 * otherwise leave an rs in TIME_WAIT at a number the next ISN has not reached.
 *
 * Context: owner, BH disabled.
 */
void mgw_isn_remember(const struct mgw_net *mnet, struct mgw_session *sess);

#endif /* MGW_ISN_H */
