#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the balancer does to single segments, and to what is none of its
# business. A raw TCP client (scapy) speaks for addresses no kernel owns; real
# servers answer. Topology: lib.sh, with two more "clients" and two silent rs:
#
#   client  10.1.0.50 fd01::50   02:00:00:00:00:50   (static neighbours of lb)
#   rs      10.2.0.200 .201, fd02::200 ::201   02:00:00:00:02:00   nobody there
#
#   port (+6400: IPv6 to IPv4, +4600: IPv4 to IPv6)
#   7  echo      8  server closes first      9  silent rs     11  echo, one lport
#   12 echo      13 server closes first, and each ends when it idles for some seconds
#   7/udp echo
#
# Devices of lb sum in software, so what a tap sees is what a wire would carry.
# The cases are in tools/segment_*.py and run for each pair of families: states
# and timers, SYNs and FINs that cross (two pairs), RST, blind SYN, scans, SACK,
# numbers across 2^32, options, bad checksums, TTL, MTU, extension headers,
# martians. Here: other ports of the VIP, ping, the raw table, connection
# tracking.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

services() { # VIP RS SILENT1 SILENT2 BASE
	local port
	for port in 7 8 9 11; do
		mgw "$lb" service add tcp "$1:$((port + $5))" --sched rr --timeout time_wait=5 || return
	done
	mgw "$lb" service set tcp "$1:$((11 + $5))" --pool one --timeout time_wait=1 \
		--timeout close=1 || return
	for port in 12 13; do
		mgw "$lb" service add tcp "$1:$((port + $5))" --timeout established=$((2 * MGW_SLOW)) \
			--timeout fin_wait=$((2 * MGW_SLOW)) || return
	done
	mgw "$lb" rs add tcp "$1:$((12 + $5))" "$2:7" && mgw "$lb" rs add tcp "$1:$((13 + $5))" "$2:8" || return
	mgw "$lb" rs add tcp "$1:$((7 + $5))" "$2:7" || return
	mgw "$lb" rs add tcp "$1:$((8 + $5))" "$2:8" || return
	mgw "$lb" rs add tcp "$1:$((9 + $5))" "$3:9" || return
	mgw "$lb" rs add tcp "$1:$((9 + $5))" "$4:9" || return
	mgw "$lb" rs add tcp "$1:$((11 + $5))" "$2:7" || return
	mgw "$lb" service add udp "$1:$((7 + $5))" || return
	mgw "$lb" rs add udp "$1:$((7 + $5))" "$2:7"
}

neighbours() {
	ip -n "$lb" -batch - <<-END
		neigh add 10.1.0.50 lladdr 02:00:00:00:00:50 dev outside
		neigh add fd01::50 lladdr 02:00:00:00:00:50 dev outside
		neigh add 10.2.0.200 lladdr 02:00:00:00:02:00 dev inside
		neigh add 10.2.0.201 lladdr 02:00:00:00:02:00 dev inside
		neigh add fd02::200 lladdr 02:00:00:00:02:00 dev inside
		neigh add fd02::201 lladdr 02:00:00:00:02:00 dev inside
	END
}

setup() {
	topology_fullnat 1 && add_laddrs 5 && neighbours && mgw_load || return
	in_ns "$lb" ethtool -K outside tx off >/dev/null || return
	in_ns "$lb" ethtool -K inside tx off >/dev/null || return
	in_ns "$lb" sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
	in_ns "$rs1" sysctl -qw net.ipv4.tcp_invalid_ratelimit=0
	start_tcp_echo "$rs1" 7 && start_udp_echo "$rs1" 7 || return
	spawn "$rs1" "$TOOLS/close_first.py" 8
	wait_ready "$SPAWNED" || return
	mgw "$lb" laddr add 10.2.0.101-10.2.0.104 || return
	mgw "$lb" laddr add fd02::101-fd02::104 || return
	mgw "$lb" laddr add 10.2.0.105 --pool one --ports 6000-6000 || return
	mgw "$lb" laddr add fd02::105 --pool one --ports 6000-6000 || return
	services "$VIP4" 10.2.0.11 10.2.0.200 10.2.0.201 0 || return
	services "[$VIP6]" "[fd02::11]" "[fd02::200]" "[fd02::201]" 0 || return
	services "[$VIP6]" 10.2.0.11 10.2.0.200 10.2.0.201 6400 || return
	services "$VIP4" "[fd02::11]" "[fd02::200]" "[fd02::201]" 4600
}

# A line for each case; a tool that ends early is a failure too.
segments() { # PAIR NAME
	local line finished=''
	while IFS= read -r line; do
		case $line in
		"ok "*) ktap_line ok "$2: ${line#ok }" ;;
		"not ok "*) ktap_line not "$2: ${line#not ok }" ;;
		"done "*) finished=${line#done } ;;
		*) echo "# ${line#\# }" ;;
		esac
	done < <("$TOOLS/tcp_segments.py" --client "$client" --lb "$lb" --rs "$rs1" \
		--vip4 "$VIP4" --vip6 "$VIP6" --mgwadm "$MGWADM" ${ONLY:+--only "$ONLY"} "$1" 2>&1)
	[ -n "$finished" ] || fail "$2: the cases did not come to their end"
	in_ns "$client" true
}

sessions() {
	session_count "$lb"
}

# What netcat gets back from an echo server.
echoed() { # ADDR PORT [OPTION...]
	in_ns "$client" timeout $((5 * MGW_SLOW)) nc -N -w $((3 * MGW_SLOW)) "${@:3}" "$1" "$2" <<<"hello"
}

other_port() { # ADDR
	local before
	mgw "$lb" session flush --all >/dev/null
	before=$(counter "$lb" passed_no_service)
	check_eq "echo of the host itself" hello "$(echoed "$1" 9999)"
	check_range "passed_no_service" 4 20 $(($(counter "$lb" passed_no_service) - before))
	check_eq "sessions" 0 "$(sessions)"
	check_eq "echo of the service" hello "$(echoed "$1" 7)"
}

host_answers() {
	start_tcp_echo "$lb" 9999 || return
	other_port "$VIP4"
	other_port "$VIP6"
}

ping_vip() {
	pings "$client" "$VIP4" || fail "no answer from $VIP4"
	pings "$client" "$VIP6" || fail "no answer from $VIP6"
	pings "$rs1" 10.2.0.101 || fail "no answer from a laddr"
	pings "$rs1" fd02::101 || fail "no answer from an IPv6 laddr"
}

from_client() { # COUNTER
	mgw_json "$lb" stats show | jq .counters.packets_from_client
}

raw_table_drops() {
	local before
	mgw "$lb" session flush --all >/dev/null
	in_ns "$lb" nft -f - <<-END || return
		table inet early {
			chain drops {
				type filter hook prerouting priority raw;
				ip saddr 10.1.0.2 tcp dport 7 counter drop
				ip6 saddr fd01::2 tcp dport 7 counter drop
			}
		}
	END
	before=$(from_client)
	check_eq "echo over IPv4" "" "$(echoed "$VIP4" 7)"
	check_eq "echo over IPv6" "" "$(echoed "$VIP6" 7)"
	check_eq "sessions" 0 "$(sessions)"
	check_eq "packets that got to the balancer" "$before" "$(from_client)"
	check_range "packets the raw table dropped" 2 40 \
		"$(in_ns "$lb" nft -j list table inet early |
			jq '[.. | objects | .counter?.packets | numbers] | add')"
	in_ns "$lb" nft delete table inet early
	check_eq "echo without the rule" hello "$(echoed "$VIP4" 7)"
}

tracked() { # PATTERN
	in_ns "$lb" cat /proc/net/nf_conntrack | grep -cE "$1"
}

connection_tracking() {
	modprobe nf_conntrack
	in_ns "$lb" nft -f - <<-END || return
		table inet watch {
			chain pre { type filter hook prerouting priority 0; ct state new counter; }
			chain post { type filter hook postrouting priority 0; ct state new counter; }
		}
	END
	check_eq "echo over IPv4" hello "$(echoed "$VIP4" 7)"
	check_eq "echo over IPv6" hello "$(echoed "$VIP6" 7)"
	check_eq "echo from IPv6 to IPv4" hello "$(echoed "$VIP6" 6407)"
	check_eq "echo over UDP" hello "$(echoed "$VIP4" 7 -u)"
	check_eq "entries of our flows" 0 "$(tracked 'port=(7|6407) |src=10\.2\.0\.101 ')"
	check_eq "echo of the host itself" hello "$(echoed "$VIP4" 9999)"
	check_range "entries of the host's own" 1 4 "$(tracked 'dport=9999 ')"
	in_ns "$lb" nft delete table inet watch
}

# A cookie is an address's, and a laddr is everybody's: the rs neither gives one nor
# takes one. What a client sends early arrives all the same. In mode nat the rs sees
# the client, and data come with the SYN.
fast_open() {
	in_ns "$rs1" sysctl -qw net.ipv4.tcp_fastopen=$((0x403)) || return
	start_tcp_echo "$rs1" 17 || return
	mgw "$lb" service add tcp "$VIP4:17" && mgw "$lb" rs add tcp "$VIP4:17" 10.2.0.11:17 || return
	check_eq "cookies given, data taken with a SYN" "0 0" "$(early_data)"
	mgw "$lb" rs set tcp "$VIP4:17" 10.2.0.11:17 --mode nat || return
	check_eq "mode nat: cookies given, data taken with a SYN" "1 2" "$(early_data)"
	in_ns "$rs1" sysctl -qw net.ipv4.tcp_fastopen=1
}

# The first time it asks for a cookie.
early_data() {
	local given taken
	given=$(kernel_counter "$rs1" TcpExtTCPFastOpenCookieReqd)
	taken=$(kernel_counter "$rs1" TcpExtTCPFastOpenPassive)
	in_ns "$client" ip tcp_metrics flush all || return
	in_ns "$client" timeout 20 /usr/bin/python3 -ISB - "$VIP4" 17 <<-'END' || return
		import socket, sys
		for text in b"first", b"second", b"third":
		    with socket.socket() as sock:
		        sock.sendto(text, socket.MSG_FASTOPEN, (sys.argv[1], int(sys.argv[2])))
		        sock.shutdown(socket.SHUT_WR)
		        with sock.makefile("rb") as answer:
		            assert answer.read() == text
	END
	echo $(($(kernel_counter "$rs1" TcpExtTCPFastOpenCookieReqd) - given)) \
		$(($(kernel_counter "$rs1" TcpExtTCPFastOpenPassive) - taken))
}

run "services, raw client, silent servers" setup
segments 4 "IPv4"
segments 6 "IPv6"
segments 64 "IPv6 to IPv4"
segments 46 "IPv4 to IPv6"
run "a port without service is the host's own" host_answers
run "VIP and local addresses answer a ping" ping_vip
run "DROP in the raw table comes first" raw_table_drops
run "connection tracking never sees our flows" connection_tracking
run "fast open: no cookies of a laddr" fast_open
run "module unloads, nothing left" mgw_unload
finish
