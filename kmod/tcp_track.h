/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TCP tracking of both directions of a session. Knows numbers and flags only:
 * no packet, no timer, no address.
 *
 * Owner only: softirq of the CPU that owns the session, without a lock.
 */
#ifndef _MGW_TCP_TRACK_H
#define _MGW_TCP_TRACK_H

#include <linux/types.h>
#include "dir.h"

#define MGW_TCP_NO_WSCALE	0xff

/* Byte 13 of the TCP header. */
#define MGW_TCPHDR_FIN		0x01
#define MGW_TCPHDR_SYN		0x02
#define MGW_TCPHDR_RST		0x04
#define MGW_TCPHDR_PSH		0x08
#define MGW_TCPHDR_ACK		0x10
#define MGW_TCPHDR_URG		0x20

/* What mgw_tcp_track_segment() says; a new state always renews the timer. */
#define MGW_TCP_REFRESH		0x01	/* in window: renew the idle timer */
#define MGW_TCP_STATE		0x02	/* the state changed */
#define MGW_TCP_REUSE		0x04	/* end this session, admit a new one */
#define MGW_TCP_OUT_OF_WINDOW	0x08	/* nothing learnt, forward it */

/* Flags of a half. */
#define MGW_TCP_HALF_SEEN	0x01	/* end, maxend and maxwin are known */
#define MGW_TCP_HALF_ACKED	0x02	/* a valid ACK was sent, ack is known */
#define MGW_TCP_HALF_WSCALE	0x04	/* its SYN offered window scaling */
#define MGW_TCP_HALF_LIBERAL	0x08	/* scaling unknown: no window check */
#define MGW_TCP_HALF_FIN	0x10	/* a FIN was sent */
#define MGW_TCP_HALF_FIN_ACKED	0x20	/* and the other side has it */
#define MGW_TCP_HALF_RST	0x40	/* an RST in its name, and nothing since */
#define MGW_TCP_HALF_HEARD	0x80	/* it has acknowledged more than a SYN */

/**
 * struct mgw_tcp_seg - a segment in host byte order, as the client sees it
 * @seq: sequence number
 * @ack: acknowledgement number, of meaning with the ACK flag only
 * @end: seq + payload, + 1 for a SYN, + 1 for a FIN
 * @win: window, not scaled
 * @flags: byte 13 of the TCP header
 * @wscale: shift from the option of a SYN, or MGW_TCP_NO_WSCALE
 */
struct mgw_tcp_seg {
	u32 seq;
	u32 ack;
	u32 end;
	u16 win;
	u8 flags;
	u8 wscale;
};

/**
 * struct mgw_tcp_half - what one side has sent
 * @end: highest end of a segment
 * @maxend: highest end the other side has allowed
 * @maxwin: biggest window it has offered, in bytes, at least 1
 * @ack: highest acknowledgement number
 * @wscale: shift of its windows
 * @flags: MGW_TCP_HALF_*
 */
struct mgw_tcp_half {
	u32 end;
	u32 maxend;
	u32 maxwin;
	u32 ack;
	u8 wscale;
	u8 flags;
};

/**
 * struct mgw_tcp_track - both sides; their state is the caller's, who has one for
 *	each protocol
 * @half: by enum mgw_dir
 */
struct mgw_tcp_track {
	struct mgw_tcp_half half[MGW_DIR_MAX];
};

bool mgw_tcp_flags_valid(u8 flags);
void mgw_tcp_track_start(struct mgw_tcp_track *t, u8 *state,
			 const struct mgw_tcp_seg *syn);
void mgw_tcp_track_pickup(struct mgw_tcp_track *t, u8 state);
unsigned int mgw_tcp_track_one_way(struct mgw_tcp_track *t, u8 *state,
				   const struct mgw_tcp_seg *seg);
unsigned int mgw_tcp_track_segment(struct mgw_tcp_track *t, u8 *state,
				   enum mgw_dir dir,
				   const struct mgw_tcp_seg *seg);

#endif /* _MGW_TCP_TRACK_H */
