/* SPDX-License-Identifier: GPL-2.0 */
/* Routes a CPU used lately, so that a packet does not ask the FIB. */
#ifndef MGW_ROUTE_H
#define MGW_ROUTE_H

#include <net/dst.h>

#include "addr.h"

#define MGW_ROUTE_SLOTS 1024

struct net;

/**
 * struct mgw_route - one remembered route
 * @dst: holds a reference; checked with dst_check() before each use
 * @cookie: for dst_check()
 * @mark: skb->mark, part of the key
 * @daddr: key
 * @saddr: key
 * @family: key
 */
struct mgw_route {
	struct dst_entry *dst;
	u32 cookie;
	u32 mark;
	union nf_inet_addr daddr;
	union nf_inet_addr saddr;
	u8 family;
};

/* Direct mapped by address hash; owner only. */
struct mgw_route_cache {
	struct mgw_route *slots;
};

/**
 * mgw_route_get() - the route of a packet we are about to send
 * @cache: of this CPU
 * @net: namespace
 * @family: of the addresses
 * @daddr: destination
 * @saddr: source
 * @mark: skb->mark, for policy routing
 *
 * Context: owner, BH disabled, RCU read side: the route lives as long.
 * Return: the route without a reference for the caller, NULL without one.
 */
struct dst_entry *mgw_route_get(struct mgw_route_cache *cache, struct net *net,
				u8 family, const union nf_inet_addr *daddr,
				const union nf_inet_addr *saddr, u32 mark);

int mgw_route_cache_init(struct mgw_route_cache *cache);
void mgw_route_cache_exit(struct mgw_route_cache *cache);

#endif /* MGW_ROUTE_H */
