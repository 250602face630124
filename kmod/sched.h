/* SPDX-License-Identifier: GPL-2.0 */
/* Schedulers: which rs gets the next session. One file for each. */
#ifndef MGW_SCHED_H
#define MGW_SCHED_H

#include <linux/percpu.h>
#include <linux/types.h>

struct list_head;
struct mgw_live;
struct mgw_rs;
struct mgw_sched;

/* An rs, and what of it each choice reads: its own line stays cold. */
struct mgw_sched_slot {
	struct mgw_rs *rs;
	struct mgw_live __percpu *live;
	u32 weight;
};

/**
 * struct mgw_sched_state - what a scheduler chooses from
 * @rcu: frees it after a replacement
 * @sched: whose it is
 * @count: slots, may be 0
 * @slot: rs with a weight above 0; an rs may stand in several
 *
 * Built under mnet->config_lock, published by svc->state, never edited.
 */
struct mgw_sched_state {
	struct rcu_head rcu;
	const struct mgw_sched *sched;
	u32 count;
	struct mgw_sched_slot slot[];
};

/**
 * struct mgw_sched - one scheduler
 * @name: word of the operator
 * @build: state from a list of rs, of which @count are not deleted, or NULL
 *	without memory
 * @choose: a slot for a new session; @cursor is this CPU's own and starts at a
 *	random number, so that CPUs do not choose in step; state->count > 0
 */
struct mgw_sched {
	const char *name;
	struct mgw_sched_state *(*build)(const struct mgw_sched *sched,
					 const struct list_head *rs_list,
					 u32 count);
	struct mgw_rs *(*choose)(const struct mgw_sched_state *state,
				 u32 *cursor);
};

extern const struct mgw_sched mgw_sched_rr;
extern const struct mgw_sched mgw_sched_wrr;
extern const struct mgw_sched mgw_sched_wlc;

#define MGW_SCHED_DEFAULT mgw_sched_wlc

const struct mgw_sched *mgw_sched_find(const char *name);

/* A state with a slot for each rs that takes sessions: for rr and wlc. */
struct mgw_sched_state *mgw_sched_build_plain(const struct mgw_sched *sched,
					      const struct list_head *rs_list,
					      u32 count);
struct mgw_sched_state *mgw_sched_state_alloc(const struct mgw_sched *sched,
					      u32 count);

/**
 * mgw_sched_choose() - the rs of a new session
 * @state: of the service, may be NULL
 * @cursor: this CPU's own of the service
 *
 * Context: BH disabled, RCU read side.
 * Return: an rs with a reference for the session, NULL when none takes one.
 */
struct mgw_rs *mgw_sched_choose(const struct mgw_sched_state *state,
				u32 *cursor);

#endif /* MGW_SCHED_H */
