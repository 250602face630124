/* SPDX-License-Identifier: GPL-2.0 */
/* The devices: packets arrive on them, and end in them. */
#ifndef _BENCH_SINK_H
#define _BENCH_SINK_H

#include <linux/netdevice.h>
#include <linux/percpu.h>
#include <linux/skbuff.h>

#include "flow.h"

/**
 * struct bench_watch - what the sink does besides counting
 * @learn: flow to learn the tuple of from packets towards the rs, or NULL
 * @look: parse the packet and check its checksums
 * @seen: tuple of the last packet looked at
 * @good: its checksums are right
 * @family: 4 or 6
 * @hops: its TTL or hop limit
 *
 * One for each CPU: the source sets it before it injects a packet; the stack runs
 * through to the sink before the source goes on.
 */
struct bench_watch {
	struct bench_flow *learn;
	bool look;
	struct bench_tuple seen;
	bool good;
	u8 family;
	u8 hops;
};

/**
 * struct bench_rx - where a device's poll gets its packets from
 * @receive: hands them up; returns how many, at most NAPI_POLL_WEIGHT, and 0 when
 *	     there are none left
 */
struct bench_rx {
	unsigned int (*receive)(struct bench_rx *rx);
};

DECLARE_PER_CPU(struct bench_watch, bench_watch);

/* Count and free a packet that left by @dev; @inside: towards the rs. */
void bench_sink(struct sk_buff *skb, struct net_device *dev, bool inside);

/* How many left by @dev on this CPU. */
u64 bench_sink_count(const struct net_device *dev);
bool bench_is_sink(const struct net_device *dev);

/**
 * bench_sink_poll() - let a device poll, in softirq on this CPU, until @rx is empty
 *
 * Context: process, bottom halves enabled, bound to the CPU; one at a time.
 * Return: 0, or -ENETDOWN.
 */
int bench_sink_poll(struct net_device *dev, struct bench_rx *rx);

int bench_sink_register(void);
void bench_sink_unregister(void);

#endif /* _BENCH_SINK_H */
