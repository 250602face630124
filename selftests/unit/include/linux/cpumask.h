/* SPDX-License-Identifier: GPL-2.0 */
/* CPUs 0 to shim_cpus - 1 are on line. */
#ifndef _SHIM_CPUMASK_H
#define _SHIM_CPUMASK_H

#include <shim.h>

#define num_online_cpus()	shim_cpus

#define for_each_online_cpu(cpu) \
	for ((cpu) = 0; (cpu) < (int)shim_cpus; (cpu)++)

#endif
