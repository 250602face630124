// SPDX-License-Identifier: GPL-2.0
/*
 * Routes of one CPU. A slot holds a reference, so packets borrow the route
 * without one. A route the stack declares obsolete is let go by the first packet
 * that meets it; its slot waits until every session that knows its number has
 * asked the FIB for itself, as the answers may differ (PMTU exceptions).
 */
#include "route.h"

#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/slab.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/route.h>


static struct dst_entry *find_route4(struct net *net,
				     const union nf_inet_addr *daddr,
				     const union nf_inet_addr *saddr, u32 mark)
{
	struct flowi4 fl4 = {
		.daddr = daddr->ip,
		.saddr = saddr->ip,
		.flowi4_mark = mark,
		/* A vaddr may be routed here without being ours. */
		.flowi4_flags = FLOWI_FLAG_ANYSRC,
	};
	struct rtable *rt = ip_route_output_key(net, &fl4);

	return IS_ERR(rt) ? NULL : &rt->dst;
}

static struct dst_entry *find_route6(struct net *net,
				     const union nf_inet_addr *daddr,
				     const union nf_inet_addr *saddr, u32 mark)
{
	struct flowi6 fl6 = {
		.daddr = daddr->in6,
		.saddr = saddr->in6,
		.flowi6_mark = mark,
		.flowi6_flags = FLOWI_FLAG_ANYSRC,
	};
	struct dst_entry *dst = ip6_route_output(net, NULL, &fl6);

	if (!dst->error)
		return dst;
	dst_release(dst);
	return NULL;
}

static void routes_free(struct mgw_routes *routes)
{
	int i;

	for (i = 0; i < MGW_DIR_MAX; i++)
		kfree(routes->recent[i]);
	kfree(routes->chains);
	kvfree(routes->slots);
}

static u16 *chain_of(struct mgw_routes *routes, const struct dst_entry *dst)
{
	return &routes->chains[hash_ptr(dst, ilog2(MGW_ROUTE_CHAINS))];
}

/* Sessions may still know its number: dst_release() frees after RCU. */
static void forget(struct mgw_routes *routes, u16 number)
{
	struct mgw_route *route = &routes->slots[number];
	u16 *link = chain_of(routes, route->dst);

	while (*link != number)
		link = &routes->slots[*link].next;
	*link = route->next;
	dst_release(route->dst);
	route->dst = NULL;
}

void mgw_route_put(struct mgw_routes *routes, u16 *held)
{
	u16 number = *held;
	struct mgw_route *route = &routes->slots[number];

	if (number == MGW_ROUTE_NONE)
		return;
	*held = MGW_ROUTE_NONE;
	if (--route->users)
		return;
	if (route->dst)
		forget(routes, number);
	route->next = routes->free;
	routes->free = number;
}

/* The slot of a route that others use, or a new one with our reference. */
static u16 slot_for(struct mgw_routes *routes, struct dst_entry *dst,
		    u32 cookie, u32 mark)
{
	u16 *chain = chain_of(routes, dst);
	struct mgw_route *route;
	u16 number;

	for (number = *chain; number; number = routes->slots[number].next) {
		route = &routes->slots[number];
		if (route->dst == dst && route->mark == mark &&
		    route->cookie == cookie)
			return number;
	}
	number = routes->free;
	if (number == MGW_ROUTE_NONE)
		return number;
	route = &routes->slots[number];
	routes->free = route->next;
	dst_hold(dst);
	route->dst = dst;
	route->cookie = cookie;
	route->mark = mark;
	route->next = *chain;
	*chain = number;
	return number;
}

/* An answer of the FIB; it holds a reference. */
static struct dst_entry *ask_fib(struct net *net, u8 family,
				 const union nf_inet_addr *daddr,
				 const union nf_inet_addr *saddr, u32 mark,
				 u32 *cookie)
{
	struct dst_entry *dst;

	if (family == AF_INET) {
		*cookie = 0;
		return find_route4(net, daddr, saddr, mark);
	}
	dst = find_route6(net, daddr, saddr, mark);
	if (dst)
		*cookie = rt6_get_cookie((struct rt6_info *)dst);
	return dst;
}

static struct mgw_route_recent *
recent_of(struct mgw_routes *routes, enum mgw_dir dir, u8 family,
	  const union nf_inet_addr *daddr, const union nf_inet_addr *saddr)
{
	u32 hash;

	if (family == AF_INET)
		hash = (__force u32)daddr->ip * 3 + (__force u32)saddr->ip;
	else
		hash = jhash2((const u32 *)daddr->all, 4,
			      (__force u32)saddr->ip6[3]);
	hash = hash_32(hash, ilog2(MGW_ROUTE_RECENT));
	return &routes->recent[dir][hash];
}

static bool recent_fits(const struct mgw_route_recent *recent, u8 family,
			const union nf_inet_addr *daddr,
			const union nf_inet_addr *saddr)
{
	return recent->family == family &&
	       mgw_addr_equal(&recent->daddr, daddr, family) &&
	       mgw_addr_equal(&recent->saddr, saddr, family);
}

static void hold(struct mgw_routes *routes, u16 *held, u16 number)
{
	mgw_route_put(routes, held);
	*held = number;
	if (number != MGW_ROUTE_NONE)
		routes->slots[number].users++;
}

struct dst_entry *mgw_route_find(struct mgw_routes *routes, struct net *net,
				 u16 *held, enum mgw_dir dir, u8 family,
				 const union nf_inet_addr *daddr,
				 const union nf_inet_addr *saddr, u32 mark)
{
	struct mgw_route *old = &routes->slots[*held];
	struct mgw_route_recent *recent;
	struct dst_entry *dst;
	u32 cookie;

	if (old->dst && !dst_check(old->dst, old->cookie))
		forget(routes, *held);
	recent = recent_of(routes, dir, family, daddr, saddr);
	if (recent_fits(recent, family, daddr, saddr)) {
		dst = mgw_route_held(routes, recent->number, mark);
		if (dst) {
			hold(routes, held, recent->number);
			return dst;
		}
	}
	dst = ask_fib(net, family, daddr, saddr, mark, &cookie);
	if (!dst) {
		mgw_route_put(routes, held);
		return NULL;
	}
	hold(routes, held, slot_for(routes, dst, cookie, mark));
	hold(routes, &recent->number, *held);
	recent->daddr = *daddr;
	recent->saddr = *saddr;
	recent->family = family;
	/* Lives until RCU lets us go, whether a slot holds it or not. */
	dst_release(dst);
	return dst;
}

int mgw_routes_init(struct mgw_routes *routes)
{
	int i;

	routes->slots = kvcalloc(MGW_ROUTE_SLOTS, sizeof(*routes->slots),
				 GFP_KERNEL);
	routes->chains = kcalloc(MGW_ROUTE_CHAINS, sizeof(*routes->chains),
				 GFP_KERNEL);
	for (i = 0; i < MGW_DIR_MAX; i++)
		routes->recent[i] = kcalloc(MGW_ROUTE_RECENT,
					    sizeof(*routes->recent[i]),
					    GFP_KERNEL);
	if (!routes->slots || !routes->chains || !routes->recent[0] ||
	    !routes->recent[1]) {
		routes_free(routes);
		return -ENOMEM;
	}
	for (i = 1; i < MGW_ROUTE_SLOTS; i++)
		routes->slots[i].next = (i + 1) % MGW_ROUTE_SLOTS;
	routes->free = 1;
	return 0;
}

void mgw_routes_exit(struct mgw_routes *routes)
{
	int i;

	for (i = 0; i < MGW_ROUTE_RECENT; i++) {
		mgw_route_put(routes, &routes->recent[0][i].number);
		mgw_route_put(routes, &routes->recent[1][i].number);
	}
	for (i = 1; i < MGW_ROUTE_SLOTS; i++)
		WARN_ON_ONCE(routes->slots[i].users);
	routes_free(routes);
}
