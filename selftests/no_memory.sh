#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Without memory: each allocation of each request fails once. For a kernel with
# fault injection (selftests/vm/run --kernel debug). Loading the module is left
# out: when that fails, Linux 6.1 itself leaks names of slabs. Topology: lib.sh.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

RAW=$TOOLS/raw_no_memory.py
FAULTS=/sys/kernel/debug

setup() {
	local kind
	for kind in failslab fail_page_alloc; do
		[ -d "$FAULTS/$kind" ] || { fail "this kernel has no $kind"; return 1; }
		echo N >"$FAULTS/$kind/ignore-gfp-wait" && echo 0 >"$FAULTS/$kind/verbose" || return
	done
	# The pages of programs are none of ours.
	echo 0 >"$FAULTS/fail_page_alloc/min-order" && topology_fullnat 1 && add_laddrs 1 && mgw_load
}

raw() { # STAGE [ARG...]
	in_ns "$lb" "$RAW" "$@"
}

# What takes a CPU off line is a thread of that CPU. Most of its memory is for the
# scheduler, which does without; how much, depends.
cpu_leaves() {
	local thread before faults=$FAULTS/failslab online=/sys/devices/system/cpu/cpu1/online
	thread=$(pgrep -x cpuhp/1) && raw_clear || return
	raw leaves "$thread" || fail "one of many allocations fails"
	raw_clear && mgw "$lb" laddr add 10.2.0.101-10.2.0.108 || return
	before=$(mgw_json "$lb" laddr show)
	echo Y >"$faults/task-filter" && echo 1 >"/proc/$thread/make-it-fail" &&
		echo -1 >"$faults/times" && echo 100 >"$faults/probability" || return
	! echo 0 2>"$TMP/refusal" >"$online" || fail "it has no memory, and leaves"
	echo 0 >"$faults/probability" && echo 1 >"$faults/times" &&
		echo 0 >"/proc/$thread/make-it-fail" && echo N >"$faults/task-filter" || return
	check_eq "on line" 1 "$(<"$online")"
	check_eq "local addresses" "$before" "$(mgw_json "$lb" laddr show)"
}

# What is left of all the failures does its work.
traffic() {
	raw_clear && mgw "$lb" laddr add 10.2.0.101 && mgw "$lb" service add udp "$VIP4:7" &&
		mgw "$lb" rs add udp "$VIP4:7" 10.2.0.11:7 && start_udp_echo "$rs1" 7 || return
	in_ns "$client" "$TOOLS/udp_sizes.py" --first 1 --last 200 --step 20 --timeout $((2 * MGW_SLOW)) "$VIP4" 7
}

raw_clear() {
	in_ns "$lb" "$TOOLS/raw_genl.py" clear
}

heard_a_change() { # PID
	mgw "$lb" laddr add 10.2.0.101 && mgw "$lb" laddr del 10.2.0.101 && grep -q laddr_del "$TMP/spawn.$1"
}

# A monitor listens meanwhile, and it says that it missed something.
events() {
	local monitor
	raw_clear && spawn "$lb" "$MGWADM" monitor || return
	monitor=$SPAWNED
	busywait 20000 heard_a_change "$monitor" || fail "monitor hears nothing"
	check_eq "lost before" 0 "$(grep -c '^lost$' "$TMP/spawn.$monitor")"
	raw events
	busywait 5000 grep -q '^lost$' "$TMP/spawn.$monitor" || fail "events were lost, and the monitor does not say so"
	stop "$monitor"
}

run_first "a kernel whose allocations may fail" setup
run "what is refused starts nothing" raw refused
run "the first object of a namespace" raw first
run "every kind of change" raw changes
run "every question" raw questions
if cpus_can_go; then
	run "a CPU that has no memory to leave stays" cpu_leaves
fi
run "an event that has no memory is known to be lost" events
run "and then, traffic" traffic
run "a flush that is refused has flushed nothing" raw flush
run "module unloads, nothing left" mgw_unload
finish
