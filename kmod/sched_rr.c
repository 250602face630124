// SPDX-License-Identifier: GPL-2.0
/* Round robin: each rs with a weight in turn, all alike. */
#include "sched.h"

static struct mgw_rs *rr_choose(const struct mgw_sched_state *state,
				u32 *cursor)
{
	return state->slot[(*cursor)++ % state->count].rs;
}

const struct mgw_sched mgw_sched_rr = {
	.name = "rr",
	.build = mgw_sched_build_plain,
	.choose = rr_choose,
};
