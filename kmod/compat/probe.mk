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

# In 7.x a lookup of sockets finds the table by itself.
ifneq ($(shell grep -sA1 '^struct sock .__inet_lookup_established' \
	$(srctree)/include/net/inet_hashtables.h | grep inet_hashinfo),)
ccflags-y += -DMGW_TCP_TABLE_IS_GIVEN
endif
ifneq ($(shell grep -sA3 '^struct sock .__udp4_lib_lookup' \
	$(srctree)/include/net/udp.h | grep udp_table),)
ccflags-y += -DMGW_UDP_TABLE_IS_GIVEN
endif
