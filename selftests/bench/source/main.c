// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/mgw_bench: a line of words written to it is one run in the namespace of
 * the writer, between its devices "outside" and "inside"; reading it gives the
 * result of the last. Words: see the keys below.
 */
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/parser.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "crew.h"

#define LINE_MAX 256

static unsigned int max_flows = 1 << 18;
module_param(max_flows, uint, 0444);
MODULE_PARM_DESC(max_flows, "Flows there is room for");

static DEFINE_MUTEX(lock);
static struct bench_result last;

enum {
	KEY_STEPS, KEY_FAMILY, KEY_TARGET, KEY_PORT, KEY_PAYLOAD,
	KEY_FLOWS, KEY_FIRST, KEY_TURNS, KEY_NULL, KEY_LEARN,
	KEY_CPUS, KEY_BURST, KEY_WRONG,
};

static const match_table_t keys = {
	{ KEY_STEPS,	"steps=%s" },
	{ KEY_FAMILY,	"family=%u" },
	{ KEY_TARGET,	"target=%u" },
	{ KEY_PORT,	"port=%u" },
	{ KEY_PAYLOAD,	"payload=%u" },
	{ KEY_FLOWS,	"flows=%u" },
	{ KEY_FIRST,	"first=%u" },
	{ KEY_TURNS,	"turns=%u" },
	{ KEY_NULL,	"null=%u" },
	{ KEY_LEARN,	"learn=%u" },
	{ KEY_CPUS,	"cpus=%u" },
	{ KEY_BURST,	"burst=%u" },
	{ KEY_WRONG,	NULL },
};

static int parse_word(struct bench_run *run, char *word)
{
	substring_t args[MAX_OPT_ARGS];
	int key = match_token(word, keys, args);
	unsigned int number = 0;

	if (key == KEY_WRONG)
		return -EINVAL;
	if (key == KEY_STEPS)
		return match_strlcpy(run->steps, &args[0], BENCH_STEPS_MAX) <
		       BENCH_STEPS_MAX ? 0 : -E2BIG;
	if (match_uint(&args[0], &number))
		return -EINVAL;
	switch (key) {
	case KEY_FAMILY:
		run->shape.family = number;
		break;
	case KEY_TARGET:
		run->shape.target = number;
		break;
	case KEY_PORT:
		run->shape.port = number;
		break;
	case KEY_PAYLOAD:
		run->shape.payload = number;
		break;
	case KEY_FLOWS:
		run->flows = number;
		break;
	case KEY_FIRST:
		run->first = number;
		break;
	case KEY_TURNS:
		run->turns = number;
		break;
	case KEY_NULL:
		run->null = number;
		break;
	case KEY_LEARN:
		run->learn = number;
		break;
	case KEY_BURST:
		run->burst = number;
		break;
	default:
		run->cpus = number;
	}
	return 0;
}

static int check(const struct bench_run *run)
{
	unsigned int crew = max(run->cpus, 1u);
	const char *step;

	if (!run->steps[0])
		return -EINVAL;
	for (step = run->steps; *step; step++)
		if (!bench_step_valid(*step))
			return -EINVAL;
	if (run->shape.family != 4 && run->shape.family != 6)
		return -EAFNOSUPPORT;
	if (run->shape.payload > 1400 || !run->turns)
		return -EINVAL;
	if (crew > nr_cpu_ids || !is_power_of_2(run->flows) ||
	    run->flows > bench_flows_max() / crew ||
	    run->first > bench_flows_max() - run->flows * crew)
		return -ERANGE;
	/* A poll has packets of one device, and nobody looks into a list. */
	if (run->burst > NAPI_POLL_WEIGHT ||
	    (run->burst > 1 && (run->steps[1] || run->learn || run->cpus)))
		return -EINVAL;
	return 0;
}

static int go(struct bench_run *run)
{
	struct net *net = current->nsproxy->net_ns;
	int err = -ENODEV;

	run->outside = dev_get_by_name(net, "outside");
	run->inside = dev_get_by_name(net, "inside");
	if (run->outside && run->inside && bench_is_sink(run->outside) &&
	    bench_is_sink(run->inside))
		err = run->cpus ? bench_crew_run(run, &last) :
				  bench_run(run, &last);
	dev_put(run->outside);
	dev_put(run->inside);
	return err;
}

static ssize_t bench_write(struct file *file, const char __user *buffer,
			   size_t count, loff_t *pos)
{
	struct bench_run run = {
		.shape = {
			.family = 4,
			.target = 1,
			.port = 80,
			.payload = 10,
		},
		.flows = 1,
		.turns = 1,
	};
	char *line, *rest, *word;
	int err = 0;

	if (count >= LINE_MAX)
		return -E2BIG;
	line = memdup_user_nul(buffer, count);
	if (IS_ERR(line))
		return PTR_ERR(line);
	rest = strim(line);
	while (!err && (word = strsep(&rest, " ")))
		err = *word ? parse_word(&run, word) : 0;
	kfree(line);
	if (!err)
		err = check(&run);
	if (err)
		return err;
	mutex_lock(&lock);
	err = go(&run);
	mutex_unlock(&lock);
	return err ?: count;
}

static int bench_show(struct seq_file *seq, void *unused)
{
	const struct bench_watch *watch = &last.last;
	const struct bench_tuple *seen = &watch->seen;

	mutex_lock(&lock);
	seq_printf(seq, "sent=%llu outside=%llu inside=%llu ",
		   last.sent, last.outside, last.inside);
	seq_printf(seq, "cycles=%llu ns=%llu steady=%llu interrupted=%llu ",
		   last.cycles, last.ns, last.steady, last.interrupted);
	seq_printf(seq, "longest=%llu together=%llu span=%llu ",
		   last.longest, last.together, last.span);
	if (watch->family == 6)
		seq_printf(seq, "from=%pI6c to=%pI6c ", &seen->saddr,
			   &seen->daddr);
	else
		seq_printf(seq, "from=%pI4 to=%pI4 ", &seen->saddr,
			   &seen->daddr);
	seq_printf(seq, "sport=%u dport=%u hops=%u checksum=%s\n",
		   ntohs(seen->sport), ntohs(seen->dport), watch->hops,
		   watch->good ? "good" : "bad");
	mutex_unlock(&lock);
	return 0;
}

static int bench_open(struct inode *inode, struct file *file)
{
	return single_open(file, bench_show, NULL);
}

static const struct proc_ops bench_ops = {
	.proc_open = bench_open,
	.proc_read = seq_read,
	.proc_write = bench_write,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
};

static int __init bench_init(void)
{
	int err = bench_flows_init(max_flows);

	if (err)
		return err;
	err = bench_sink_register();
	if (err)
		goto err_flows;
	err = -ENOMEM;
	if (!proc_create("mgw_bench", 0600, NULL, &bench_ops))
		goto err_sink;
	return 0;

err_sink:
	bench_sink_unregister();
err_flows:
	bench_flows_exit();
	return err;
}

static void __exit bench_exit(void)
{
	remove_proc_entry("mgw_bench", NULL);
	bench_sink_unregister();
	bench_flows_exit();
}

module_init(bench_init);
module_exit(bench_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Packet source and sink of the MGW bench");
