// SPDX-License-Identifier: GPL-2.0
/*
 * Weighted least connection: the rs with the fewest live sessions for its
 * weight. The search starts at this CPU's cursor, so that equal ones take
 * turns. This CPU's own sessions are known exactly, those of others as of this
 * tick, or of some choices ago where there are many rs or CPUs; but the one that is
 * chosen is looked at, so that no CPU goes on giving sessions to an rs that the
 * others have filled meanwhile.
 */
#include "sched.h"

#include <linux/cpumask.h>
#include <linux/minmax.h>

#include "live.h"

/* Lines of other CPUs that a choice reads beforehand, or those of one rs. */
#define LOOKS_MAX 64

/* Looks at the next few rs, so that all have their turn. */
static void look(const struct mgw_sched_state *state, u32 turn)
{
	u32 looks = max_t(u32, 1, LOOKS_MAX / num_online_cpus());
	u32 i, n = 0;

	if (looks >= state->count)
		looks = state->count;
	else
		n = turn * looks % state->count;
	for (i = 0; i < looks; i++) {
		mgw_live_look(state->slot[n].live);
		if (++n == state->count)
			n = 0;
	}
}

static const struct mgw_sched_slot *least(const struct mgw_sched_state *state,
					  u32 turn)
{
	const struct mgw_sched_slot *best = NULL;
	u32 n = turn % state->count;
	u64 best_live = 0;
	u32 i;

	for (i = 0; i < state->count; i++) {
		const struct mgw_sched_slot *slot = &state->slot[n];
		u64 live;

		if (++n == state->count)
			n = 0;
		/* As if it had the session already: a big empty one wins. */
		live = mgw_live_sum(slot->live) + 1;
		if (best && live * best->weight >= best_live * slot->weight)
			continue;
		best = slot;
		best_live = live;
	}
	return best;
}

static struct mgw_rs *wlc_choose(const struct mgw_sched_state *state,
				 u32 *cursor)
{
	const struct mgw_sched_slot *best;
	u32 turn = (*cursor)++;

	look(state, turn);
	best = least(state, turn);
	if (mgw_live_look(best->live))
		best = least(state, turn);
	return best->rs;
}

const struct mgw_sched mgw_sched_wlc = {
	.name = "wlc",
	.build = mgw_sched_build_plain,
	.choose = wlc_choose,
};
