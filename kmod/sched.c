// SPDX-License-Identifier: GPL-2.0
/*
 * The list of schedulers and what they share. States are built in process
 * context under mnet->config_lock and read in softirq under RCU.
 */
#include "sched.h"

#include <linux/slab.h>
#include <linux/string.h>

#include "rs.h"

static const struct mgw_sched *const scheds[] = {
	&mgw_sched_rr,
	&mgw_sched_wrr,
	&mgw_sched_wlc,
};

const struct mgw_sched *mgw_sched_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(scheds); i++)
		if (!strcmp(scheds[i]->name, name))
			return scheds[i];
	return NULL;
}

struct mgw_sched_state *mgw_sched_state_alloc(const struct mgw_sched *sched,
					      u32 count)
{
	struct mgw_sched_state *state;

	state = kvzalloc(struct_size(state, slot, count), GFP_KERNEL_ACCOUNT);
	if (!state)
		return NULL;
	state->sched = sched;
	state->count = count;
	return state;
}

struct mgw_sched_state *mgw_sched_build_plain(const struct mgw_sched *sched,
					      const struct list_head *rs_list,
					      u32 count)
{
	struct mgw_sched_state *state;
	struct mgw_rs *rs;
	u32 n = 0;

	state = mgw_sched_state_alloc(sched, count);
	if (!state)
		return NULL;
	list_for_each_entry(rs, rs_list, list) {
		if (rs->deleted || !rs->weight)
			continue;
		state->slot[n].rs = rs;
		state->slot[n].live = &rs->traffic->live;
		state->slot[n].weight = rs->weight;
		n++;
	}
	state->count = n;
	return state;
}

struct mgw_rs *mgw_sched_choose(const struct mgw_sched_state *state,
				u32 *cursor)
{
	struct mgw_rs *rs;

	if (!state || !state->count)
		return NULL;
	rs = state->sched->choose(state, cursor);
	/* Fails only for an rs deleted since this state was read. */
	if (!percpu_ref_tryget_live(&rs->ref))
		return NULL;
	return rs;
}
