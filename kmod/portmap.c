// SPDX-License-Identifier: GPL-2.0
/*
 * Ports of local addresses, handed out and taken back by the owner CPU alone,
 * with BH disabled. An lport is unique for each (laddr, proto, raddr, rport),
 * so the same one serves many real servers. Idle maps stay for a while: they
 * know which ports were used last, and how far sequence numbers went.
 */
#include "portmap.h"

#include <linux/hash.h>
#include <linux/kcsan-checks.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "objects.h"

#define LEAF_PORTS	MGW_PORTS_LEAF_PORTS

/* Addresses and ports of rs come from an administrator, never from a packet. */
static struct hlist_head *bucket(struct mgw_portmaps *maps,
				 const union nf_inet_addr *raddr, __be16 rport,
				 u8 proto)
{
	u32 addr = raddr->all[0] ^ raddr->all[1] ^
		   raddr->all[2] ^ raddr->all[3];
	u64 key = (u64)addr << 32 | (__force u16)rport << 8 | proto;

	return &maps->bucket[hash_64(key, maps->order)];
}

static struct hlist_head *alloc_buckets(u32 order, gfp_t gfp)
{
	return kcalloc(BIT(order), sizeof(struct hlist_head), gfp);
}

/* Fourfold; without memory the chains get longer. */
static void grow(struct mgw_portmaps *maps)
{
	struct hlist_head *old = maps->bucket, *bigger;
	u32 i, old_count = BIT(maps->order);
	struct mgw_portmap *map;
	struct hlist_node *next;

	if (maps->order == MGW_PORTMAP_ORDER_MAX)
		return;
	bigger = alloc_buckets(maps->order + 2, GFP_ATOMIC | __GFP_NOWARN);
	if (!bigger)
		return;
	maps->bucket = bigger;
	maps->order += 2;
	for (i = 0; i < old_count; i++)
		hlist_for_each_entry_safe(map, next, &old[i], link)
			hlist_add_head(&map->link,
				       bucket(maps, &map->raddr, map->rport,
					      map->proto));
	kfree(old);
}

static void map_free(struct mgw_portmap *map)
{
	int i;

	hlist_del(&map->link);
	map->maps->count--;
	mgw_ports_destroy(&map->ports);
	for (i = 0; i < MGW_PORTS_LEAVES; i++)
		kfree(map->chosen[i]);
	kfree(map);
	mgw_object_destroyed(MGW_OBJECT_PORTMAP);
}

static void evict_idle(struct mgw_portmaps *maps)
{
	struct mgw_portmap *map;

	map = list_first_entry(&maps->idle, struct mgw_portmap, idle);
	list_del(&map->idle);
	maps->idle_count--;
	map_free(map);
}

static u16 random_port(const struct mgw_portmaps *maps)
{
	return maps->min + get_random_u32() % (maps->max - maps->min + 1);
}

static struct mgw_portmap *map_new(struct mgw_portmaps *maps,
				   const union nf_inet_addr *raddr,
				   __be16 rport, u8 proto)
{
	struct mgw_portmap *map;

	map = kzalloc(sizeof(*map), GFP_ATOMIC | __GFP_NOWARN);
	if (!map)
		return NULL;
	map->maps = maps;
	map->raddr = *raddr;
	map->rport = rport;
	map->proto = proto;
	/* A random start keeps a fresh module off ports in TIME_WAIT. */
	mgw_ports_init(&map->ports, maps->min, maps->max,
		       random_port(maps));
	list_add_tail(&map->idle, &maps->idle);
	maps->idle_count++;
	if (++maps->count > BIT(maps->order))
		grow(maps);
	hlist_add_head(&map->link, bucket(maps, raddr, rport, proto));
	mgw_object_created(MGW_OBJECT_PORTMAP);
	return map;
}

struct mgw_portmap *mgw_portmap_get(struct mgw_portmaps *maps,
				    const union nf_inet_addr *raddr,
				    __be16 rport, u8 proto)
{
	struct mgw_portmap *map;

	hlist_for_each_entry(map, bucket(maps, raddr, rport, proto), link)
		if (map->rport == rport && map->proto == proto &&
		    ipv6_addr_equal(&map->raddr.in6, &raddr->in6))
			return map;
	return map_new(maps, raddr, rport, proto);
}

static int note_rport(struct mgw_portmap *map, u16 port, __be16 rport)
{
	__be16 **chosen = &map->chosen[port / LEAF_PORTS];

	if (!*chosen)
		*chosen = kcalloc(LEAF_PORTS, sizeof(**chosen),
				  GFP_ATOMIC | __GFP_NOWARN);
	if (!*chosen)
		return -ENOMEM;
	(*chosen)[port % LEAF_PORTS] = rport;
	return 0;
}

__be16 mgw_portmap_rport(const struct mgw_portmap *map, u16 port)
{
	return map->rport ?:
	       map->chosen[port / LEAF_PORTS][port % LEAF_PORTS];
}

int mgw_portmap_take(struct mgw_portmap *map, __be16 rport)
{
	struct mgw_portmaps *maps = map->maps;
	bool was_idle = !map->ports.used;
	int port;

	ASSERT_EXCLUSIVE_ACCESS(map->ports);
	ASSERT_EXCLUSIVE_WRITER(maps->sessions);
	port = mgw_ports_get(&map->ports, GFP_ATOMIC | __GFP_NOWARN);
	if (port < 0)
		return port;
	if (!map->rport && note_rport(map, port, rport)) {
		mgw_ports_put(&map->ports, port);
		return -ENOMEM;
	}
	if (was_idle) {
		list_del(&map->idle);
		maps->idle_count--;
	}
	WRITE_ONCE(maps->sessions, maps->sessions + 1);
	return port;
}

void mgw_portmap_leap(struct mgw_portmap *map)
{
	mgw_ports_seek(&map->ports, random_port(map->maps));
}

void mgw_portmap_give(struct mgw_portmap *map, u16 port)
{
	struct mgw_portmaps *maps = map->maps;

	ASSERT_EXCLUSIVE_ACCESS(map->ports);
	ASSERT_EXCLUSIVE_WRITER(maps->sessions);
	mgw_ports_put(&map->ports, port);
	WRITE_ONCE(maps->sessions, maps->sessions - 1);
	if (map->ports.used)
		return;
	list_add_tail(&map->idle, &maps->idle);
	maps->idle_count++;
	while (maps->idle_count > MGW_PORTMAP_IDLE_MAX)
		evict_idle(maps);
}

int mgw_portmaps_init(struct mgw_portmaps *maps, u16 min, u16 max)
{
	INIT_LIST_HEAD(&maps->idle);
	maps->min = min;
	maps->max = max;
	maps->order = MGW_PORTMAP_ORDER_MIN;
	maps->bucket = alloc_buckets(maps->order, GFP_KERNEL_ACCOUNT);
	return maps->bucket ? 0 : -ENOMEM;
}

void mgw_portmaps_free(struct mgw_portmaps *maps)
{
	struct mgw_portmap *map;
	struct hlist_node *next;
	u32 i;

	for (i = 0; i < BIT(maps->order); i++)
		hlist_for_each_entry_safe(map, next, &maps->bucket[i], link)
			map_free(map);
	kfree(maps->bucket);
}
