/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The routes sessions of a CPU go by, each kept once, so that a packet does not
 * ask the FIB. A million clients behind one gateway share one entry.
 *
 * Owner only: softirq of the CPU, or BH disabled, without a lock.
 */
#ifndef MGW_ROUTE_H
#define MGW_ROUTE_H

#include <linux/netdevice.h>
#include <net/dst.h>
#include <net/l3mdev.h>
#include <net/net_namespace.h>

#include "addr.h"
#include "dir.h"

#define MGW_ROUTE_SLOTS	1024
#define MGW_ROUTE_CHAINS	256
#define MGW_ROUTE_RECENT	256
/* Slot 0 is nobody's: what a session has before its first packet. */
#define MGW_ROUTE_NONE	0

/* What goes by a route. */
enum mgw_route_kind {
	/* Packets with its source and destination. */
	MGW_ROUTE_PLAIN,
	/* Packets for somebody else, to the MAC address of its destination. */
	MGW_ROUTE_NEXT_HOP,
	/* Packets around others, from an address of this host. */
	MGW_ROUTE_OUTER,
};

/**
 * struct mgw_route_query - what the FIB is asked
 * @daddr: destination
 * @saddr: source; zero but for MGW_ROUTE_PLAIN
 * @mark: skb->mark, for policy routing
 * @vrf: ifindex of the VRF that the packet came in by, whose routes count; 0 if none
 * @sport: source port, where mgw_route_needs_ports(), else 0
 * @dport: destination port, likewise
 * @ports: both of them
 * @proto: protocol, likewise
 * @family: of the addresses
 * @kind: enum mgw_route_kind
 */
struct mgw_route_query {
	union nf_inet_addr daddr;
	union nf_inet_addr saddr;
	u32 mark;
	int vrf;
	union {
		struct {
			__be16 sport;
			__be16 dport;
		};
		u32 ports;
	};
	u8 proto;
	u8 family;
	u8 kind;
};

/**
 * struct mgw_route - one route
 * @dst: with a reference; NULL when free, or obsolete and not yet let go
 * @cookie: for dst_check(), which is asked before each use
 * @mark: skb->mark it was looked up with
 * @vrf: that it was looked up in
 * @users: directions of sessions that have its number
 * @source: our address, of MGW_ROUTE_OUTER
 * @to: destination, of MGW_ROUTE_NEXT_HOP
 * @family: of @to; 0 of other kinds
 * @chain: the one it is in while it has a dst
 * @next: number of the next in its chain, or in the list of free ones
 */
struct mgw_route {
	struct dst_entry *dst;
	u32 cookie;
	u32 mark;
	int vrf;
	u32 users;
	u16 next;
	u16 chain;
	u8 family;
	union nf_inet_addr source;
	union nf_inet_addr to;
};

/**
 * struct mgw_route_recent - an answer of the FIB, for the next new session
 * @query: what was asked; its mark is the slot's
 * @number: of the slot, of which it is a user
 */
struct mgw_route_recent {
	struct mgw_route_query query;
	u16 number;
};

/**
 * struct mgw_routes - those of one CPU
 * @slots: MGW_ROUTE_SLOTS of them
 * @chains: numbers of those with a dst, by its hash
 * @recent: MGW_ROUTE_RECENT for each direction, so that many clients do not
 *	drive out the few pairs of laddr and rs; by hash of the addresses
 * @last: the last answer for which there was no slot, with a reference
 * @free: number of the first free one
 * @held: slots that have a dst; anybody may ask
 */
struct mgw_routes {
	struct mgw_route *slots;
	u16 *chains;
	struct mgw_route_recent *recent[MGW_DIR_MAX];
	struct dst_entry *last;
	u16 free;
	u16 held;
};

/* Whether it has any, for any CPU to ask: the owner may get or lose one meanwhile. */
static inline bool mgw_routes_any(const struct mgw_routes *routes)
{
	return READ_ONCE(routes->held) || READ_ONCE(routes->last);
}

/* The session lets its route go. */
void mgw_route_put(struct mgw_routes *routes, u16 *held);

/**
 * mgw_route_find() - the route of a packet whose session has none that is good
 * @routes: of this CPU
 * @net: namespace
 * @held: number the session keeps, changed to what it has from now on; stays
 *	MGW_ROUTE_NONE when all slots are taken
 * @dir: who sends what goes that way
 * @query: where to
 *
 * Context: owner, BH disabled, RCU read side: the route lives as long.
 * Return: the route without a reference for the caller, NULL without one.
 */
struct dst_entry *mgw_route_find(struct mgw_routes *routes, struct net *net,
				 u16 *held, enum mgw_dir dir,
				 const struct mgw_route_query *query);

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

/* Of the packets that it was asked for; 0 when the session has none at the moment. */
static inline u32 mgw_route_mark(const struct mgw_routes *routes, u16 held)
{
	return held ? routes->slots[held].mark : 0;
}

/* Whether there are ip rules that tell packets apart by protocol or ports. */
static inline bool mgw_route_needs_ports(const struct net *net, u8 family)
{
#ifdef CONFIG_IP_MULTIPLE_TABLES
	if (family == AF_INET)
		return unlikely(net->ipv4.fib_rules_require_fldissect);
#endif
#ifdef CONFIG_IPV6_MULTIPLE_TABLES
	if (family == AF_INET6)
		return unlikely(net->ipv6.fib6_rules_require_fldissect);
#endif
	return false;
}

/* The VRF that a device is or is in, 0 if none. */
static inline int mgw_route_vrf(const struct net_device *dev)
{
	if (likely(!netif_is_l3_slave(dev) && !netif_is_l3_master(dev)))
		return 0;
	return l3mdev_master_ifindex_rcu(dev);
}

/* A session whose packets come by another VRF than they did asks for its route. */
static inline void mgw_route_check_vrf(struct mgw_routes *routes, u16 *held,
				       const struct net_device *dev)
{
	if (unlikely(routes->slots[*held].vrf != mgw_route_vrf(dev)))
		mgw_route_put(routes, held);
}

/*
 * Our address for what goes by a route of kind MGW_ROUTE_OUTER, right after
 * mgw_route_find() or mgw_route_held() gave it: that of slot 0, which is what a
 * session without a slot has, is of the last answer.
 */
static inline const union nf_inet_addr *
mgw_route_source(const struct mgw_routes *routes, u16 held)
{
	return &routes->slots[held].source;
}

/*
 * Lets all routes go; each session asks the FIB again. For devices that leave:
 * an IPv6 route by next hop keeps its FIB entry, and that its device.
 * Context: owner, BH disabled.
 */
void mgw_routes_forget(struct mgw_routes *routes);

int mgw_routes_init(struct mgw_routes *routes);
/* When no session holds any. */
void mgw_routes_exit(struct mgw_routes *routes);

#endif /* MGW_ROUTE_H */
