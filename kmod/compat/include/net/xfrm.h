/* SPDX-License-Identifier: GPL-2.0 */
/* What holds without any policy can be set since 5.15, each by itself since 5.17. */
#ifndef MGW_COMPAT_XFRM_H
#define MGW_COMPAT_XFRM_H

#include_next <net/xfrm.h>
#include <linux/version.h>

#ifdef CONFIG_XFRM
/* Whether packets without a policy may be refused; true where that takes more. */
static inline bool mgw_xfrm_may_refuse(const struct net *net)
{
#if defined(MGW_XFRM_DEFAULTS)
	const u8 *preset = net->xfrm.policy_default;

	return !(preset[XFRM_POLICY_IN] & preset[XFRM_POLICY_OUT] &
		 preset[XFRM_POLICY_FWD] & XFRM_USERPOLICY_ACCEPT);
#else
	return LINUX_VERSION_CODE >= KERNEL_VERSION(5, 15, 0);
#endif
}
#endif

#endif /* MGW_COMPAT_XFRM_H */
