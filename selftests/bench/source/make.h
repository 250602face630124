/* SPDX-License-Identifier: GPL-2.0 */
/* Making the packets. */
#ifndef _BENCH_MAKE_H
#define _BENCH_MAKE_H

#include <linux/skbuff.h>

#include "flow.h"

/**
 * struct bench_shape - what the packets of a run have in common
 * @family: 4 or 6
 * @target: destination of the clients, see bench_flow_outside()
 * @port: their destination port
 * @payload: bytes of data in steps that carry data
 */
struct bench_shape {
	u8 family;
	unsigned int target;
	unsigned int port;
	unsigned int payload;
};

/**
 * bench_make() - the packet of one step of a flow, as a NIC driver hands it up
 * @shape: of the run
 * @step: lower case is sent by the client, upper case by the rs: s S SYN, a A
 *	  ACK, d D data, f F FIN, u U a datagram
 * @index: flow
 * @dev: it arrives on
 *
 * Own linear skb, checksums right and marked as verified by the NIC.
 *
 * Return: the skb, or NULL without memory.
 */
struct sk_buff *bench_make(const struct bench_shape *shape, char step,
			   unsigned int index, struct net_device *dev);

bool bench_step_valid(char step);

static inline bool bench_from_client(char step)
{
	return step >= 'a';
}

#endif /* _BENCH_MAKE_H */
