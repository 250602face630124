// SPDX-License-Identifier: GPL-2.0
/*
 * Handing packets to the CPU that owns their session: a lockless list for each
 * CPU, an IPI when it was empty, a NAPI that drains it. Any CPU adds; the rest
 * is for the owner, in softirq.
 */
#include "steer.h"

#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/ipv6.h>
#include <linux/slab.h>
#include <net/ip.h>
#include <net/sock.h>

#include "interest.h"
#include "laddr.h"

/* In skb->cb behind what IPv4 and IPv6 keep there. */
struct steer_cb {
	mgw_okfn_t *okfn;
	u16 sender;
	u8 hook;
	u8 hops;
	bool spilled;
};

#define STEER_CB_OFFSET 32

static struct steer_cb *steer_cb(const struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct inet_skb_parm) > STEER_CB_OFFSET);
	BUILD_BUG_ON(sizeof(struct inet6_skb_parm) > STEER_CB_OFFSET);
	BUILD_BUG_ON(STEER_CB_OFFSET + sizeof(struct steer_cb) >
		     sizeof(skb->cb));
	return (struct steer_cb *)(skb->cb + STEER_CB_OFFSET);
}

void mgw_steer_restore(struct mgw_packet *pkt)
{
	const struct steer_cb *cb = steer_cb(pkt->skb);

	pkt->hook = cb->hook;
	pkt->okfn = cb->okfn;
	pkt->hops = cb->hops;
	pkt->spilled = cb->spilled;
}

/*
 * A queued packet keeps its device and route. A socket that it has counts its
 * memory, and is held by that: those that tc has found, which nobody holds, never
 * get here, see mgw_packet_is_hosts().
 */
static void hold(struct mgw_packet *pkt, u8 hops, bool spilled)
{
	struct steer_cb *cb = steer_cb(pkt->skb);

	cb->hook = pkt->hook;
	cb->okfn = pkt->okfn;
	cb->sender = pkt->mc->cpu;
	cb->hops = hops;
	cb->spilled = spilled;
	WARN_ON_ONCE(skb_sk_is_prefetched(pkt->skb));
	dev_hold(pkt->skb->dev);
	skb_dst_force(pkt->skb);
}

/* On PREEMPT_RT, from the CPU's thread for interrupts' work. */
static void steer_irq_work(struct irq_work *work)
{
	napi_schedule(&container_of(work, struct mgw_steer, irq_work)->napi);
}

/*
 * IPI, or a call on the CPU itself. An idle CPU of PREEMPT_RT may get its IPIs
 * outside of any interrupt, where nobody would run a softirq raised by one.
 */
static void steer_ipi(void *info)
{
	struct mgw_steer *steer = info;

	clear_bit(MGW_STEER_KICKED, &steer->flags);
	/* What was queued for this IPI is seen by the poll. */
	smp_mb__after_atomic();
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		irq_work_queue(&steer->irq_work);
	else
		napi_schedule(&steer->napi);
}

/*
 * An empty list does not make one caller of many: the owner empties it several
 * times for one IPI, and a csd that is queued twice hangs its CPU. The one who
 * sets the bit sends the IPI, which clears it before it looks.
 */
void mgw_steer_kick(struct mgw_cpu *mc)
{
	struct mgw_steer *steer = &mc->steer;
	int err;

	do {
		if (test_and_set_bit(MGW_STEER_KICKED, &steer->flags))
			return;
		/* On this CPU it runs at once, and a softirq that it raises soon. */
		local_bh_disable();
		err = smp_call_function_single_async(mc->cpu, &steer->csd);
		local_bh_enable();
		if (likely(!err))
			return;
		WARN_ON_ONCE(err == -EBUSY);
		clear_bit(MGW_STEER_KICKED, &steer->flags);
		/* Off line: it looks when it comes back, unless that was just now. */
		smp_mb__after_atomic();
	} while (err == -ENXIO && cpu_online(mc->cpu));
}

bool mgw_steer_was_used(const struct mgw_cpu *mc)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		if (READ_ONCE(mc->mnet->cpus[cpu]->steer.sent[mc->cpu]))
			return true;
	return false;
}

void mgw_steer_forget_routes(struct mgw_cpu *mc)
{
	if (!mgw_routes_any(&mc->routes))
		return;
	set_bit(MGW_STEER_ROUTES, &mc->steer.flags);
	mgw_steer_kick(mc);
}

enum mgw_verdict mgw_steer_hand_over(struct mgw_packet *pkt)
{
	unsigned int cpu = pkt->to_cpu;
	struct mgw_cpu *to = pkt->mnet->cpus[cpu];
	struct mgw_cpu *mc = pkt->mc;
	u64 behind;

	mgw_assert_owner(pkt->mc);
	/* What leads to a CPU leads elsewhere before that one goes. */
	lockdep_assert(cpu_online(cpu));
	if (unlikely(pkt->hops >= MGW_STEER_HOPS))
		return mgw_drop(pkt, MGW_COUNTER_DROP_CLAIM_RACE);
	behind = mc->steer.sent[cpu] - READ_ONCE(to->steer.done[mc->cpu]);
	if (behind >= MGW_STEER_BACKLOG)
		return mgw_drop(pkt, MGW_COUNTER_DROP_STEER_FULL);
	WRITE_ONCE(mc->steer.sent[cpu], mc->steer.sent[cpu] + 1);
	mgw_counters_inc(&mc->counters, MGW_COUNTER_STEER_SENT);
	hold(pkt, pkt->hops + 1, pkt->spilled);
	if (llist_add(mgw_skb_llist(pkt->skb), &to->steer.queue))
		mgw_steer_kick(to);
	return MGW_STOLEN;
}

enum mgw_verdict mgw_steer_defer(struct mgw_packet *pkt)
{
	struct mgw_cpu *mc = pkt->mc;

	mgw_assert_owner(pkt->mc);
	if (skb_queue_len(&mc->steer.deferred) >= MGW_STEER_DEFERRED)
		return mgw_drop(pkt, MGW_COUNTER_DROP_STEER_FULL);
	mgw_counters_inc(&mc->counters, MGW_COUNTER_STEER_DEFERRED);
	hold(pkt, 0, false);
	__skb_queue_tail(&mc->steer.deferred, pkt->skb);
	return MGW_STOLEN;
}

static int owner_of(struct mgw_packet *pkt, const struct mgw_laddr *laddr)
{
	int owner;

	if (laddr)
		return READ_ONCE(laddr->cpu);
	owner = mgw_director_lookup(&pkt->mnet->director,
				    mgw_packet_hash64(pkt));
	pkt->unclaimed = owner == -ENOENT;
	return owner;
}

/*
 * Whether its mark may begin a session: not of what everybody gets, nor of what
 * this host sends itself, which may be a packet of ours that has its mark still.
 */
static bool is_for_mark(const struct mgw_packet *pkt)
{
	const struct sk_buff *skb = pkt->skb;
	u8 family = pkt->tuple.family;

	return mgw_interest_is_mark(pkt->mnet, family, skb->mark) &&
	       skb->pkt_type == PACKET_HOST &&
	       !(skb->dev->flags & IFF_LOOPBACK) &&
	       mgw_addr_is_unicast(&pkt->tuple.daddr, family);
}

enum mgw_verdict mgw_steer_find_owner(struct mgw_packet *pkt)
{
	const struct mgw_interest *interest = pkt->interest;
	const struct mgw_laddr *laddr = NULL;
	int owner;

	mgw_assert_owner(pkt->mc);
	if (interest)
		laddr = rcu_dereference(interest->laddr);

	/* A laddr may have moved since; the director was right or is late. */
	if (!pkt->hops || laddr) {
		owner = owner_of(pkt, laddr);
		if (owner >= 0 && owner != pkt->mc->cpu)
			return mgw_hand_over(pkt, owner);
	}
	if (unlikely(READ_ONCE(pkt->mnet->moving)))
		return MGW_DEFER;
	if (!interest)
		return is_for_mark(pkt) ? MGW_CONTINUE : MGW_ACCEPT;
	if (!laddr)
		return MGW_CONTINUE;
	return mgw_pass(pkt, MGW_COUNTER_PASSED_LADDR);
}

static void handle(struct mgw_cpu *mc, struct sk_buff *skb)
{
	struct net_device *dev = skb->dev;

	mc->steer.handle(mc, skb);
	dev_put(dev);
}

static struct sk_buff *next_queued(struct mgw_cpu *mc)
{
	struct mgw_steer *steer = &mc->steer;
	struct llist_node *list;
	struct sk_buff *skb;
	u16 sender;

	if (!steer->batch) {
		list = llist_del_all(&steer->queue);
		steer->batch = llist_reverse_order(list);
	}
	if (!steer->batch)
		return NULL;
	skb = mgw_llist_skb(steer->batch);
	steer->batch = steer->batch->next;
	skb->next = NULL;
	sender = steer_cb(skb)->sender;
	WRITE_ONCE(steer->done[sender], steer->done[sender] + 1);
	return skb;
}

/* Those that waited for a move that is over come first. */
static struct sk_buff *next(struct mgw_cpu *mc)
{
	struct sk_buff *skb;

	if (!skb_queue_empty(&mc->steer.deferred) &&
	    !READ_ONCE(mc->mnet->moving))
		return __skb_dequeue(&mc->steer.deferred);
	skb = next_queued(mc);
	if (skb)
		mgw_counters_inc(&mc->counters, MGW_COUNTER_STEER_RECEIVED);
	return skb;
}

/*
 * Linux hands the polls of a CPU that dies to another one, which must not touch
 * what it finds there; nor may a program that polls by itself (io_uring), which
 * NAPI_STATE_NO_BUSY_POLL keeps out.
 */
static int steer_poll(struct napi_struct *napi, int budget)
{
	struct mgw_cpu *mc = container_of(napi, struct mgw_cpu, steer.napi);
	struct sk_buff *skb;
	int work = 0;

	if (unlikely(mc->cpu != smp_processor_id())) {
		napi_complete_done(napi, 0);
		mgw_steer_kick(mc);
		return 0;
	}
	mgw_owner_enter(&mc->owner);
	mgw_assert_owner(mc);
	if (unlikely(test_bit(MGW_STEER_ROUTES, &mc->steer.flags) &&
		     test_and_clear_bit(MGW_STEER_ROUTES, &mc->steer.flags)))
		mgw_routes_forget(&mc->routes);
	while (work < budget && (skb = next(mc))) {
		handle(mc, skb);
		work++;
	}
	mgw_owner_leave(&mc->owner);
	if (work < budget)
		napi_complete_done(napi, work);
	return work;
}

void mgw_steer_drain(struct mgw_cpu *mc)
{
	struct sk_buff *skb;

	mgw_assert_owner(mc);
	while ((skb = next(mc)))
		handle(mc, skb);
}

static void shut_out(struct mgw_cpu *mc, struct sk_buff *skb)
{
	dev_put(skb->dev);
	kfree_skb(skb);
	mgw_counters_inc(&mc->counters, MGW_COUNTER_DROP_SHUTDOWN);
}

void mgw_steer_start(struct mgw_cpu *mc)
{
	napi_enable(&mc->steer.napi);
}

void mgw_steer_stop(struct mgw_cpu *mc)
{
	napi_disable(&mc->steer.napi);
}

void mgw_steer_settle(struct mgw_cpu *mc)
{
	while (test_bit(MGW_STEER_KICKED, &mc->steer.flags))
		usleep_range(20, 100);
}

void mgw_steer_shut_out(struct mgw_cpu *mc)
{
	struct sk_buff *skb;

	/* A CPU that comes or goes empties queues as well. */
	WARN_ON_ONCE(READ_ONCE(mc->mnet->moving));
	mgw_owner_enter_bh(&mc->owner);
	while ((skb = next_queued(mc)))
		shut_out(mc, skb);
	while ((skb = __skb_dequeue(&mc->steer.deferred)))
		shut_out(mc, skb);
	mgw_owner_leave_bh(&mc->owner);
}

int mgw_steer_init(struct mgw_cpu *mc)
{
	struct mgw_steer *steer = &mc->steer;

	steer->sent = kcalloc(nr_cpu_ids, sizeof(*steer->sent),
			      GFP_KERNEL_ACCOUNT);
	steer->done = kcalloc(nr_cpu_ids, sizeof(*steer->done),
			      GFP_KERNEL_ACCOUNT);
	if (!steer->sent || !steer->done) {
		kfree(steer->sent);
		kfree(steer->done);
		return -ENOMEM;
	}
	init_llist_head(&steer->queue);
	__skb_queue_head_init(&steer->deferred);
	INIT_CSD(&steer->csd, steer_ipi, steer);
	init_irq_work(&steer->irq_work, steer_irq_work);
	set_bit(NAPI_STATE_NO_BUSY_POLL, &steer->napi.state);
	netif_napi_add(mc->mnet->steer_dev, &steer->napi, steer_poll);
	return 0;
}

void mgw_steer_del(struct mgw_cpu *mc)
{
	irq_work_sync(&mc->steer.irq_work);
	__netif_napi_del(&mc->steer.napi);
}

void mgw_steer_exit(struct mgw_cpu *mc)
{
	kfree(mc->steer.sent);
	kfree(mc->steer.done);
}
