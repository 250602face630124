// SPDX-License-Identifier: GPL-2.0
/*
 * Choosing the local address and port of a session, among the laddrs this CPU
 * owns in the pool. Softirq of the owner.
 */
#include "lport.h"

#include <net/ip.h>

#include "host.h"
#include "laddr.h"
#include "mnet.h"
#include "notify.h"
#include "pool.h"
#include "rs.h"
#include "session.h"

/* Ports tried where two maps have one rs address. */
#define TRIES	16
/* Sessions looked at for one that may go. */
#define LOOKS	32

/* What the rs answers a port with. */
static struct mgw_tuple answer_to(const struct mgw_portmap *map, __be16 rport,
				  u16 port)
{
	const struct mgw_laddr *laddr = mgw_laddr_of(map);

	return (struct mgw_tuple){
		.saddr = map->raddr,
		.daddr = laddr->addr,
		.sport = rport,
		.dport = htons(port),
		.proto = map->proto,
		.family = laddr->family,
	};
}

static struct mgw_session *user_of(const struct mgw_cpu *mc,
				   const struct mgw_portmap *map, __be16 rport,
				   u16 port)
{
	struct mgw_tuple tuple = answer_to(map, rport, port);
	enum mgw_dir dir;

	return mgw_session_lookup(mc, &tuple, mgw_tuple_hash(mc->mnet, &tuple),
				  &dir);
}

static noinline void ask_range(struct net *net, struct mgw_host_range *range)
{
	int low, high;

	inet_get_local_port_range(net, &low, &high);
	range->low = low;
	range->high = high;
}

static bool is_in(const struct mgw_host_range *range, int port)
{
	return port >= range->low && port <= range->high;
}

/*
 * The host can't know which ports sessions have: all others come first, and those
 * of its range that it leaves alone as they are reserved.
 */
static noinline int take_apart(struct net *net, struct mgw_portmap *map,
			       __be16 rport)
{
	const struct mgw_host_range *hosts = &map->hosts;
	struct mgw_ports *ports = &map->ports;
	u16 cursor = ports->cursor;
	int port;

	if ((is_in(hosts, ports->min) && is_in(hosts, ports->max)) ||
	    inet_is_local_reserved_port(net, cursor))
		return mgw_portmap_take(map, rport);
	mgw_ports_seek(ports, hosts->high + 1);
	port = mgw_portmap_take(map, rport);
	if (!is_in(hosts, port))
		return port;
	/* There are none: in turn. */
	mgw_portmap_give(map, port);
	mgw_ports_seek(ports, cursor);
	return mgw_portmap_take(map, rport);
}

static noinline bool is_hosts(const struct mgw_cpu *mc,
			      const struct mgw_portmap *map, __be16 rport,
			      u16 port)
{
	struct mgw_tuple tuple = answer_to(map, rport, port);

	return mgw_host_has(mc->mnet->net, &tuple, NULL);
}

static __always_inline bool is_taken(const struct mgw_cpu *mc,
				     const struct mgw_portmap *map,
				     __be16 rport, int port)
{
	if (unlikely(READ_ONCE(mc->mnet->every_port)) &&
	    user_of(mc, map, rport, port))
		return true;
	return unlikely(is_in(&map->hosts, port)) &&
	       is_hosts(mc, map, rport, port);
}

/*
 * The map of an rs of every port knows nothing of the one of a fixed port at
 * the same address, nor the other way round: the table tells whether a port is
 * free. Of the host's range, the host may have a connection from there, too. A port
 * that is taken leads to another part of the range, as the ones next to it are mostly
 * used as well.
 */
static int take_port(const struct mgw_cpu *mc, struct mgw_portmap *map,
		     __be16 rport)
{
	u16 taken[TRIES];
	int tries = 0;
	int port;

	if (unlikely(!map->ports.used))
		ask_range(mc->mnet->net, &map->hosts);
	if (unlikely(is_in(&map->hosts, map->ports.cursor)))
		port = take_apart(mc->mnet->net, map, rport);
	else
		port = mgw_portmap_take(map, rport);
	while (port >= 0 && is_taken(mc, map, rport, port)) {
		taken[tries++] = port;
		if (tries == TRIES) {
			port = -ENOSPC;
			break;
		}
		mgw_portmap_leap(map);
		port = mgw_portmap_take(map, rport);
	}
	while (tries)
		mgw_portmap_give(map, taken[--tries]);
	return port;
}

/*
 * Ports are handed out in turn, so that the sessions behind the cursor are the
 * oldest. Those that stay are passed, for good until the next round.
 */
static bool end_oldest(struct mgw_cpu *mc, struct mgw_portmap *map)
{
	struct mgw_ports *ports = &map->ports;
	struct mgw_session *sess;
	u16 port = ports->cursor;
	int looks;

	for (looks = 0; looks < LOOKS; looks++) {
		sess = mgw_ports_is_used(ports, port) ?
		       user_of(mc, map, mgw_portmap_rport(map, port), port) :
		       NULL;
		if (sess && sess->map == map && mgw_session_may_go(sess)) {
			mgw_session_end(mc, sess,
					MGW_COUNTER_SESSIONS_REPLACED);
			break;
		}
		port = port == ports->max ? ports->min : port + 1;
	}
	mgw_ports_seek(ports, port);
	return looks < LOOKS;
}

/* A port of one laddr; @taking_over: of a session that ends for it. */
static __always_inline struct mgw_portmap *
acquire_from(struct mgw_cpu *mc, struct mgw_laddr *laddr,
	     const struct mgw_rs *rs, __be16 rport, u8 proto, bool taking_over,
	     __be16 *lport)
{
	struct mgw_portmap *map;
	int port;

	mgw_assert_laddr(laddr);
	map = mgw_portmap_get(&laddr->maps, &rs->raddr, rs->rport, proto);
	if (!map)
		return ERR_PTR(-ENOMEM);
	if (taking_over && !end_oldest(mc, map))
		return ERR_PTR(-ENOSPC);
	port = take_port(mc, map, rport);
	if (port < 0)
		return ERR_PTR(port);
	*lport = htons(port);
	return map;
}

struct mgw_portmap *mgw_lport_acquire(struct mgw_cpu *mc,
				      const struct mgw_rs *rs,
				      const struct mgw_pool *pool,
				      __be16 rport, u8 proto, __be16 *lport)
{
	struct mgw_portmap *map = ERR_PTR(-ESRCH);
	struct mgw_laddr *const *slice;
	struct mgw_laddr *laddr;
	u32 count, i;

	mgw_assert_owner(mc);
	slice = mgw_pool_slice(pool, rs->family, mc->cpu, &count);
	for (i = 0; i < count; i++) {
		laddr = slice[mc->laddr_cursor++ % count];
		/* The set may be older than the last change of owners. */
		if (unlikely(READ_ONCE(laddr->cpu) != mc->cpu))
			continue;
		map = acquire_from(mc, laddr, rs, rport, proto, false, lport);
		if (map != ERR_PTR(-ENOSPC))
			break;
	}
	return map;
}

struct mgw_portmap *mgw_lport_take_over(struct mgw_cpu *mc,
					const struct mgw_rs *rs,
					const struct mgw_pool *pool,
					__be16 rport, u8 proto, __be16 *lport)
{
	struct mgw_laddr *const *slice;
	struct mgw_laddr *laddr;
	u32 count;

	mgw_assert_owner(mc);
	slice = mgw_pool_slice(pool, rs->family, mc->cpu, &count);
	if (!count)
		return ERR_PTR(-ESRCH);
	laddr = slice[mc->laddr_cursor++ % count];
	if (READ_ONCE(laddr->cpu) != mc->cpu)
		return ERR_PTR(-ENOSPC);
	return acquire_from(mc, laddr, rs, rport, proto, true, lport);
}

void mgw_lport_exhausted(const struct mgw_cpu *mc, const struct mgw_rs *rs,
			 const struct mgw_pool *pool)
{
	struct mgw_laddr *const *slice;
	struct mgw_laddr *laddr;
	u32 count;

	mgw_assert_owner(mc);
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
