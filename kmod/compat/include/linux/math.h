/* SPDX-License-Identifier: GPL-2.0 */
/* Was a part of linux/kernel.h until 5.11. */
#ifndef MGW_COMPAT_MATH_H
#define MGW_COMPAT_MATH_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)
#include <linux/kernel.h>
#else
#include_next <linux/math.h>
#endif

#endif /* MGW_COMPAT_MATH_H */
