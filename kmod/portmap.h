/* SPDX-License-Identifier: GPL-2.0 */
/* Which ports of a laddr are used towards one address and port of an rs. */
#ifndef MGW_PORTMAP_H
#define MGW_PORTMAP_H

#include "addr.h"
#include "ports.h"

/* Idle maps of a laddr that are kept; they remember where ports rest. */
#define MGW_PORTMAP_IDLE_MAX	1024

struct mgw_cpu;
struct mgw_laddr;
struct mgw_pool;
struct mgw_rs;

/**
 * struct mgw_portmap - ports of one laddr in use towards one rs address
 * @link: bucket of laddr->maps
 * @idle: link of laddr->idle_maps while no port is used
 * @laddr: its local address
 * @raddr: with @rport, @proto the tuple's far end: the same lport may be used
 *	towards each
 * @rport: port of the rs
 * @proto: TCP or UDP
 * @isn_bias: added to initial sequence numbers, so that they pass whatever an
 *	earlier connection reached
 * @ports: who is used
 *
 * Owner only: the CPU laddr->cpu.
 */
struct mgw_portmap {
	struct hlist_node link;
	struct list_head idle;
	struct mgw_laddr *laddr;
	union nf_inet_addr raddr;
	__be16 rport;
	u8 proto;
	u32 isn_bias;
	struct mgw_ports ports;
};

/**
 * mgw_portmap_acquire() - a local address and port towards an rs
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
struct mgw_portmap *mgw_portmap_acquire(struct mgw_cpu *mc,
					const struct mgw_rs *rs,
					const struct mgw_pool *pool,
					__be16 rport, u8 proto, __be16 *lport);
/* Gives the port back. Context: owner, BH disabled. */
void mgw_portmap_release(struct mgw_portmap *map, __be16 lport);
/* Tells of a refusal: counter of a laddr, an event at most each second. */
void mgw_portmap_exhausted(const struct mgw_cpu *mc, const struct mgw_rs *rs,
			   const struct mgw_pool *pool);
/* All maps of a laddr that nobody can reach any more. */
void mgw_portmaps_free(struct mgw_laddr *laddr);

#endif /* MGW_PORTMAP_H */
