#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Connections that idle for longer than their service lets them: both ends are told by
# an RST, over all pairs of families and in the modes in which packets pass both ways,
# by both hooks. Who sends now and then is left alone. What is in those segments is
# looked at in tcp_segments.sh. Topology: lib.sh.
#
#   port (+6400: IPv6 to IPv4, +4600: IPv4 to IPv6, +1000: in mode nat)
#   7  echo

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

COUNT=20
IDLE=$((4 * MGW_SLOW))

service() { # VADDR:PORT RADDR SETTING...
	mgw "$lb" service add tcp "$1" --timeout established="$IDLE" && mgw "$lb" rs add tcp "$1" "$2:7" "${@:3}"
}

setup() {
	topology_fullnat 1 && add_laddrs 2 && mgw_load || return
	start_tcp_echo "$rs1" 7 || return
	mgw "$lb" laddr add 10.2.0.101-10.2.0.102 && mgw "$lb" laddr add fd02::101-fd02::102 || return
	service "$VIP4:7" 10.2.0.11 && service "[$VIP6]:7" "[fd02::11]" &&
		service "[$VIP6]:6407" 10.2.0.11 && service "$VIP4:4607" "[fd02::11]" &&
		service "$VIP4:1007" 10.2.0.11 --mode nat && service "[$VIP6]:1007" "[fd02::11]" --mode nat
}

# Challenge ACKs and RSTs that it has sent: answers to an RST that it did not take.
answers() { # NS
	echo "$(kernel_counter "$1" TcpExtTCPChallengeACK) $(kernel_counter "$1" TcpOutRsts)"
}

# Connections that have still something to say.
living() { # NS
	in_ns "$1" ss -H -t -n state connected exclude time-wait | wc -l
}

none_lives() {
	[ "$(living "$client") $(living "$rs1")" = "0 0" ]
}

all_are_gone() {
	[ "$(session_count "$lb")" = 0 ] && none_lives
}

ended_by_rst() { # NS
	kernel_counter "$1" TcpEstabResets
}

# Each end has ended all of them at the first RST, and had no reason to answer it.
idle() { # ADDR,PORT...
	local sent here there client_said rs_said pair count=$((COUNT * $#)) holders=()
	sent=$(counter "$lb" rst_sent)
	here=$(ended_by_rst "$client") there=$(ended_by_rst "$rs1")
	for pair in "$@"; do
		spawn "$client" "$TOOLS/hold_connections.py" --count "$COUNT" --timeout $((10 * MGW_SLOW)) \
			"${pair%,*}" "${pair#*,}"
		holders+=("$SPAWNED")
	done
	for pair in "${holders[@]}"; do has_all "$pair" || return; done
	client_said=$(answers "$client") rs_said=$(answers "$rs1")
	busywait 20000 all_are_gone ||
		fail "left: $(session_count "$lb") sessions, connections $(living "$client"), $(living "$rs1")"
	check_eq "RSTs sent" $((2 * count)) $(($(counter "$lb" rst_sent) - sent))
	check_eq "ended by RST at the client" "$count" $(($(ended_by_rst "$client") - here))
	check_eq "ended by RST at the rs" "$count" $(($(ended_by_rst "$rs1") - there))
	check_eq "challenge ACKs and RSTs of the client" "$client_said" "$(answers "$client")"
	check_eq "challenge ACKs and RSTs of the rs" "$rs_said" "$(answers "$rs1")"
	check_eq "drops" "{}" "$(drops "$lb")"
	stop "${holders[@]}"
}

has_all() { # PID
	wait_ready "$1" || fail "$(<"$TMP/spawn.$1")" || return
	check_match "connections" "\"open\": $COUNT," "$(<"$TMP/spawn.$1")"
}

all_idle() { # BY_INGRESS
	local before
	before=$(counter "$lb" ingress_packets)
	idle "$VIP4,7" "$VIP6,7" "$VIP6,6407" "$VIP4,4607" "$VIP4,1007" "$VIP6,1007"
	check_eq "packets came by ingress" "$1" "$([ "$(counter "$lb" ingress_packets)" -gt "$before" ] && echo yes || echo no)"
}

# For longer than a session may idle, but there are packets in between.
busy() {
	local sent
	sent=$(counter "$lb" rst_sent)
	hold_echoes "$client" "$COUNT" || return
	sleep $((2 * IDLE))
	check_eq "sessions" "$COUNT" "$(session_count "$lb")"
	echoes_go_on "$(echo_report "$SPAWNED")"
	check_eq "RSTs sent" 0 $(($(counter "$lb" rst_sent) - sent))
	stop "$SPAWNED"
	busywait 20000 none_lives || fail "connections that are ended do not close"
	mgw "$lb" session flush --all >/dev/null
}

with_toa() {
	mgw "$lb" service set tcp "$VIP4:7" --toa on && mgw "$lb" service set tcp "[$VIP6]:6407" --toa on || return
	idle "$VIP4,7" "$VIP6,6407"
	check_range "packets with TOA" $((2 * COUNT)) 100000 "$(counter "$lb" toa_added)"
}

# An administrator has ended them, and knows.
flushed() {
	local sent
	sent=$(counter "$lb" rst_sent)
	spawn "$client" "$TOOLS/hold_connections.py" --count "$COUNT" --timeout $((10 * MGW_SLOW)) "$VIP4" 7
	has_all "$SPAWNED" || return
	check_eq "sessions" "$COUNT" "$(session_count "$lb")"
	mgw "$lb" session flush --all >/dev/null
	check_eq "RSTs sent" 0 $(($(counter "$lb" rst_sent) - sent))
	stop "$SPAWNED"
}

run_first "one server, services in fullnat and nat" setup
run "PRE_ROUTING: idle connections" all_idle no
run "PRE_ROUTING: busy connections go on" busy
run "with TOA" with_toa
run "ingress hooks" attach_legs
run "ingress: idle connections" all_idle yes
run "ingress: busy connections go on" busy
run "flushed sessions end in silence" flushed
run "module unloads, nothing left" mgw_unload
finish
