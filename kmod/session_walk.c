// SPDX-License-Identifier: GPL-2.0
/*
 * Looking at sessions from outside: dump, count, flush. Process context. The
 * caller never touches a session: it asks the owner CPU for a bite, which is
 * done in slices with BH disabled; the owner's packets wait for one at most.
 */
#include <linux/cpumask.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "mnet.h"
#include "rs.h"
#include "service.h"
#include "session.h"

/*
 * With BH disabled at a stretch: buckets, and nodes but for one chain. Ending a
 * session costs more than looking at one.
 */
#define SLICE_BUCKETS	4096
#define SLICE_NODES	2048
#define SLICE_FLUSHED	256
/* In one bite, so that a caller that is killed does not go on for long. */
#define BITE_SLICES	64
/* Copies there is room for at first. */
#define VIEWS		128

/**
 * struct bite - a question to an owner
 * @mc: whom
 * @filter: which sessions
 * @view: where copies go, or NULL
 * @room: of @view, or no limit
 * @looked: nodes seen in this slice, matching or not
 * @found: matching sessions seen
 * @needed: room that the bucket under @bucket needs, when it has not
 * @flush: end them
 * @killable: for a caller that need not see the end
 * @bucket: cursor of the table, moved on
 */
struct bite {
	struct mgw_cpu *mc;
	const struct mgw_session_filter *filter;
	struct mgw_session_view *view;
	unsigned int room;
	unsigned int looked;
	unsigned int found;
	unsigned int needed;
	bool flush;
	bool killable;
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

static void view_fill(struct mgw_session_view *view,
		      const struct mgw_session *sess)
{
	/* Then the rs sees the client itself. */
	bool one_way = sess->flags & MGW_SESSION_ONE_WAY;
	s32 left = sess->wheel.expires - (u32)jiffies;
	struct mgw_tuple client, rs;
	int dir;

	mgw_session_tuple(sess, MGW_DIR_FROM_CLIENT, &client);
	mgw_session_tuple(sess, MGW_DIR_FROM_RS, &rs);
	view->caddr = client.saddr;
	view->vaddr = client.daddr;
	view->laddr = one_way ? client.saddr : rs.daddr;
	view->raddr = rs.saddr;
	view->cport = client.sport;
	view->vport = client.dport;
	view->lport = one_way ? client.sport : rs.dport;
	view->rport = rs.sport;
	view->proto = client.proto;
	view->cfamily = client.family;
	view->lfamily = one_way ? client.family : rs.family;
	view->rfamily = rs.family;
	view->state = sess->state;
	view->mode = mgw_session_mode(sess);
	view->cpu = smp_processor_id();
	view->expires = left > 0 ? left / HZ : 0;
	for (dir = 0; dir < MGW_DIR_MAX; dir++) {
		view->packets[dir] = sess->packets[dir];
		view->bytes[dir] = sess->bytes[dir];
	}
}

/* By a mark it has no vaddr: then what the client asked for counts. */
static bool service_matches(const struct mgw_session_filter *f,
			    const struct mgw_service_key *svc,
			    const struct mgw_session_view *view)
{
	bool by_mark = mgw_service_key_is_mark(svc);

	if (f->has & MGW_FILTER_FWMARK &&
	    (!by_mark || svc->fwmark != f->fwmark))
		return false;
	return end_matches(f->has, MGW_FILTER_VADDR, MGW_FILTER_VPORT,
			   f->vfamily, &f->vaddr, f->vport, svc->family,
			   by_mark ? &view->vaddr : &svc->vaddr,
			   by_mark ? view->vport : svc->vport);
}

/* What is asked for is what is shown. */
static bool filter_matches(const struct mgw_session_filter *f,
			   const struct mgw_service_key *svc,
			   const struct mgw_session_view *view)
{
	if (f->has & MGW_FILTER_PROTO && f->proto != view->proto)
		return false;
	return service_matches(f, svc, view) &&
	       end_matches(f->has, MGW_FILTER_CADDR, MGW_FILTER_CPORT,
			   f->cfamily, &f->caddr, f->cport,
			   view->cfamily, &view->caddr, view->cport) &&
	       end_matches(f->has, MGW_FILTER_LADDR, MGW_FILTER_LPORT,
			   f->lfamily, &f->laddr, f->lport,
			   view->lfamily, &view->laddr, view->lport) &&
	       end_matches(f->has, MGW_FILTER_RADDR, MGW_FILTER_RPORT,
			   f->rfamily, &f->raddr, f->rport,
			   view->rfamily, &view->raddr, view->rport);
}

static void bite_visit(struct mgw_table_node *node, void *arg)
{
	struct mgw_session_view view;
	struct mgw_session *sess;
	struct bite *bite = arg;

	bite->looked++;
	/* Each session has two nodes; look at it once. */
	if (mgw_session_dir(node) != MGW_DIR_FROM_CLIENT)
		return;
	sess = mgw_session_of(node);
	view_fill(&view, sess);
	if (!filter_matches(bite->filter, &sess->rs->svc->key, &view))
		return;
	if (bite->view && bite->found < bite->room)
		bite->view[bite->found] = view;
	bite->found++;
	if (bite->flush)
		mgw_session_end(bite->mc, sess, MGW_COUNTER_SESSIONS_FLUSHED);
}

/*
 * A bucket is seen as a whole or not at all: its order may be another one the
 * next time. One that does not fit is left for the next bite.
 */
static bool see_bucket(struct bite *bite)
{
	unsigned int found = bite->found;
	u32 next;

	next = mgw_table_scan(&bite->mc->table, bite->bucket, bite_visit, bite);
	if (bite->found > bite->room) {
		bite->needed = bite->found - found;
		bite->found = found;
		return false;
	}
	bite->bucket = next;
	return next;
}

/* Is there more for another slice? */
static bool slice(struct bite *bite)
{
	unsigned int found = bite->found;
	unsigned int buckets = 0;
	bool more;

	bite->looked = 0;
	mgw_owner_enter_bh(&bite->mc->owner);
	mgw_assert_owner(bite->mc);
	do {
		more = see_bucket(bite);
	} while (more && ++buckets < SLICE_BUCKETS &&
		 bite->looked < SLICE_NODES &&
		 !(bite->flush && bite->found - found >= SLICE_FLUSHED));
	mgw_owner_leave_bh(&bite->mc->owner);
	return more;
}

/* On the owner CPU. */
static long bite_on_owner(void *arg)
{
	struct bite *bite = arg;
	unsigned int slices = 0;

	while (slice(bite) && ++slices < BITE_SLICES)
		cond_resched();
	return 0;
}

static void ask_owner(struct mgw_net *mnet, struct mgw_session_cursor *cursor,
		      struct bite *bite)
{
	lockdep_assert_held(&mnet->life);
	if (!mnet->started || cursor->cpu >= nr_cpu_ids) {
		cursor->done = true;
		return;
	}
	bite->mc = mnet->cpus[cursor->cpu];
	bite->bucket = cursor->bucket;
	/*
	 * An offline CPU has given its sessions away. One that has none is not
	 * asked: what runs there may not let go of it for long.
	 */
	if (!READ_ONCE(bite->mc->sessions) ||
	    mgw_session_on_owner(bite->mc, bite_on_owner, bite))
		bite->bucket = 0;
	cursor->bucket = bite->bucket;
	if (cursor->bucket || bite->needed)
		return;
	cursor->cpu = cpumask_next(cursor->cpu, cpu_possible_mask);
	cursor->done = cursor->cpu >= nr_cpu_ids;
}

/*
 * Between two bites the packet path may be stopped, and started again: a cursor
 * is good for any table.
 */
static void bite_next(struct mgw_net *mnet, struct mgw_session_cursor *cursor,
		      struct bite *bite)
{
	bite->found = 0;
	bite->needed = 0;
	down_read(&mnet->life);
	ask_owner(mnet, cursor, bite);
	up_read(&mnet->life);
}

/* What is in it is lost. */
static int make_room(struct mgw_session_views *views, unsigned int room)
{
	mgw_session_views_free(views);
	views->view = kvmalloc_array(room, sizeof(*views->view),
				     GFP_KERNEL_ACCOUNT);
	if (!views->view)
		return -ENOMEM;
	views->room = room;
	return 0;
}

void mgw_session_views_free(struct mgw_session_views *views)
{
	kvfree(views->view);
	memset(views, 0, sizeof(*views));
}

int mgw_session_bite(struct mgw_net *mnet, struct mgw_session_cursor *cursor,
		     const struct mgw_session_filter *filter,
		     struct mgw_session_views *views)
{
	struct bite bite = { .filter = filter };
	int err;

	err = views->room ? 0 : make_room(views, VIEWS);
	if (err)
		return err;
	bite.view = views->view;
	bite.room = views->room;
	bite_next(mnet, cursor, &bite);
	views->count = bite.found;
	/* With some to spare: the chain may be longer when it is asked again. */
	if (!bite.found && bite.needed)
		return make_room(views, bite.needed + VIEWS);
	return 0;
}

static u64 walk_all(struct mgw_net *mnet, struct bite *bite)
{
	struct mgw_session_cursor cursor = {};
	u64 found = 0;

	while (!cursor.done &&
	       !(bite->killable && fatal_signal_pending(current))) {
		bite_next(mnet, &cursor, bite);
		found += bite->found;
		cond_resched();
	}
	return found;
}

u64 mgw_session_count(struct mgw_net *mnet,
		      const struct mgw_session_filter *filter)
{
	struct bite bite = {
		.filter = filter,
		.room = UINT_MAX,
		.killable = true,
	};

	return walk_all(mnet, &bite);
}

u64 mgw_session_flush(struct mgw_net *mnet,
		      const struct mgw_session_filter *filter)
{
	struct bite bite = {
		.filter = filter,
		.room = UINT_MAX,
		.flush = true,
		.killable = true,
	};

	return walk_all(mnet, &bite);
}

void mgw_session_end_all(struct mgw_net *mnet)
{
	static const struct mgw_session_filter everything;
	struct bite bite = {
		.filter = &everything,
		.room = UINT_MAX,
		.flush = true,
	};

	walk_all(mnet, &bite);
}
