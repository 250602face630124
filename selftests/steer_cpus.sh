#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Packets keep arriving on wrong CPUs, and CPUs come and go, under load: no
# request fails. Needs 2 CPUs or more, 3 where they go off line; made for 4. Topology:
# lib.sh; 8 laddrs in each family, so that every CPU has two.
#
# Cases: RPS of both sides of lb changed at random every 100 ms; flows that begin on
# two CPUs at once; requests with CPUs 1..n-1 going off and on line, and clients that
# come back on the same ports meanwhile; the same while another CPU has no time; laddrs
# shared out, and coming home; laddrs added and deleted meanwhile, and all on one CPU;
# long-lived connections live through all of it; the namespace goes while CPUs do.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

CPUS=$(nproc)
ROOT=$TMP/www
HELD=0
late=''

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
	echoes_go_on "$(echo_report "$HELD")"
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

hotplug() { # SECONDS
	local end=$(($(now_ms) + $1 * 1000)) cpu
	while [ "$(now_ms)" -lt "$end" ]; do
		cpu=$((RANDOM % (CPUS - 1) + 1))
		echo 0 >"/sys/devices/system/cpu/cpu$cpu/online"
		sleep 0.3
		echo 1 >"/sys/devices/system/cpu/cpu$cpu/online"
		sleep 0.2
	done
}

requests() { # URL COUNT
	in_ns "$client" "$TOOLS/http_fetch_many.py" --count "$2" --parallel 16 \
		--size 200000 --timeout $((60 * MGW_SLOW)) "$1/file"
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

# A session ends and begins again on the port that its client had, while its laddr goes
# from CPU to CPU: two owners of one port map would be told of.
same_ports() {
	local toggling report before
	spawn "$rs1" "$TOOLS/close_first.py" 9
	wait_ready "$SPAWNED" || return
	mgw "$lb" service add tcp "$VIP4:9" --timeout time_wait=600 && mgw "$lb" rs add tcp "$VIP4:9" 10.2.0.11:9 || return
	before=$(counter "$lb" sessions_reused)
	hotplug_until "$TMP/reconnected" &
	toggling=$!
	report=$(in_ns "$client" "$TOOLS/reconnect.py" --count 500 --ports 40 "$VIP4" 9) ||
		fail "reconnects failed"
	touch "$TMP/reconnected"
	echo "# $report"
	wait "$toggling" || fail "the disturber failed"
	check_range "sessions that began again" 200 500 \
		$(($(counter "$lb" sessions_reused) - before))
}

# Those of a CPU that goes are shared out among all the others.
laddrs_are_shared_out() {
	local cpu=/sys/devices/system/cpu/cpu$((CPUS - 1))/online counts
	echo 0 >"$cpu" || return
	counts=$(mgw_json "$lb" laddr show | jq -c '[group_by([(.laddr | contains(":")), .cpu])[] | length]')
	echo 1 >"$cpu"
	echo "# of each family, on each CPU: $counts"
	check_match "none has two more than another one" true \
		"$(jq "length == 2 * ($CPUS - 1) and max - min < 2" <<<"$counts")"
}

# A task of a high priority has 95 % of one CPU. What is handed to that one, to which
# local addresses go and from which they go home, waits meanwhile.
toggle_beside_hog() { # SECONDS
	local end=$(($(now_ms) + $1 * 1000)) cpu rounds=0 hog
	spawn "$lb" taskset -c 2 chrt -f 50 bash -c 'while :; do :; done'
	hog=$SPAWNED
	while [ "$rounds" -lt 3 ] || [ "$(now_ms)" -lt "$end" ]; do
		for cpu in 1 $((CPUS - 1)); do
			echo 0 >"/sys/devices/system/cpu/cpu$cpu/online"
			echo 1 >"/sys/devices/system/cpu/cpu$cpu/online"
		done
		rounds=$((rounds + 1))
	done
	stop "$hog"
	echo "# $rounds rounds"
}

packets_wait_for_hog() {
	local before
	before=$(counter "$lb" sessions_moved)
	load_while 15 toggle_beside_hog
	check_range "sessions moved" 1 100000000 $(($(counter "$lb" sessions_moved) - before))
	no_bad_drops
}

laddrs_are_home() {
	busywait 5000 laddrs_on_every_cpu || laddrs_on_every_cpu
}

hotplug_until() { # FILE: which somebody makes
	until [ -e "$1" ]; do
		hotplug 1
	done
}

began() { # COUNT BEFORE
	[ $(($(counter "$lb" sessions_created) - $2)) -ge "$1" ]
}

# A sender whose packets are on their way for a while. They leave by a timer of the CPU
# that they were sent on, and arrive there.
setup_late() {
	setup_ns late && cable "$late" eth0 "$lb" third || return
	ip -n "$lb" addr add 10.4.0.1/24 dev third && ip -n "$lb" link set third up &&
		ip -n "$lb" route add 10.128.0.0/16 via 10.4.0.2 || return
	ip -n "$late" addr add 10.4.0.2/24 dev eth0 && ip -n "$late" link set eth0 up &&
		ip -n "$late" route add default via 10.4.0.1 &&
		ip -n "$late" route add local 10.128.0.0/16 dev lo || return
	pings "$late" "$VIP4" || return
	tc -n "$late" qdisc add dev eth0 root netem delay $((200 * MGW_SLOW))ms \
		$((150 * MGW_SLOW))ms limit 1000
}

# A service with a pool of CPU 1 alone, whose rs never answers.
one_cpus_service() {
	ip -n "$lb" addr add 10.2.0.117/24 dev inside || return
	mgw "$lb" laddr add 10.2.0.117 --pool one --cpu 1 || return
	mgw "$lb" service add udp "$VIP4:777" --pool one || return
	ip -n "$lb" neigh add 10.2.0.201 lladdr 02:00:00:00:02:00 dev inside || return
	mgw "$lb" rs add udp "$VIP4:777" 10.2.0.201:7
}

# What arrives on a CPU that goes is begun elsewhere, and from there it may still be
# handed on to the one that has laddrs. RPS would bring it there as well, but Linux
# forgets the interrupt that another CPU owes to one that dies, whose backlog nobody
# empties from then on.
one_has_laddrs() {
	local cpu round before
	[ "$CPUS" -ge 3 ] || fail "needs 3 CPUs, has $CPUS" || return
	setup_late && one_cpus_service || return
	before=$(counter "$lb" sessions_created)
	for ((round = 0; round < 20; round++)); do
		cpu=$((round % (CPUS - 2) + 2))
		in_ns "$late" taskset -c "$cpu" "$TOOLS/forged_sources.py" --count 50 udp \
			"10.128.$round.0/24" "$VIP4" 777 || return
		echo 0 >"/sys/devices/system/cpu/cpu$cpu/online"
		echo 1 >"/sys/devices/system/cpu/cpu$cpu/online"
	done
	busywait 5000 began 1000 "$before"
	check_eq "sessions" 1000 "$(($(counter "$lb" sessions_created) - before))"
	check_eq "drops" "{}" "$(drops "$lb")"
}

# Who deletes a device has the lock until all who ask to be told of it have been, and
# then may wait on, for what RCU has on that CPU.
is_told() { # PID
	is_gone "$1" || grep -qs netdev_run_todo "/proc/$1/stack"
}

# A device goes, and another one comes, while a CPU has no time.
goes_and_comes() { # HOG TRY
	local deleter in_mgw=0
	spawn "$lb" ip link del "goes$2"
	deleter=$SPAWNED
	until is_told "$deleter"; do
		! is_gone "$1" || return
		in_mgw=$((in_mgw + 1))
		grep -qs "\[mgw\]" "/proc/$deleter/stack" || in_mgw=0
		[ "$in_mgw" -lt 10 ] || fail "our notifier waits for that task" || return
		sleep 0.05
	done
	timeout 50 ip -n "$lb" link add "comes$2" type dummy && ! is_gone "$1" &&
		! in_ns "$lb" grep -q "goes$2:" /proc/net/dev
}

# The last CPU has routes, and for a while a task that leaves it to nothing but softirqs.
# What holds the lock on that CPU, or waits for a work of it, is Linux's own at times:
# once in five is enough.
rtnl_goes_on() {
	local cpu=$((CPUS - 1)) try hog came='' runtime softirqd
	softirqd=$(pgrep -x "ksoftirqd/$cpu") && chrt -f -p 60 "$softirqd" || return
	runtime=$(sysctl -n kernel.sched_rt_runtime_us)
	sysctl -qw kernel.sched_rt_runtime_us=-1 || return
	for try in 1 2 3 4 5; do
		echo "# try $try"
		requests "http://$VIP4" 50 >"$TMP/requests" || fail "$(<"$TMP/requests")" || break
		ip -n "$lb" link add "goes$try" type dummy || break
		# shellcheck disable=SC2016 # of the shell that it starts
		spawn "$lb" taskset -c "$cpu" chrt -f 50 \
			bash -c 'echo on; while [ "$SECONDS" -lt 20 ]; do :; done'
		hog=$SPAWNED
		busywait 10000 grep -q on "$TMP/spawn.$hog" || fail "no task of SCHED_FIFO" || break
		goes_and_comes "$hog" "$try" && came=yes
		stop "$hog"
		[ -z "$came" ] || break
	done
	sysctl -qw kernel.sched_rt_runtime_us="$runtime"
	chrt -o -p 0 "$softirqd"
	[ "$came" ] || fail "all devices wait for that task"
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
	run "clients come back on the same ports meanwhile" same_ports
	run "CPUs go off and on line while another one has no time" packets_wait_for_hog
	run "local addresses of a CPU that goes are shared out" laddrs_are_shared_out
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
