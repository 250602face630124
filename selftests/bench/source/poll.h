/* SPDX-License-Identifier: GPL-2.0 */
/* Packets that come in lists, as a driver's NAPI hands them up. */
#ifndef _BENCH_POLL_H
#define _BENCH_POLL_H

#include "run.h"

/**
 * bench_polls() - so many turns of a run, @run->burst of them in each poll
 * @run: of one step, and a burst of more than one
 * @turn: the first of these turns
 * @count: how many
 * @result: counts and time are added to it
 * @took: cycles of all these turns
 *
 * Timed from before the first poll is asked for until the softirqs of the last
 * one are done: what somebody put off to the end of a poll is in it.
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int bench_polls(const struct bench_run *run, unsigned int turn,
		unsigned int count, struct bench_result *result, u64 *took);

#endif /* _BENCH_POLL_H */
