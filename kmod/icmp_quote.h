/* SPDX-License-Identifier: GPL-2.0 */
/* What ICMP errors quote: found, and turned back into what was sent. */
#ifndef MGW_ICMP_QUOTE_H
#define MGW_ICMP_QUOTE_H

#include "packet.h"

/* Both ports and a sequence number: what each error has to quote, RFC 792. */
#define MGW_QUOTE_L4_MIN 8

/**
 * struct mgw_quote - the packet an ICMP error is about
 * @at: offset of its IP header from skb->data
 * @l4: offset of its transport header from @at
 * @len: bytes of it there are, from @at on
 * @tail: bytes behind it, RFC 4884 extensions
 * @proto: transport protocol
 * @toa: bytes of it that we have put in, see mgw_quote_find_toa()
 */
struct mgw_quote {
	unsigned int at;
	unsigned int l4;
	unsigned int len;
	unsigned int tail;
	u8 proto;
	u8 toa;
};

/**
 * mgw_quote_parse() - where is what in a quoted packet
 * @pkt: an ICMP error; pulled as far as needed
 * @quote: what was found
 *
 * Return: false without a whole IP header and the ports behind it, or when these
 * are not at the start of the quoted packet's transport header.
 */
bool mgw_quote_parse(struct mgw_packet *pkt, struct mgw_quote *quote);

/* The tuple of an answer to the quoted packet. */
void mgw_quote_tuple(const struct mgw_packet *pkt,
		     const struct mgw_quote *quote, struct mgw_tuple *tuple);

/*
 * Once the session is known: its sender knows nothing of an option of ours.
 * Where extensions follow the quoted packet, nothing is taken out of it.
 */
void mgw_quote_find_toa(const struct mgw_packet *pkt, struct mgw_quote *quote);

/**
 * mgw_quote_restore() - append the packet as its sender knows it
 * @pkt: the error, with the session and direction of @quote's answer
 * @quote: of @pkt
 * @to: has room for a header of either family and @quote->len + @quote->tail
 *
 * Addresses, ports, IP version, sequence numbers and checksums are turned back;
 * hop limits stay, as they tell how far it came. Extensions are left out where
 * the IP version changes (RFC 7915, 4.2).
 *
 * Return: false when it can't be read, and @to is of no use.
 */
bool mgw_quote_restore(const struct mgw_packet *pkt,
		       const struct mgw_quote *quote, struct sk_buff *to);

#endif /* MGW_ICMP_QUOTE_H */
