/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_NET_TCP_H
#define _SHIM_NET_TCP_H

#include <errno.h>
#include <linux/compiler.h>
#include <linux/types.h>

#include <linux/tcp.h>

#define TCPOPT_EOL		0
#define TCPOPT_NOP		1
#define TCPOPT_MSS		2
#define TCPOPT_SACK		5
#define TCPOPT_TIMESTAMP	8
#define TCPOPT_FASTOPEN		34
#define TCPOPT_EXP		254
#define TCPOPT_FASTOPEN_MAGIC	0xF989
#define TCPOLEN_EXP_FASTOPEN_BASE	4
#define TCPOLEN_MSS		4
#define TCPOLEN_TIMESTAMP	10
#define TCPOLEN_TSTAMP_ALIGNED	12
#define TCPOLEN_SACK_BASE	2
#define TCPOLEN_SACK_PERBLOCK	8
#define TCP_MIN_MSS		88U

#endif
