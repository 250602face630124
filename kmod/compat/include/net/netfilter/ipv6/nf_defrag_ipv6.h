/* SPDX-License-Identifier: GPL-2.0 */
/* Before 5.13 a namespace that defragments once does so for the rest of its life. */
#ifndef MGW_COMPAT_NF_DEFRAG_IPV6_H
#define MGW_COMPAT_NF_DEFRAG_IPV6_H

#include_next <net/netfilter/ipv6/nf_defrag_ipv6.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 13, 0)
static inline void nf_defrag_ipv6_disable(struct net *net)
{
}
#endif

#endif /* MGW_COMPAT_NF_DEFRAG_IPV6_H */
