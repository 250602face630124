#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# One local address with 100 ports: exactly 100 sessions live at once towards
# each rs, the 101st is refused with a counter, an event and no damage, and all
# ports come back. Topology: lib.sh.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

MONITOR=0

setup() {
	topology_fullnat 2 && add_laddrs 1 && mgw_load || return
	start_tcp_echo "$rs1" 7 && start_tcp_echo "$rs2" 7 || return
	mgw "$lb" laddr add 10.2.0.101 --ports 5000-5099 || return
	mgw "$lb" service add tcp "$VIP4:7" --timeout time_wait=1 --timeout close=1 || return
	mgw "$lb" rs add tcp "$VIP4:7" 10.2.0.11:7 || return
	spawn "$lb" "$MGWADM" -j monitor
	MONITOR=$SPAWNED
}

# Opens $1 connections, says how many answer an echo, holds them until told.
hold() { # COUNT
	spawn "$client" "$TOOLS/hold_connections.py" --count "$1" --timeout 3 "$VIP4" 7
	wait_ready "$SPAWNED"
}

sessions() {
	mgw_json "$lb" session count | jq .sessions
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

run_first "one laddr of 100 ports, one rs" setup
run "exactly 100 sessions, each port once" one_hundred
run "the 101st is refused, counted, told" one_more
run "the same ports serve a second rs" second_rs
run "all ports come back" come_back
run "module unloads, nothing left" mgw_unload
finish
