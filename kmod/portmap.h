/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which ports of a local address are used towards each real server. Owner
 * only: the CPU of the local address, BH disabled.
 */
#ifndef MGW_PORTMAP_H
#define MGW_PORTMAP_H

#include <linux/list.h>

#include "addr.h"
#include "ports.h"

/* Buckets, at first and at most: order 3 of pages. */
#define MGW_PORTMAP_ORDER_MIN	4
#define MGW_PORTMAP_ORDER_MAX	12
/* Idle maps of a laddr that are kept; they remember which ports rest. */
#define MGW_PORTMAP_IDLE_MAX	1024

/**
 * struct mgw_portmaps - all maps of one local address
 * @bucket: struct mgw_portmap by rs
 * @order: of the number of buckets
 * @count: of maps
 * @idle: those without a used port, longest idle first
 * @idle_count: how many
 * @sessions: ports in use, all maps; others may read it
 * @min: first port to hand out
 * @max: last one
 */
struct mgw_portmaps {
	struct hlist_head *bucket;
	u32 order;
	u32 count;
	struct list_head idle;
	u32 idle_count;
	u32 sessions;
	u16 min;
	u16 max;
};

/* From where the host picks the ports of its own connections. */
struct mgw_host_range {
	u16 low;
	u16 high;
};

/**
 * struct mgw_portmap - ports in use towards one rs
 * @link: bucket of @maps
 * @idle: link of maps->idle while no port is used
 * @maps: whose it is
 * @raddr: with @rport, @proto the tuple's far end: the same lport may be used
 *	towards each
 * @rport: port of the rs; 0 = any, which the client chooses
 * @chosen: of @rport 0: which it is, by leaf of @ports
 * @proto: TCP or UDP
 * @isn_bias: added to initial sequence numbers, so that they pass whatever an
 *	earlier connection reached
 * @hosts: as it was when the first of the ports was taken
 * @ports: who is used
 */
struct mgw_portmap {
	struct hlist_node link;
	struct list_head idle;
	struct mgw_portmaps *maps;
	union nf_inet_addr raddr;
	__be16 rport;
	u8 proto;
	u32 isn_bias;
	struct mgw_host_range hosts;
	struct mgw_ports ports;
	__be16 *chosen[MGW_PORTS_LEAVES];
};

/*
 * Process context: before the first and after the last use. init: 0 or
 * -ENOMEM.
 */
int mgw_portmaps_init(struct mgw_portmaps *maps, u16 min, u16 max);
void mgw_portmaps_free(struct mgw_portmaps *maps);

/*
 * The map towards an rs, made when it is new; NULL without memory. There is one
 * for an rs of every port, so that no client makes many: @rport is 0 then.
 */
struct mgw_portmap *mgw_portmap_get(struct mgw_portmaps *maps,
				    const union nf_inet_addr *raddr,
				    __be16 rport, u8 proto);
/* A free port, -ENOSPC or -ENOMEM. @rport: of the tuple. */
int mgw_portmap_take(struct mgw_portmap *map, __be16 rport);
/* The next port comes from anywhere. */
void mgw_portmap_leap(struct mgw_portmap *map);
/* The tuple's rport of a port that is in use. */
__be16 mgw_portmap_rport(const struct mgw_portmap *map, u16 port);
/* Gives a port back. The map may be gone afterwards. */
void mgw_portmap_give(struct mgw_portmap *map, u16 port);

#endif /* MGW_PORTMAP_H */
