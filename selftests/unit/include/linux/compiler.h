/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_COMPILER_H
#define _SHIM_COMPILER_H

#include <sys/cdefs.h>

#ifndef __always_inline
#define __always_inline inline __attribute__((__always_inline__))
#endif
#ifndef __force
#define __force
#endif
#define fallthrough	__attribute__((__fallthrough__))
#define noinline	__attribute__((__noinline__))
#define __section(s)	__attribute__((__section__(s)))
#define __aligned(n)	__attribute__((__aligned__(n)))
#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

/* A test may stop a CPU before each access to shared memory. */
extern
#ifdef __cplusplus
"C"
#endif
void (*shim_before_access)(void);

#define shim_access() \
	do { if (shim_before_access) shim_before_access(); } while (0)

#define READ_ONCE(x) ({							\
	shim_access();							\
	__atomic_load_n(&(x), __ATOMIC_RELAXED);			\
})

#define WRITE_ONCE(x, v) ({						\
	shim_access();							\
	__atomic_store_n(&(x), (v), __ATOMIC_RELAXED);			\
})

#endif
