// SPDX-License-Identifier: GPL-2.0
/*
 * A worker bound to each CPU. They wait for one another and start together; all
 * send all of their turns, but what counts is what was sent until the first of
 * them was done: so long every CPU had work.
 */
#include "crew.h"

#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/ktime.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

/**
 * struct bench_crew - what the members share
 * @away: members that have not come yet
 * @start: the last one has come
 * @began: when that was, in ns of the monotonic clock
 * @ended: when the first member was done, or 0
 */
struct bench_crew {
	atomic_t away;
	struct completion start;
	u64 began;
	u64 ended;
};

struct member {
	struct work_struct work;
	struct bench_run run;
	struct bench_result result;
	int err;
};

void bench_crew_note(const struct bench_run *run, unsigned int turns,
		     struct bench_result *result)
{
	struct bench_crew *crew = run->crew;

	if (READ_ONCE(crew->ended))
		return;
	result->together = result->sent;
	if (turns == run->turns)
		cmpxchg(&crew->ended, 0, ktime_get_ns());
}

static void member_work(struct work_struct *work)
{
	struct member *member = container_of(work, struct member, work);
	struct bench_crew *crew = member->run.crew;

	if (atomic_dec_and_test(&crew->away)) {
		crew->began = ktime_get_ns();
		complete_all(&crew->start);
	} else {
		wait_for_completion(&crew->start);
	}
	member->err = bench_run(&member->run, &member->result);
}

static int add_up(const struct member *members, unsigned int count,
		  struct bench_result *sum)
{
	unsigned int i;

	memset(sum, 0, sizeof(*sum));
	sum->last = members[0].result.last;
	for (i = 0; i < count; i++) {
		const struct bench_result *one = &members[i].result;

		if (members[i].err)
			return members[i].err;
		sum->sent += one->sent;
		sum->outside += one->outside;
		sum->inside += one->inside;
		sum->cycles += one->cycles;
		sum->ns += one->ns;
		sum->steady += one->steady;
		sum->interrupted += one->interrupted;
		sum->together += one->together;
	}
	return 0;
}

/* Every member's work is done when this returns. */
static int work_all(const struct bench_run *run, struct member *members,
		    struct bench_crew *crew)
{
	struct workqueue_struct *queue;
	unsigned int cpu, i = 0;
	int err = -ENODEV;

	queue = alloc_workqueue("mgw_bench", WQ_CPU_INTENSIVE, 0);
	if (!queue)
		return -ENOMEM;
	cpus_read_lock();
	if (run->cpus <= num_online_cpus()) {
		err = 0;
		for_each_online_cpu(cpu) {
			struct member *member = &members[i];

			if (i == run->cpus)
				break;
			member->run = *run;
			member->run.first += i++ * run->flows;
			member->run.crew = crew;
			INIT_WORK(&member->work, member_work);
			queue_work_on(cpu, queue, &member->work);
		}
	}
	cpus_read_unlock();
	destroy_workqueue(queue);
	return err;
}

int bench_crew_run(const struct bench_run *run, struct bench_result *result)
{
	struct bench_crew crew = { .away = ATOMIC_INIT(run->cpus) };
	struct member *members;
	int err;

	init_completion(&crew.start);
	members = kvcalloc(run->cpus, sizeof(*members), GFP_KERNEL);
	if (!members)
		return -ENOMEM;
	err = work_all(run, members, &crew);
	if (!err)
		err = add_up(members, run->cpus, result);
	result->span = crew.ended - crew.began;
	kvfree(members);
	return err;
}
