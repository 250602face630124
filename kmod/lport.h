/* SPDX-License-Identifier: GPL-2.0 */
/* The local address and port of a new session. */
#ifndef MGW_LPORT_H
#define MGW_LPORT_H

#include <linux/types.h>

struct mgw_cpu;
struct mgw_pool;
struct mgw_portmap;
struct mgw_rs;

/**
 * mgw_lport_acquire() - a local address and port towards an rs
 * @mc: this CPU
 * @rs: the server
 * @pool: whence
 * @rport: port of the tuple, rs->rport or the client's choice
 * @proto: TCP or UDP
 * @lport: the port, on success
 *
 * Context: owner, BH disabled, RCU read side.
 * Return: the map the port is from, or ERR_PTR: -ESRCH no laddr of the family
 * on this CPU, -ENOSPC all its ports towards @rs are used, -ENOMEM.
 */
struct mgw_portmap *mgw_lport_acquire(struct mgw_cpu *mc,
				      const struct mgw_rs *rs,
				      const struct mgw_pool *pool,
				      __be16 rport, u8 proto, __be16 *lport);
/**
 * mgw_lport_take_over() - the same, of a session that nobody misses
 * @mc: this CPU
 * @rs: the server
 * @pool: whence
 * @rport: port of the tuple
 * @proto: TCP or UDP
 * @lport: the port, on success
 *
 * For when all ports are used, as by a flood of first packets with forged
 * sources: the oldest session towards @rs that is over, or has no more than a
 * first packet of its client, ends. A bounded number is looked at each time.
 *
 * Context: owner, BH disabled, RCU read side.
 * Return: the map the port is from, or ERR_PTR as mgw_lport_acquire().
 */
struct mgw_portmap *mgw_lport_take_over(struct mgw_cpu *mc,
					const struct mgw_rs *rs,
					const struct mgw_pool *pool,
					__be16 rport, u8 proto, __be16 *lport);
/* Tells of a refusal: counter of a laddr, an event at most each second. */
void mgw_lport_exhausted(const struct mgw_cpu *mc, const struct mgw_rs *rs,
			 const struct mgw_pool *pool);

#endif /* MGW_LPORT_H */
