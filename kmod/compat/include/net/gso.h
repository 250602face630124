/* SPDX-License-Identifier: GPL-2.0 */
/* Segmentation left linux/netdevice.h for a header of its own in 6.5. */
#ifndef MGW_COMPAT_GSO_H
#define MGW_COMPAT_GSO_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
#include <linux/netdevice.h>
#else
#include_next <net/gso.h>
#endif

#endif /* MGW_COMPAT_GSO_H */
