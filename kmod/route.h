/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The routes sessions of a CPU go by, each kept once, so that a packet does not
 * ask the FIB. A million clients behind one gateway share one entry.
 *
 * Owner only: softirq of the CPU, or BH disabled, without a lock.
 */
#ifndef MGW_ROUTE_H
#define MGW_ROUTE_H

#include <net/dst.h>

#include "addr.h"
#include "dir.h"

#define MGW_ROUTE_SLOTS	1024
#define MGW_ROUTE_CHAINS	256
#define MGW_ROUTE_RECENT	64
/* Slot 0 is nobody's: what a session has before its first packet. */
#define MGW_ROUTE_NONE	0

struct net;

/**
 * struct mgw_route - one route
 * @dst: with a reference; NULL when free, or obsolete and not yet let go
 * @cookie: for dst_check(), which is asked before each use
 * @mark: skb->mark it was looked up with
 * @users: directions of sessions that have its number
 * @next: number of the next in its chain, or in the list of free ones
 */
struct mgw_route {
	struct dst_entry *dst;
	u32 cookie;
	u32 mark;
	u32 users;
	u16 next;
};

/**
 * struct mgw_route_recent - an answer of the FIB, for the next new session
 * @daddr: what was asked
 * @saddr: what was asked
 * @family: of the addresses
 * @number: of the slot, of which it is a user
 */
struct mgw_route_recent {
	union nf_inet_addr daddr;
	union nf_inet_addr saddr;
	u8 family;
	u16 number;
};

/**
 * struct mgw_routes - those of one CPU
 * @slots: MGW_ROUTE_SLOTS of them
 * @chains: numbers of those with a dst, by its hash
 * @recent: MGW_ROUTE_RECENT for each direction, so that many clients do not
 *	drive out the few pairs of laddr and rs; by hash of the addresses
 * @free: number of the first free one
 */
struct mgw_routes {
	struct mgw_route *slots;
	u16 *chains;
	struct mgw_route_recent *recent[MGW_DIR_MAX];
	u16 free;
};

/**
 * mgw_route_find() - the route of a packet whose session has none that is good
 * @routes: of this CPU
 * @net: namespace
 * @held: number the session keeps, changed to what it has from now on; stays
 *	MGW_ROUTE_NONE when all slots are taken
 * @dir: who sends what goes that way
 * @family: of the addresses
 * @daddr: destination
 * @saddr: source
 * @mark: skb->mark, for policy routing
 *
 * Context: owner, BH disabled, RCU read side: the route lives as long.
 * Return: the route without a reference for the caller, NULL without one.
 */
struct dst_entry *mgw_route_find(struct mgw_routes *routes, struct net *net,
				 u16 *held, enum mgw_dir dir, u8 family,
				 const union nf_inet_addr *daddr,
				 const union nf_inet_addr *saddr, u32 mark);

/* What a session holds, when it is still good for packets with @mark. */
static __always_inline struct dst_entry *
mgw_route_held(const struct mgw_routes *routes, u16 held, u32 mark)
{
	const struct mgw_route *route = &routes->slots[held];

	if (likely(route->dst && route->mark == mark &&
		   dst_check(route->dst, route->cookie)))
		return route->dst;
	return NULL;
}

/* The session lets its route go. */
void mgw_route_put(struct mgw_routes *routes, u16 *held);

int mgw_routes_init(struct mgw_routes *routes);
/* When no session holds any. */
void mgw_routes_exit(struct mgw_routes *routes);

#endif /* MGW_ROUTE_H */
