// SPDX-License-Identifier: GPL-2.0
/*
 * Weighted round robin. The turn order is computed when the rs change, so that
 * choosing one costs a single load: each rs stands in as many slots as its
 * weight asks for, spread evenly ("smooth" order as in nginx: in each step all
 * gain their weight, the richest is taken and pays the total).
 */
#include "sched.h"

#include <linux/gcd.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/slab.h>

/* Slots of a round at most, or four for each rs when these are more. */
#define ROUND_MAX 4096

/* Weights divided by @unit, rounded, but never to nothing. */
static u32 scaled(u32 weight, u32 unit)
{
	return max_t(u32, 1, DIV_ROUND_CLOSEST(weight, unit));
}

static u32 round_unit(const struct mgw_sched_state *plain, u64 *total)
{
	u32 limit = max_t(u32, ROUND_MAX, 4 * plain->count);
	u32 unit = 0;
	u64 sum = 0;
	u32 i;

	for (i = 0; i < plain->count; i++) {
		unit = gcd(unit, plain->slot[i].weight);
		sum += plain->slot[i].weight;
	}
	if (div_u64(sum, unit) > limit)
		unit = DIV_ROUND_UP_ULL(sum, limit);
	*total = 0;
	for (i = 0; i < plain->count; i++)
		*total += scaled(plain->slot[i].weight, unit);
	return unit;
}

static void fill_round(struct mgw_sched_state *state,
		       const struct mgw_sched_state *plain, s64 *credit,
		       u32 unit)
{
	u32 i, j, best;

	for (i = 0; i < state->count; i++) {
		best = 0;
		for (j = 0; j < plain->count; j++) {
			credit[j] += scaled(plain->slot[j].weight, unit);
			if (credit[j] > credit[best])
				best = j;
		}
		credit[best] -= state->count;
		state->slot[i] = plain->slot[best];
	}
}

static struct mgw_sched_state *wrr_build(const struct mgw_sched *sched,
					 const struct list_head *rs_list,
					 u32 count)
{
	struct mgw_sched_state *state = NULL;
	struct mgw_sched_state *plain;
	s64 *credit = NULL;
	u64 total;
	u32 unit;

	plain = mgw_sched_build_plain(sched, rs_list, count);
	if (!plain || !plain->count)
		return plain;

	unit = round_unit(plain, &total);
	credit = kvcalloc(plain->count, sizeof(*credit), GFP_KERNEL_ACCOUNT);
	if (credit)
		state = mgw_sched_state_alloc(sched, total);
	if (state)
		fill_round(state, plain, credit, unit);
	kvfree(credit);
	kvfree(plain);
	return state;
}

static struct mgw_rs *wrr_choose(const struct mgw_sched_state *state,
				 u32 *cursor)
{
	return state->slot[(*cursor)++ % state->count].rs;
}

const struct mgw_sched mgw_sched_wrr = {
	.name = "wrr",
	.build = wrr_build,
	.choose = wrr_choose,
};
