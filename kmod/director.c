// SPDX-License-Identifier: GPL-2.0
/*
 * Software flow director: two-choice buckets of one cache line (Azar, Broder,
 * Karlin, Upfal: "Balanced Allocations"). A word says which CPU owns a tuple.
 *
 * Any CPU, any context. No lock: a word is changed by cmpxchg() only, and
 * READ_ONCE() of 64 bits is enough to read it.
 *
 * Why a tuple never has two owners
 *
 * A claimer (1) looks for a word of the fingerprint, (2) puts its own into a
 * free slot, (3) looks again, and owns the tuple if it sees no other word. A
 * claimer that sees one takes its own back. It never touches another's.
 *
 * Let A and B both own. A's word stays from its (2) on, so does B's. By (3),
 * A read B's slot before B's word was there, and B read A's slot before A's
 * word was there. But each has a full barrier, the cmpxchg() of (2), between
 * its own write and its reads: this is the store buffering pattern, in which
 * at least one of the two reads sees the other's write. The one that does has
 * withdrawn; a contradiction. It does not matter how long before B A claimed,
 * nor what either saw in (1), which only saves the work, and which a claimer
 * leaves out who has just looked anyway.
 *
 * If each sees the other, both withdraw and begin again at (1). Of two, one then
 * owns, and the other one is told so: the first to come back finds the second's
 * word, if that is not yet withdrawn, and leaves the tuple to it; and the second
 * finds no word of the first. Of more, too, one owns, as the last that is left
 * finds no word but an owner's; but somebody may have been sent to a CPU that
 * withdrew for a third. A reader may see a word that is about to be withdrawn; it
 * is a hint like any other, and the CPU it names looks into its own table.
 */
#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/bug.h>
#include <linux/cache.h>
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#include "director.h"

/* A word: 51 bits of the hash, 12 bits of CPU, one bit that it is valid. */
#define WORD_VALID	BIT_ULL(0)
#define WORD_CPU_SHIFT	1
#define WORD_CPU	GENMASK_ULL(12, 1)
#define WORD_PRINT	GENMASK_ULL(63, 13)

#define SLOTS		MGW_DIRECTOR_BUCKET_SLOTS

/* Nobody meets others that often. */
#define CLAIMS_MAX	16

struct mgw_director_bucket {
	u64 word[SLOTS];
} __aligned(SLOTS * sizeof(u64));

static u64 make_word(u64 hash, unsigned int cpu)
{
	return (hash & WORD_PRINT) | (u64)cpu << WORD_CPU_SHIFT | WORD_VALID;
}

static unsigned int word_cpu(u64 word)
{
	return (word & WORD_CPU) >> WORD_CPU_SHIFT;
}

/* Whether a word, of whichever CPU, has the fingerprint of @any. */
static bool is_same_print(u64 word, u64 any)
{
	return !((word ^ any) & (WORD_PRINT | WORD_VALID));
}

/* The two buckets of a tuple, never the same one. */
static struct mgw_director_bucket *bucket_of(const struct mgw_director *d,
					     u64 hash, unsigned int choice)
{
	u32 first = (u32)hash & d->mask;
	u32 second = (u32)(hash >> 32) & d->mask;

	if (!choice)
		return &d->bucket[first];
	if (second == first)
		second ^= 1;
	return &d->bucket[second];
}

/*
 * Any word of a tuple, in a slot other than @except.
 * Return: the word or 0.
 */
static u64 find_other(const struct mgw_director *d, u64 hash,
		      const u64 *except)
{
	struct mgw_director_bucket *b;
	u64 any = make_word(hash, 0);
	unsigned int choice, i;
	u64 word;

	for (choice = 0; choice < 2; choice++) {
		b = bucket_of(d, hash, choice);
#pragma GCC unroll 8
		for (i = 0; i < SLOTS; i++) {
			word = READ_ONCE(b->word[i]);
			if (unlikely(is_same_print(word, any)) &&
			    &b->word[i] != except)
				return word;
		}
	}

	return 0;
}

/*
 * The slot of one CPU's word of a tuple. Not any word: a claim that is being
 * withdrawn must not hide the owner's.
 */
static u64 *find_exact(const struct mgw_director *d, u64 hash, u64 word)
{
	struct mgw_director_bucket *b;
	unsigned int choice, i;

	for (choice = 0; choice < 2; choice++) {
		b = bucket_of(d, hash, choice);
		for (i = 0; i < SLOTS; i++)
			if (READ_ONCE(b->word[i]) == word)
				return &b->word[i];
	}

	return NULL;
}

static unsigned int count_free(const struct mgw_director_bucket *b)
{
	unsigned int i, n = 0;

#pragma GCC unroll 8
	for (i = 0; i < SLOTS; i++)
		n += !READ_ONCE(b->word[i]);

	return n;
}

static u64 *insert_word(struct mgw_director_bucket *b, u64 word)
{
	unsigned int i;

	for (i = 0; i < SLOTS; i++)
		if (!READ_ONCE(b->word[i]) && !cmpxchg(&b->word[i], 0, word))
			return &b->word[i];

	return NULL;
}

/* Into the emptier bucket; into the other when it was filled meanwhile. */
static u64 *insert_balanced(struct mgw_director *d, u64 hash, u64 word)
{
	struct mgw_director_bucket *first = bucket_of(d, hash, 0);
	struct mgw_director_bucket *second = bucket_of(d, hash, 1);
	u64 *slot;

	if (count_free(second) > count_free(first))
		swap(first, second);

	slot = insert_word(first, word);
	return slot ? slot : insert_word(second, word);
}

/**
 * mgw_director_init() - make an empty director
 * @d: director
 * @slots: number of words, a power of two and at least two buckets of them
 *
 * Context: process.
 * Return: 0, -EINVAL or -ENOMEM.
 */
int mgw_director_init(struct mgw_director *d, u32 slots)
{
	u32 buckets = slots / SLOTS;

	d->bucket = NULL;
	if (!is_power_of_2(slots) || buckets < 2)
		return -EINVAL;

	/* A power of two: the allocator aligns it to its size or a page. */
	d->bucket = kvcalloc(buckets, sizeof(*d->bucket),
			     GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL |
				     __GFP_NOWARN);
	if (!d->bucket)
		return -ENOMEM;

	d->mask = buckets - 1;
	return 0;
}

/**
 * mgw_director_destroy() - free the memory
 * @d: director nobody uses any more
 *
 * Context: process.
 */
void mgw_director_destroy(struct mgw_director *d)
{
	kvfree(d->bucket);
	d->bucket = NULL;
}

/**
 * mgw_director_lookup() - who owns a tuple?
 * @d: director
 * @hash: of the tuple, 64 good bits with a secret key
 *
 * Return: CPU or -ENOENT. A hint: the CPU may just be withdrawing its claim.
 */
int mgw_director_lookup(const struct mgw_director *d, u64 hash)
{
	u64 word = find_other(d, hash, NULL);

	return word ? (int)word_cpu(word) : -ENOENT;
}

/* Steps 2 and 3: -EAGAIN when there is another one. */
static int try_claim(struct mgw_director *d, u64 hash, unsigned int cpu)
{
	u64 mine = make_word(hash, cpu);
	u64 *slot;

	slot = insert_balanced(d, hash, mine);
	if (!slot)
		return -ENOSPC;

	/* Pairs with the cmpxchg() of every other claimer, see the top. */
	if (!find_other(d, hash, slot))
		return cpu;

	cmpxchg(slot, mine, 0);
	return -EAGAIN;
}

/**
 * mgw_director_claim() - become the owner of a tuple
 * @d: director
 * @hash: of the tuple
 * @cpu: who claims; this CPU
 *
 * Return: @cpu when the tuple is its own now or already; the number of another
 * CPU that has it, or is about to; -EAGAIN when again and again others claimed at
 * the same moment; -ENOSPC when both buckets are full or @cpu has no number here.
 * A session without a word can't be found by other CPUs.
 */
int mgw_director_claim(struct mgw_director *d, u64 hash, unsigned int cpu)
{
	int got = -EAGAIN;
	unsigned int i;
	u64 word;

	if (cpu > MGW_DIRECTOR_CPU_MAX)
		return -ENOSPC;
	for (i = 0; i < CLAIMS_MAX && got == -EAGAIN; i++) {
		word = find_other(d, hash, NULL);
		if (word)
			return find_exact(d, hash, make_word(hash, cpu)) ?
			       cpu : word_cpu(word);
		got = try_claim(d, hash, cpu);
	}
	return got;
}

/**
 * mgw_director_claim_free() - become the owner of a tuple that has none
 * @d: director
 * @hash: of the tuple, of which mgw_director_lookup() has just said -ENOENT
 * @cpu: who claims; this CPU
 *
 * Return: as mgw_director_claim(), which is asked if the tuple is not free.
 */
int mgw_director_claim_free(struct mgw_director *d, u64 hash, unsigned int cpu)
{
	int got;

	if (cpu > MGW_DIRECTOR_CPU_MAX)
		return -ENOSPC;
	got = try_claim(d, hash, cpu);
	return likely(got != -EAGAIN) ? got : mgw_director_claim(d, hash, cpu);
}

/**
 * mgw_director_release() - give a tuple up
 * @d: director
 * @hash: of the tuple
 * @cpu: its owner; nothing happens when it is not
 */
void mgw_director_release(struct mgw_director *d, u64 hash, unsigned int cpu)
{
	u64 word = make_word(hash, cpu);
	u64 *slot;

	if (cpu > MGW_DIRECTOR_CPU_MAX)
		return;

	slot = find_exact(d, hash, word);
	if (slot)
		cmpxchg(slot, word, 0);
}

/**
 * mgw_director_move() - hand a tuple to another CPU
 * @d: director
 * @hash: of the tuple
 * @from: its owner
 * @to: who owns it from now on
 *
 * Return: false when @from does not own it or @to has no number here.
 */
bool mgw_director_move(struct mgw_director *d, u64 hash, unsigned int from,
		       unsigned int to)
{
	u64 word = make_word(hash, from);
	u64 *slot;

	if (from > MGW_DIRECTOR_CPU_MAX || to > MGW_DIRECTOR_CPU_MAX)
		return false;

	slot = find_exact(d, hash, word);
	return slot && cmpxchg(slot, word, make_word(hash, to)) == word;
}
