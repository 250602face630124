// SPDX-License-Identifier: GPL-2.0
/*
 * Choosing the local address and port of a session, among the laddrs this CPU
 * owns in the pool. Softirq of the owner.
 */
#include "lport.h"

#include "laddr.h"
#include "mnet.h"
#include "notify.h"
#include "objects.h"
#include "pool.h"
#include "rs.h"

struct mgw_portmap *mgw_lport_acquire(struct mgw_cpu *mc,
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
		map = mgw_portmap_get(&laddr->maps, &rs->raddr, rport, proto);
		if (!map)
			return ERR_PTR(-ENOMEM);
		err = mgw_portmap_take(map);
		if (err >= 0) {
			*lport = htons(err);
			return map;
		}
		if (err != -ENOSPC)
			break;
	}
	return ERR_PTR(err);
}

void mgw_lport_release(struct mgw_portmap *map, __be16 lport)
{
	struct mgw_laddr *laddr = mgw_laddr_of(map);

	mgw_portmap_give(map, ntohs(lport));
	if (unlikely(!laddr->maps.sessions && READ_ONCE(laddr->draining)))
		queue_work(mgw_wq, &laddr->mnet->reap_work);
}

void mgw_lport_exhausted(const struct mgw_cpu *mc, const struct mgw_rs *rs,
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
