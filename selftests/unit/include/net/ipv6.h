/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_NET_IPV6_H
#define _SHIM_NET_IPV6_H

#include <linux/types.h>

#include <linux/ipv6.h>

#define IPV6_MIN_MTU	1280

#endif
