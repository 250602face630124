/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_SLAB_H
#define _SHIM_SLAB_H

#include <shim.h>

#define GFP_KERNEL_ACCOUNT	1u
#define __GFP_RETRY_MAYFAIL	2u
#define __GFP_NOWARN		4u
#define GFP_ATOMIC		8u

#define kzalloc(size, gfp)		((void)(gfp), shim_zalloc(size))
#define kvcalloc(n, size, gfp)		((void)(gfp), shim_zalloc((n) * (size)))
#define kfree(p)			shim_free(p)
#define kvfree(p)			shim_free(p)

#endif
