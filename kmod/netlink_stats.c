// SPDX-License-Identifier: GPL-2.0
/*
 * Counters over netlink. Process context, mnet->life and mnet->config_lock
 * held.
 */
#include "netlink_stats.h"

#include <linux/cpumask.h>

#include "netlink_msg.h"
#include "netlink_attr.h"
#include "laddr_config.h"
#include "mnet.h"
#include "service.h"
#include "stats.h"

static int fill(struct sk_buff *skb, unsigned int cpu, const u64 *values)
{
	struct nlattr *nest;
	int id;

	if (nla_put_u32(skb, MGW_A_CPU, cpu))
		return -EMSGSIZE;
	nest = nla_nest_start(skb, MGW_A_COUNTERS);
	if (!nest)
		return -EMSGSIZE;
	for (id = 1; id < __MGW_COUNTER_MAX; id++)
		if (nla_put(skb, id, sizeof(*values), &values[id]))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* A CPU that is offline, and counted nothing before it went, is not shown. */
static bool worth_showing(unsigned int cpu, const u64 *values)
{
	return cpu_online(cpu) ||
	       memchr_inv(values, 0, __MGW_COUNTER_MAX * sizeof(*values));
}

int mgw_nl_stats_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct mgw_net *mnet = mgw_nl_dump_net(cb);
	u64 values[__MGW_COUNTER_MAX];
	unsigned int cpu;
	void *hdr;

	down_read(&mnet->life);
	mutex_lock(&mnet->config_lock);
	for_each_possible_cpu(cpu) {
		if (cpu < cb->args[0])
			continue;
		mgw_stats_read(mnet, cpu, values);
		if (worth_showing(cpu, values)) {
			hdr = mgw_nl_dump_put(skb, cb, MGW_CMD_STATS_GET);
			if (!hdr)
				break;
			if (fill(skb, cpu, values)) {
				genlmsg_cancel(skb, hdr);
				break;
			}
			genlmsg_end(skb, hdr);
		}
		cb->args[0] = cpu + 1;
	}
	mutex_unlock(&mnet->config_lock);
	up_read(&mnet->life);
	return skb->len;
}

int mgw_nl_stats_zero_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct mgw_net *mnet = mgw_nl_net(info);

	down_read(&mnet->life);
	mutex_lock(&mnet->config_lock);
	mgw_stats_zero(mnet);
	mgw_services_zero(mnet);
	mgw_laddr_config_zero(mnet);
	mutex_unlock(&mnet->config_lock);
	up_read(&mnet->life);
	return 0;
}
