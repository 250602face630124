/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_JIFFIES_H
#define _SHIM_JIFFIES_H

#ifndef HZ
#define HZ	1000
#endif

/* A test turns it. */
extern
#ifdef __cplusplus
"C"
#endif
unsigned long jiffies;

#endif
