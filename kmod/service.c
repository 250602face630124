// SPDX-License-Identifier: GPL-2.0
/*
 * Life of services. Process context under mnet->config_lock, but for the
 * lookup, which packets do under RCU. A deleted service is out of the table at
 * once and freed after its last rs, that is after its last session.
 */
#include "service.h"

#include <linux/hash.h>
#include <linux/random.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/swab.h>

#include "interest.h"
#include "mnet.h"
#include "objects.h"
#include "pool.h"
#include "rs.h"
#include "sched.h"

/*
 * Idle time of each state in seconds. Established and half closed follow RFC
 * 5382 REQ-5; the short ones RFC 7857 section 2.1 leaves to us: a closed
 * session is revived by traffic as long as it is remembered.
 */
static const u32 default_timeouts[__MGW_SESSION_STATE_MAX] = {
	[MGW_SESSION_STATE_SYN_SENT] = 60,
	[MGW_SESSION_STATE_SYN_RECV] = 60,
	[MGW_SESSION_STATE_ESTABLISHED] = 7440,
	[MGW_SESSION_STATE_FIN_WAIT] = 240,
	[MGW_SESSION_STATE_LAST_ACK] = 60,
	[MGW_SESSION_STATE_TIME_WAIT] = 60,
	[MGW_SESSION_STATE_CLOSE] = 10,
	[MGW_SESSION_STATE_UDP] = 120,
	[MGW_SESSION_STATE_UDP_REPLIED] = 300,
};

/*
 * Cheap: only an administrator puts keys in, so nobody on the network can make
 * a chain long. The best bits are on top, the table takes the lowest.
 */
static u32 service_hash(const void *data, u32 len, u32 seed)
{
	const struct mgw_service_key *key = data;
	u32 hash = seed ^ key->vaddr.all[0];

	hash = hash * GOLDEN_RATIO_32 + key->vaddr.all[1];
	hash = hash * GOLDEN_RATIO_32 + key->vaddr.all[2];
	hash = hash * GOLDEN_RATIO_32 + key->vaddr.all[3];
	hash = hash * GOLDEN_RATIO_32 + ((__force u32)key->vport << 16 |
					 (u32)key->proto << 8 | key->family);
	return swab32(hash * GOLDEN_RATIO_32);
}

static int service_differs(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct mgw_service_key *key = arg->key;
	const struct mgw_service *svc = obj;

	return svc->key.vport != key->vport || svc->key.proto != key->proto ||
	       svc->key.family != key->family ||
	       !ipv6_addr_equal(&svc->key.vaddr.in6, &key->vaddr.in6);
}

static const struct rhashtable_params service_params = {
	.key_len = sizeof(struct mgw_service_key),
	.key_offset = offsetof(struct mgw_service, key),
	.head_offset = offsetof(struct mgw_service, node),
	.hashfn = service_hash,
	.obj_cmpfn = service_differs,
	.automatic_shrinking = true,
};

struct mgw_service *mgw_service_lookup(struct mgw_net *mnet,
				       struct mgw_service_key *key)
{
	struct mgw_service *svc;

	svc = rhashtable_lookup(&mnet->services, key, service_params);
	if (svc || !key->vport)
		return svc;
	key->vport = 0;
	return rhashtable_lookup(&mnet->services, key, service_params);
}

struct mgw_service *mgw_service_lookup_mark(struct mgw_net *mnet, u32 mark,
					    u8 family)
{
	struct mgw_service_key key = { .family = family };

	key.fwmark = mark;
	return rhashtable_lookup(&mnet->services, &key, service_params);
}

struct mgw_service *mgw_service_find(struct mgw_net *mnet,
				     const struct mgw_service_key *key)
{
	lockdep_assert_held(&mnet->config_lock);
	return rhashtable_lookup_fast(&mnet->services, key, service_params);
}

struct mgw_pool *mgw_service_pool(const struct mgw_service *svc)
{
	return rcu_dereference_protected(svc->pool,
			lockdep_is_held(&svc->mnet->config_lock));
}

/* Its packets concern us, from before the first until after the last. */
static int concern_begin(struct mgw_net *mnet,
			 const struct mgw_service_key *key)
{
	if (mgw_service_key_is_mark(key))
		return mgw_interest_add_mark(mnet, key->fwmark, key->family);
	return mgw_interest_add_vaddr(mnet, &key->vaddr, key->family);
}

static void concern_end(struct mgw_net *mnet, const struct mgw_service_key *key)
{
	if (mgw_service_key_is_mark(key))
		mgw_interest_del_mark(mnet, key->fwmark, key->family);
	else
		mgw_interest_del_vaddr(mnet, &key->vaddr, key->family);
}

static void service_free_rcu(struct rcu_head *head)
{
	struct mgw_service *svc = container_of(head, struct mgw_service, rcu);

	free_percpu(svc->cursors);
	kvfree(rcu_access_pointer(svc->state));
	kfree(svc);
	mgw_object_destroyed(MGW_OBJECT_SERVICE);
}

/* The last rs is gone, and with it the last session. */
static void service_free_work(struct work_struct *work)
{
	struct mgw_service *svc = container_of(work, struct mgw_service,
					       free_work);
	struct mgw_net *mnet = svc->mnet;

	mutex_lock(&mnet->config_lock);
	WRITE_ONCE(mnet->draining, mnet->draining - 1);
	concern_end(mnet, &svc->key);
	mgw_pool_put(mgw_service_pool(svc));
	mutex_unlock(&mnet->config_lock);
	call_rcu(&svc->rcu, service_free_rcu);
	mgw_net_object_freed(mnet);
}

static void service_put(struct mgw_service *svc)
{
	if (refcount_dec_and_test(&svc->refs))
		queue_work(mgw_wq, &svc->free_work);
}

void mgw_service_rs_gone(struct work_struct *work)
{
	struct mgw_rs *rs = container_of(to_rcu_work(work), struct mgw_rs,
					 free_work);
	struct mgw_service *svc = rs->svc;
	struct mgw_net *mnet = svc->mnet;
	struct mgw_traffic_sum sum;

	mutex_lock(&mnet->config_lock);
	list_del(&rs->list);
	mgw_traffic_sum(&sum, rs->traffic);
	mgw_traffic_add(&svc->retired, &sum);
	mgw_rs_unwatch(rs, mnet);
	mutex_unlock(&mnet->config_lock);

	mgw_rs_free(rs);
	service_put(svc);
	mgw_net_object_freed(mnet);
}

int mgw_service_publish(struct mgw_service *svc)
{
	struct mgw_sched_state *state, *old;

	lockdep_assert_held(&svc->mnet->config_lock);
	state = svc->sched->build(svc->sched, &svc->rs_list, svc->rs_count);
	if (!state)
		return -ENOMEM;
	old = rcu_replace_pointer(svc->state, state,
				  lockdep_is_held(&svc->mnet->config_lock));
	if (old)
		kvfree_rcu(old, rcu);
	return 0;
}

static const struct mgw_sched *spec_sched(const struct mgw_service_spec *spec,
					  const struct mgw_sched *otherwise,
					  struct netlink_ext_ack *extack)
{
	const struct mgw_sched *sched;

	if (!(spec->has & MGW_SERVICE_HAS_SCHED))
		return otherwise;
	sched = mgw_sched_find(spec->sched);
	if (!sched)
		NL_SET_ERR_MSG(extack,
			       "no such scheduler: this module has rr, wrr, wlc");
	return sched;
}

/* Writes what the spec names; packets read each value on its own. */
static void apply_spec(struct mgw_service *svc,
		       const struct mgw_service_spec *spec)
{
	int state;

	if (spec->has & MGW_SERVICE_HAS_MODE)
		WRITE_ONCE(svc->mode, spec->mode);
	if (spec->has & MGW_SERVICE_HAS_TIMESTAMPS)
		WRITE_ONCE(svc->timestamps, spec->timestamps);
	if (spec->has & MGW_SERVICE_HAS_TOA)
		WRITE_ONCE(svc->toa, spec->toa);
	if (spec->has & MGW_SERVICE_HAS_TOA_KIND)
		WRITE_ONCE(svc->toa_kind, spec->toa_kind);
	for (state = 0; state < __MGW_SESSION_STATE_MAX; state++)
		if (spec->timeouts[state])
			WRITE_ONCE(svc->timeouts[state],
				   spec->timeouts[state] * HZ);
}

static void init_cursors(struct mgw_service *svc)
{
	int cpu;

	for_each_possible_cpu(cpu)
		get_random_bytes(per_cpu_ptr(svc->cursors, cpu), sizeof(u32));
}

static struct mgw_service *service_alloc(struct mgw_net *mnet,
					 const struct mgw_service_spec *spec,
					 const struct mgw_sched *sched)
{
	const char *pool_name = spec->has & MGW_SERVICE_HAS_POOL ?
				spec->pool : MGW_POOL_DEFAULT;
	struct mgw_service *svc;
	struct mgw_pool *pool;
	int state;

	svc = kzalloc(sizeof(*svc), GFP_KERNEL_ACCOUNT);
	if (!svc)
		return NULL;
	svc->cursors = alloc_percpu_gfp(u32, GFP_KERNEL_ACCOUNT);
	if (!svc->cursors)
		goto err_free;
	pool = mgw_pool_get(mnet, pool_name);
	if (!pool)
		goto err_cursors;

	init_cursors(svc);
	svc->key = spec->key;
	svc->mnet = mnet;
	svc->sched = sched;
	RCU_INIT_POINTER(svc->pool, pool);
	svc->mode = MGW_MODE_FULLNAT;
	svc->timestamps = MGW_TIMESTAMPS_STRIP;
	svc->toa_kind = MGW_TOA_KIND_DEFAULT;
	for (state = 0; state < __MGW_SESSION_STATE_MAX; state++)
		svc->timeouts[state] = default_timeouts[state] * HZ;
	apply_spec(svc, spec);
	INIT_LIST_HEAD(&svc->rs_list);
	refcount_set(&svc->refs, 1);
	INIT_WORK(&svc->free_work, service_free_work);
	if (mgw_service_publish(svc))
		goto err_pool;
	return svc;

err_pool:
	mgw_pool_put(pool);
err_cursors:
	free_percpu(svc->cursors);
err_free:
	kfree(svc);
	return NULL;
}

int mgw_service_check_add(struct mgw_net *mnet,
			  const struct mgw_service_spec *spec,
			  struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&mnet->config_lock);
	if (mgw_service_find(mnet, &spec->key)) {
		NL_SET_ERR_MSG(extack, "service exists already");
		return -EEXIST;
	}
	return spec_sched(spec, &MGW_SCHED_DEFAULT, extack) ? 0 : -ENOENT;
}

int mgw_service_add(struct mgw_net *mnet, const struct mgw_service_spec *spec,
		    struct netlink_ext_ack *extack)
{
	struct mgw_service *svc;
	int err;

	lockdep_assert_held(&mnet->config_lock);
	err = mgw_service_check_add(mnet, spec, extack);
	if (err)
		return err;
	svc = service_alloc(mnet, spec,
			    spec_sched(spec, &MGW_SCHED_DEFAULT, extack));
	if (!svc)
		return -ENOMEM;
	err = concern_begin(mnet, &svc->key);
	if (err) {
		if (err == -EADDRINUSE)
			NL_SET_ERR_MSG(extack, "vaddr is a local address");
		goto err_free;
	}
	err = rhashtable_insert_fast(&mnet->services, &svc->node,
				     service_params);
	if (err)
		goto err_interest;

	list_add_tail(&svc->list, &mnet->service_list);
	mgw_net_changed(mnet);
	mgw_net_object_added(mnet);
	mgw_object_created(MGW_OBJECT_SERVICE);
	return 0;

err_interest:
	concern_end(mnet, &svc->key);
err_free:
	mgw_pool_put(mgw_service_pool(svc));
	free_percpu(svc->cursors);
	kvfree(rcu_access_pointer(svc->state));
	kfree(svc);
	return err;
}

int mgw_service_set(struct mgw_net *mnet, const struct mgw_service_spec *spec,
		    struct netlink_ext_ack *extack)
{
	const struct mgw_sched *sched, *old_sched;
	struct mgw_pool *old_pool, *pool = NULL;
	struct mgw_service *svc;

	lockdep_assert_held(&mnet->config_lock);
	svc = mgw_service_find(mnet, &spec->key);
	if (!svc) {
		NL_SET_ERR_MSG(extack, "no such service");
		return -ENOENT;
	}
	old_sched = svc->sched;
	sched = spec_sched(spec, old_sched, extack);
	if (!sched)
		return -ENOENT;
	if (spec->has & MGW_SERVICE_HAS_POOL) {
		pool = mgw_pool_get(mnet, spec->pool);
		if (!pool)
			return -ENOMEM;
	}
	svc->sched = sched;
	if (sched != old_sched && mgw_service_publish(svc)) {
		svc->sched = old_sched;
		if (pool)
			mgw_pool_put(pool);
		return -ENOMEM;
	}
	if (pool) {
		old_pool = mgw_service_pool(svc);
		rcu_assign_pointer(svc->pool, pool);
		mgw_pool_put(old_pool);
	}
	apply_spec(svc, spec);
	mgw_net_changed(mnet);
	return 0;
}

int mgw_service_del(struct mgw_service *svc)
{
	struct mgw_net *mnet = svc->mnet;
	struct mgw_rs *rs;

	lockdep_assert_held(&mnet->config_lock);
	WRITE_ONCE(mnet->draining, mnet->draining + 1);
	/* Who does not find it any more sees that it drains. */
	smp_wmb();
	rhashtable_remove_fast(&mnet->services, &svc->node, service_params);
	list_del(&svc->list);
	svc->rs_count = 0;
	list_for_each_entry(rs, &svc->rs_list, list)
		if (!rs->deleted)
			mgw_rs_retire(rs);
	mgw_net_changed(mnet);
	service_put(svc);
	return 0;
}

/* All there ever was; live is what is. */
static void traffic_ever(const struct mgw_service *svc,
			 struct mgw_traffic_sum *sum)
{
	struct mgw_traffic_sum one;
	const struct mgw_rs *rs;

	*sum = svc->retired;
	list_for_each_entry(rs, &svc->rs_list, list) {
		mgw_traffic_sum(&one, rs->traffic);
		mgw_traffic_add(sum, &one);
	}
}

void mgw_service_traffic(const struct mgw_service *svc,
			 struct mgw_traffic_sum *sum)
{
	lockdep_assert_held(&svc->mnet->config_lock);
	traffic_ever(svc, sum);
	mgw_traffic_sub(sum, &svc->zeroed);
}

void mgw_services_zero(struct mgw_net *mnet)
{
	struct mgw_service *svc;
	struct mgw_rs *rs;

	lockdep_assert_held(&mnet->config_lock);
	list_for_each_entry(svc, &mnet->service_list, list) {
		traffic_ever(svc, &svc->zeroed);
		svc->zeroed.live = 0;
		list_for_each_entry(rs, &svc->rs_list, list)
			mgw_rs_zero(rs);
	}
}

int mgw_services_init(struct mgw_net *mnet)
{
	INIT_LIST_HEAD(&mnet->service_list);
	return rhashtable_init(&mnet->services, &service_params);
}

void mgw_services_exit(struct mgw_net *mnet)
{
	rhashtable_destroy(&mnet->services);
}
