/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_NET_IP_H
#define _SHIM_NET_IP_H

#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/types.h>

#include <linux/ip.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define IPV4_MIN_MTU	68

#endif
