// SPDX-License-Identifier: GPL-2.0
/*
 * Weighted least connection: the rs with the fewest live sessions for its
 * weight. The search starts at this CPU's cursor, so that equal ones take
 * turns.
 */
#include "sched.h"

#include "rs.h"

/* Sessions of all CPUs; each CPU's part may be stale by what it does now. */
static u64 live_sessions(const struct mgw_rs *rs)
{
	s64 sum = 0;
	int cpu;

	for_each_online_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(rs->traffic, cpu)->live);
	return sum > 0 ? sum : 0;
}

static struct mgw_rs *wlc_choose(const struct mgw_sched_state *state,
				 u32 *cursor)
{
	const struct mgw_sched_slot *best = NULL;
	u32 start = (*cursor)++ % state->count;
	u64 best_live = 0;
	u32 i;

	for (i = 0; i < state->count; i++) {
		const struct mgw_sched_slot *slot;
		u64 live;

		slot = &state->slot[(start + i) % state->count];
		/* As if it had the session already: a big empty one wins. */
		live = live_sessions(slot->rs) + 1;
		if (best && live * best->weight >= best_live * slot->weight)
			continue;
		best = slot;
		best_live = live;
	}
	return best->rs;
}

const struct mgw_sched mgw_sched_wlc = {
	.name = "wlc",
	.build = mgw_sched_build_plain,
	.choose = wlc_choose,
};
