// SPDX-License-Identifier: GPL-2.0
/*
 * The slow half of the walk: service, limits, scheduler, local address, new
 * session. Softirq of the future owner. Nothing is left behind on a refusal, but that
 * of the flow director: there a session may have ended for one that begins elsewhere.
 */
#include "admit.h"

#include "conntrack.h"
#include "host.h"
#include "interest.h"
#include "laddr.h"
#include "lport.h"
#include "mode.h"
#include "nat.h"
#include "pool.h"
#include "proto.h"
#include "rs.h"
#include "sched.h"
#include "service.h"
#include "source.h"

/* A source that can't be a client: nobody, everybody, or ourselves. */
static bool is_martian(const struct mgw_packet *pkt)
{
	u8 family = pkt->tuple.family;

	return !mgw_addr_is_unicast(&pkt->tuple.saddr, family) ||
	       mgw_interest_lookup(pkt->mnet, family, &pkt->tuple.saddr);
}

/*
 * From this host, which is an rs of itself: for its own sockets, whatever services
 * there are, as packets would go round otherwise. What is sent to a local rs is all
 * that may come from the loopback device with a source that is not the host's.
 */
static bool is_for_local_rs(const struct mgw_packet *pkt)
{
	const union nf_inet_addr *saddr = &pkt->tuple.saddr;
	u8 family = pkt->tuple.family;

	if (likely(!(pkt->skb->dev->flags & IFF_LOOPBACK)))
		return false;
	return mgw_interest_is_laddr(pkt->mnet, family, saddr) ||
	       !mgw_host_has_addr(pkt->mnet->net, saddr, family);
}

/* It was the host's before there was a service, and is until it ends. */
static enum mgw_verdict no_session(const struct mgw_packet *pkt)
{
	struct net *net = pkt->mnet->net;

	if (mgw_host_has(net, &pkt->tuple, pkt->skb->dev) ||
	    mgw_conntrack_translates(net, &pkt->tuple, pkt->skb, false) ||
	    mgw_host_has_ipvs(net))
		return MGW_ACCEPT;
	return mgw_drop(pkt, MGW_COUNTER_DROP_NO_SESSION);
}

/*
 * A datagram that answers one which the host has masqueraded. Some keep a port that a
 * service may have as well: those of NTP and IKE. A host without a rule for that is
 * not asked about each.
 */
static bool is_answer(const struct mgw_packet *pkt,
		      const struct mgw_service *svc)
{
	struct net *net = pkt->mnet->net;

	if (pkt->tuple.proto != IPPROTO_UDP)
		return false;
	if (svc->key.vport &&
	    !mgw_conntrack_masquerades(net, pkt->tuple.family))
		return false;
	return mgw_conntrack_translates(net, &pkt->tuple, pkt->skb, true);
}

static bool has_session_left(struct mgw_net *mnet)
{
	return percpu_counter_read(&mnet->sessions) < mnet->session_limit &&
	       percpu_counter_read(&mnet->quota->sessions) < mnet->quota->limit;
}

static enum mgw_verdict may_open(const struct mgw_packet *pkt,
				 const struct mgw_service *svc)
{
	struct mgw_net *mnet = pkt->mnet;

	if (is_for_local_rs(pkt))
		return MGW_ACCEPT;
	if (pkt->tuple.proto == IPPROTO_TCP && !mgw_tcp_may_open(pkt))
		return no_session(pkt);
	if (is_answer(pkt, svc))
		return MGW_ACCEPT;
	if (is_martian(pkt))
		return mgw_drop(pkt, MGW_COUNTER_DROP_MARTIAN);
	/* A search that was in vain is not made again at once. */
	if (pkt->mc->full_at == (u32)jiffies && !has_session_left(mnet))
		return mgw_drop(pkt, MGW_COUNTER_DROP_SESSION_LIMIT);
	return MGW_CONTINUE;
}

/* Another CPU may have ports where this one has none, but is asked only once. */
static int other_cpu(const struct mgw_packet *pkt, const struct mgw_rs *rs,
		     const struct mgw_pool *pool)
{
	if (pkt->spilled)
		return -ESRCH;
	return mgw_pool_other_cpu(pool, rs->family, pkt->hash, pkt->mc->cpu);
}

static struct mgw_portmap *find_lport(struct mgw_packet *pkt,
				      const struct mgw_rs *rs,
				      const struct mgw_pool *pool,
				      __be16 *lport)
{
	__be16 rport = rs->rport ?: pkt->tuple.dport;
	u8 proto = pkt->tuple.proto;
	struct mgw_portmap *map;

	map = mgw_lport_acquire(pkt->mc, rs, pool, rport, proto, lport);
	if (map != ERR_PTR(-ENOSPC) || other_cpu(pkt, rs, pool) >= 0)
		return map;
	return mgw_lport_take_over(pkt->mc, rs, pool, rport, proto, lport);
}

static enum mgw_verdict no_port(struct mgw_packet *pkt, const struct mgw_rs *rs,
				const struct mgw_pool *pool, int err)
{
	int cpu;

	if (err == -ENOMEM)
		return mgw_drop(pkt, MGW_COUNTER_DROP_NO_MEMORY);
	cpu = other_cpu(pkt, rs, pool);
	if (cpu >= 0) {
		if (err == -ENOSPC)
			mgw_counters_inc(&pkt->mc->counters,
					 MGW_COUNTER_LADDR_SPILLED);
		pkt->spilled = true;
		return mgw_hand_over(pkt, cpu);
	}
	if (err == -ESRCH)
		return mgw_drop(pkt, MGW_COUNTER_DROP_NO_LADDR);
	mgw_lport_exhausted(pkt->mc, rs, pool);
	return mgw_drop(pkt, MGW_COUNTER_DROP_LADDR_EXHAUSTED);
}

/* @map: whose port @lport is, where the mode needs one. */
static void fill(struct mgw_session *sess, const struct mgw_packet *pkt,
		 struct mgw_rs *rs, u8 mode, struct mgw_portmap *map,
		 __be16 lport)
{
	struct mgw_tuple from_rs = {
		.saddr = rs->raddr,
		.sport = rs->rport ?: pkt->tuple.dport,
		.dport = lport,
		.proto = pkt->tuple.proto,
		.family = rs->family,
	};

	mgw_session_set_owner(sess, pkt->mc->cpu);
	mgw_session_set_mode(sess, mode);
	sess->rs = rs;
	sess->map = map;
	mgw_session_set_tuple(sess, MGW_DIR_FROM_CLIENT, &pkt->tuple,
			      pkt->hash);
	if (!mgw_mode_rules[mode].has_reply) {
		sess->flags |= MGW_SESSION_ONE_WAY;
		mgw_session_set_tuple(sess, MGW_DIR_FROM_RS, &from_rs, 0);
		return;
	}
	from_rs.daddr = map ? mgw_laddr_of(map)->addr : pkt->tuple.saddr;
	mgw_session_set_tuple(sess, MGW_DIR_FROM_RS, &from_rs,
			      mgw_tuple_hash(pkt->mnet, &from_rs));
	mgw_nat_prepare(sess, &pkt->tuple, &from_rs);
}

/*
 * A word in the director, so that the flow is found from other CPUs. @flag is
 * set with it. @unclaimed: a look just now has shown no word.
 */
static enum mgw_verdict direct(struct mgw_packet *pkt, struct mgw_session *sess,
			       u64 hash, u8 flag, bool unclaimed)
{
	struct mgw_director *director = &pkt->mnet->director;
	int cpu;

	if (unclaimed)
		cpu = mgw_director_claim_free(director, hash, pkt->mc->cpu);
	else
		cpu = mgw_director_claim(director, hash, pkt->mc->cpu);
	if (cpu == pkt->mc->cpu) {
		sess->flags |= flag;
		return MGW_CONTINUE;
	}
	if (cpu == -EAGAIN)
		return mgw_drop(pkt, MGW_COUNTER_DROP_CLAIM_RACE);
	if (cpu >= 0)
		return mgw_hand_over(pkt, cpu);
	if (cpu == -ENOSPC)
		mgw_counters_inc(&pkt->mc->counters,
				 MGW_COUNTER_DIRECTOR_FULL);
	return MGW_CONTINUE;
}

/*
 * Mode nat: the rs sees the client, so that two services may give it packets
 * alike. The later session ends one that is over, and is refused otherwise.
 */
static enum mgw_verdict free_rs_tuple(struct mgw_packet *pkt,
				      const struct mgw_session *sess)
{
	struct mgw_session *other;
	struct mgw_tuple tuple;
	enum mgw_dir dir;

	mgw_session_tuple(sess, MGW_DIR_FROM_RS, &tuple);
	other = mgw_session_lookup(pkt->mc, &tuple,
				   mgw_tuple_hash(pkt->mnet, &tuple), &dir);
	if (!other)
		return MGW_CONTINUE;
	if (other->state != MGW_SESSION_STATE_TIME_WAIT &&
	    other->state != MGW_SESSION_STATE_CLOSE)
		return mgw_drop(pkt, MGW_COUNTER_DROP_TUPLE_TAKEN);
	mgw_session_end(pkt->mc, other, MGW_COUNTER_SESSIONS_REUSED);
	return MGW_CONTINUE;
}

/* Answers in mode nat come to any CPU, and no laddr says whose they are. */
static enum mgw_verdict direct_rs(struct mgw_packet *pkt,
				  struct mgw_session *sess)
{
	u64 hash = mgw_session_hash64(pkt->mnet, sess, MGW_DIR_FROM_RS);
	enum mgw_verdict verdict;
	int cpu;

	verdict = free_rs_tuple(pkt, sess);
	if (verdict != MGW_CONTINUE)
		return verdict;
	cpu = mgw_director_lookup(&pkt->mnet->director, hash);
	if (cpu >= 0 && cpu != pkt->mc->cpu && pkt->hops)
		return mgw_drop(pkt, MGW_COUNTER_DROP_TUPLE_TAKEN);
	return direct(pkt, sess, hash, MGW_SESSION_RS_DIRECTED,
		      cpu == -ENOENT);
}

static enum mgw_verdict direct_both(struct mgw_packet *pkt,
				    struct mgw_session *sess)
{
	enum mgw_verdict verdict;
	u64 hash;

	if (mgw_session_rules(sess)->reply_by_source) {
		verdict = direct_rs(pkt, sess);
		if (verdict != MGW_CONTINUE)
			return verdict;
	}
	verdict = direct(pkt, sess, mgw_packet_hash64(pkt),
			 MGW_SESSION_DIRECTED, pkt->unclaimed);
	if (verdict != MGW_CONTINUE && sess->flags & MGW_SESSION_RS_DIRECTED) {
		hash = mgw_session_hash64(pkt->mnet, sess, MGW_DIR_FROM_RS);
		mgw_director_release(&pkt->mnet->director, hash, pkt->mc->cpu);
	}
	return verdict;
}

/* The owner of other laddrs, another one each time, as with any luck it has room. */
static int cpu_with_room(const struct mgw_packet *pkt,
			 const struct mgw_pool *pool)
{
	const struct mgw_session *sess = pkt->sess;
	u32 any = pkt->hash + (u32)jiffies;

	if (pkt->spilled)
		return -ESRCH;
	if (sess->map)
		return mgw_pool_other_cpu(pool, sess->rs->family, any,
					  pkt->mc->cpu);
	return mgw_session_other_cpu(pkt->mc, any);
}

/*
 * With as many sessions as may be, one that may go ends for this one: here, or on
 * another CPU, which is asked once.
 */
static enum mgw_verdict find_room(struct mgw_packet *pkt,
				  const struct mgw_pool *pool)
{
	int cpu;

	if (has_session_left(pkt->mnet) || mgw_session_replace(pkt->mc))
		return MGW_CONTINUE;
	pkt->mc->full_at = jiffies;
	cpu = cpu_with_room(pkt, pool);
	if (cpu < 0 || cpu == pkt->mc->cpu)
		return mgw_drop(pkt, MGW_COUNTER_DROP_SESSION_LIMIT);
	pkt->spilled = true;
	return mgw_hand_over(pkt, cpu);
}

static void open(struct mgw_packet *pkt, struct mgw_session *sess)
{
	if (pkt->tuple.proto == IPPROTO_TCP)
		mgw_tcp_open(pkt);
	else
		mgw_udp_open(pkt);
	mgw_session_link(pkt->mc, sess);
}

/* Takes over the reference to @rs. */
static enum mgw_verdict begin(struct mgw_packet *pkt,
			      const struct mgw_service *svc, struct mgw_rs *rs)
{
	const struct mgw_pool *pool = rcu_dereference(svc->pool);
	__be16 lport = pkt->tuple.sport;
	struct mgw_portmap *map = NULL;
	u8 mode = READ_ONCE(rs->mode);
	enum mgw_verdict verdict;
	struct mgw_session *sess;

	if (mgw_mode_rules[mode].needs_lport) {
		map = find_lport(pkt, rs, pool, &lport);
		if (IS_ERR(map)) {
			verdict = no_port(pkt, rs, pool, PTR_ERR(map));
			goto put_rs;
		}
	}
	sess = mgw_session_alloc();
	if (!sess) {
		verdict = mgw_drop(pkt, MGW_COUNTER_DROP_NO_MEMORY);
		goto put_port;
	}
	fill(sess, pkt, rs, mode, map, lport);
	pkt->sess = sess;
	pkt->dir = MGW_DIR_FROM_CLIENT;
	verdict = mgw_source_check_flow(pkt);
	if (verdict == MGW_CONTINUE)
		verdict = find_room(pkt, pool);
	if (verdict == MGW_CONTINUE)
		verdict = direct_both(pkt, sess);
	if (verdict != MGW_CONTINUE)
		goto free_session;
	open(pkt, sess);
	return MGW_CONTINUE;

free_session:
	pkt->sess = NULL;
	mgw_route_put(&pkt->mc->routes, &sess->route[MGW_DIR_FROM_RS]);
	mgw_session_free(sess);
put_port:
	if (map)
		mgw_laddr_give_port(map, lport);
put_rs:
	percpu_ref_put(&rs->ref);
	return verdict;
}

/* The mark comes first, as with IPVS. */
static const struct mgw_service *service_of(const struct mgw_packet *pkt)
{
	struct mgw_service_key key = {
		.vaddr = pkt->tuple.daddr,
		.vport = pkt->tuple.dport,
		.proto = pkt->tuple.proto,
		.family = pkt->tuple.family,
	};
	u32 mark = pkt->skb->mark;
	struct mgw_service *svc;

	if (unlikely(mgw_interest_is_mark(pkt->mnet, key.family, mark))) {
		svc = mgw_service_lookup_mark(pkt->mnet, mark, key.family);
		if (svc)
			return svc;
	}
	return mgw_service_lookup(pkt->mnet, &key);
}

bool mgw_admit_is_unknown(struct mgw_packet *pkt)
{
	const struct mgw_interest *interest = pkt->interest;

	/*
	 * Answers in mode nat go wherever a client is, and marked packets
	 * wherever a rule has found them.
	 */
	if (!interest || rcu_access_pointer(interest->laddr) ||
	    READ_ONCE(pkt->mnet->watch))
		return false;
	pkt->svc = service_of(pkt);
	if (pkt->svc)
		return false;
	/* Pairs with the one in mgw_service_del(). */
	smp_rmb();
	return !READ_ONCE(pkt->mnet->draining);
}

enum mgw_verdict mgw_admit(struct mgw_packet *pkt)
{
	const struct mgw_service *svc = pkt->svc ?: service_of(pkt);
	enum mgw_verdict verdict;
	struct mgw_rs *rs;

	mgw_assert_owner(pkt->mc);
	if (!svc)
		return mgw_pass(pkt, MGW_COUNTER_PASSED_NO_SERVICE);
	verdict = may_open(pkt, svc);
	if (verdict != MGW_CONTINUE)
		return verdict;
	/* This CPU goes off line: what began here would stay behind with nobody. */
	if (unlikely(READ_ONCE(pkt->mc->leaving)))
		return mgw_hand_over(pkt, mgw_session_other_cpu(pkt->mc,
								pkt->hash));
	rs = mgw_sched_choose(rcu_dereference(svc->state),
			      this_cpu_ptr(svc->cursors));
	if (!rs)
		return mgw_drop(pkt, MGW_COUNTER_DROP_NO_RS);
	return begin(pkt, svc, rs);
}
