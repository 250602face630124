/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_BUG_H
#define _SHIM_BUG_H

#include <shim.h>

/* Counts every time: a test wants to know, not to be spared the noise. */
#define WARN_ON_ONCE(x) ({						\
	int __warned = !!(x);						\
	shim_warnings += __warned;					\
	__warned;							\
})

#endif
