// SPDX-License-Identifier: GPL-2.0
/*
 * Every flow is a client address of its own, as on the Internet: 11.0.0.0/8 or
 * fd0b::/96, with an ephemeral port that differs from flow to flow.
 */
#include "flow.h"

#include <linux/vmalloc.h>

/* Last byte of 10.9.0.T (service), or of 10.2.0.T where T is above 9 (rs). */
#define FIRST_INSIDE	10

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
	bool inside = target >= FIRST_INSIDE;

	if (family == 4) {
		tuple->saddr.s6_addr32[0] = htonl(0x0b000001 + index);
		tuple->daddr.s6_addr32[0] =
			htonl((inside ? 0x0a020000 : 0x0a090000) + target);
	} else {
		tuple->saddr.s6_addr32[0] = htonl(0xfd0b0000);
		tuple->saddr.s6_addr32[1] = 0;
		tuple->saddr.s6_addr32[2] = 0;
		tuple->saddr.s6_addr32[3] = htonl(1 + index);
		tuple->daddr.s6_addr32[0] =
			htonl(inside ? 0xfd020000 : 0xfd090000);
		tuple->daddr.s6_addr32[1] = 0;
		tuple->daddr.s6_addr32[2] = 0;
		tuple->daddr.s6_addr32[3] = htonl(target);
	}
	tuple->sport = htons(1024 + (index * 40503u & 0xffff) % 60000);
	tuple->dport = htons(port);
}
