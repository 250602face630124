// SPDX-License-Identifier: GPL-2.0
/*
 * Stack traces of the native test kernels, in the place of arch/um/kernel/stacktrace.c.
 *
 * KASAN and kmemleak save a trace for every allocation, lockdep for many a lock. Linux
 * looks at each word of the stack for one and asks modules, kprobes and BPF about it,
 * each under RCU; of what is found it keeps the return addresses of frames alone. Here
 * the frames are followed from one to the next (CONFIG_FRAME_POINTER): the same
 * addresses, for ten reads instead of five hundred questions.
 */
#include <linux/align.h>
#include <linux/compiler.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/stacktrace.h>
#include <linux/thread_info.h>
#include <asm/stacktrace.h>

/*
 * Frames lie above each other, and in one stack. A signal that the host delivered on
 * the way returns to none of our code, but its frame leads on to what it interrupted.
 */
void dump_trace(struct task_struct *task, const struct stacktrace_ops *ops, void *data)
{
	struct pt_regs *regs = task->thread.segv_regs;
	unsigned long low = (unsigned long)get_stack_pointer(task, regs);
	unsigned long at = get_frame_pointer(task, regs);
	unsigned long end = ALIGN(low + 1, THREAD_SIZE);

	while (at >= low && at <= end - sizeof(struct stack_frame) &&
	       IS_ALIGNED(at, sizeof(long))) {
		struct stack_frame *frame = (struct stack_frame *)at;
		unsigned long address = READ_ONCE_NOCHECK(frame->return_address);

		if (__kernel_text_address(address))
			ops->address(data, address, 1);
		low = at + sizeof(*frame);
		at = (unsigned long)READ_ONCE_NOCHECK(frame->next_frame);
	}
}

static void save_address(void *data, unsigned long address, int reliable)
{
	struct stack_trace *trace = data;

	if (trace->skip)
		trace->skip--;
	else if (trace->nr_entries < trace->max_entries)
		trace->entries[trace->nr_entries++] = address;
}

static const struct stacktrace_ops save_ops = {
	.address = save_address,
};

void save_stack_trace(struct stack_trace *trace)
{
	dump_trace(current, &save_ops, trace);
}
EXPORT_SYMBOL_GPL(save_stack_trace);

void save_stack_trace_tsk(struct task_struct *task, struct stack_trace *trace)
{
	dump_trace(task, &save_ops, trace);
}
EXPORT_SYMBOL_GPL(save_stack_trace_tsk);
