// SPDX-License-Identifier: GPL-2.0
/* Initial sequence numbers. Pure but for the clock: any context. */
#include "isn.h"

#include <linux/build_bug.h>
#include <linux/ktime.h>
#include <linux/timekeeping.h>

#include "isn_clock.h"

u32 mgw_isn(const siphash_key_t *secret, const struct mgw_isn_key *key)
{
	u32 clock = ktime_get_boottime_ns() >> MGW_ISN_CLOCK_SHIFT;

	BUILD_BUG_ON(sizeof(*key) != 40);
	return siphash(key, sizeof(*key), secret) + clock;
}
