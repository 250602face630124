// SPDX-License-Identifier: GPL-2.0
//
// Session table against a set of nodes, while it grows.

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <set>
#include <unordered_map>
#include <vector>

extern "C" {
#include "shim.h"
#include "table.h"
}
#include <linux/slab.h>

namespace {

struct Item {
	mgw_table_node node{};
	size_t index = 0;
};

class Table : public testing::Test {
public:
	mgw_table t;
	std::mt19937 rng{ 11 };
	std::vector<std::unique_ptr<Item>> items;
	unsigned int order = 0;

	void init(unsigned int start)
	{
		order = start;
		ASSERT_EQ(mgw_table_init(&t, order), 0);
	}

	void TearDown() override
	{
		mgw_table_destroy(&t);
		EXPECT_EQ(shim_allocated, 0);
	}

	Item *insert(u32 hash)
	{
		auto item = std::make_unique<Item>();

		item->index = items.size();
		item->node.hash = hash;
		mgw_table_insert(&t, &item->node);
		items.push_back(std::move(item));
		return items.back().get();
	}

	void remove(Item *item)
	{
		size_t i = item->index;

		mgw_table_remove(&t, &item->node);
		std::swap(items[i], items.back());
		items[i]->index = i;
		items.pop_back();
	}

	bool offer(unsigned int step = MGW_TABLE_ORDER_STEP)
	{
		unsigned int next = order + step;
		mgw_table_node **heads = mgw_table_alloc(next);

		if (heads && mgw_table_offer(&t, heads, next)) {
			order = next;
			return true;
		}
		kvfree(heads);
		return false;
	}

	void keep_house()
	{
		kvfree(mgw_table_retired(&t));
		if (mgw_table_wants_room(&t)) {
			ASSERT_TRUE(offer());
		}
	}

	bool found(const Item *item)
	{
		mgw_table_node *n = *mgw_table_head(&t, item->node.hash);

		for (; n; n = n->next)
			if (n == &item->node)
				return true;
		return false;
	}
};

TEST_F(Table, GrowsUnderRandomInsertsAndRemoves)
{
	init(2);
	for (int i = 0; i < 600000; i++) {
		if (items.empty() || rng() % 100 < 60)
			insert(rng());
		else
			remove(items[rng() % items.size()].get());
		ASSERT_EQ(t.count, items.size());
		if (!items.empty()) {
			ASSERT_TRUE(found(items[rng() % items.size()].get()));
		}
		// Memory comes late, now and then.
		if (rng() % 3 == 0)
			keep_house();
	}
	for (auto &item : items)
		ASSERT_TRUE(found(item.get()));
	EXPECT_EQ(t.grown + (t.old ? 1 : 0),
		  (order - 2) / MGW_TABLE_ORDER_STEP);
	EXPECT_GE(t.mask + 1, t.count);
	while (!items.empty())
		remove(items.back().get());
	EXPECT_EQ(t.count, 0u);
	for (u32 i = 0; i <= t.mask; i++)
		ASSERT_EQ(t.heads[i], nullptr);
}

TEST_F(Table, GrowthTakesSmallSteps)
{
	init(10);
	for (int i = 0; i < 513; i++) {
		EXPECT_FALSE(mgw_table_wants_room(&t)) << i;
		insert(rng());
	}
	EXPECT_TRUE(mgw_table_wants_room(&t));
	ASSERT_TRUE(offer());
	EXPECT_FALSE(mgw_table_wants_room(&t));
	EXPECT_FALSE(offer()) << "grows already";
	for (unsigned int i = 0; i < 1024; i++) {
		ASSERT_NE(t.old, nullptr);
		ASSERT_EQ(t.moved, i);
		ASSERT_EQ(mgw_table_retired(&t), nullptr);
		insert(rng());
	}
	EXPECT_EQ(t.old, nullptr);
	EXPECT_EQ(t.grown, 1u);
	while (items.size() < 2049)
		insert(rng());
	EXPECT_FALSE(mgw_table_wants_room(&t)) << "old array not fetched";
	EXPECT_FALSE(offer()) << "old array not fetched";
	mgw_table_node **old = mgw_table_retired(&t);
	EXPECT_NE(old, nullptr);
	kvfree(old);
	EXPECT_EQ(mgw_table_retired(&t), nullptr);
	EXPECT_TRUE(mgw_table_wants_room(&t));
}

TEST_F(Table, OfferThatIsNotLargerIsRefused)
{
	init(4);
	for (unsigned int o : { 0u, 3u, 4u, 27u, 31u, 32u }) {
		mgw_table_node **heads = mgw_table_alloc(6);

		EXPECT_FALSE(mgw_table_offer(&t, heads, o)) << o;
		kvfree(heads);
	}
	EXPECT_TRUE(offer());
}

TEST_F(Table, GrowsAtOnceToWhatIsNeeded)
{
	init(4);
	for (int i = 0; i < 300; i++)
		insert(rng());
	ASSERT_TRUE(offer(6));
	EXPECT_EQ(t.mask, (1u << 10) - 1);
	EXPECT_FALSE(mgw_table_move(&t, 0));
	EXPECT_EQ(t.moved, 0u);
	EXPECT_FALSE(mgw_table_move(&t, 1));
	EXPECT_EQ(t.moved, 1u);
	// Two buckets of about 19 nodes, and not many more.
	EXPECT_FALSE(mgw_table_move(&t, 30));
	EXPECT_GE(t.moved, 2u);
	EXPECT_LE(t.moved, 5u);
	EXPECT_TRUE(mgw_table_move(&t, UINT_MAX));
	EXPECT_TRUE(mgw_table_move(&t, 1)) << "nothing to move";
	EXPECT_EQ(t.grown, 1u);
	kvfree(mgw_table_retired(&t));
	EXPECT_FALSE(mgw_table_wants_room(&t));
	for (auto &item : items)
		ASSERT_TRUE(found(item.get()));
	EXPECT_EQ(t.count, 300u);
}

TEST_F(Table, Limits)
{
	EXPECT_EQ(mgw_table_init(&t, 27), -EINVAL);
	shim_no_memory = 1;
	EXPECT_EQ(mgw_table_init(&t, 3), -ENOMEM);
	EXPECT_EQ(mgw_table_alloc(3), nullptr);
	shim_no_memory = 0;
	EXPECT_EQ(mgw_table_alloc(27), nullptr);

	init(1);
	insert(1);
	EXPECT_FALSE(mgw_table_wants_room(&t));
	insert(2);
	EXPECT_TRUE(mgw_table_wants_room(&t));
	// As if it had the highest order.
	t.mask = (1u << 26) - 1;
	t.count = -1;
	EXPECT_FALSE(mgw_table_wants_room(&t));
	t.mask = (1u << 25) - 1;
	EXPECT_FALSE(mgw_table_wants_room(&t)) << "the next size is too big";
	t.mask = (1u << 24) - 1;
	EXPECT_TRUE(mgw_table_wants_room(&t));
	t.mask = 0;
}

struct Visits {
	Table *test;
	std::unordered_map<Item *, int> count;
	Item *remove_too = nullptr;
	bool remove = false;
};

void visit(mgw_table_node *node, void *arg)
{
	auto *v = static_cast<Visits *>(arg);

	v->count[reinterpret_cast<Item *>(node)]++;
}

TEST_F(Table, ScanVisitsOnceWhateverGrows)
{
	for (int round = 0; round < 400; round++) {
		init(rng() % 6);
		bool few_hashes = rng() % 4 == 0;
		auto hash = [&] { return few_hashes ? rng() % 16 : rng(); };

		for (unsigned int i = rng() % 100; i; i--)
			insert(hash());

		std::set<Item *> throughout;
		for (auto &item : items)
			throughout.insert(item.get());

		Visits v{ this, {} };
		std::vector<std::unique_ptr<Item>> dead;
		u32 cursor = 0, steps = 0;
		do {
			cursor = mgw_table_scan(&t, cursor, visit, &v);
			ASSERT_LT(++steps, 1u << 20);
			// More than the table takes, so that it grows fast.
			for (unsigned int i = rng() % 6; i; i--)
				insert(hash());
			if (rng() % 2 && !items.empty()) {
				size_t i = rng() % items.size();

				throughout.erase(items[i].get());
				mgw_table_remove(&t, &items[i]->node);
				std::swap(items[i], items.back());
				items[i]->index = i;
				// Kept: its address must not come again.
				dead.push_back(std::move(items.back()));
				items.pop_back();
			}
			if (rng() % 4 == 0)
				mgw_table_move(&t, rng() % 8);
			kvfree(mgw_table_retired(&t));
			if (order < 14 && rng() % 2 &&
			    mgw_table_wants_room(&t)) {
				ASSERT_TRUE(offer(1 + rng() % 4));
			}
		} while (cursor);

		for (Item *item : throughout)
			ASSERT_EQ(v.count[item], 1);
		for (auto &[item, n] : v.count)
			ASSERT_LE(n, 1);

		while (!items.empty())
			remove(items.back().get());
		mgw_table_destroy(&t);
	}
}

void visit_and_remove(mgw_table_node *node, void *arg)
{
	auto *v = static_cast<Visits *>(arg);
	auto *item = reinterpret_cast<Item *>(node);
	auto &items = v->test->items;

	v->count[item]++;
	// Both directions of a session go at once, wherever the other one is.
	if (items.size() > 1 && v->test->rng() % 2) {
		Item *other = items[v->test->rng() % items.size()].get();

		if (other != item)
			v->test->remove(other);
	}
	v->test->remove(item);
}

TEST_F(Table, ScanMayRemoveAnyNode)
{
	for (int round = 0; round < 300; round++) {
		init(1 + rng() % 3);
		bool growing = rng() % 2;

		for (int i = 0; i < 60; i++)
			insert(rng() % 16);
		if (growing) {
			ASSERT_TRUE(offer());
			insert(0);
		}

		Visits v{ this, {} };
		u32 cursor = 0;
		do
			cursor = mgw_table_scan(&t, cursor, visit_and_remove,
						&v);
		while (cursor);
		ASSERT_EQ(t.count, 0u);
		ASSERT_TRUE(items.empty());
		mgw_table_destroy(&t);
	}
}

} // namespace
