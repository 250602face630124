/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_ATOMIC_H
#define _SHIM_ATOMIC_H

#include <linux/compiler.h>

#define cmpxchg(ptr, from, to) ({					\
	__typeof__(*(ptr)) __was = (from);				\
	shim_access();							\
	__atomic_compare_exchange_n((ptr), &__was, (to), 0,		\
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);\
	__was;								\
})

#endif
