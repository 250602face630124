/* SPDX-License-Identifier: GPL-2.0 */
/* The flows of the bench: both ends of each, and what the sink learnt of it. */
#ifndef _BENCH_FLOW_H
#define _BENCH_FLOW_H

#include <linux/cache.h>
#include <linux/in6.h>
#include <linux/types.h>

/* Source and destination of one packet; an IPv4 address is the first word. */
struct bench_tuple {
	struct in6_addr saddr;
	struct in6_addr daddr;
	__be16 sport;
	__be16 dport;
};

/**
 * struct bench_flow - one client's connection
 * @inside: the tuple its packets had when they left towards the rs
 * @client_seq: next TCP number of the client, as it counts itself
 * @rs_seq: next TCP number of the rs
 * @shift: what a balancer adds to the client's numbers
 * @known: @inside and @shift are right
 */
struct bench_flow {
	struct bench_tuple inside;
	u32 client_seq;
	u32 rs_seq;
	u32 shift;
	bool known;
} ____cacheline_aligned;

int bench_flows_init(unsigned int count);
void bench_flows_exit(void);
unsigned int bench_flows_max(void);
struct bench_flow *bench_flow(unsigned int index);

/* Where the client of flow @index is, and what it talks to. */
void bench_flow_outside(unsigned int index, u8 family, unsigned int target,
			unsigned int port, struct bench_tuple *tuple);

#endif /* _BENCH_FLOW_H */
