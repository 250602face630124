// SPDX-License-Identifier: GPL-2.0
/*
 * Ports of local addresses, handed out and taken back by the owner CPU alone,
 * with BH disabled. An lport is unique for each (laddr, proto, raddr, rport),
 * so the same one serves many real servers. Idle maps stay for a while: they
 * know which ports were used last, and how far sequence numbers went.
 */
#include "portmap.h"

#include <linux/random.h>
#include <linux/slab.h>

#include "laddr.h"
#include "netns.h"
#include "notify.h"
#include "objects.h"
#include "rs.h"

static struct hlist_head *bucket(struct mgw_laddr *laddr,
				 const union nf_inet_addr *raddr, __be16 rport,
				 u8 proto)
{
	struct {
		union nf_inet_addr raddr;
		__be16 rport;
		u16 proto;
	} key = { .raddr = *raddr, .rport = rport, .proto = proto };
	u32 hash = hsiphash(&key, sizeof(key), &laddr->mnet->tuple_key);

	return &laddr->maps[hash % MGW_LADDR_MAP_BUCKETS];
}

static void map_free(struct mgw_portmap *map)
{
	hlist_del(&map->link);
	mgw_ports_destroy(&map->ports);
	kfree(map);
	mgw_object_destroyed(MGW_OBJECT_PORTMAP);
}

static void evict_idle(struct mgw_laddr *laddr)
{
	struct mgw_portmap *map;

	map = list_first_entry(&laddr->idle_maps, struct mgw_portmap, idle);
	list_del(&map->idle);
	laddr->idle_count--;
	map_free(map);
}

static struct mgw_portmap *map_get(struct mgw_laddr *laddr,
				   const union nf_inet_addr *raddr,
				   __be16 rport, u8 proto)
{
	struct hlist_head *head = bucket(laddr, raddr, rport, proto);
	struct mgw_portmap *map;
	u32 range;

	hlist_for_each_entry(map, head, link)
		if (map->rport == rport && map->proto == proto &&
		    !memcmp(&map->raddr, raddr, sizeof(*raddr)))
			return map;

	map = kzalloc(sizeof(*map), GFP_ATOMIC | __GFP_NOWARN);
	if (!map)
		return NULL;
	map->laddr = laddr;
	map->raddr = *raddr;
	map->rport = rport;
	map->proto = proto;
	/* A random start keeps a fresh module off ports in TIME_WAIT. */
	range = laddr->port_max - laddr->port_min + 1;
	mgw_ports_init(&map->ports, laddr->port_min, laddr->port_max,
		       laddr->port_min + get_random_u32() % range);
	hlist_add_head(&map->link, head);
	list_add_tail(&map->idle, &laddr->idle_maps);
	laddr->idle_count++;
	mgw_object_created(MGW_OBJECT_PORTMAP);
	return map;
}

static int map_take_port(struct mgw_portmap *map)
{
	struct mgw_laddr *laddr = map->laddr;
	bool was_idle = !map->ports.used;
	int port;

	port = mgw_ports_get(&map->ports, GFP_ATOMIC | __GFP_NOWARN);
	if (port < 0)
		return port;
	if (was_idle) {
		list_del(&map->idle);
		laddr->idle_count--;
	}
	WRITE_ONCE(laddr->sessions, laddr->sessions + 1);
	return port;
}

void mgw_portmap_exhausted(const struct mgw_cpu *mc, const struct mgw_rs *rs,
			   const struct mgw_pool *pool)
{
	struct mgw_laddr *const *slice;
	struct mgw_laddr *laddr;
	u32 count;

	slice = mgw_pool_slice(pool, rs->family, mc->cpu, &count);
	if (!count)
		return;
	laddr = slice[mc->laddr_cursor % count];
	WRITE_ONCE(laddr->exhausted, laddr->exhausted + 1);
	if (laddr->exhausted_next &&
	    time_before(jiffies, laddr->exhausted_next))
		return;
	laddr->exhausted_next = jiffies + HZ;
	mgw_notify_laddr_exhausted(laddr, rs);
}

struct mgw_portmap *mgw_portmap_acquire(struct mgw_cpu *mc,
					const struct mgw_rs *rs,
					const struct mgw_pool *pool,
					__be16 rport, u8 proto, __be16 *lport)
{
	struct mgw_laddr *const *slice;
	struct mgw_portmap *map;
	struct mgw_laddr *laddr;
	int err = -ESRCH;
	u32 count, i;

	slice = mgw_pool_slice(pool, rs->family, mc->cpu, &count);
	for (i = 0; i < count; i++) {
		laddr = slice[mc->laddr_cursor++ % count];
		/* The set may be older than the last change of owners. */
		if (unlikely(READ_ONCE(laddr->cpu) != mc->cpu))
			continue;
		map = map_get(laddr, &rs->raddr, rport, proto);
		if (!map)
			return ERR_PTR(-ENOMEM);
		err = map_take_port(map);
		if (err >= 0) {
			*lport = htons(err);
			return map;
		}
		if (err != -ENOSPC)
			return ERR_PTR(err);
	}
	return ERR_PTR(err);
}

void mgw_portmap_release(struct mgw_portmap *map, __be16 lport)
{
	struct mgw_laddr *laddr = map->laddr;

	mgw_ports_put(&map->ports, ntohs(lport));
	WRITE_ONCE(laddr->sessions, laddr->sessions - 1);
	if (!map->ports.used) {
		list_add_tail(&map->idle, &laddr->idle_maps);
		laddr->idle_count++;
		while (laddr->idle_count > MGW_PORTMAP_IDLE_MAX)
			evict_idle(laddr);
	}
	if (unlikely(!laddr->sessions && READ_ONCE(laddr->draining)))
		queue_work(mgw_wq, &laddr->mnet->reap_work);
}

void mgw_portmaps_free(struct mgw_laddr *laddr)
{
	struct mgw_portmap *map;
	struct hlist_node *next;
	int i;

	for (i = 0; i < MGW_LADDR_MAP_BUCKETS; i++)
		hlist_for_each_entry_safe(map, next, &laddr->maps[i], link)
			map_free(map);
}
