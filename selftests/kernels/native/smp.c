// SPDX-License-Identifier: GPL-2.0
/*
 * Linux's interrupts between CPUs of User-Mode Linux, but for how they are kept away
 * while a CPU's interrupts are off: Linux blocks the signal, two system calls of the
 * host for each pair of local_irq_save() and local_irq_restore(), a quarter of all time.
 * Here the signal comes, is noted, and is dealt with when interrupts are on again, as
 * User-Mode Linux does it with the timer's signal.
 *
 * signals_enabled and the note are the CPU's thread's own. Nobody but the thread and the
 * handler of its signal touches them.
 */
#define os_local_ipi_disable linux_local_ipi_disable
#define os_local_ipi_enable linux_local_ipi_enable
#define os_init_smp linux_init_smp
#include <../../os-Linux/smp.c>
#undef os_local_ipi_disable
#undef os_local_ipi_enable
#undef os_init_smp

void os_local_ipi_disable(void);
void os_local_ipi_enable(void);
void os_init_smp(void);
int ipi_pending(void);

/*
 * A bit for each kind. One that is noted twice is dealt with once: each kind's work is to
 * look at what waits.
 */
static __thread unsigned int noted;

int ipi_pending(void)
{
	return __atomic_load_n(&noted, __ATOMIC_SEQ_CST) != 0;
}

/* With interrupts on; so they are at the end, and nothing is noted. */
static void handle_noted(void)
{
	while (ipi_pending()) {
		unsigned int kinds;

		__atomic_store_n(&signals_enabled, 0, __ATOMIC_SEQ_CST);
		um_trace_signals_off();
		kinds = __atomic_exchange_n(&noted, 0, __ATOMIC_SEQ_CST);
		for (; kinds; kinds &= kinds - 1)
			uml_ipi_handler(__builtin_ctz(kinds));
		um_trace_signals_on();
		__atomic_store_n(&signals_enabled, 1, __ATOMIC_SEQ_CST);
	}
}

/* Others of its kind may interrupt it, the host's timer and files may not. */
static void note_ipi(int signal, siginfo_t *info, void *context)
{
	int saved_errno = errno;

	__atomic_fetch_or(&noted, 1U << info->si_value.sival_int, __ATOMIC_SEQ_CST);
	if (signals_enabled)
		handle_noted();
	errno = saved_errno;
}

void os_local_ipi_disable(void)
{
}

/* signals_enabled is set. A CPU's thread starts with the signal blocked. */
void os_local_ipi_enable(void)
{
	static __thread int unblocked;

	if (!unblocked) {
		unblocked = 1;
		linux_local_ipi_enable();
	}
	handle_noted();
}

void __init os_init_smp(void)
{
	struct sigaction action = {
		.sa_sigaction = note_ipi,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_NODEFER,
	};

	linux_init_smp();
	sigfillset(&action.sa_mask);
	sigdelset(&action.sa_mask, IPI_SIGNAL);
	if (sigaction(IPI_SIGNAL, &action, NULL) < 0)
		panic("%s: sigaction failed, errno = %d", __func__, errno);
}
