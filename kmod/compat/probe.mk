# SPDX-License-Identifier: GPL-2.0
# What no version tells, as stable kernels took it late: look into the headers.

# 5.10.262 has NLA_BE16, 5.10.223 does not. The check is the same.
ifeq ($(shell grep -sw NLA_BE16 $(srctree)/include/net/netlink.h),)
ccflags-y += -DNLA_BE16=NLA_U16
endif

# An array from 5.17 on; before, one word, or nothing at all.
ifneq ($(shell grep -s 'policy_default\[' $(srctree)/include/net/netns/xfrm.h),)
ccflags-y += -DMGW_XFRM_DEFAULTS
endif
