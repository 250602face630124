// SPDX-License-Identifier: GPL-2.0
#include "poll.h"

#include <linux/ktime.h>
#include <linux/preempt.h>
#include <linux/prefetch.h>

/**
 * struct batch - what the next poll finds
 * @rx: asked by the poll of the device
 * @run: they belong to
 * @from: device they arrive on
 * @to: device they leave by when the source gives them right to the sink
 * @turn: of the next packet
 * @left: packets not handed up yet
 * @err: there was no memory for one
 */
struct batch {
	struct bench_rx rx;
	const struct bench_run *run;
	struct net_device *from;
	struct net_device *to;
	unsigned int turn;
	unsigned int left;
	int err;
};

static void straight_to_sink(const struct batch *batch, struct list_head *list)
{
	bool inside = batch->to == batch->run->inside;
	struct sk_buff *skb, *next;

	list_for_each_entry_safe(skb, next, list, list) {
		skb_list_del_init(skb);
		skb_reset_network_header(skb);
		bench_sink(skb, batch->to, inside);
	}
}

static unsigned int receive(struct bench_rx *rx)
{
	struct batch *batch = container_of(rx, struct batch, rx);
	const struct bench_run *run = batch->run;
	unsigned int done = 0;
	struct sk_buff *skb;
	LIST_HEAD(list);

	while (done < batch->left) {
		prefetch(bench_flow(bench_flow_of(run, batch->turn + 1)));
		skb = bench_make(&run->shape, run->steps[0],
				 bench_flow_of(run, batch->turn), batch->from);
		if (unlikely(!skb)) {
			batch->err = -ENOMEM;
			break;
		}
		list_add_tail(&skb->list, &list);
		batch->turn++;
		done++;
	}
	batch->left = 0;
	if (run->null)
		straight_to_sink(batch, &list);
	else
		netif_receive_skb_list(&list);
	return done;
}

int bench_polls(const struct bench_run *run, unsigned int turn,
		unsigned int count, struct bench_result *result, u64 *took)
{
	bool client = bench_from_client(run->steps[0]);
	struct batch batch = {
		.rx.receive = receive,
		.run = run,
		.from = client ? run->outside : run->inside,
		.to = client ? run->inside : run->outside,
		.turn = turn,
	};
	u64 outside, inside, ns, cycles;
	unsigned int size;
	int err = 0;

	migrate_disable();
	outside = bench_sink_count(run->outside);
	inside = bench_sink_count(run->inside);
	ns = ktime_get_ns();
	cycles = bench_cycles();
	for (; count && !err; count -= size) {
		size = min(count, run->burst);
		batch.left = size;
		err = bench_sink_poll(batch.from, &batch.rx) ?: batch.err;
	}
	*took = bench_cycles() - cycles;
	result->cycles += *took;
	result->ns += ktime_get_ns() - ns;
	/* Of nothing, after all that others may have put off for ksoftirqd. */
	err = err ?: bench_sink_poll(batch.from, &batch.rx);
	result->outside += bench_sink_count(run->outside) - outside;
	result->inside += bench_sink_count(run->inside) - inside;
	migrate_enable();
	result->longest = max(result->longest, *took);
	return err;
}
