/* SPDX-License-Identifier: GPL-2.0 */
/* What kernels name differently. */
#ifndef _BENCH_COMPAT_H
#define _BENCH_COMPAT_H

#include <linux/netdevice.h>

/* The driver locks its queues itself: a feature until 6.12, then a word. */
static inline void bench_lltx(struct net_device *dev)
{
#ifdef NETIF_F_LLTX
	dev->features |= NETIF_F_LLTX;
#else
	dev->lltx = true;
#endif
}

#endif /* _BENCH_COMPAT_H */
