/* SPDX-License-Identifier: GPL-2.0 */
/* One run on several CPUs at once. */
#ifndef _BENCH_CREW_H
#define _BENCH_CREW_H

#include "run.h"

/**
 * bench_crew_run() - the same run on the first CPUs, each with its own flows
 * @run: @run->cpus of them; the first has flows from @run->first, the next
 *	 @run->flows further
 * @result: sums; @result->last is of the first CPU
 *
 * Context: process.
 * Return: 0, -ENODEV when there are fewer CPUs, or as bench_run().
 */
int bench_crew_run(const struct bench_run *run, struct bench_result *result);

/* A member has sent @turns of its turns; between two bursts. */
void bench_crew_note(const struct bench_run *run, unsigned int turns,
		     struct bench_result *result);

#endif /* _BENCH_CREW_H */
