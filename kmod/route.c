// SPDX-License-Identifier: GPL-2.0
/*
 * Route cache of one CPU: direct mapped, owner only. It holds a reference to
 * each route, so packets borrow it without one; a route that the stack has
 * declared obsolete fails dst_check() and is looked up anew.
 */
#include "route.h"

#include <linux/jhash.h>
#include <linux/slab.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/route.h>

#include "hot.h"

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

/* A miss: asks the FIB and remembers the answer. */
static noinline struct dst_entry *
route_renew(struct net *net, struct mgw_route *slot, u8 family,
	    const union nf_inet_addr *daddr, const union nf_inet_addr *saddr,
	    u32 mark)
{
	struct dst_entry *dst;

	if (family == AF_INET)
		dst = find_route4(net, daddr, saddr, mark);
	else
		dst = find_route6(net, daddr, saddr, mark);
	if (!dst)
		return NULL;

	/* Packets may still borrow the old one: freed after a grace period. */
	dst_release(slot->dst);
	slot->dst = dst;
	slot->cookie = family == AF_INET6 ?
		       rt6_get_cookie((struct rt6_info *)dst) : 0;
	slot->mark = mark;
	slot->family = family;
	slot->daddr = *daddr;
	slot->saddr = *saddr;
	return dst;
}

__mgw_hot struct dst_entry *
mgw_route_get(struct mgw_route_cache *cache, struct net *net, u8 family,
	      const union nf_inet_addr *daddr, const union nf_inet_addr *saddr,
	      u32 mark)
{
	struct mgw_route *slot;
	u32 hash;

	if (family == AF_INET)
		hash = jhash_2words((__force u32)daddr->ip,
				    (__force u32)saddr->ip, 0);
	else
		hash = jhash2((const u32 *)daddr->all, 4,
			      (__force u32)saddr->ip6[3]);
	slot = &cache->slots[hash % MGW_ROUTE_SLOTS];
	if (likely(slot->dst && slot->family == family && slot->mark == mark &&
		   mgw_addr_equal(&slot->daddr, daddr, family) &&
		   mgw_addr_equal(&slot->saddr, saddr, family) &&
		   dst_check(slot->dst, slot->cookie)))
		return slot->dst;
	return route_renew(net, slot, family, daddr, saddr, mark);
}

int mgw_route_cache_init(struct mgw_route_cache *cache)
{
	cache->slots = kvcalloc(MGW_ROUTE_SLOTS, sizeof(*cache->slots),
				GFP_KERNEL);
	return cache->slots ? 0 : -ENOMEM;
}

void mgw_route_cache_exit(struct mgw_route_cache *cache)
{
	int i;

	for (i = 0; i < MGW_ROUTE_SLOTS; i++)
		dst_release(cache->slots[i].dst);
	kvfree(cache->slots);
}
