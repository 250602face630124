/* SPDX-License-Identifier: GPL-2.0 */
/* Since 6.5: a cache that is never shared with others of its size. */
#include_next <linux/slab.h>

#ifndef SLAB_NO_MERGE
#define SLAB_NO_MERGE 0
#endif
