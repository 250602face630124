#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A real server closes first and so holds the tuple in TIME_WAIT; the same
# laddr:lport comes again within that minute. 1,000 reconnects on ten local
# ports, from clients with timestamps and without, each on a source port whose
# last session is in TIME_WAIT too: all connect at once, none is reset.
# Then the sessions end first, and the wall clock is set back and forth before the
# same ten tuples come again: no SYN has to be sent twice. Topology: lib.sh.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

setup() {
	topology_fullnat 1 && add_laddrs 1 && mgw_load || return
	spawn "$rs1" "$TOOLS/close_first.py" 7
	wait_ready "$SPAWNED" || return
	mgw "$lb" laddr add 10.2.0.101 --ports 6000-6009 || return
	mgw "$lb" service add tcp "$VIP4:7" || return
	mgw "$lb" rs add tcp "$VIP4:7" 10.2.0.11:7
}

in_time_wait() {
	in_ns "$rs1" ss -H -t -n state time-wait "sport = :7" | wc -l
}

rs_holds_them() {
	check_range "tuples of rs in TIME_WAIT" 8 10 "$(in_time_wait)"
}

many() { # TIMESTAMPS
	local report p99
	in_ns "$client" sysctl -qw "net.ipv4.tcp_timestamps=$1"
	report=$(in_ns "$client" "$TOOLS/reconnect.py" --count 500 "$VIP4" 7) ||
		fail "timestamps $1: $report"
	echo "# timestamps $1: $report"
	p99=$(jq .p99_ms <<<"$report")
	# A SYN that is sent again comes a second later.
	check_range "p99 of connect in ms" 0 999 "${p99%.*}"
	check_eq "failed" 0 "$(jq .failed <<<"$report")"
}

sessions_are_gone() {
	[ "$(session_count "$lb")" = 0 ]
}

syns_sent_again() {
	kernel_counter "$client" TcpExtTCPSynRetrans
}

ten_connections() {
	local report
	report=$(in_ns "$client" "$TOOLS/reconnect.py" --count 10 --ports 10 "$VIP4" 7) ||
		fail "ten connections: $report"
}

# The clock that everybody may set; waits go by it as well.
with_clock() { # SECONDS CMD...
	date -s "$1 seconds" >/dev/null || return
	"${@:2}"
	date -s "$((-$1)) seconds" >/dev/null
}

ten_with_clock() { # SECONDS
	mgw "$lb" session flush --all >/dev/null
	ten_connections
	check_eq "tuples of rs in TIME_WAIT" 10 "$(in_time_wait)"
	busywait 10000 sessions_are_gone || fail "sessions are left"
	with_clock "$1" ten_connections
}

# A machine that stands still for a second has one sent again, too; not each time.
clock_is_set() { # SECONDS
	local before again try
	mgw "$lb" service set tcp "$VIP4:7" --timeout time_wait=1 || return
	for try in 1 2 3; do
		before=$(syns_sent_again)
		ten_with_clock "$1"
		again=$(($(syns_sent_again) - before))
		echo "# try $try: $again SYNs sent again"
		[ "$again" != 0 ] || return 0
	done
	fail "SYNs are sent again each time"
}

run_first "one laddr of ten ports, a server that closes first" setup
run "500 reconnects, clients with timestamps" many 1
run "the rs holds the tuples in TIME_WAIT" rs_holds_them
run "500 reconnects, clients without timestamps" many 0
sessions_were_replaced() {
	check_range "sessions_reused" 900 1000 "$(counter "$lb" sessions_reused)"
	check_eq "drop_laddr_exhausted" 0 "$(counter "$lb" drop_laddr_exhausted)"
}

run "a SYN replaced the closed session" sessions_were_replaced
run "the clock is set back by a minute" clock_is_set -60
run "the clock is set ahead by 200 seconds" clock_is_set 200
run "module unloads, nothing left" mgw_unload
finish
