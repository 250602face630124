#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Very many sessions: the table grows under way, a dump shows each exactly once
# while packets flow and the packets don't notice, filters and flush mean what
# they say, the memory comes back. Topology: lib.sh; behind it four rs that are
# only neighbours of lb, nobody answers:
#
#   udp_many, raw frames               10.9.0.1:5000        10.2.0.201 ... .204
#   10.128.0.0:1024 ... 10.128.0.x  -----> lb ------------> (no such host)
#
# MGW_SESSIONS=1000000 makes it a million ("vm/run --mem 3072 --timeout 1800").
# Needs build/selftests/udp_many: make -C selftests/tools.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

SESSIONS=${MGW_SESSIONS:-100000}
FIRST=10.128.0.0
PORTS=25000
SENDER=$MGW_BUILD/selftests/udp_many
SLAB=/sys/kernel/slab/mgw_session
SERVICE=(udp "$VIP4:5000")
ECHO=0
DEST_MAC=''
FREE_BEFORE=0

setup() {
	local i
	[ -x "$SENDER" ] || fail "$SENDER is missing: make -C selftests/tools" || return
	topology_fullnat 1 && add_laddrs 8 && mgw_load || return
	DEST_MAC=$(ip -n "$lb" -j link show outside | jq -r '.[0].address')
	for i in 201 202 203 204; do
		ip -n "$lb" neigh add "10.2.0.$i" lladdr 02:00:00:00:02:00 dev inside || return
	done
	configure || return
	start_tcp_echo "$rs1" 7 || return
	mgw "$lb" service add tcp "$VIP4:7" || return
	mgw "$lb" rs add tcp "$VIP4:7" 10.2.0.11:7
}

configure() { # LADDR_OPTION...
	local i
	mgw "$lb" laddr add 10.2.0.101-10.2.0.108 "$@" || return
	mgw "$lb" service add "${SERVICE[@]}" --sched rr --timeout udp=3600 || return
	for i in 201 202 203 204; do
		mgw "$lb" rs add "${SERVICE[@]}" "10.2.0.$i:5000" || return
	done
}

size() {
	local size
	size=$(<"$SLAB/object_size")
	check_range "bytes of a session" 64 256 "$size"
	check_eq "session_size" "$size" "$(mgw_json "$lb" version | jq .session_size)"
}

send_all() {
	in_ns "$client" "$SENDER" eth0 "$DEST_MAC" "$VIP4" 5000 "$FIRST" "$PORTS" "$SESSIONS"
}

count() { # FILTER...
	mgw_json "$lb" session count "$@" | jq .sessions
}

# Words of /proc/meminfo, in KiB.
free_memory() {
	awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo
}

# The backlog of a receive queue may overrun: what was lost comes again.
make_sessions() {
	local start round
	start=$(now_ms)
	for ((round = 1; round <= 20; round++)); do
		echo "# round $round: $(send_all)"
		[ "$(count)" != "$SESSIONS" ] || break
	done
	echo "# $SESSIONS sessions in $(($(now_ms) - start)) ms"
	check_eq "sessions" "$SESSIONS" "$(count)"
}

# Fourfold from 1024 while fewer than two buckets a node, two nodes a session.
growths() { # SESSIONS
	local buckets=1024 times=0
	while [ "$buckets" -lt $(($1 * 4)) ]; do
		buckets=$((buckets * 4)) times=$((times + 1))
	done
	echo "$times"
}

grow() {
	local used limit
	FREE_BEFORE=$(free_memory)
	make_sessions
	# Each CPU has its share of them, or a bit more.
	limit=$(($(growths $((SESSIONS * 11 / 10 / $(nproc)))) * $(nproc)))
	check_range "table_grown" 5 "$limit" "$(counter "$lb" table_grown)"
	check_eq "sessions_created" "$SESSIONS" "$(counter "$lb" sessions_created)"
	check_eq "ports in use" "$SESSIONS" "$(mgw_json "$lb" laddr show | jq '[.[].sessions] | add')"
	check_eq "drops" "{}" "$(drops "$lb")"
	used=$((FREE_BEFORE - $(free_memory)))
	echo "# memory: $used KiB, $((used * 1024 / SESSIONS)) bytes a session; slab $(<"$SLAB/slab_size" 2>/dev/null) $(head -c 20 "$SLAB/objects")"
}

limited() {
	local seen
	seen=$(mgw_json "$lb" session show --limit 1000 2>"$TMP/note")
	check_eq "sessions shown" 1000 "$(jq length <<<"$seen")"
	check_eq "different ones" 1000 "$(jq '[.[] | [.caddr, .cport]] | unique | length' <<<"$seen")"
	check_match "note" "more sessions than the limit" "$(<"$TMP/note")"
	check_eq "the one of a client" "$FIRST 1024" \
		"$(mgw_json "$lb" session show --client "$FIRST:1024" | jq -r '.[] | "\(.caddr) \(.cport)"')"
}

dump() { # CHECK_OPTION...
	local report start
	start=$(now_ms)
	report=$(patient "$MGWADM" -j -N "$lb" session show --service "${SERVICE[@]}" \
		2>"$TMP/note" | patient "$TOOLS/check_dump.py" --first "$FIRST" --ports "$PORTS" --count "$SESSIONS" "$@") ||
		fail "dump: $report"
	echo "# dump in $(($(now_ms) - start)) ms: $report $(<"$TMP/note")"
}

# At the lowest priority: only what the kernel does may disturb the others.
patient() { # CMD...
	nice -n 19 "$@"
}

start_echo() {
	spawn "$client" "$TOOLS/echo_forever.py" --count 10 --interval 0.02 "$VIP4" 7
	ECHO=$SPAWNED
	wait_ready "$ECHO"
}

# Ends the connections and says how they fared. How long an owner's packets wait at
# most is bounded by count, see kmod/session_walk.c: here the CPUs are others', too.
stop_echo() {
	local report
	report=$(echo_report "$ECHO")
	echoes_go_on "$report"
	check_range "longest wait in ms" 0 9999 "$(jq .longest_ms <<<"$report")"
	stop "$ECHO"
}

dump_under_traffic() {
	local sender packets
	spawn "$client" "$SENDER" eth0 "$DEST_MAC" "$VIP4" 5000 "$FIRST" "$PORTS" "$SESSIONS" 600
	sender=$SPAWNED
	start_echo || return
	packets=$(counter "$lb" packets_from_client)
	dump
	check_range "packets meanwhile" 1000 1000000000 \
		$(($(counter "$lb" packets_from_client) - packets))
	! is_gone "$sender" || fail "the sender has ended"
	stop "$sender"
	stop_echo
	check_eq "sessions" "$SESSIONS" "$(count --service "${SERVICE[@]}")"
}

# Of the service only: the sessions of earlier echoes end meanwhile.
sum_of() { # OPTION VALUE...
	local option=$1 value sum=0
	shift
	for value; do
		sum=$((sum + $(count --service "${SERVICE[@]}" "$option" "$value")))
	done
	echo "$sum"
}

filters() {
	local rs one sum=0
	check_eq "of one client" "$PORTS" "$(count --client 10.128.0.1)"
	check_eq "of one client and port" 1 "$(count --client 10.128.0.1:2048)"
	check_eq "of a client that is none" 0 "$(count --client 10.127.0.1)"
	check_eq "of the service" "$SESSIONS" "$(count --service "${SERVICE[@]}")"
	check_eq "of the four rs" "$SESSIONS" "$(sum_of --rs 10.2.0.20{1..4})"
	check_eq "of one rs" $((SESSIONS / 4)) "$(count --rs 10.2.0.202:5000)"
	check_eq "of the laddrs" "$SESSIONS" "$(sum_of --laddr 10.2.0.10{1..8})"
	for rs in 10.2.0.20{1..4}; do
		sum=$((sum + $(count --laddr 10.2.0.105 --rs "$rs")))
	done
	check_eq "of one laddr and each rs" \
		"$(count --laddr 10.2.0.105 --service "${SERVICE[@]}")" "$sum"
	check_range "of one laddr" 1 "$SESSIONS" "$sum"
	one=$(mgw_json "$lb" session show --client 10.128.0.2:1024 | jq -r '.[] | "\(.laddr):\(.lport)"')
	check_range "of one lport, at most one for each rs" 1 4 "$(count --laddr "$one")"
	check_eq "of one lport and client" 1 "$(count --laddr "$one" --client 10.128.0.2:1024)"
	check_eq "shown of one client and rs" "$(count --client 10.128.0.1 --rs 10.2.0.201)" \
		"$(mgw_json "$lb" session show --client 10.128.0.1 --rs 10.2.0.201 |
			grep -c '"caddr":"10.128.0.1".*"raddr":"10.2.0.201"')"
}

flushed() {
	mgw_json "$lb" session flush "$@" | jq .flushed
}

flush_some() {
	local left=$((SESSIONS - PORTS)) of_rs
	start_echo || return
	check_eq "flushed of one client" "$PORTS" "$(flushed --client 10.128.0.1)"
	check_eq "left" "$left" "$(count --service "${SERVICE[@]}")"
	dump --without 10.128.0.1
	of_rs=$(count --rs 10.2.0.203)
	check_eq "flushed of one rs" "$of_rs" "$(flushed --rs 10.2.0.203)"
	check_eq "left of that rs" 0 "$(count --rs 10.2.0.203)"
	check_eq "left" $((left - of_rs)) "$(count --service "${SERVICE[@]}")"
	stop_echo
	check_eq "sessions_flushed" $((PORTS + of_rs)) "$(counter "$lb" sessions_flushed)"
}

# Pages of the slab, in KiB: of the table of sessions alone, unlike /proc/meminfo.
slab_memory() {
	local slabs
	read -r slabs _ <"$SLAB/slabs"
	echo $(((slabs << $(<"$SLAB/order")) * 4))
}

slab_is_small() {
	echo 1 >"$SLAB/shrink"
	[ "$(slab_memory)" -lt 1024 ]
}

memory_comes_back() {
	local before
	before=$(slab_memory)
	check_range "KiB before the flush" $((SESSIONS / 8)) $((SESSIONS / 2)) "$before"
	mgw "$lb" session flush --all >/dev/null
	check_eq "sessions" 0 "$(count)"
	check_eq "ports in use" 0 "$(mgw_json "$lb" laddr show | jq '[.[].sessions] | add')"
	busywait 10000 slab_is_small || fail "$(slab_memory) KiB of sessions that are no more"
	echo "# sessions: $before KiB before the flush, $(slab_memory) KiB behind it"
}

# CPU 0 has none of them before.
adopted() {
	mgw_unload && mgw_load && configure --cpu 1 || return
	rps 2 2
	make_sessions
	rps 0 0
	echo 0 >/sys/devices/system/cpu/cpu1/online || return
	check_eq "CPUs of the laddrs" "[0]" "$(mgw_json "$lb" laddr show | jq -c '[.[].cpu] | unique')"
	check_eq "sessions moved" "$SESSIONS" "$(counter "$lb" sessions_moved)"
	dump
	check_eq "sessions" "$SESSIONS" "$(count)"
	check_eq "packets that went astray" 0 "$(strays "$lb")"
	echo 1 >/sys/devices/system/cpu/cpu1/online
}

run "an rs that answers, four that don't" setup
run "a session fits in 256 bytes" size
run "$SESSIONS sessions, the table grows" grow
run "a limited dump" limited
run "full dump while packets flow: each session once" dump_under_traffic
run "count by filters" filters
run "flush by filter ends exactly these" flush_some
run "the memory comes back" memory_comes_back
if cpus_can_go; then
	run "another CPU takes them all into an empty table: each once" adopted
fi
run "module unloads, nothing left" mgw_unload
finish
