#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Packets keep arriving on wrong CPUs, and CPUs come and go, under load: no
# request fails. Needs 2 CPUs or more, made for 4. Topology: lib.sh; 8 laddrs in
# each family, so that every CPU has two.
#
# Cases: RPS of both sides of lb changed at random every 100 ms; flows that begin on
# two CPUs at once; requests with CPUs 1..n-1 going off and on line; laddrs come home;
# laddrs added and deleted meanwhile, and all on one CPU; long-lived connections live
# through all of it; the namespace goes while CPUs do.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

CPUS=$(nproc)
ROOT=$TMP/www
HELD=0

setup() {
	local i
	[ "$CPUS" -ge 2 ] || fail "needs 2 CPUs, has $CPUS" || return
	topology_fullnat 3 && add_laddrs 8 && mgw_load || return
	mkdir -p "$ROOT"
	head -c 200000 /dev/urandom >"$ROOT/file"
	chmod -R a+rX "$TMP"
	mgw "$lb" laddr add 10.2.0.101-10.2.0.108 || return
	mgw "$lb" laddr add fd02::101-fd02::108 || return
	mgw "$lb" service add tcp "$VIP4:80" --sched rr || return
	mgw "$lb" service add tcp "[$VIP6]:80" --sched rr || return
	mgw "$lb" service add tcp "$VIP4:7" || return
	for i in 1 2 3; do
		local -n ns=rs$i
		start_nginx "$ns" "$ROOT" "rs$i" || return
		unset -n ns
		mgw "$lb" rs add tcp "$VIP4:80" "10.2.0.1$i:80" || return
		mgw "$lb" rs add tcp "[$VIP6]:80" "[fd02::1$i]:80" || return
	done
	start_tcp_echo "$rs1" 7 || return
	mgw "$lb" rs add tcp "$VIP4:7" 10.2.0.11:7
}

laddrs_on_every_cpu() {
	check_eq "CPUs with a laddr" "$CPUS" \
		"$(mgw_json "$lb" laddr show | jq '[.[].cpu] | unique | length')"
}

hold_some() {
	hold_echoes "$client" 50 || return
	HELD=$SPAWNED
}

held_are_well() {
	kill -USR1 "$HELD"
	busywait 5000 grep -q report "$TMP/spawn.$HELD" || fail "no report"
	echo "# $(grep report "$TMP/spawn.$HELD")"
	check_match "long-lived connections" '"broken": 0' "$(grep report "$TMP/spawn.$HELD")"
}

# A random, not empty, set of CPUs for each receive queue, again and again.
shuffle_rps() { # SECONDS
	local end=$(($(now_ms) + $1 * 1000)) queue
	while [ "$(now_ms)" -lt "$end" ]; do
		for queue in outside inside; do
			printf '%x' $((RANDOM % ((1 << CPUS) - 1) + 1)) \
				>"/sys/class/net/$queue/queues/rx-0/rps_cpus"
		done
		sleep 0.1
	done
}

hotplug() { # SECONDS [FIRST]
	local end=$(($(now_ms) + $1 * 1000)) first=${2:-1} cpu
	while [ "$(now_ms)" -lt "$end" ]; do
		cpu=$((RANDOM % (CPUS - first) + first))
		echo 0 >"/sys/devices/system/cpu/cpu$cpu/online"
		sleep 0.3
		echo 1 >"/sys/devices/system/cpu/cpu$cpu/online"
		sleep 0.2
	done
}

requests() { # URL COUNT
	in_ns "$client" "$TOOLS/http_fetch_many.py" --count "$2" --parallel 16 \
		--size 200000 --timeout 60 "$1/file"
}

load_while() { # SECONDS CMD...
	local report disturber url
	"${@:2}" "$1" &
	disturber=$!
	while ! is_gone "$disturber"; do
		for url in "http://$VIP4" "http://[$VIP6]"; do
			report=$(requests "$url" 100) || fail "$url: $report"
			echo "# $url: $report"
		done
	done
	wait "$disturber" || fail "the disturber failed"
}

# In lb's own view of /sys, so that its devices can be set.
shuffle_in_lb() { # SECONDS
	in_ns "$lb" bash -c "shuffle_rps $1"
}

rps_storm() {
	local before
	before=$(counter "$lb" steer_received)
	export -f shuffle_rps now_ms
	export CPUS
	load_while 15 shuffle_in_lb
	check_range "packets handed over" 1000 1000000000 \
		$(($(counter "$lb" steer_received) - before))
}

# Either CPU finds no session: one of them begins it, the other one hands on.
two_at_once() {
	local report before flows=$((600 / MGW_SLOW))
	rps 0 0
	start_udp_echo "$rs1" 7 || return
	mgw "$lb" service add udp "$VIP4:7" && mgw "$lb" rs add udp "$VIP4:7" 10.2.0.11:7 || return
	before=$(counter "$lb" sessions_created)
	report=$(in_ns "$client" "$MGW_BUILD/selftests/udp_twins" "$VIP4" 7 "$flows") || fail "not all were answered"
	echo "# $report"
	check_eq "sessions" "$flows" "$(($(counter "$lb" sessions_created) - before))"
}

cpus_come_and_go() {
	local before
	before=$(counter "$lb" sessions_moved)
	load_while 15 hotplug
	check_range "sessions moved" 1 100000000 \
		$(($(counter "$lb" sessions_moved) - before))
}

laddrs_are_home() {
	busywait 5000 laddrs_on_every_cpu || laddrs_on_every_cpu
}

hotplug_until() { # FILE: which somebody makes; [FIRST]
	until [ -e "$1" ]; do
		hotplug 1 "${2:-}"
	done
}

# What arrives on a CPU that goes is begun elsewhere, and from there it may still be
# handed on to the one that has laddrs.
one_has_laddrs() {
	local mac round toggling rounds=$((200 / MGW_SLOW)) before
	mac=$(ip -n "$lb" -j link show outside | jq -r '.[0].address')
	ip -n "$lb" addr add 10.2.0.117/24 dev inside || return
	mgw "$lb" laddr add 10.2.0.117 --pool one --cpu 1 || return
	mgw "$lb" service add udp "$VIP4:777" --pool one || return
	# An rs that never answers.
	ip -n "$lb" neigh add 10.2.0.201 lladdr 02:00:00:00:02:00 dev inside || return
	mgw "$lb" rs add udp "$VIP4:777" 10.2.0.201:7 || return
	rps "$(printf '%x' $(((1 << CPUS) - 4)))" 0
	before=$(counter "$lb" sessions_created)
	hotplug_until "$TMP/enough.one" 2 &
	toggling=$!
	for ((round = 0; round < rounds; round++)); do
		in_ns "$client" "$MGW_BUILD/selftests/udp_many" eth0 "$mac" "$VIP4" 777 \
			"10.128.0.$round" 50 50 >"$TMP/many" || fail "$(<"$TMP/many")" || break
	done
	touch "$TMP/enough.one"
	wait "$toggling" || fail "the disturber failed"
	rps 0 0
	check_eq "sessions" $((rounds * 50)) "$(($(counter "$lb" sessions_created) - before))"
	check_eq "drops" "{}" "$(drops "$lb")"
}

# The last CPU has routes, and a task that does not let go of it.
rtnl_goes_on() {
	local hog runtime
	runtime=$(sysctl -n kernel.sched_rt_runtime_us)
	requests "http://$VIP4" 50 >"$TMP/requests" || fail "$(<"$TMP/requests")" || return
	sysctl -qw kernel.sched_rt_runtime_us=-1 || return
	# shellcheck disable=SC2016 # of the shell that it starts
	spawn "$lb" taskset -c $((CPUS - 1)) chrt -f 50 \
		bash -c 'echo on; while [ "$SECONDS" -lt 100 ]; do :; done'
	hog=$SPAWNED
	busywait 10000 grep -q on "$TMP/spawn.$hog" || fail "no task of SCHED_FIFO"
	ip -n "$lb" link add dummy9 type dummy || fail "no device"
	# It may wait in the end, for what RCU has on that CPU, but without the lock.
	spawn "$lb" ip link del dummy9
	timeout 50 ip -n "$lb" link add dummy10 type dummy || fail "all devices wait for that task"
	stop "$hog"
	sysctl -qw kernel.sched_rt_runtime_us="$runtime"
}

# None is given to a CPU that is about to go: new sessions would wait on it for ever.
laddrs_come_and_go() {
	local toggling rounds=0 end
	hotplug_until "$TMP/enough" &
	toggling=$!
	end=$(($(now_ms) + 10000))
	while [ "$rounds" -lt 3 ] || [ "$(now_ms)" -lt "$end" ]; do
		if ! mgw "$lb" laddr add 10.2.0.109-10.2.0.116 ||
				! mgw "$lb" laddr del 10.2.0.109-10.2.0.116; then
			fail "round $rounds"
			break
		fi
		rounds=$((rounds + 1))
	done
	echo "# $rounds rounds"
	touch "$TMP/enough"
	wait "$toggling" || fail "the disturber failed"
	busywait 5000 laddrs_on_every_cpu || laddrs_on_every_cpu
	requests "http://$VIP4" 100 >"$TMP/requests" || fail "$(<"$TMP/requests")"
}

no_bad_drops() {
	local drops
	drops=$(drops "$lb")
	echo "# $drops"
	check_eq "drops" "{}" "$drops"
	check_eq "packets of sessions that the host got" 0 "$(counter "$lb" passed_laddr)"
}

# With sessions that live on, for two hours; it must not wait for them.
namespace_goes() {
	local toggling start
	hotplug 8 &
	toggling=$!
	sleep 1
	start=$(now_ms)
	ip netns del "$lb" || return
	mgw_unload
	check_range "ms until all of it was gone" 0 60000 $(($(now_ms) - start))
	wait "$toggling"
}

run_first "three servers, laddrs" setup
run "every CPU has local addresses" laddrs_on_every_cpu
run "50 connections that never end" hold_some
run "RPS at random: no request fails" rps_storm
run "two CPUs have the first packets of a flow at once" two_at_once
if cpus_can_go; then
	run "CPUs go off and on line: no request fails" cpus_come_and_go
	run "local addresses come home" laddrs_are_home
	run "local addresses come and go while CPUs do" laddrs_come_and_go
	run "one CPU has all local addresses, others come and go" one_has_laddrs
	run "a device goes while a CPU has no time" rtnl_goes_on
fi
run "the long-lived connections noticed nothing" held_are_well
run "nothing was dropped" no_bad_drops
if cpus_can_go; then
	run "the namespace goes while CPUs do" namespace_goes
else
	run "module unloads, nothing left" mgw_unload
fi
finish
