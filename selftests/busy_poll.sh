#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Programs that poll devices themselves, as io_uring does (Linux 6.18: any NAPI by its
# ID, on whatever CPU the program is), while packets are handed from CPU to CPU: our hooks
# are called in their context, and what we have queued for a CPU is none of theirs.
# Topology: lib.sh; lb's legs receive by NAPI (GRO), and its CPUs have two laddrs each.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

POLL=$MGW_BUILD/selftests/busy_poll
# Of all devices that there can be here: native kernels, which have few CPUs, begin at 9.
IDS=(1 400)
ROOT=$TMP/www

setup() {
	local leg
	topology_fullnat 1 && add_laddrs 4 && mgw_load || return
	mkdir -p "$ROOT"
	head -c 100000 /dev/urandom >"$ROOT/file"
	chmod -R a+rX "$TMP"
	start_nginx "$rs1" "$ROOT" rs1 || return
	# What comes as a super-packet already does not go through a NAPI of veth.
	in_ns "$client" ethtool -K eth0 tso off && in_ns "$sw" ethtool -K uplink tso off || return
	for leg in outside inside; do in_ns "$lb" ethtool -K "$leg" gro on || return; done
	mgw "$lb" laddr add 10.2.0.101-10.2.0.104 && mgw "$lb" laddr add fd02::101-fd02::104 || return
	mgw "$lb" service add tcp "$VIP4:80" && mgw "$lb" rs add tcp "$VIP4:80" 10.2.0.11:80 || return
	mgw "$lb" service add tcp "[$VIP6]:80" && mgw "$lb" rs add tcp "[$VIP6]:80" "[fd02::11]:80"
}

fetch() { # VIP
	local report
	report=$(in_ns "$client" "$TOOLS/http_fetch_many.py" --count 300 --parallel 8 --size 100000 --timeout $((60 * MGW_SLOW)) \
		"http://$1/file") || fail "$report"
	echo "# $report"
}

# Softirqs may be quicker, each time, where programs have little of the CPU.
polled() { # VIP
	local before polled cpu i pollers=()
	before=$(counter "$lb" steer_received)
	polled=$(kernel_counter "$lb" TcpExtBusyPollRxPackets)
	for ((cpu = 0; cpu < $(nproc); cpu++)); do
		spawn "$lb" taskset -c "$cpu" "$POLL" "${IDS[@]}" 600
		wait_ready "$SPAWNED" || fail "$(<"$TMP/spawn.$SPAWNED")" || return
		pollers+=("$SPAWNED")
	done
	for ((i = 0; i < 10; i++)); do
		fetch "$1" || break
		[ "$(kernel_counter "$lb" TcpExtBusyPollRxPackets)" = "$polled" ] || break
	done
	stop "${pollers[@]}"
	check_range "packets handed over" 10 1000000000 $(($(counter "$lb" steer_received) - before))
	check_range "packets that programs polled" 1 1000000000 \
		$(($(kernel_counter "$lb" TcpExtBusyPollRxPackets) - polled))
	check_eq "drops" "{}" "$(drops "$lb")"
}

run_first "one server, laddrs on every CPU" setup
run "PRE_ROUTING: IPv4" polled "$VIP4"
run "PRE_ROUTING: IPv6" polled "[$VIP6]"
run "ingress hooks" attach_legs
run "ingress: IPv4" polled "$VIP4"
run "ingress: IPv6" polled "[$VIP6]"
run "module unloads, nothing left" mgw_unload
finish
