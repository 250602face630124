/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Free ports of one (laddr, proto, raddr, rport).
 *
 * Owner only: softirq of the CPU that owns the laddr, without a lock.
 */
#ifndef _MGW_PORTS_H
#define _MGW_PORTS_H

#include <linux/types.h>

#define MGW_PORTS_LEAVES	16
#define MGW_PORTS_LEAF_WORDS	64
#define MGW_PORTS_LEAF_PORTS	(MGW_PORTS_LEAF_WORDS * 64)

/**
 * struct mgw_ports_leaf - 4096 ports
 * @taken: one bit for each port that can't be handed out: used or resting
 * @resting: the taken ones nobody uses
 */
struct mgw_ports_leaf {
	u64 taken[MGW_PORTS_LEAF_WORDS];
	u64 resting[MGW_PORTS_LEAF_WORDS];
};

/**
 * struct mgw_ports - the ports min..max and who of them is free
 * @min: lowest port handed out, never 0
 * @max: highest port handed out; below @min when the range is empty
 * @cursor: where the next search starts
 * @full_leaves: one bit for each leaf without a port to hand out
 * @resting_leaves: one bit for each leaf with a bit in @resting
 * @used: ports handed out and not put back
 * @full: one bit for each word of a leaf without a port to hand out
 * @resting: one bit for each word of a leaf with a resting port
 * @leaf: allocated when the cursor first gets there
 *
 * A port that was put back rests until the cursor has passed it once, so that
 * all ports that were free before it come first. When nothing but resting
 * ports is left, the rest ends for all of them.
 */
struct mgw_ports {
	u16 min;
	u16 max;
	u16 cursor;
	u16 full_leaves;
	u16 resting_leaves;
	u32 used;
	u64 full[MGW_PORTS_LEAVES];
	u64 resting[MGW_PORTS_LEAVES];
	struct mgw_ports_leaf *leaf[MGW_PORTS_LEAVES];
};

void mgw_ports_init(struct mgw_ports *p, u16 min, u16 max, u16 start);
void mgw_ports_destroy(struct mgw_ports *p);
int mgw_ports_get(struct mgw_ports *p, gfp_t gfp);
void mgw_ports_put(struct mgw_ports *p, u16 port);
void mgw_ports_seek(struct mgw_ports *p, u16 port);
bool mgw_ports_is_used(const struct mgw_ports *p, u16 port);

#endif /* _MGW_PORTS_H */
