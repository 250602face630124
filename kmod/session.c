// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions: life, lookup and deadline. All but allocation is for the owner
 * CPU, in softirq or with BH disabled; there is no lock and nothing is shared.
 */
#include "session.h"

#include <linux/cpu.h>
#include <linux/prefetch.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "hot.h"
#include "isn.h"
#include "isn_clock.h"
#include "laddr.h"
#include "mnet.h"
#include "objects.h"
#include "rs.h"
#include "service.h"

#define TABLE_ORDER	10
/* Buckets and nodes moved in one run of the timer, while a table grows. */
#define MOVE_BUDGET	1024
/* Sessions looked at for one that may go, when there are as many as may be. */
#define REPLACE_LOOKS	16
/* When a session began is kept in units of 16 to 32 seconds. */
#define OPENED_SHIFT	ilog2(32 * HZ)

static struct kmem_cache *session_cache;

u32 __mgw_hot mgw_tuple_hash(const struct mgw_net *mnet,
			     const struct mgw_tuple *tuple)
{
	if (tuple->family == AF_INET)
		return hsiphash_4u32((__force u32)tuple->saddr.ip,
				     (__force u32)tuple->daddr.ip,
				     tuple->ports, tuple->proto,
				     &mnet->tuple_key);
	return hsiphash(tuple, offsetofend(struct mgw_tuple, family),
			&mnet->tuple_key);
}

u64 mgw_tuple_hash64(const struct mgw_net *mnet, const struct mgw_tuple *tuple)
{
	u64 ports = (__force u64)tuple->sport << 32 |
		    (__force u64)tuple->dport << 16 | tuple->proto;

	if (tuple->family == AF_INET)
		return siphash_2u64((u64)(__force u32)tuple->saddr.ip << 32 |
				    (__force u32)tuple->daddr.ip, ports,
				    &mnet->director_key);
	return siphash(tuple, offsetofend(struct mgw_tuple, family),
		       &mnet->director_key);
}

void mgw_session_tuple(const struct mgw_session *sess, enum mgw_dir dir,
		       struct mgw_tuple *tuple)
{
	const struct mgw_side *side = &sess->side[dir];

	mgw_assert_session(sess);
	memset(tuple, 0, sizeof(*tuple));
	tuple->ports = side->ports;
	tuple->proto = side->node.proto;
	tuple->family = side->node.family;
	if (tuple->family == AF_INET) {
		tuple->saddr.ip = side->saddr;
		tuple->daddr.ip = side->daddr;
	} else {
		tuple->saddr.in6 = sess->side6[dir].saddr;
		tuple->daddr.in6 = sess->side6[dir].daddr;
	}
}

void mgw_session_new_tuple(const struct mgw_session *sess, enum mgw_dir dir,
			   struct mgw_tuple *tuple)
{
	mgw_session_tuple(sess, mgw_dir_other(dir), tuple);
	swap(tuple->saddr, tuple->daddr);
	swap(tuple->sport, tuple->dport);
}

void mgw_session_set_tuple(struct mgw_session *sess, enum mgw_dir dir,
			   const struct mgw_tuple *tuple, u32 hash)
{
	struct mgw_side *side = &sess->side[dir];

	mgw_assert_session(sess);
	side->node.hash = hash;
	side->node.family = tuple->family;
	side->node.proto = tuple->proto;
	side->ports = tuple->ports;
	if (tuple->family == AF_INET) {
		side->saddr = tuple->saddr.ip;
		side->daddr = tuple->daddr.ip;
	} else {
		sess->side6[dir].saddr = tuple->saddr.in6;
		sess->side6[dir].daddr = tuple->daddr.in6;
	}
}

static __always_inline bool tuple_matches(const struct mgw_tuple *tuple,
					  const struct mgw_side *side,
					  const struct mgw_side6 *side6)
{
	if (side->ports != tuple->ports || side->node.proto != tuple->proto ||
	    side->node.family != tuple->family)
		return false;
	if (tuple->family == AF_INET)
		return side->saddr == tuple->saddr.ip &&
		       side->daddr == tuple->daddr.ip;
	return ipv6_addr_equal(&side6->saddr, &tuple->saddr.in6) &&
	       ipv6_addr_equal(&side6->daddr, &tuple->daddr.in6);
}

__mgw_hot struct mgw_session *
mgw_session_lookup(const struct mgw_cpu *mc, const struct mgw_tuple *tuple,
		   u32 hash, enum mgw_dir *dir)
{
	struct mgw_table_node *node;
	struct mgw_session *sess;

	mgw_assert_owner(mc);
	node = *mgw_table_head(&mc->table, hash);
	for (; node; node = node->next) {
		sess = mgw_session_of(node);
		/* While the first line is on its way. */
		prefetchw(&sess->bytes);
		if (tuple->proto == IPPROTO_TCP)
			prefetchw(&sess->track);
		if (node->hash != hash)
			continue;
		*dir = mgw_session_dir(node);
		if (tuple_matches(tuple, &sess->side[*dir], &sess->side6[*dir]))
			return sess;
	}
	return NULL;
}

struct mgw_session *mgw_session_alloc(void)
{
	struct mgw_session *sess;

	sess = kmem_cache_zalloc(session_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (sess)
		mgw_object_created(MGW_OBJECT_SESSION);
	return sess;
}

void mgw_session_free(struct mgw_session *sess)
{
	kmem_cache_free(session_cache, sess);
	mgw_object_destroyed(MGW_OBJECT_SESSION);
}

static u32 idle_time(const struct mgw_session *sess)
{
	return READ_ONCE(sess->rs->svc->timeouts[sess->state]);
}

void __mgw_hot mgw_session_refresh(struct mgw_session *sess)
{
	mgw_assert_session(sess);
	sess->wheel.expires = (u32)jiffies + idle_time(sess);
}

void mgw_session_restate(struct mgw_cpu *mc, struct mgw_session *sess)
{
	mgw_assert_owner(mc);
	mgw_assert_session(sess);
	mgw_wheel_advance(&mc->wheel, &sess->wheel,
			  (u32)jiffies + idle_time(sess));
}

static u16 coarse_now(void)
{
	u32 now = jiffies;

	return now >> OPENED_SHIFT;
}

static void arm_wheel_timer(struct mgw_cpu *mc)
{
	if (!timer_pending(&mc->wheel_timer))
		mod_timer(&mc->wheel_timer, jiffies + MGW_WHEEL_TICK);
}

static void ask_for_room(struct mgw_cpu *mc)
{
	if (unlikely(mgw_table_wants_room(&mc->table) || mc->table.retired))
		queue_work(mgw_wq, &mc->grow_work);
}

void mgw_session_attach(struct mgw_cpu *mc, struct mgw_session *sess)
{
	mgw_assert_owner(mc);
	ASSERT_EXCLUSIVE_ACCESS(*sess);
	mgw_session_set_owner(sess, mc->cpu);
	mgw_table_insert(&mc->table, &sess->side[MGW_DIR_FROM_CLIENT].node);
	if (!(sess->flags & MGW_SESSION_ONE_WAY))
		mgw_table_insert(&mc->table, &sess->side[MGW_DIR_FROM_RS].node);
	WRITE_ONCE(mc->sessions, mc->sessions + 1);
	mgw_wheel_add(&mc->wheel, &sess->wheel, sess->wheel.expires);
	mgw_live_add(&sess->rs->traffic->live, 1);
	ask_for_room(mc);
	arm_wheel_timer(mc);
}

void mgw_session_detach(struct mgw_cpu *mc, struct mgw_session *sess)
{
	mgw_assert_owner(mc);
	mgw_assert_session(sess);
	ASSERT_EXCLUSIVE_ACCESS(*sess);
	mgw_table_remove(&mc->table, &sess->side[MGW_DIR_FROM_CLIENT].node);
	if (!(sess->flags & MGW_SESSION_ONE_WAY))
		mgw_table_remove(&mc->table, &sess->side[MGW_DIR_FROM_RS].node);
	WRITE_ONCE(mc->sessions, mc->sessions - 1);
	mgw_wheel_del(&mc->wheel, &sess->wheel);
	mgw_route_put(&mc->routes, &sess->route[MGW_DIR_FROM_CLIENT]);
	mgw_route_put(&mc->routes, &sess->route[MGW_DIR_FROM_RS]);
	mgw_live_add(&sess->rs->traffic->live, -1);
}

void mgw_session_link(struct mgw_cpu *mc, struct mgw_session *sess)
{
	struct mgw_traffic *traffic = this_cpu_ptr(sess->rs->traffic);

	mgw_assert_owner(mc);
	mgw_assert_session(sess);
	sess->opened = coarse_now();
	mgw_session_refresh(sess);
	mgw_session_attach(mc, sess);
	u64_stats_update_begin(&traffic->syncp);
	u64_stats_inc(&traffic->sessions_total);
	u64_stats_update_end(&traffic->syncp);
	percpu_counter_inc(&mc->mnet->sessions);
	percpu_counter_inc(&mc->mnet->quota->sessions);
	mgw_counters_inc(&mc->counters, MGW_COUNTER_SESSIONS_CREATED);
}

u32 mgw_session_isn(const struct mgw_net *mnet, const struct mgw_session *sess)
{
	struct mgw_isn_key key = {};
	struct mgw_tuple tuple;

	mgw_assert_session(sess);
	mgw_session_tuple(sess, MGW_DIR_FROM_RS, &tuple);
	key.laddr = tuple.daddr;
	key.raddr = tuple.saddr;
	key.lport = tuple.dport;
	key.rport = tuple.sport;
	key.family = tuple.family;
	return mgw_isn(&mnet->isn_key, &key) + sess->map->isn_bias;
}

/* In nanoseconds, and up to 64 s too little; after twelve days of no use. */
static u64 least_age(const struct mgw_session *sess)
{
	u16 units = coarse_now() - sess->opened;

	return ((u64)max_t(u32, units, 1) - 1) * TICK_NSEC << OPENED_SHIFT;
}

/*
 * A client that sent faster than the clock of the ISN runs (15.6 MB/s) would
 * leave an rs in TIME_WAIT at a number the next ISN has not reached.
 */
static void remember_seq(const struct mgw_net *mnet, struct mgw_session *sess)
{
	u32 reached = sess->track.half[MGW_DIR_FROM_CLIENT].end +
		      sess->seq_delta[MGW_DIR_FROM_CLIENT];

	sess->map->isn_bias += mgw_isn_ahead(sess->bytes[MGW_DIR_FROM_CLIENT],
					     least_age(sess), reached,
					     mgw_session_isn(mnet, sess));
}

u64 mgw_session_hash64(const struct mgw_net *mnet,
		       const struct mgw_session *sess, enum mgw_dir dir)
{
	struct mgw_tuple tuple;

	mgw_session_tuple(sess, dir, &tuple);
	return mgw_tuple_hash64(mnet, &tuple);
}

static void undirect(const struct mgw_cpu *mc, const struct mgw_session *sess,
		     u8 flag, enum mgw_dir dir)
{
	if (sess->flags & flag)
		mgw_director_release(&mc->mnet->director,
				     mgw_session_hash64(mc->mnet, sess, dir),
				     mc->cpu);
}

static void give_back_lport(const struct mgw_net *mnet,
			    struct mgw_session *sess)
{
	if (!sess->map)
		return;
	if (mgw_session_proto(sess) == IPPROTO_TCP)
		remember_seq(mnet, sess);
	mgw_laddr_give_port(sess->map, sess->side[MGW_DIR_FROM_RS].dport);
}

void mgw_session_end(struct mgw_cpu *mc, struct mgw_session *sess,
		     enum mgw_counter why)
{
	struct mgw_net *mnet = mc->mnet;

	mgw_assert_owner(mc);
	mgw_assert_session(sess);
	mgw_session_detach(mc, sess);
	undirect(mc, sess, MGW_SESSION_DIRECTED, MGW_DIR_FROM_CLIENT);
	undirect(mc, sess, MGW_SESSION_RS_DIRECTED, MGW_DIR_FROM_RS);
	give_back_lport(mnet, sess);
	percpu_ref_put(&sess->rs->ref);
	percpu_counter_dec(&mnet->sessions);
	percpu_counter_dec(&mnet->quota->sessions);
	mgw_counters_inc(&mc->counters, why);
	mgw_session_free(sess);
}

bool mgw_session_may_go(const struct mgw_session *sess)
{
	mgw_assert_session(sess);
	switch (sess->state) {
	case MGW_SESSION_STATE_SYN_SENT:
	case MGW_SESSION_STATE_SYN_RECV:
	case MGW_SESSION_STATE_TIME_WAIT:
	case MGW_SESSION_STATE_CLOSE:
		return true;
	case MGW_SESSION_STATE_UDP:
	case MGW_SESSION_STATE_UDP_REPLIED:
		return sess->packets[MGW_DIR_FROM_CLIENT] <= 1;
	default:
		return false;
	}
}

static struct mgw_session *session_of(struct mgw_wheel_node *node)
{
	return container_of(node, struct mgw_session, wheel);
}

static bool node_may_go(struct mgw_wheel_node *node)
{
	return mgw_session_may_go(session_of(node));
}

bool mgw_session_replace(struct mgw_cpu *mc)
{
	struct mgw_wheel_node *node;

	mgw_assert_owner(mc);
	if (!mc->sessions)
		return false;
	node = mgw_wheel_soonest(&mc->wheel, REPLACE_LOOKS, node_may_go);
	if (!node)
		return false;
	mgw_session_end(mc, session_of(node), MGW_COUNTER_SESSIONS_REPLACED);
	return true;
}

bool mgw_session_keep_room(struct mgw_cpu *mc)
{
	bool moved;

	mgw_assert_owner(mc);
	moved = mgw_table_move(&mc->table, MOVE_BUDGET);
	ask_for_room(mc);
	return moved;
}

void mgw_session_cpu_resume(struct mgw_cpu *mc)
{
	mgw_owner_enter_bh(&mc->owner);
	mgw_assert_owner(mc);
	if (mc->sessions)
		arm_wheel_timer(mc);
	mgw_owner_leave_bh(&mc->owner);
}

long mgw_session_on_owner(const struct mgw_cpu *mc, long (*fn)(void *arg),
			  void *arg)
{
	long ret = -ENODEV;

	cpus_read_lock();
	if (cpu_online(mc->cpu))
		ret = work_on_cpu(mc->cpu, fn, arg);
	cpus_read_unlock();
	return ret;
}

/* Another one is always on line, and a CPU comes before the next one goes. */
unsigned int mgw_session_other_cpu(const struct mgw_cpu *mc, u32 hash)
{
	unsigned int cpu = hash % nr_cpu_ids;
	unsigned int i;

	for (i = 0; i < nr_cpu_ids; i++) {
		cpu = cpumask_next(cpu, cpu_online_mask);
		if (cpu >= nr_cpu_ids)
			cpu = cpumask_first(cpu_online_mask);
		if (cpu != mc->cpu && !READ_ONCE(mc->mnet->cpus[cpu]->leaving))
			break;
	}
	return cpu;
}

unsigned int mgw_session_next_owner(const struct mgw_cpu *mc,
				    const struct mgw_session *sess)
{
	mgw_assert_session(sess);
	if (sess->map)
		return mgw_laddr_of(sess->map)->next_cpu;
	if (!mc->leaving)
		return mc->cpu;
	return mgw_session_other_cpu(mc,
				     sess->side[MGW_DIR_FROM_CLIENT].node.hash);
}

struct grow_request {
	struct mgw_cpu *mc;
	struct mgw_table_node **heads;
	unsigned int order;
	struct mgw_table_node **retired;
	bool wanted;
};

/* On the owner CPU, between two of its softirqs. */
static long grow_on_owner(void *arg)
{
	struct grow_request *req = arg;
	struct mgw_cpu *mc = req->mc;

	mgw_owner_enter_bh(&mc->owner);
	mgw_assert_owner(mc);
	req->retired = mgw_table_retired(&mc->table);
	if (req->heads && mgw_table_offer(&mc->table, req->heads, req->order)) {
		req->heads = NULL;
		mgw_counters_inc(&mc->counters, MGW_COUNTER_TABLE_GROWN);
	}
	req->wanted = mgw_table_wants_room(&mc->table);
	req->order = ilog2(mc->table.mask + 1) + MGW_TABLE_ORDER_STEP;
	mgw_owner_leave_bh(&mc->owner);
	return 0;
}

/*
 * Bucket arrays are too big for softirq: they are made and freed here, and
 * handed over on the owner CPU. Without memory the table stays as it is, chains
 * get longer, and the next new session or tick asks again.
 */
static void grow_work(struct work_struct *work)
{
	struct mgw_cpu *mc = container_of(work, struct mgw_cpu, grow_work);
	struct grow_request req = { .mc = mc };

	/* What the last growth left has to go before the next may start. */
	mgw_session_on_owner(mc, grow_on_owner, &req);
	kvfree(req.retired);
	if (!req.wanted)
		return;
	req.retired = NULL;
	req.heads = mgw_table_alloc(req.order);
	if (!req.heads)
		return;
	mgw_session_on_owner(mc, grow_on_owner, &req);
	kvfree(req.heads);
	kvfree(req.retired);
}

/* A growth under way comes to its end. On the owner CPU, process context. */
static void settle(struct mgw_cpu *mc)
{
	struct mgw_table_node **retired;
	bool settled;

	do {
		mgw_owner_enter_bh(&mc->owner);
		mgw_assert_owner(mc);
		settled = mgw_table_move(&mc->table, MOVE_BUDGET);
		retired = mgw_table_retired(&mc->table);
		mgw_owner_leave_bh(&mc->owner);
		kvfree(retired);
		cond_resched();
	} while (!settled);
}

void mgw_session_make_room(struct mgw_cpu *mc, u32 sessions)
{
	struct grow_request req = { .mc = mc };
	u64 nodes = (u64)sessions * MGW_DIR_MAX + READ_ONCE(mc->table.count);

	settle(mc);
	req.order = min(order_base_2(2 * nodes), MGW_TABLE_ORDER_MAX);
	if (BIT(req.order) <= READ_ONCE(mc->table.mask) + 1)
		return;
	req.heads = mgw_table_alloc(req.order);
	if (!req.heads)
		return;
	grow_on_owner(&req);
	kvfree(req.heads);
	kvfree(req.retired);
	settle(mc);
}

int mgw_session_cpu_init(struct mgw_cpu *mc)
{
	int err;

	err = mgw_table_init(&mc->table, TABLE_ORDER);
	if (err)
		return err;
	err = mgw_wheel_init(&mc->wheel, jiffies);
	if (err) {
		mgw_table_destroy(&mc->table);
		return err;
	}
	INIT_WORK(&mc->grow_work, grow_work);
	return 0;
}

void mgw_session_cpu_exit(struct mgw_cpu *mc)
{
	cancel_work_sync(&mc->grow_work);
	WARN_ON_ONCE(mc->table.count);
	mgw_wheel_destroy(&mc->wheel);
	mgw_table_destroy(&mc->table);
}

int mgw_session_cache_create(void)
{
	session_cache = kmem_cache_create("mgw_session",
					  sizeof(struct mgw_session),
					  MGW_SESSION_LINE,
					  SLAB_HWCACHE_ALIGN | SLAB_NO_MERGE,
					  NULL);
	return session_cache ? 0 : -ENOMEM;
}

void mgw_session_cache_destroy(void)
{
	kmem_cache_destroy(session_cache);
}
