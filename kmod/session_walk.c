// SPDX-License-Identifier: GPL-2.0
/*
 * Looking at sessions from outside: dump, count, flush. Process context. The
 * caller never touches a session: each bite runs on the owner CPU with BH
 * disabled and is bounded, so the owner's packets wait for one bite at most.
 */
#include <linux/cpumask.h>

#include "mnet.h"
#include "rs.h"
#include "service.h"
#include "session.h"

/* Buckets looked at in one bite when few sessions match. */
#define BITE_BUCKETS	4096

/**
 * struct bite - a question to an owner
 * @mc: whom
 * @filter: which sessions
 * @views: where copies go, or NULL
 * @room: of @views
 * @found: matching sessions seen
 * @flush: end them
 * @bucket: cursor of the table, moved on
 */
struct bite {
	struct mgw_cpu *mc;
	const struct mgw_session_filter *filter;
	struct mgw_session_view *views;
	unsigned int room;
	unsigned int found;
	bool flush;
	u32 bucket;
};

static bool end_matches(u32 has, u32 addr_bit, u32 port_bit, u8 ffamily,
			const union nf_inet_addr *faddr, __be16 fport,
			u8 family, const union nf_inet_addr *addr, __be16 port)
{
	if (has & addr_bit &&
	    (ffamily != family || !mgw_addr_equal(faddr, addr, family)))
		return false;
	return !(has & port_bit) || fport == port;
}

/* By a mark it has no vaddr: then what the client asked for counts. */
static bool service_matches(const struct mgw_session_filter *f,
			    const struct mgw_session *sess)
{
	const struct mgw_service_key *svc = &sess->rs->svc->key;
	bool by_mark = mgw_service_key_is_mark(svc);

	if (f->has & MGW_FILTER_FWMARK &&
	    (!by_mark || svc->fwmark != f->fwmark))
		return false;
	return end_matches(f->has, MGW_FILTER_VADDR, MGW_FILTER_VPORT,
			   f->vfamily, &f->vaddr, f->vport, svc->family,
			   by_mark ? &sess->vaddr : &svc->vaddr,
			   by_mark ? sess->vport : svc->vport);
}

static bool filter_matches(const struct mgw_session_filter *f,
			   const struct mgw_session *sess)
{
	if (f->has & MGW_FILTER_PROTO && f->proto != sess->proto)
		return false;
	return service_matches(f, sess) &&
	       end_matches(f->has, MGW_FILTER_CADDR, MGW_FILTER_CPORT,
			   f->cfamily, &f->caddr, f->cport,
			   sess->cfamily, &sess->caddr, sess->cport) &&
	       end_matches(f->has, MGW_FILTER_LADDR, MGW_FILTER_LPORT,
			   f->lfamily, &f->laddr, f->lport,
			   mgw_session_lfamily(sess), &sess->laddr,
			   sess->lport) &&
	       end_matches(f->has, MGW_FILTER_RADDR, MGW_FILTER_RPORT,
			   f->rfamily, &f->raddr, f->rport,
			   sess->rfamily, &sess->raddr, sess->rport);
}

static void view_fill(struct mgw_session_view *view,
		      const struct mgw_session *sess)
{
	s32 left = sess->wheel.expires - (u32)jiffies;
	int dir;

	view->caddr = sess->caddr;
	view->vaddr = sess->vaddr;
	view->laddr = sess->laddr;
	view->raddr = sess->raddr;
	view->cport = sess->cport;
	view->vport = sess->vport;
	view->lport = sess->lport;
	view->rport = sess->rport;
	view->proto = sess->proto;
	view->cfamily = sess->cfamily;
	view->lfamily = mgw_session_lfamily(sess);
	view->rfamily = sess->rfamily;
	view->state = sess->track.state;
	view->mode = sess->mode;
	view->cpu = sess->cpu;
	view->expires = left > 0 ? left / HZ : 0;
	for (dir = 0; dir < MGW_DIR_MAX; dir++) {
		view->packets[dir] = sess->packets[dir];
		view->bytes[dir] = sess->bytes[dir];
	}
}

static void bite_visit(struct mgw_table_node *node, void *arg)
{
	struct mgw_session *sess;
	struct bite *bite = arg;

	/* Each session has two nodes; look at it once. */
	if (node->dir != MGW_DIR_FROM_CLIENT)
		return;
	sess = container_of(node, struct mgw_session,
			    node[MGW_DIR_FROM_CLIENT]);
	if (!filter_matches(bite->filter, sess))
		return;
	if (bite->views && bite->found < bite->room)
		view_fill(&bite->views[bite->found], sess);
	bite->found++;
	if (bite->flush)
		mgw_session_end(bite->mc, sess, MGW_COUNTER_SESSIONS_FLUSHED);
}

/* On the owner CPU. Stops with room for another bucket's chain. */
static long bite_on_owner(void *arg)
{
	struct bite *bite = arg;
	unsigned int buckets = 0;

	local_bh_disable();
	do {
		bite->bucket = mgw_table_scan(&bite->mc->table, bite->bucket,
					      bite_visit, bite);
	} while (bite->bucket && ++buckets < BITE_BUCKETS &&
		 bite->found < bite->room / 2);
	local_bh_enable();
	return 0;
}

static void bite_next(struct mgw_net *mnet, struct mgw_session_cursor *cursor,
		      struct bite *bite)
{
	bite->found = 0;
	if (!READ_ONCE(mnet->started) || cursor->cpu >= nr_cpu_ids) {
		cursor->done = true;
		return;
	}
	bite->mc = mnet->cpus[cursor->cpu];
	bite->bucket = cursor->bucket;
	/*
	 * An offline CPU has given its sessions away. One that has none is not
	 * asked: what runs there may not let go of it for long.
	 */
	if (!READ_ONCE(bite->mc->table.count) ||
	    mgw_session_on_owner(bite->mc, bite_on_owner, bite))
		bite->bucket = 0;
	cursor->bucket = bite->bucket;
	if (cursor->bucket)
		return;
	cursor->cpu = cpumask_next(cursor->cpu, cpu_possible_mask);
	cursor->done = cursor->cpu >= nr_cpu_ids;
}

unsigned int mgw_session_bite(struct mgw_net *mnet,
			      struct mgw_session_cursor *cursor,
			      const struct mgw_session_filter *filter,
			      struct mgw_session_view *views)
{
	struct bite bite = {
		.filter = filter,
		.views = views,
		.room = MGW_SESSION_BITE,
	};

	bite_next(mnet, cursor, &bite);
	return min(bite.found, bite.room);
}

static u64 walk_all(struct mgw_net *mnet, struct bite *bite)
{
	struct mgw_session_cursor cursor = {};
	u64 found = 0;

	while (!cursor.done) {
		bite_next(mnet, &cursor, bite);
		found += bite->found;
		cond_resched();
	}
	return found;
}

u64 mgw_session_count(struct mgw_net *mnet,
		      const struct mgw_session_filter *filter)
{
	struct bite bite = { .filter = filter, .room = UINT_MAX };

	return walk_all(mnet, &bite);
}

u64 mgw_session_flush(struct mgw_net *mnet,
		      const struct mgw_session_filter *filter)
{
	struct bite bite = {
		.filter = filter,
		.room = MGW_SESSION_BITE,
		.flush = true,
	};

	return walk_all(mnet, &bite);
}
