/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whose turn it is on a CPU. Nearly everywhere, who has BH disabled has a CPU to
 * himself. Not on PREEMPT_RT from 6.18 on without PREEMPT_RT_NEEDS_BH_LOCK: there
 * one softirq may preempt another. So on PREEMPT_RT who touches what belongs to a
 * CPU takes a lock that this CPU has, as older kernels of the kind do for all
 * softirqs.
 */
#ifndef MGW_OWNER_H
#define MGW_OWNER_H

#include <linux/bottom_half.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

/**
 * struct mgw_owner - the lock of one CPU; PREEMPT_RT only, where it sleeps
 * @lock: mostly for tasks of this CPU alone, and then free but after a preemption
 * @task: who holds it; anybody may ask whether he does
 * @depth: how often @task has entered
 */
struct mgw_owner {
	spinlock_t lock;
	struct task_struct *task;
	unsigned int depth;
};

void mgw_owner_init(struct mgw_owner *owner);

/* PREEMPT_RT only, see below. */
void mgw_owner_lock(struct mgw_owner *owner) __acquires(&owner->lock);
void mgw_owner_unlock(struct mgw_owner *owner) __releases(&owner->lock);
bool mgw_owner_release(struct mgw_owner *owner);

/**
 * mgw_owner_enter() - have what belongs to a CPU to oneself, until leave
 * @owner: of this CPU
 *
 * May be nested. Context: softirq, or BH disabled, on that CPU; on any when the
 * packet path ends.
 */
static __always_inline void mgw_owner_enter(struct mgw_owner *owner)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		mgw_owner_lock(owner);
}

static __always_inline void mgw_owner_leave(struct mgw_owner *owner)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		mgw_owner_unlock(owner);
}

/* The same for a process. */
static inline void mgw_owner_enter_bh(struct mgw_owner *owner)
{
	local_bh_disable();
	mgw_owner_enter(owner);
}

static inline void mgw_owner_leave_bh(struct mgw_owner *owner)
{
	mgw_owner_leave(owner);
	local_bh_enable();
}

/**
 * mgw_owner_pause() - let others in while the stack has a packet
 * @owner: entered
 *
 * It takes locks of its own, under which a packet may come to a hook of ours by
 * straight calls. Afterwards nothing read before is good any more: sessions may
 * have ended. Whom the stack calls while we have not paused, to send an ICMP error,
 * enters a second time, and does not let others in.
 *
 * Return: for mgw_owner_resume().
 */
static __always_inline bool mgw_owner_pause(struct mgw_owner *owner)
{
	return IS_ENABLED(CONFIG_PREEMPT_RT) && mgw_owner_release(owner);
}

static __always_inline void mgw_owner_resume(struct mgw_owner *owner,
					     bool paused)
{
	if (paused)
		mgw_owner_enter(owner);
}

static inline bool mgw_owner_is_me(const struct mgw_owner *owner)
{
	return !IS_ENABLED(CONFIG_PREEMPT_RT) ||
	       READ_ONCE(owner->task) == current;
}

#endif /* MGW_OWNER_H */
