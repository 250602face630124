/* SPDX-License-Identifier: GPL-2.0 */
/* Segments that this host makes in the name of one end of a session. */
#ifndef MGW_TCP_BUILD_H
#define MGW_TCP_BUILD_H

#include "session.h"
#include "tcp_track.h"

struct net;
struct sk_buff;

/**
 * mgw_tcp_build() - a segment without data or options
 * @net: namespace
 * @tuple: its addresses and ports; of TCP
 * @seg: its numbers, flags and window
 *
 * Whole, with both checksums, and room in front for the headers of any device or
 * for those of the other IP version. It has no device and no route.
 *
 * Context: any.
 * Return: skb->data is its IP header; or NULL without memory.
 */
struct sk_buff *mgw_tcp_build(struct net *net, const struct mgw_tuple *tuple,
			      const struct mgw_tcp_seg *seg);

#endif /* MGW_TCP_BUILD_H */
