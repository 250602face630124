#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# One local address with 100 ports: exactly 100 sessions live at once towards
# each rs, the 101st is refused with a counter, an event and no damage, and all
# ports come back. First packets of forged sources keep no port from anybody, nor
# do they make maps of ports, whichever port they ask for. Topology: lib.sh.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

MONITOR=0
FORGED=10.66.0.0/16
ANY_PORT=10.9.0.2

setup() {
	topology_fullnat 2 && add_laddrs 1 && mgw_load || return
	start_tcp_echo "$rs1" 7 && start_tcp_echo "$rs2" 7 || return
	start_udp_echo "$rs1" 7 || return
	ip -n "$lb" addr add "$ANY_PORT/32" dev lo || return
	ip -n "$lb" route add "$FORGED" via 10.1.0.2 || return
	ip -n "$client" route add local "$FORGED" dev lo || return
	in_ns "$client" nft -f - <<-END || return
		table ip forged {
			chain in {
				type filter hook prerouting priority raw
				ip daddr $FORGED drop
			}
		}
	END
	mgw "$lb" laddr add 10.2.0.101 --ports 5000-5099 || return
	mgw "$lb" service add tcp "$VIP4:7" --timeout time_wait=1 --timeout close=1 || return
	mgw "$lb" rs add tcp "$VIP4:7" 10.2.0.11:7 || return
	spawn "$lb" "$MGWADM" -j monitor
	MONITOR=$SPAWNED
}

# Opens $1 connections, says how many answer an echo, holds them until told.
hold() { # COUNT [VIP]
	spawn "$client" "$TOOLS/hold_connections.py" --count "$1" --timeout $((3 * MGW_SLOW)) "${2:-$VIP4}" 7
	wait_ready "$SPAWNED"
}

sessions() {
	session_count "$lb"
}

one_hundred() {
	hold 100
	check_match "connections" '"open": 100' "$(cat "$TMP/spawn.$SPAWNED")"
	check_eq "sessions" 100 "$(sessions)"
	check_eq "different local ports" 100 \
		"$(mgw_json "$lb" session show | jq '[.[].lport] | unique | length')"
	check_eq "lowest and highest port" "5000 5099" \
		"$(mgw_json "$lb" session show | jq -r '[.[].lport] | "\(min) \(max)"')"
	check_eq "refused so far" 0 "$(counter "$lb" drop_laddr_exhausted)"
}

one_more() {
	capture in_ns "$client" timeout 2 busybox nc "$VIP4" 7
	check_range "drop_laddr_exhausted" 1 10 "$(counter "$lb" drop_laddr_exhausted)"
	check_range "exhausted of the laddr" 1 10 "$(mgw_json "$lb" laddr show | jq '.[0].exhausted')"
	check_eq "sessions" 100 "$(sessions)"
	mgw "$lb" stats zero
	check_eq "exhausted of the laddr, zeroed" 0 "$(mgw_json "$lb" laddr show | jq '.[0].exhausted')"
	busywait 3000 grep -q exhausted "$TMP/spawn.$MONITOR" || fail "no event of the exhaustion"
	echo "# $(grep exhausted "$TMP/spawn.$MONITOR" | head -1)"
}

# The same ports serve the next rs.
second_rs() {
	mgw "$lb" rs add tcp "$VIP4:7" 10.2.0.12:7 || return
	mgw "$lb" rs set tcp "$VIP4:7" 10.2.0.11:7 --weight 0 || return
	local first=$SPAWNED
	hold 100
	check_match "connections" '"open": 100' "$(cat "$TMP/spawn.$SPAWNED")"
	check_eq "sessions" 200 "$(sessions)"
	check_eq "different local ports" 100 \
		"$(mgw_json "$lb" session show | jq '[.[].lport] | unique | length')"
	stop "$SPAWNED" "$first"
}

no_session() {
	[ "$(sessions)" = 0 ]
}

come_back() {
	busywait 10000 no_session || fail "$(sessions) sessions live on"
	check_eq "ports in use" 0 "$(mgw_json "$lb" laddr show | jq '.[0].sessions')"
	hold 100
	check_match "connections" '"open": 100' "$(cat "$TMP/spawn.$SPAWNED")"
	stop "$SPAWNED"
}

# An rs of every port beside one of a fixed port: no port towards 10.2.0.11:7 twice.
two_maps() {
	mgw "$lb" rs set tcp "$VIP4:7" 10.2.0.11:7 --weight 1 || return
	mgw "$lb" rs del tcp "$VIP4:7" 10.2.0.12:7 || return
	mgw "$lb" service add tcp "$ANY_PORT:0" || return
	mgw "$lb" rs add tcp "$ANY_PORT:0" 10.2.0.11:0 || return
	mgw "$lb" session flush --all >/dev/null
	hold 35
	local first=$SPAWNED
	hold 35 "$ANY_PORT"
	check_match "connections" '"open": 35' "$(cat "$TMP/spawn.$first")"
	check_match "connections" '"open": 35' "$(cat "$TMP/spawn.$SPAWNED")"
	check_eq "different local ports" 70 \
		"$(mgw_json "$lb" session show | jq '[.[].lport] | unique | length')"
	stop "$SPAWNED" "$first"
}

forge() { # PROTO ADDR PORT ARG...
	in_ns "$client" "$TOOLS/forged_sources.py" "${@:4}" "$1" "$FORGED" "$2" "$3"
}

# Those who have answered keep theirs.
forged_syns() {
	mgw "$lb" session flush --all >/dev/null
	mgw "$lb" stats zero
	hold 30
	local first=$SPAWNED
	forge tcp "$VIP4" 7 --count 300
	busywait 20000 counter_is "$lb" sessions_created 330
	check_range "sessions" 90 100 "$(sessions)"
	hold 40
	check_match "connections" '"open": 40' "$(cat "$TMP/spawn.$SPAWNED")"
	check_eq "established sessions" 70 \
		"$(mgw_json "$lb" session show | jq '[.[] | select(.state == "established")] | length')"
	check_range "sessions_replaced" 200 400 "$(counter "$lb" sessions_replaced)"
	check_eq "first packets refused" 0 "$(counter "$lb" drop_laddr_exhausted)"
	stop "$SPAWNED" "$first"
}

session_of_client() {
	mgw_json "$lb" session show --client 10.1.0.2:40000 | jq -c '.[] | {lport, state}'
}

rs_has_answered() {
	[ "$(counter "$lb" packets_from_rs)" -ge 2 ]
}

# Whoever sends a second datagram has seen an answer, and keeps the port.
forged_datagrams() {
	local before
	mgw "$lb" service add udp "$VIP4:7" && mgw "$lb" rs add udp "$VIP4:7" 10.2.0.11:7 || return
	mgw "$lb" session flush --all >/dev/null
	mgw "$lb" stats zero
	in_ns "$client" "$TOOLS/udp_from.py" 10.1.0.2 40000 "$VIP4" 7 first || return
	in_ns "$client" "$TOOLS/udp_from.py" 10.1.0.2 40000 "$VIP4" 7 second || return
	busywait 5000 rs_has_answered || fail "no answer"
	before=$(session_of_client)
	check_match "session" '"state":"udp_replied"' "$before"
	forge udp "$VIP4" 7 --count 300
	busywait 5000 counter_is "$lb" sessions_created 301
	check_eq "sessions made" 301 "$(counter "$lb" sessions_created)"
	check_eq "session, after 300 forged ones" "$before" "$(session_of_client)"
	check_eq "sessions" 100 "$(sessions)"
	check_eq "sessions_replaced" 201 "$(counter "$lb" sessions_replaced)"
	in_ns "$client" "$TOOLS/udp_sizes.py" --first 0 --last 10 --timeout 5 --tries 4 "$VIP4" 7 ||
		fail "no answer for a client"
	check_eq "first packets refused" 0 "$(counter "$lb" drop_laddr_exhausted)"
}

# One map of ports for each rs, so that a flood neither makes many nor keeps any port.
random_ports() {
	mgw "$lb" service add udp "$ANY_PORT:0" && mgw "$lb" rs add udp "$ANY_PORT:0" 10.2.0.11:0 || return
	mgw "$lb" session flush --all >/dev/null
	mgw "$lb" stats zero
	forge udp "$ANY_PORT" 10000 --count 3000 --ports 3000
	busywait 20000 counter_is "$lb" sessions_created 3000
	check_eq "sessions made" 3000 "$(counter "$lb" sessions_created)"
	check_range "sessions" 1 100 "$(sessions)"
	check_eq "first packets refused" 0 "$(counter "$lb" drop_laddr_exhausted)"
	in_ns "$client" "$TOOLS/udp_sizes.py" --first 0 --last 10 --timeout 5 --tries 4 "$ANY_PORT" 7 ||
		fail "no answer for a client"
}

few_maps() {
	mgw_unload
	check_range "maps of ports that were made" 3 6 \
		"$(dmesg | sed -n 's/.* portmaps \([0-9]*\)\/.*/\1/p' | tail -1)"
}

run_first "one laddr of 100 ports, one rs" setup
run "exactly 100 sessions, each port once" one_hundred
run "the 101st is refused, counted, told" one_more
run "the same ports serve a second rs" second_rs
run "all ports come back" come_back
run "an rs of every port beside one of a fixed port" two_maps
run "SYNs of forged sources: clients connect" forged_syns
run "datagrams of forged sources: clients are answered" forged_datagrams
run "a service of every port under random ports" random_ports
run "module unloads, nothing left, few maps of ports made" few_maps
finish
