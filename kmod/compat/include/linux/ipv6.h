/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MGW_COMPAT_LINUX_IPV6_H
#define MGW_COMPAT_LINUX_IPV6_H

#include_next <linux/ipv6.h>

/* Only kernels that put jumbo options into super-packets know it. */
#ifndef IP6SKB_FAKEJUMBO
#define IP6SKB_FAKEJUMBO 0
#endif

#endif
