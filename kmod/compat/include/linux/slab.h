/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Since 6.5: a cache that is never shared with others of its size.
 * Since 5.16: kvcalloc() and its kind, which were in linux/mm.h.
 */
#include_next <linux/slab.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 16, 0)
#include <linux/mm.h>
#endif

#ifndef SLAB_NO_MERGE
#define SLAB_NO_MERGE 0
#endif
