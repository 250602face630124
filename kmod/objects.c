// SPDX-License-Identifier: GPL-2.0
/*
 * Balance of objects made and freed. Any context; per-CPU numbers, which mean
 * something only as sums and once nothing is alive any more.
 */
#include "objects.h"

#include <linux/bug.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>

struct workqueue_struct *mgw_wq;

static DEFINE_PER_CPU(unsigned long [MGW_OBJECT_MAX], created);
static DEFINE_PER_CPU(unsigned long [MGW_OBJECT_MAX], destroyed);

static const char *const names[MGW_OBJECT_MAX] = {
	[MGW_OBJECT_NETNS] = "netns",
	[MGW_OBJECT_SERVICE] = "services",
	[MGW_OBJECT_RS] = "rs",
	[MGW_OBJECT_LADDR] = "laddrs",
	[MGW_OBJECT_POOL] = "pools",
	[MGW_OBJECT_PORTMAP] = "portmaps",
	[MGW_OBJECT_SESSION] = "sessions",
	[MGW_OBJECT_DEV] = "devs",
};

void mgw_object_created(enum mgw_object type)
{
	this_cpu_inc(created[type]);
}

void mgw_object_destroyed(enum mgw_object type)
{
	this_cpu_inc(destroyed[type]);
}

static void report(void)
{
	char line[256];
	bool uneven = false;
	int type, cpu;
	int len = 0;

	for (type = 0; type < MGW_OBJECT_MAX; type++) {
		unsigned long made = 0, freed = 0;

		for_each_possible_cpu(cpu) {
			made += per_cpu(created, cpu)[type];
			freed += per_cpu(destroyed, cpu)[type];
		}
		len += scnprintf(line + len, sizeof(line) - len, " %s %lu/%lu",
				 names[type], made, freed);
		uneven |= made != freed;
	}
	pr_info("unloaded:%s\n", line);
	WARN(uneven, "mgw: objects leaked:%s\n", line);
}

int __init mgw_objects_init(void)
{
	mgw_wq = alloc_workqueue("mgw", WQ_UNBOUND, 0);
	return mgw_wq ? 0 : -ENOMEM;
}

void mgw_objects_exit(void)
{
	/* Works queue RCU callbacks; no callback queues a work. */
	flush_workqueue(mgw_wq);
	rcu_barrier();
	destroy_workqueue(mgw_wq);
	report();
}
