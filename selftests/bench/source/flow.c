// SPDX-License-Identifier: GPL-2.0
/*
 * Every flow is a client address of its own, as on the Internet: 11.0.0.0/8 or
 * fd0b::/96, with an ephemeral port that differs from flow to flow.
 */
#include "flow.h"

#include <linux/vmalloc.h>

/* Nets by target: services from 0 on, rs from 10, others' hosts from 200. */
#define FIRST_RS	10
#define FIRST_OTHER	200

static u32 net_of(unsigned int target)
{
	if (target >= FIRST_OTHER)
		return 0x030000;
	return target >= FIRST_RS ? 0x020000 : 0x090000;
}

static struct bench_flow *flows;
static unsigned int flows_max;

int bench_flows_init(unsigned int count)
{
	flows = vzalloc(array_size(count, sizeof(*flows)));
	if (!flows)
		return -ENOMEM;
	flows_max = count;
	return 0;
}

void bench_flows_exit(void)
{
	vfree(flows);
}

unsigned int bench_flows_max(void)
{
	return flows_max;
}

struct bench_flow *bench_flow(unsigned int index)
{
	return &flows[index];
}

void bench_flow_outside(unsigned int index, u8 family, unsigned int target,
			unsigned int port, struct bench_tuple *tuple)
{
	u32 net = net_of(target);
	u32 host = target;

	/* Many hosts, so that no single place in a hash table decides. */
	if (target >= FIRST_OTHER)
		host += index & 1023;
	if (family == 4) {
		tuple->saddr.s6_addr32[0] = htonl(0x0b000001 + index);
		tuple->daddr.s6_addr32[0] =
			htonl(0x0a000000 + net + host);
	} else {
		tuple->saddr.s6_addr32[0] = htonl(0xfd0b0000);
		tuple->saddr.s6_addr32[1] = 0;
		tuple->saddr.s6_addr32[2] = 0;
		tuple->saddr.s6_addr32[3] = htonl(1 + index);
		tuple->daddr.s6_addr32[0] = htonl(0xfd000000 + net);
		tuple->daddr.s6_addr32[1] = 0;
		tuple->daddr.s6_addr32[2] = 0;
		tuple->daddr.s6_addr32[3] = htonl(host);
	}
	tuple->sport = htons(1024 + (index * 40503u & 0xffff) % 60000);
	tuple->dport = htons(port);
}
