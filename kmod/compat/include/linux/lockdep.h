/* SPDX-License-Identifier: GPL-2.0 */
/* Any condition, since 5.13. */
#ifndef MGW_COMPAT_LOCKDEP_H
#define MGW_COMPAT_LOCKDEP_H

#include_next <linux/lockdep.h>

#ifndef lockdep_assert
#ifdef CONFIG_LOCKDEP
#define lockdep_assert(cond) \
	WARN_ON(debug_locks && !(cond))
#else
#define lockdep_assert(cond) do { } while (0)
#endif
#endif

#endif /* MGW_COMPAT_LOCKDEP_H */
