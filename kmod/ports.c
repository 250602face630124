// SPDX-License-Identifier: GPL-2.0
/*
 * Free ports: next fit over a bitmap with two levels of summary, so that a
 * search costs the same in an empty and in a full range.
 *
 * Runs in softirq of the owner CPU only, which is what protects a pool.
 */
#include <linux/bitops.h>
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "ports.h"

#define WORD_PORTS	64
#define LEAF_PORTS	MGW_PORTS_LEAF_PORTS

static unsigned int leaf_of(unsigned int port)
{
	return port / LEAF_PORTS;
}

static unsigned int word_of(unsigned int port)
{
	return port % LEAF_PORTS / WORD_PORTS;
}

static unsigned int bit_of(unsigned int port)
{
	return port % WORD_PORTS;
}

static unsigned int range_size(const struct mgw_ports *p)
{
	return p->max - p->min + 1;
}

/* The bits of the ports low..high in the word that starts at @base. */
static u64 word_mask(unsigned int base, unsigned int low, unsigned int high)
{
	if (high < base || low >= base + WORD_PORTS)
		return 0;

	low = max(low, base) - base;
	high = min(high - base, WORD_PORTS - 1u);
	return GENMASK_ULL(high, low);
}

static void set_taken(struct mgw_ports *p, unsigned int port)
{
	unsigned int l = leaf_of(port), w = word_of(port);

	p->leaf[l]->taken[w] |= BIT_ULL(bit_of(port));
	if (p->leaf[l]->taken[w] != U64_MAX)
		return;

	p->full[l] |= BIT_ULL(w);
	if (p->full[l] == U64_MAX)
		p->full_leaves |= BIT(l);
}

/* Ports outside of the range are taken for good. */
static int alloc_leaf(struct mgw_ports *p, unsigned int l, gfp_t gfp)
{
	struct mgw_ports_leaf *leaf;
	unsigned int w, base;

	leaf = kzalloc(sizeof(*leaf), gfp);
	if (!leaf)
		return -ENOMEM;

	for (w = 0; w < MGW_PORTS_LEAF_WORDS; w++) {
		base = l * LEAF_PORTS + w * WORD_PORTS;
		leaf->taken[w] = ~word_mask(base, p->min, p->max);
		if (leaf->taken[w] == U64_MAX)
			p->full[l] |= BIT_ULL(w);
	}
	p->leaf[l] = leaf;
	return 0;
}

/**
 * mgw_ports_init() - make all ports of a range free
 * @p: pool
 * @min: lowest port; 0 counts as 1
 * @max: highest port
 * @start: where the search starts, from a random source when that matters;
 *	outside of the range it is @min
 *
 * Allocates nothing. With @min above @max the range is empty.
 */
void mgw_ports_init(struct mgw_ports *p, u16 min, u16 max, u16 start)
{
	unsigned int l;

	memset(p, 0, sizeof(*p));
	p->min = max_t(u16, min, 1);
	p->max = max;
	if (p->min > p->max) {
		p->min = 1;
		p->max = 0;
	}
	p->cursor = start < p->min || start > p->max ? p->min : start;

	for (l = 0; l < MGW_PORTS_LEAVES; l++)
		if (l < leaf_of(p->min) || l > leaf_of(p->max))
			p->full_leaves |= BIT(l);
}

/**
 * mgw_ports_destroy() - free the memory
 * @p: pool; ports that are still used are forgotten
 */
void mgw_ports_destroy(struct mgw_ports *p)
{
	unsigned int l;

	for (l = 0; l < MGW_PORTS_LEAVES; l++)
		kfree(p->leaf[l]);
	memset(p->leaf, 0, sizeof(p->leaf));
}

/*
 * First free port from @from on within leaf @l, which exists.
 * Return: port, or -ENOENT.
 */
static int find_in_leaf(const struct mgw_ports *p, unsigned int l,
			unsigned int from)
{
	unsigned int w = word_of(from);
	u64 bits;

	bits = ~p->leaf[l]->taken[w] & (U64_MAX << bit_of(from));
	if (!bits) {
		if (w == MGW_PORTS_LEAF_WORDS - 1)
			return -ENOENT;
		bits = ~p->full[l] & (U64_MAX << (w + 1));
		if (!bits)
			return -ENOENT;
		w = __ffs64(bits);
		bits = ~p->leaf[l]->taken[w];
	}

	return l * LEAF_PORTS + w * WORD_PORTS + __ffs64(bits);
}

/*
 * First free port from @from up to the end of the range. At most two leaves
 * are looked at: the one of @from and the next that is not full.
 * Return: port, -ENOENT, or -ENOMEM.
 */
static int find_from(struct mgw_ports *p, unsigned int from, gfp_t gfp)
{
	unsigned int l = leaf_of(from);
	unsigned long leaves;
	int port;

	while (l < MGW_PORTS_LEAVES) {
		leaves = ~p->full_leaves & GENMASK(MGW_PORTS_LEAVES - 1, l);
		if (!leaves)
			break;
		if (__ffs(leaves) != l) {
			l = __ffs(leaves);
			from = l * LEAF_PORTS;
		}
		if (!p->leaf[l] && alloc_leaf(p, l, gfp))
			return -ENOMEM;
		port = find_in_leaf(p, l, from);
		if (port >= 0)
			return port;
		l++;
		from = l * LEAF_PORTS;
	}

	return -ENOENT;
}

/* The same within the word of @from, where it mostly is. */
static int find_near(const struct mgw_ports *p, unsigned int from)
{
	const struct mgw_ports_leaf *leaf = p->leaf[leaf_of(from)];
	u64 bits;

	if (!leaf)
		return -ENOENT;
	bits = ~leaf->taken[word_of(from)] >> bit_of(from);
	return bits ? (int)(from + __ffs64(bits)) : -ENOENT;
}

/* End the rest of the ports low..high of one leaf. */
static void wake_leaf(struct mgw_ports *p, unsigned int l, unsigned int low,
		      unsigned int high)
{
	unsigned int first = leaf_of(low) == l ? word_of(low) : 0;
	unsigned int last = leaf_of(high) == l ? word_of(high) : 63;
	struct mgw_ports_leaf *leaf = p->leaf[l];
	unsigned int w, base;
	u64 words, bits;

	words = p->resting[l] & GENMASK_ULL(last, first);
	for (; words; words &= words - 1) {
		w = __ffs64(words);
		base = l * LEAF_PORTS + w * WORD_PORTS;
		bits = leaf->resting[w] & word_mask(base, low, high);
		if (!bits)
			continue;

		leaf->resting[w] &= ~bits;
		leaf->taken[w] &= ~bits;
		p->full[l] &= ~BIT_ULL(w);
		p->full_leaves &= ~BIT(l);
		if (!leaf->resting[w])
			p->resting[l] &= ~BIT_ULL(w);
	}
	if (!p->resting[l])
		p->resting_leaves &= ~BIT(l);
}

/*
 * End the rest of the ports low..high, which the cursor has passed. Every
 * word visited has a port that was put since its last visit, so a get pays on
 * average for one put, and in the worst case 1024 words.
 */
static void wake(struct mgw_ports *p, unsigned int low, unsigned int high)
{
	unsigned long leaves;

	leaves = p->resting_leaves & GENMASK(leaf_of(high), leaf_of(low));
	for (; leaves; leaves &= leaves - 1)
		wake_leaf(p, __ffs(leaves), low, high);
}

/* The cursor went from @from to @port, maybe by way of the end. */
static void wake_passed(struct mgw_ports *p, unsigned int from,
			unsigned int port)
{
	if (port >= from) {
		wake(p, from, port);
		return;
	}
	wake(p, from, p->max);
	wake(p, p->min, port);
}

/**
 * mgw_ports_get() - take the next free port
 * @p: pool
 * @gfp: for the bits of 4096 ports, when the cursor gets there first
 *
 * Return: port, -ENOSPC when all of the range is used, or -ENOMEM with
 * nothing changed.
 */
int mgw_ports_get(struct mgw_ports *p, gfp_t gfp)
{
	int cursor = p->cursor;
	int port;

	if (p->used >= range_size(p))
		return -ENOSPC;

	port = find_near(p, cursor);
	if (port == -ENOENT)
		port = find_from(p, cursor, gfp);
	if (port == -ENOENT)
		port = find_from(p, p->min, gfp);
	if (port == -ENOENT) {
		/* Everything free is resting: a round without a find. */
		wake(p, p->min, p->max);
		port = find_from(p, cursor, gfp);
		if (port == -ENOENT)
			port = find_from(p, p->min, gfp);
	}
	if (port < 0)
		return port;

	if (p->resting_leaves)
		wake_passed(p, cursor, port);
	set_taken(p, port);
	p->used++;
	p->cursor = port == p->max ? p->min : port + 1;
	return port;
}

/**
 * mgw_ports_put() - give a port back, to rest
 * @p: pool
 * @port: from mgw_ports_get(); a port that is not used is warned about
 */
void mgw_ports_put(struct mgw_ports *p, u16 port)
{
	unsigned int l = leaf_of(port), w = word_of(port);

	if (WARN_ON_ONCE(!mgw_ports_is_used(p, port)))
		return;

	p->leaf[l]->resting[w] |= BIT_ULL(bit_of(port));
	p->resting[l] |= BIT_ULL(w);
	p->resting_leaves |= BIT(l);
	p->used--;
}

/**
 * mgw_ports_seek() - where the next search starts
 * @p: pool
 * @port: any number; outside of the range it is the lowest port
 */
void mgw_ports_seek(struct mgw_ports *p, u16 port)
{
	p->cursor = port < p->min || port > p->max ? p->min : port;
}

/**
 * mgw_ports_is_used() - was a port handed out?
 * @p: pool
 * @port: any number
 *
 * Return: true between its get and its put.
 */
bool mgw_ports_is_used(const struct mgw_ports *p, u16 port)
{
	const struct mgw_ports_leaf *leaf = p->leaf[leaf_of(port)];
	unsigned int w = word_of(port);

	if (!leaf || port < p->min || port > p->max)
		return false;

	return (leaf->taken[w] & ~leaf->resting[w]) & BIT_ULL(bit_of(port));
}
