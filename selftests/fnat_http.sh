#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Real downloads through the VIP: curl and 1,000 parallel fetches from three
# nginx servers, over IPv4, IPv6, and from each family to the other. Topology:
# lib.sh.
#
#   10.9.0.1:80   -> IPv4 servers        fd09::1:80   -> IPv6 servers
#   10.9.0.1:8046 -> IPv6 servers        fd09::1:8064 -> IPv4 servers
#
# Cases: who serves; 1,000 downloads at once of 1 B to 100 MB, 1.9 GB in all,
# every byte right, none failed; each real server saw a local address, never the client;
# retransmissions and loss; counters and sessions agree with what was done.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

ROOT=$TMP/www
declare -A SHA

services() {
	local i
	mgw "$lb" laddr add 10.2.0.101-10.2.0.104 || return
	mgw "$lb" laddr add fd02::101-fd02::104 || return
	mgw "$lb" service add tcp "$VIP4:80" --sched rr || return
	mgw "$lb" service add tcp "[$VIP6]:80" --sched wrr || return
	mgw "$lb" service add tcp "$VIP4:8046" --sched wlc || return
	mgw "$lb" service add tcp "[$VIP6]:8064" || return
	for i in 1 2 3; do
		mgw "$lb" rs add tcp "$VIP4:80" "10.2.0.1$i:80" || return
		mgw "$lb" rs add tcp "[$VIP6]:80" "[fd02::1$i]:80" --weight "$i" || return
		mgw "$lb" rs add tcp "$VIP4:8046" "[fd02::1$i]:80" || return
		mgw "$lb" rs add tcp "[$VIP6]:8064" "10.2.0.1$i:80" || return
	done
}

setup() {
	local size i
	topology_fullnat 3 && add_laddrs 4 && mgw_load || return
	mkdir -p "$ROOT"
	for size in 1 1000 1460 65536 1000000 10000000 100000000; do
		head -c "$size" /dev/urandom >"$ROOT/$size"
		SHA[$size]=$(sha256sum "$ROOT/$size" | cut -d' ' -f1)
	done
	chmod -R a+rX "$TMP"
	for i in 1 2 3; do
		local -n ns=rs$i
		start_nginx "$ns" "$ROOT" "rs$i" || return
		unset -n ns
	done
	services
}

# Each CPU has its own turn; all these SYNs arrive on one.
names() { # URL COUNT
	local i
	for ((i = 0; i < $2; i++)); do
		in_ns "$client" taskset -c 0 curl -sS -g --max-time $((10 * MGW_SLOW)) "$1/name" || echo failed
	done | sort | uniq -c | tr -s ' \n' ' '
}

round_robin() {
	check_eq "rr over IPv4" " 4 rs1 4 rs2 4 rs3 " "$(names "http://$VIP4" 12)"
}

weighted() {
	check_eq "wrr 1:2:3 over IPv6" " 2 rs1 4 rs2 6 rs3 " "$(names "http://[$VIP6]" 12)"
}

both_sessions() {
	echo "$(session_count "$lb" --rs 10.2.0.11:7) $(session_count "$lb" --rs 10.2.0.12:7)"
}

# CPU 1 sees the eight of CPU 0, and then CPU 0 the six of CPU 1.
least_connections() {
	local held=()
	start_tcp_echo "$rs1" 7 && start_tcp_echo "$rs2" 7 || return
	mgw "$lb" service add tcp "$VIP4:7" --sched wlc || return
	mgw "$lb" rs add tcp "$VIP4:7" 10.2.0.11:7 || return
	hold_echoes "$client" 8 0 && held+=("$SPAWNED") || return
	mgw "$lb" rs add tcp "$VIP4:7" 10.2.0.12:7 || return
	hold_echoes "$client" 6 1 && held+=("$SPAWNED") || return
	check_eq "sessions of either rs" "8 6" "$(both_sessions)"
	hold_echoes "$client" 4 0 && held+=("$SPAWNED") || return
	check_eq "sessions of either rs" "9 9" "$(both_sessions)"
	cmd_ok "a weight of 2" mgw "$lb" rs set tcp "$VIP4:7" 10.2.0.12:7 --weight 2
	hold_echoes "$client" 9 1 && held+=("$SPAWNED") || return
	check_eq "sessions of either rs" "9 18" "$(both_sessions)"
	stop "${held[@]}"
	mgw "$lb" service del tcp "$VIP4:7"
}

other_family() {
	check_eq "IPv4 client, IPv6 servers" " 4 rs1 4 rs2 4 rs3 " "$(names "http://$VIP4:8046" 12)"
	check_eq "IPv6 client, IPv4 servers" " 4 rs1 4 rs2 4 rs3 " "$(names "http://[$VIP6]:8064" 12)"
}

fetch() { # BASE SIZE COUNT PARALLEL [RAMP]
	local report
	report=$(in_ns "$client" "$TOOLS/http_fetch_many.py" --count "$3" --parallel "$4" \
		--ramp "${5:-0}" \
		--size "$2" --sha256 "${SHA[$2]}" --timeout 600 "$1/$2") ||
		fail "$1/$2: $report" || return
	echo "# $2 bytes x $3: $report"
}

# All at once: 500 connections and 0.96 GB in each family, begun within 30 s:
# emulated CPUs that are late by seconds make the servers' own kernels take one
# SYN and its retransmission for two.
downloads() {
	local base words pids=() pid
	for base in "http://$VIP4" "http://[$VIP6]"; do
		for words in "1 90" "1000 90" "1460 90" "65536 90" "1000000 100" \
			"10000000 35" "100000000 5"; do
			# shellcheck disable=SC2086 # size and count
			set -- $words
			(fetch "$base" "$1" "$2" "$2" 30) &
			pids+=($!)
		done
	done
	for pid in "${pids[@]}"; do wait "$pid" || fail "a group of downloads failed"; done
}

few_downloads() { # BASE
	fetch "$1" 1 50 50
	fetch "$1" 65536 100 100
	fetch "$1" 10000000 5 5
}

lossy() {
	tc -n "$client" qdisc add dev eth0 root netem loss 2% reorder 5% delay 2ms || return
	tc -n "$rs1" qdisc add dev eth0 root netem loss 2% reorder 5% delay 2ms || return
	few_downloads "http://$VIP4"
	few_downloads "http://[$VIP6]"
	few_downloads "http://[$VIP6]:8064"
	tc -n "$client" qdisc del dev eth0 root
	tc -n "$rs1" qdisc del dev eth0 root
}

only_laddrs_seen() {
	local seen
	seen=$(cut -d' ' -f1 "$TMP"/rs?.access | sort -u |
		grep -vE '^(10\.2\.0\.10[1-4]|fd02::10[1-4])$')
	check_eq "addresses of clients in the logs of nginx" "" "$seen"
}

no_drops() {
	local drops
	drops=$(drops "$lb")
	check_eq "drops" "{}" "$drops"
}

sessions_end() {
	mgw "$lb" session flush --all >/dev/null
	check_eq "sessions after the flush" 0 "$(session_count "$lb")"
	check_eq "ports in use" 0 "$(mgw_json "$lb" laddr show | jq '[.[].sessions] | add')"
}

run_first "three servers, four services" setup
run "rr: each server in turn over IPv4" round_robin
run "wrr: by weight over IPv6" weighted
run "wlc: least connections, of all CPUs" least_connections
run "IPv4 to IPv6 and IPv6 to IPv4" other_family
run "1,000 downloads at once, 1.9 GB, both families, every byte" downloads
run "IPv4 client, IPv6 servers, every byte" few_downloads "http://$VIP4:8046"
run "IPv6 client, IPv4 servers, every byte" few_downloads "http://[$VIP6]:8064"
run "no packet was dropped" no_drops
run "loss and reordering on both legs" lossy
run "real servers see local addresses only" only_laddrs_seen
run "flush ends all sessions and frees all ports" sessions_end
run "module unloads, nothing left" mgw_unload
finish
