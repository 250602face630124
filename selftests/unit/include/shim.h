/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the shim headers need of a library, and what tests turn and read.
 */
#ifndef _SHIM_H
#define _SHIM_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* WARN_ON_ONCE() so far. */
extern unsigned int shim_warnings;

/* Allocations that are not freed. */
extern long shim_allocated;

/* Every allocation fails while this is set. */
extern int shim_no_memory;

/* This CPU, how many there are, and reads of what another one writes. */
extern unsigned int shim_cpu, shim_cpus;
extern unsigned long shim_remote_looks;

void *shim_zalloc(size_t size);
void shim_free(void *p);

#ifdef __cplusplus
}
#endif

#endif
