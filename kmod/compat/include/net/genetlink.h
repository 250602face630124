/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Since 6.7 a dump has the whole genl_info of its request. Who may join a group
 * came with a fix that stable kernels before 6.1 have in another shape: they
 * want CAP_SYS_ADMIN.
 */
#ifndef MGW_COMPAT_GENETLINK_H
#define MGW_COMPAT_GENETLINK_H

#include_next <net/genetlink.h>
#include <linux/version.h>

#ifdef GENL_MCAST_CAP_NET_ADMIN
#define MGW_NL_GROUP_ADMIN .flags = GENL_MCAST_CAP_NET_ADMIN
#else
#define MGW_NL_GROUP_ADMIN .cap_sys_admin = 1
#endif

/* The parsed attributes of a dump. */
static inline struct nlattr **
mgw_nl_dump_attrs(const struct genl_dumpit_info *info)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
	return info->attrs;
#else
	return info->info.attrs;
#endif
}

#endif /* MGW_COMPAT_GENETLINK_H */
