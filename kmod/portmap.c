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

/*
 * Addresses of rs come from an administrator. Where clients choose the port,
 * each bucket gets as many of the 64 k as any other, whichever they choose.
 */
static struct hlist_head *bucket(struct mgw_portmaps *maps,
				 const union nf_inet_addr *raddr, __be16 rport,
				 u8 proto)
{
	u32 addr = raddr->all[0] ^ raddr->all[1] ^
		   raddr->all[2] ^ raddr->all[3];
	u32 hash = hash_32(addr + proto, MGW_PORTMAP_ORDER);

	hash ^= (__force u16)rport ^ (__force u16)rport >> 8;
	return &maps->bucket[hash % MGW_PORTMAP_BUCKETS];
}

static void map_free(struct mgw_portmap *map)
{
	hlist_del(&map->link);
	mgw_ports_destroy(&map->ports);
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

static struct mgw_portmap *map_new(struct mgw_portmaps *maps,
				   const union nf_inet_addr *raddr,
				   __be16 rport, u8 proto)
{
	u32 range = maps->max - maps->min + 1;
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
		       maps->min + get_random_u32() % range);
	list_add_tail(&map->idle, &maps->idle);
	maps->idle_count++;
	mgw_object_created(MGW_OBJECT_PORTMAP);
	return map;
}

struct mgw_portmap *mgw_portmap_get(struct mgw_portmaps *maps,
				    const union nf_inet_addr *raddr,
				    __be16 rport, u8 proto)
{
	struct hlist_head *head = bucket(maps, raddr, rport, proto);
	struct mgw_portmap *map;

	hlist_for_each_entry(map, head, link)
		if (map->rport == rport && map->proto == proto &&
		    ipv6_addr_equal(&map->raddr.in6, &raddr->in6))
			return map;
	map = map_new(maps, raddr, rport, proto);
	if (map)
		hlist_add_head(&map->link, head);
	return map;
}

int mgw_portmap_take(struct mgw_portmap *map)
{
	struct mgw_portmaps *maps = map->maps;
	bool was_idle = !map->ports.used;
	int port;

	ASSERT_EXCLUSIVE_ACCESS(map->ports);
	ASSERT_EXCLUSIVE_WRITER(maps->sessions);
	port = mgw_ports_get(&map->ports, GFP_ATOMIC | __GFP_NOWARN);
	if (port < 0)
		return port;
	if (was_idle) {
		list_del(&map->idle);
		maps->idle_count--;
	}
	WRITE_ONCE(maps->sessions, maps->sessions + 1);
	return port;
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

void mgw_portmaps_init(struct mgw_portmaps *maps, u16 min, u16 max)
{
	int i;

	for (i = 0; i < MGW_PORTMAP_BUCKETS; i++)
		INIT_HLIST_HEAD(&maps->bucket[i]);
	INIT_LIST_HEAD(&maps->idle);
	maps->min = min;
	maps->max = max;
}

void mgw_portmaps_free(struct mgw_portmaps *maps)
{
	struct mgw_portmap *map;
	struct hlist_node *next;
	int i;

	for (i = 0; i < MGW_PORTMAP_BUCKETS; i++)
		hlist_for_each_entry_safe(map, next, &maps->bucket[i], link)
			map_free(map);
}
