// SPDX-License-Identifier: GPL-2.0
/*
 * The few functions of the kernel that are no one-liners in a shim header.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/compiler.h>
#include <linux/jiffies.h>
#include <shim.h>

unsigned int shim_warnings;
long shim_allocated;
int shim_no_memory;
unsigned int shim_cpu, shim_cpus = 1;
unsigned long shim_remote_looks;
unsigned long jiffies;
void (*shim_before_access)(void);

/* Aligned to a cache line, as the kernel does for a power of two. */
void *shim_zalloc(size_t size)
{
	void *p;

	if (shim_no_memory || posix_memalign(&p, 64, size))
		return NULL;

	shim_allocated++;
	return memset(p, 0, size);
}

void shim_free(void *p)
{
	if (!p)
		return;

	shim_allocated--;
	free(p);
}
