// SPDX-License-Identifier: GPL-2.0
/*
 * The slow half of the walk: service, limits, scheduler, local address, new
 * session. Softirq of the future owner. Nothing is left behind on a refusal.
 */
#include "admit.h"

#include "interest.h"
#include "laddr.h"
#include "lport.h"
#include "nat.h"
#include "pool.h"
#include "proto.h"
#include "rs.h"
#include "sched.h"
#include "service.h"
#include "steer.h"

/* A source that can't be a client: nobody, everybody, or ourselves. */
static bool is_martian(const struct mgw_packet *pkt)
{
	u8 family = pkt->tuple.family;

	return !mgw_addr_is_unicast(&pkt->tuple.saddr, family) ||
	       mgw_interest_lookup(pkt->mnet, family, &pkt->tuple.saddr);
}

static enum mgw_verdict may_open(const struct mgw_packet *pkt)
{
	struct mgw_net *mnet = pkt->mnet;

	if (pkt->tuple.proto == IPPROTO_TCP && !mgw_tcp_may_open(pkt))
		return mgw_drop(pkt, MGW_COUNTER_DROP_NO_SESSION);
	if (is_martian(pkt))
		return mgw_drop(pkt, MGW_COUNTER_DROP_MARTIAN);
	if (percpu_counter_read(&mnet->sessions) >= mnet->session_limit)
		return mgw_drop(pkt, MGW_COUNTER_DROP_SESSION_LIMIT);
	return MGW_CONTINUE;
}

/* No port on this CPU: another one may have some, but is asked only once. */
static enum mgw_verdict no_port(struct mgw_packet *pkt, const struct mgw_rs *rs,
				const struct mgw_pool *pool, int err)
{
	int cpu = -ESRCH;

	if (err == -ENOMEM)
		return mgw_drop(pkt, MGW_COUNTER_DROP_NO_MEMORY);
	if (!pkt->steered)
		cpu = mgw_pool_other_cpu(pool, rs->family, pkt->hash,
					 pkt->mc->cpu);
	if (cpu >= 0) {
		if (err == -ENOSPC)
			mgw_counters_inc(&pkt->mc->counters,
					 MGW_COUNTER_LADDR_SPILLED);
		return mgw_steer_to(pkt, cpu);
	}
	if (err == -ESRCH)
		return mgw_drop(pkt, MGW_COUNTER_DROP_NO_LADDR);
	mgw_lport_exhausted(pkt->mc, rs, pool);
	return mgw_drop(pkt, MGW_COUNTER_DROP_LADDR_EXHAUSTED);
}

static void fill(struct mgw_session *sess, const struct mgw_packet *pkt,
		 struct mgw_rs *rs, struct mgw_portmap *map, __be16 lport)
{
	sess->proto = pkt->tuple.proto;
	sess->cfamily = pkt->tuple.family;
	sess->rfamily = rs->family;
	sess->caddr = pkt->tuple.saddr;
	sess->vaddr = pkt->tuple.daddr;
	sess->laddr = mgw_laddr_of(map)->addr;
	sess->raddr = rs->raddr;
	sess->cport = pkt->tuple.sport;
	sess->vport = pkt->tuple.dport;
	sess->lport = lport;
	sess->rport = map->rport;
	sess->rs = rs;
	sess->map = map;
	mgw_nat_prepare(sess);
}

/* A word in the director, so that the flow is found from other CPUs. */
static enum mgw_verdict direct(struct mgw_packet *pkt, struct mgw_session *sess)
{
	int cpu;

	cpu = mgw_director_claim(&pkt->mnet->director, mgw_packet_hash64(pkt),
				 pkt->mc->cpu);
	if (cpu == pkt->mc->cpu) {
		sess->flags |= MGW_SESSION_DIRECTED;
		return MGW_CONTINUE;
	}
	if (cpu == -EAGAIN)
		return mgw_drop(pkt, MGW_COUNTER_DROP_STEER_RACE);
	if (cpu >= 0 && !pkt->steered)
		return mgw_steer_to(pkt, cpu);
	if (cpu == -ENOSPC)
		mgw_counters_inc(&pkt->mc->counters,
				 MGW_COUNTER_DIRECTOR_FULL);
	return MGW_CONTINUE;
}

/* Takes over the reference to @rs. */
static enum mgw_verdict begin(struct mgw_packet *pkt,
			      const struct mgw_service *svc, struct mgw_rs *rs)
{
	const struct mgw_pool *pool = rcu_dereference(svc->pool);
	enum mgw_verdict verdict;
	struct mgw_session *sess;
	struct mgw_portmap *map;
	__be16 lport;

	map = mgw_lport_acquire(pkt->mc, rs, pool,
				rs->rport ?: pkt->tuple.dport,
				pkt->tuple.proto, &lport);
	if (IS_ERR(map)) {
		verdict = no_port(pkt, rs, pool, PTR_ERR(map));
		goto put_rs;
	}
	sess = mgw_session_alloc();
	if (!sess) {
		verdict = mgw_drop(pkt, MGW_COUNTER_DROP_NO_MEMORY);
		goto put_port;
	}
	fill(sess, pkt, rs, map, lport);
	verdict = direct(pkt, sess);
	if (verdict != MGW_CONTINUE)
		goto free_session;

	pkt->sess = sess;
	pkt->dir = MGW_DIR_FROM_CLIENT;
	if (pkt->tuple.proto == IPPROTO_TCP)
		mgw_tcp_open(pkt);
	else
		mgw_udp_open(pkt);
	mgw_session_link(pkt->mc, sess, pkt->hash);
	return MGW_CONTINUE;

free_session:
	mgw_session_free(sess);
put_port:
	mgw_lport_release(map, lport);
put_rs:
	percpu_ref_put(&rs->ref);
	return verdict;
}

enum mgw_verdict mgw_admit(struct mgw_packet *pkt)
{
	struct mgw_service_key key = {
		.vaddr = pkt->tuple.daddr,
		.vport = pkt->tuple.dport,
		.proto = pkt->tuple.proto,
		.family = pkt->tuple.family,
	};
	enum mgw_verdict verdict;
	struct mgw_service *svc;
	struct mgw_rs *rs;

	svc = mgw_service_lookup(pkt->mnet, &key);
	if (!svc)
		return mgw_pass(pkt, MGW_COUNTER_PASSED_NO_SERVICE);
	verdict = may_open(pkt);
	if (verdict != MGW_CONTINUE)
		return verdict;
	rs = mgw_sched_choose(rcu_dereference(svc->state),
			      this_cpu_ptr(svc->cursors));
	if (!rs)
		return mgw_drop(pkt, MGW_COUNTER_DROP_NO_RS);
	return begin(pkt, svc, rs);
}
