/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TOA: the client's address and port in a TCP option, for an rs that sees a laddr.
 * The option is the first one, of 8 bytes for IPv4 and 20 for IPv6: kind, length,
 * port, address (that of alibaba/LVS and DPVS). An rs may look at the ACK that
 * ends the handshake or at the first data, and either may be lost or overtaken:
 * each packet has it, but a SYN, until the client acknowledges data of the rs,
 * which thus has accepted the connection.
 */
#ifndef MGW_TOA_H
#define MGW_TOA_H

#include "packet.h"
#include "tcp_opt.h"

/* Whether a packet, rewritten already, is to name its client. */
static __always_inline bool mgw_toa_is_due(const struct mgw_packet *pkt)
{
	return pkt->sess->flags & MGW_SESSION_TOA &&
	       pkt->dir == MGW_DIR_FROM_CLIENT;
}

/* Whether options of a client have to be walked for what only we may write. */
static inline bool mgw_toa_may_be_forged(const struct mgw_packet *pkt,
					 const struct tcphdr *th)
{
	if (pkt->seg.flags & MGW_TCPHDR_SYN)
		return pkt->rare_options;
	return !mgw_tcp_opt_only_timestamps(th);
}

/* Bytes that packets of that direction grow by until the rs has been told. */
unsigned int mgw_toa_room(const struct mgw_packet *pkt);

/**
 * mgw_toa_add() - the client's address into a rewritten packet
 * @pkt: with mgw_toa_is_due() and dst; headers may have moved afterwards
 *
 * A packet that has no room for it, in its options or in the MTU, stays as it
 * is, and is counted; SACK blocks give way, as the rs needs them less.
 *
 * Context: owner, BH disabled.
 */
void mgw_toa_add(struct mgw_packet *pkt);

/*
 * Parts of rewriting a writable header, which return what they did to the
 * checksum. blank: options of a client that look like ours become NOPs, with
 * TOA on or off: nobody but a balancer may speak for a client.
 * make_room: of the rs's SYN; a client then sends segments that leave room.
 */
__wsum mgw_toa_blank(const struct mgw_packet *pkt, struct tcphdr *th);
__wsum mgw_toa_make_room(const struct mgw_packet *pkt, struct tcphdr *th);

/* The same blanking of a packet that is sent on as it came. */
enum mgw_verdict mgw_toa_blank_whole(struct mgw_packet *pkt);

/**
 * mgw_toa_in_quote() - whether we put it into a packet that an error quotes
 * @pkt: the error, with the session
 * @th: the quoted TCP header
 * @len: bytes of it there are
 *
 * Return: its length, 0 when it is not there.
 */
unsigned int mgw_toa_in_quote(const struct mgw_packet *pkt,
			      const struct tcphdr *th, unsigned int len);

#endif /* MGW_TOA_H */
