// SPDX-License-Identifier: GPL-2.0
#include "live.h"

#include <linux/compiler.h>
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/smp.h>

bool mgw_live_look(struct mgw_live __percpu *live)
{
	struct mgw_live *mine = this_cpu_ptr(live);
	int self = smp_processor_id();
	unsigned long now = jiffies;
	u64 others = 0;
	bool more;
	int cpu;

	if (mine->seen == now)
		return false;
	for_each_online_cpu(cpu)
		if (cpu != self)
			others += READ_ONCE(per_cpu_ptr(live, cpu)->count);
	more = others > mine->others;
	mine->others = others;
	mine->seen = now;
	return more;
}
