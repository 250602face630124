#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A little of everything at once, for kernels that watch every access, lock and
# race: clients of both families over both hooks, wrong CPUs, and meanwhile every
# kind of change, dump and flush; then the namespace's end under load, and the
# module's. Topology: lib.sh.
#
# MGW_MIXED_ROUNDS: how many times the changes are made (2).

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

ROUNDS=${MGW_MIXED_ROUNDS:-2}
ROOT=$TMP/www
URLS=("http://$VIP4/20000" "http://$VIP4:8046/20000" "http://[$VIP6]/20000" "http://[$VIP6]:8064/20000")
LOAD=0 ECHO=0
SHA=''

service() { # VIP HTTP_PORT UDP_PORT RADDR...
	local vip=$1 http=$2 udp=$3 raddr
	shift 3
	mgw "$lb" service add tcp "$vip:$http" && mgw "$lb" service add udp "$vip:$udp" || return
	for raddr; do
		mgw "$lb" rs add tcp "$vip:$http" "$raddr:80" || return
		mgw "$lb" rs add udp "$vip:$udp" "$raddr:7" || return
	done
}

configure() {
	mgw "$lb" laddr add 10.2.0.101-10.2.0.104 && mgw "$lb" laddr add fd02::101-fd02::104 || return
	service "$VIP4" 80 7 10.2.0.11 10.2.0.12 && service "$VIP4" 8046 746 "[fd02::11]" || return
	service "[$VIP6]" 80 7 "[fd02::11]" "[fd02::12]" && service "[$VIP6]" 8064 764 10.2.0.11
}

setup() {
	local i
	topology_fullnat 2 && add_laddrs 4 && mgw_load || return
	mkdir -p "$ROOT"
	head -c 20000 /dev/urandom >"$ROOT/20000"
	SHA=$(sha256sum "$ROOT/20000" | cut -d' ' -f1)
	chmod -R a+rX "$TMP"
	for i in 1 2; do
		local -n ns=rs$i
		start_nginx "$ns" "$ROOT" "rs$i" && start_udp_echo "$ns" 7 || return
		unset -n ns
	done
	configure && hold_static_keys
}

# The kernel patches its code when the first ingress hook comes and the last one
# goes. An emulated CPU that runs there meanwhile may stay with the breakpoint it
# met half way, for ever (QEMU 7.2, seen with both CPUs at work), so one stays.
hold_static_keys() {
	ip -n "$lb" link add idle type dummy && ip -n "$lb" link set idle up &&
		mgw "$lb" dev attach idle
}

fetch() { # COUNT
	local report
	report=$(in_ns "$client" "$TOOLS/http_fetch_many.py" --count "$1" --parallel 8 \
		--size 20000 --sha256 "$SHA" --timeout $((20 * MGW_SLOW)) "${URLS[@]}") || fail "$report"
}

echoes() {
	local report vip port
	for vip in "$VIP4" "$VIP6"; do
		for port in 7 "$([ "$vip" = "$VIP4" ] && echo 746 || echo 764)"; do
			report=$(in_ns "$client" "$TOOLS/udp_sizes.py" --first 0 --last 3000 --step 1000 \
				--timeout $((2 * MGW_SLOW)) --tries 2 "$vip" "$port") || fail "$vip:$port: $report"
		done
	done
}

traffic() {
	fetch 40
	echoes
}

wrong_cpus() {
	local before
	before=$(counter "$lb" steer_received)
	rps 1 2 && fetch 20
	rps 2 1 && fetch 20
	rps 3 3 && fetch 20
	check_range "packets handed over" 10 100000000 $(($(counter "$lb" steer_received) - before))
	rps 0 0
}

# Later on there are connections whose sessions were flushed.
nothing_astray() {
	wrong_cpus
	check_eq "packets that went astray" 0 "$(strays "$lb")"
}

# Without an end; requests may fail, as their servers go.
load() {
	spawn "$client" "$TOOLS/http_fetch_many.py" --count 1000000 --parallel 4 --size 20000 \
		--timeout 5 "${URLS[@]}"
	LOAD=$SPAWNED
	spawn "$client" "$TOOLS/udp_sizes.py" --first 0 --last 65000 --step 1 --timeout 1 --tries 1 "$VIP4" 7
	ECHO=$SPAWNED
	busywait 10000 has_sessions || fail "no session under load"
}

has_sessions() {
	[ "$(session_count "$lb")" -gt 4 ]
}

change() {
	local round
	load
	for ((round = 0; round < ROUNDS; round++)); do
		mgw "$lb" rs add tcp "$VIP4:80" 10.2.0.99:80 --weight 0 || return
		mgw "$lb" rs set tcp "$VIP4:80" 10.2.0.11:80 --weight 3 || return
		mgw "$lb" service set tcp "$VIP4:80" --sched rr || return
		mgw "$lb" laddr del 10.2.0.104 && mgw "$lb" laddr add 10.2.0.104 || return
		mgw "$lb" session show >/dev/null && mgw "$lb" service show >/dev/null || return
		mgw "$lb" stats show --per-cpu >/dev/null && mgw "$lb" stats zero || return
		mgw "$lb" session flush --service tcp "$VIP4:80" >/dev/null || return
		mgw "$lb" rs del tcp "$VIP4:80" 10.2.0.99:80 || return
		mgw "$lb" dev attach outside && mgw "$lb" dev attach inside || return
		mgw "$lb" service del udp "$VIP4:7" && mgw "$lb" service add udp "$VIP4:7" || return
		mgw "$lb" rs add udp "$VIP4:7" 10.2.0.11:7 || return
		mgw "$lb" dev detach outside && mgw "$lb" dev detach inside || return
		mgw "$lb" service set tcp "$VIP4:80" --sched wlc || return
	done
	stop "$LOAD" "$ECHO"
}

cpus_go() {
	local round
	load
	for ((round = 0; round < ROUNDS; round++)); do
		echo 0 >/sys/devices/system/cpu/cpu1/online || return
		sleep 0.3
		echo 1 >/sys/devices/system/cpu/cpu1/online || return
	done
	stop "$LOAD" "$ECHO"
	traffic
}

both_hooks() {
	mgw "$lb" dev attach outside && mgw "$lb" dev attach inside || return
	traffic
	wrong_cpus
}

# No memory for sessions: their packets are refused and counted, and all is well
# when there is some again. The debug kernel's command line names the cache.
no_memory() {
	local faults=/sys/kernel/debug/failslab before
	before=$(counter "$lb" drop_no_memory)
	echo Y >"$faults/cache-filter" && echo 0 >"$faults/verbose" && echo -1 >"$faults/times" &&
		echo 100 >"$faults/probability" || return
	in_ns "$client" "$TOOLS/udp_sizes.py" --first 1 --last 5 --step 1 --timeout 1 --tries 1 \
		"$VIP4" 746 >/dev/null && fail "datagrams arrived without a session"
	echo 0 >"$faults/probability" || return
	check_range "packets refused" 1 1000 $(($(counter "$lb" drop_no_memory) - before))
	echoes
}

namespace_goes() {
	load
	ip netns del "$lb" || return
	stop "$LOAD" "$ECHO"
	namespaces=("${namespaces[@]/$lb/}")
}

run_first "two servers, four pairs of families" setup
run "traffic" traffic
run "wrong CPUs" nothing_astray
run "changes, dumps and flushes under load" change
if cpus_can_go; then
	run "a CPU goes and comes under load" cpus_go
fi
run "the same by the ingress hook" both_hooks
if [ -d /sys/kernel/debug/failslab ]; then
	run "no memory for sessions" no_memory
fi
run "the namespace ends under load" namespace_goes
run "module unloads, nothing left" mgw_unload
finish
