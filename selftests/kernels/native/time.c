// SPDX-License-Identifier: GPL-2.0
/*
 * Linux's clocks of User-Mode Linux, and a sleep without work that knows of the notes of
 * smp.c: Linux's relies on a blocked signal.
 */
#define os_idle_sleep linux_idle_sleep
#include <../../os-Linux/time.c>
#undef os_idle_sleep

void os_idle_sleep(void);
int ipi_pending(void);

/*
 * Interrupts are off. Both signals are blocked from before the last look until the sleep
 * has begun to wait for them.
 */
void os_idle_sleep(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigaddset(&set, IPI_SIGNAL);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (!uml_need_resched() && !timer_alarm_pending() && !ipi_pending())
		os_poll(1, &wake_signals);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}
