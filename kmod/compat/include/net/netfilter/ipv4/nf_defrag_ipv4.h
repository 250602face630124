/* SPDX-License-Identifier: GPL-2.0 */
/* Before 5.13 a namespace that defragments once does so for the rest of its life. */
#ifndef MGW_COMPAT_NF_DEFRAG_IPV4_H
#define MGW_COMPAT_NF_DEFRAG_IPV4_H

#include_next <net/netfilter/ipv4/nf_defrag_ipv4.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 13, 0)
static inline void nf_defrag_ipv4_disable(struct net *net)
{
}
#endif

#endif /* MGW_COMPAT_NF_DEFRAG_IPV4_H */
