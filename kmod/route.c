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
#include <net/addrconf.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/route.h>

static struct dst_entry *find_route4(struct net *net,
				     const struct mgw_route_query *query,
				     union nf_inet_addr *source)
{
	struct flowi4 fl4 = {
		.daddr = query->daddr.ip,
		.saddr = query->saddr.ip,
		.flowi4_mark = query->mark,
		.flowi4_oif = query->vrf,
		.flowi4_proto = query->proto,
		.fl4_sport = query->sport,
		.fl4_dport = query->dport,
	};
	struct flowi4 again = fl4;
	struct rtable *rt;

	if (query->kind == MGW_ROUTE_PLAIN)
		/* A vaddr may be routed here without being ours. */
		fl4.flowi4_flags = FLOWI_FLAG_ANYSRC;
	else if (query->kind == MGW_ROUTE_NEXT_HOP)
		fl4.flowi4_flags = FLOWI_FLAG_KNOWN_NH;
	/* Not ip_route_output_key(), which would have IPsec around it already. */
	rt = __ip_route_output_key(net, &fl4);
	if (IS_ERR(rt))
		return NULL;
	if (query->kind == MGW_ROUTE_OUTER && fl4.saddr) {
		/* With its source another of several paths may be chosen. */
		again.saddr = fl4.saddr;
		ip_rt_put(rt);
		rt = __ip_route_output_key(net, &again);
		if (IS_ERR(rt))
			return NULL;
	}
	source->ip = fl4.saddr;
	return &rt->dst;
}

static struct dst_entry *find_route6(struct net *net,
				     const struct mgw_route_query *query,
				     union nf_inet_addr *source)
{
	struct flowi6 fl6 = {
		.daddr = query->daddr.in6,
		.saddr = query->saddr.in6,
		.flowi6_mark = query->mark,
		.flowi6_oif = query->vrf,
		.flowi6_proto = query->proto,
		.fl6_sport = query->sport,
		.fl6_dport = query->dport,
	};
	struct dst_entry *dst;

	if (query->kind == MGW_ROUTE_PLAIN)
		fl6.flowi6_flags = FLOWI_FLAG_ANYSRC;
	else if (query->kind == MGW_ROUTE_NEXT_HOP)
		fl6.flowi6_flags = FLOWI_FLAG_KNOWN_NH;
	dst = ip6_route_output(net, NULL, &fl6);
	if (dst->error)
		goto err_release;
	if (query->kind == MGW_ROUTE_OUTER &&
	    ipv6_dev_get_saddr(net, dst->dev, &query->daddr.in6, 0,
			       &source->in6))
		goto err_release;
	return dst;

err_release:
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

/* The FIB makes a new dst whenever it is asked for a next hop. */
static u16 chain_of(const struct mgw_route_query *query,
		    const struct dst_entry *dst)
{
	unsigned int bits = ilog2(MGW_ROUTE_CHAINS);

	if (query->kind != MGW_ROUTE_NEXT_HOP)
		return hash_ptr(dst, bits);
	return hash_32(query->family == AF_INET ?
		       (__force u32)query->daddr.ip :
		       jhash2((const u32 *)query->daddr.all, 4, 0), bits);
}

/* Sessions may still know its number: dst_release() frees after RCU. */
static void forget(struct mgw_routes *routes, u16 number)
{
	struct mgw_route *route = &routes->slots[number];
	u16 *link = &routes->chains[route->chain];

	while (*link != number)
		link = &routes->slots[*link].next;
	*link = route->next;
	dst_release(route->dst);
	route->dst = NULL;
	WRITE_ONCE(routes->held, routes->held - 1);
}

void mgw_routes_forget(struct mgw_routes *routes)
{
	u16 number;

	for (number = 1; number < MGW_ROUTE_SLOTS; number++)
		if (routes->slots[number].dst)
			forget(routes, number);
	dst_release(routes->last);
	WRITE_ONCE(routes->last, NULL);
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
		    u32 cookie, const struct mgw_route_query *query,
		    const union nf_inet_addr *source)
{
	u16 at = chain_of(query, dst);
	u16 *chain = &routes->chains[at];
	struct mgw_route *route;
	u16 number;

	for (number = *chain; number; number = routes->slots[number].next) {
		route = &routes->slots[number];
		/* One route may have a source for each destination. */
		if (route->dst == dst && route->mark == query->mark &&
		    route->vrf == query->vrf &&
		    route->cookie == cookie && !route->family &&
		    query->kind != MGW_ROUTE_NEXT_HOP &&
		    !memcmp(&route->source, source, sizeof(*source)))
			return number;
	}
	number = routes->free;
	if (number == MGW_ROUTE_NONE)
		return number;
	route = &routes->slots[number];
	routes->free = route->next;
	dst_hold(dst);
	WRITE_ONCE(routes->held, routes->held + 1);
	route->dst = dst;
	route->cookie = cookie;
	route->mark = query->mark;
	route->vrf = query->vrf;
	route->source = *source;
	route->family = 0;
	if (query->kind == MGW_ROUTE_NEXT_HOP) {
		route->family = query->family;
		route->to = query->daddr;
	}
	route->chain = at;
	route->next = *chain;
	*chain = number;
	return number;
}

/* An answer of the FIB; it holds a reference. */
static struct dst_entry *ask_fib(struct net *net,
				 const struct mgw_route_query *query,
				 u32 *cookie, union nf_inet_addr *source)
{
	struct dst_entry *dst;

	if (query->family == AF_INET) {
		*cookie = 0;
		return find_route4(net, query, source);
	}
	dst = find_route6(net, query, source);
	if (dst)
		*cookie = rt6_get_cookie((struct rt6_info *)dst);
	return dst;
}

static struct mgw_route_recent *
recent_of(struct mgw_routes *routes, enum mgw_dir dir,
	  const struct mgw_route_query *query)
{
	u32 hash;

	/* Neighbours of either end fall into different ones. */
	if (query->family == AF_INET)
		hash = (__force u32)query->daddr.ip * GOLDEN_RATIO_32 +
		       (__force u32)query->saddr.ip;
	else
		hash = jhash2((const u32 *)query->daddr.all, 4,
			      (__force u32)query->saddr.ip6[3]);
	hash = hash_32(hash, ilog2(MGW_ROUTE_RECENT));
	return &routes->recent[dir][hash];
}

static bool recent_fits(const struct mgw_route_query *recent,
			const struct mgw_route_query *query)
{
	return recent->family == query->family && recent->kind == query->kind &&
	       recent->vrf == query->vrf && recent->proto == query->proto &&
	       recent->ports == query->ports &&
	       mgw_addr_equal(&recent->daddr, &query->daddr, query->family) &&
	       mgw_addr_equal(&recent->saddr, &query->saddr, query->family);
}

/* A next hop others have asked for, however many there are. */
static u16 next_hop(const struct mgw_routes *routes,
		    const struct mgw_route_query *query)
{
	const struct mgw_route *route;
	u16 number;

	if (query->kind != MGW_ROUTE_NEXT_HOP || query->proto)
		return MGW_ROUTE_NONE;
	number = routes->chains[chain_of(query, NULL)];
	for (; number; number = route->next) {
		route = &routes->slots[number];
		if (route->family == query->family &&
		    route->vrf == query->vrf &&
		    mgw_addr_equal(&route->to, &query->daddr, query->family) &&
		    mgw_route_held(routes, number, query->mark))
			return number;
	}
	return MGW_ROUTE_NONE;
}

static void hold(struct mgw_routes *routes, u16 *held, u16 number)
{
	mgw_route_put(routes, held);
	*held = number;
	if (number != MGW_ROUTE_NONE)
		routes->slots[number].users++;
}

struct dst_entry *mgw_route_find(struct mgw_routes *routes, struct net *net,
				 u16 *held, enum mgw_dir dir,
				 const struct mgw_route_query *query)
{
	struct mgw_route *old = &routes->slots[*held];
	struct mgw_route_recent *recent;
	union nf_inet_addr source = {};
	struct dst_entry *dst;
	u32 cookie;
	u16 number;

	if (old->dst && !dst_check(old->dst, old->cookie))
		forget(routes, *held);
	recent = recent_of(routes, dir, query);
	if (recent_fits(&recent->query, query)) {
		dst = mgw_route_held(routes, recent->number, query->mark);
		if (dst) {
			hold(routes, held, recent->number);
			return dst;
		}
	}
	number = next_hop(routes, query);
	if (number != MGW_ROUTE_NONE) {
		hold(routes, held, number);
		hold(routes, &recent->number, number);
		recent->query = *query;
		return routes->slots[number].dst;
	}
	dst = ask_fib(net, query, &cookie, &source);
	if (!dst) {
		mgw_route_put(routes, held);
		return NULL;
	}
	if (query->kind != MGW_ROUTE_OUTER)
		memset(&source, 0, sizeof(source));
	hold(routes, held, slot_for(routes, dst, cookie, query, &source));
	hold(routes, &recent->number, *held);
	recent->query = *query;
	if (*held == MGW_ROUTE_NONE) {
		/* Of slot 0 it is good for this packet. */
		routes->slots[*held].source = source;
		/* Nobody else may hold it, and a queue can't hold what ends. */
		dst_release(routes->last);
		WRITE_ONCE(routes->last, dst);
		return dst;
	}
	dst_release(dst);
	return dst;
}

int mgw_routes_init(struct mgw_routes *routes)
{
	int i;

	routes->slots = kvcalloc(MGW_ROUTE_SLOTS, sizeof(*routes->slots),
				 GFP_KERNEL_ACCOUNT);
	routes->chains = kcalloc(MGW_ROUTE_CHAINS, sizeof(*routes->chains),
				 GFP_KERNEL_ACCOUNT);
	for (i = 0; i < MGW_DIR_MAX; i++)
		routes->recent[i] = kcalloc(MGW_ROUTE_RECENT,
					    sizeof(*routes->recent[i]),
					    GFP_KERNEL_ACCOUNT);
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
	dst_release(routes->last);
	routes_free(routes);
}
