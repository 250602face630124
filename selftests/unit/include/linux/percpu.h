/* SPDX-License-Identifier: GPL-2.0 */
/* What is per CPU is an array here; each look into another CPU's part is counted. */
#ifndef _SHIM_PERCPU_H
#define _SHIM_PERCPU_H

#include <linux/types.h>
#include <shim.h>

#define __percpu

#define per_cpu_ptr(p, cpu) \
	(shim_remote_looks += (unsigned int)(cpu) != shim_cpu, (p) + (cpu))

#define this_cpu_ptr(p)		((p) + shim_cpu)

#endif
