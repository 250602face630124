/* SPDX-License-Identifier: GPL-2.0 */
/* Names of 6.2; what shuts a timer down for good came with them. */
#ifndef MGW_COMPAT_TIMER_H
#define MGW_COMPAT_TIMER_H

#include_next <linux/timer.h>
#include <linux/version.h>

/* The last stable kernels of 5.10 have the first of them. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#define timer_delete_sync(timer) del_timer_sync(timer)
#define timer_shutdown_sync(timer) del_timer_sync(timer)
#endif

#endif /* MGW_COMPAT_TIMER_H */
