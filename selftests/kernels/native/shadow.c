// SPDX-License-Identifier: GPL-2.0
/*
 * Linux's shadow of vmalloc's memory, but for one fault: a purge asks for the caches of
 * page tables to be flushed from the lowest area that goes to the highest, and User-Mode
 * Linux clears the shadow of all that lies between (seen in 7.3). With the memory of CPUs
 * at one end of vmalloc's range and modules at the other, that is as much as the host has.
 */
#define __kasan_release_vmalloc linux_kasan_release_vmalloc
#include <shadow.c>
#undef __kasan_release_vmalloc

void __kasan_release_vmalloc(unsigned long start, unsigned long end,
			     unsigned long free_region_start,
			     unsigned long free_region_end, unsigned long flags);

void __kasan_release_vmalloc(unsigned long start, unsigned long end,
			     unsigned long free_region_start,
			     unsigned long free_region_end, unsigned long flags)
{
	if (flags & KASAN_VMALLOC_PAGE_RANGE)
		linux_kasan_release_vmalloc(start, end, free_region_start,
					    free_region_end, flags);
}
