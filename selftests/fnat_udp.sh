#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# UDP through the VIP: echo of every size to 3,000 bytes and samples to 65,507,
# with fragments on both legs; IPv4, IPv6, and from each to the other; a zero
# checksum; a service of every port. Topology: lib.sh.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

setup() {
	topology_fullnat 2 && add_laddrs 4 && mgw_load || return
	start_udp_echo "$rs1" 7 && start_udp_echo "$rs2" 7 || return
	start_udp_echo "$rs1" 7007 && start_udp_echo "$rs2" 7007 || return
	mgw "$lb" laddr add 10.2.0.101-10.2.0.104 || return
	mgw "$lb" laddr add fd02::101-fd02::104 || return
	mgw "$lb" service add udp "$VIP4:7" --sched rr || return
	mgw "$lb" service add udp "[$VIP6]:7" --sched rr || return
	mgw "$lb" service add udp "$VIP4:746" || return
	mgw "$lb" service add udp "[$VIP6]:764" || return
	mgw "$lb" service add udp "$VIP4:0" || return
	mgw "$lb" rs add udp "$VIP4:0" 10.2.0.12:0 || return
	for i in 1 2; do
		mgw "$lb" rs add udp "$VIP4:7" "10.2.0.1$i:7" || return
		mgw "$lb" rs add udp "[$VIP6]:7" "[fd02::1$i]:7" || return
		mgw "$lb" rs add udp "$VIP4:746" "[fd02::1$i]:7" || return
		mgw "$lb" rs add udp "[$VIP6]:764" "10.2.0.1$i:7" || return
	done
}

sizes() { # ADDR PORT FIRST LAST STEP
	local report
	report=$(in_ns "$client" "$TOOLS/udp_sizes.py" --first "$3" --last "$4" --step "$5" \
		--timeout $((2 * MGW_SLOW)) --tries 2 "$1" "$2") || fail "$1 port $2, $3 to $4: $report"
	echo "# $1 port $2: $report"
}

all_sizes() { # ADDR PORT
	sizes "$1" "$2" 0 3000 1
	sizes "$1" "$2" 3001 65507 3472
	sizes "$1" "$2" 65507 65507 1
}

# The largest datagram that fits both IP versions is IPv4's.
other_family() {
	sizes "$VIP4" 746 0 3000 7
	sizes "$VIP4" 746 3001 65507 6944
	sizes "$VIP4" 746 65507 65507 1
	sizes "$VIP6" 764 0 3000 7
	sizes "$VIP6" 764 3001 65507 6944
	sizes "$VIP6" 764 65507 65507 1
}

any_port() {
	sizes "$VIP4" 7007 1 100 9
	check_eq "port towards the rs" 7007 \
		"$(mgw_json "$lb" session show --service udp "$VIP4:0" | jq '.[0].rport')"
}

zero_checksum() {
	in_ns "$client" /usr/bin/python3 - "$VIP4" <<-'END' || fail "no answer to a datagram without checksum"
		import socket, sys
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.setsockopt(socket.SOL_SOCKET, 11, 1)  # SO_NO_CHECK
		s.settimeout(10)
		for port in 7, 746:
		    s.connect((sys.argv[1], port))
		    s.send(b"unsummed")
		    assert s.recv(100) == b"unsummed"
	END
}

# An IP packet may be longer than the datagram in it.
trailing_bytes() {
	in_ns "$client" /usr/bin/python3 - "$VIP4" <<-'END' || fail "no answer to a datagram with bytes behind it"
		import socket, struct, sys
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.settimeout(10)
		raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
		for port in 7, 746:
		    s.connect((sys.argv[1], port))
		    header = struct.pack("!HHHH", s.getsockname()[1], port, 8 + 8, 0)
		    raw.sendto(header + b"trailing" + b"\x5a" * 5, (sys.argv[1], 0))
		    assert s.recv(100) == b"trailing"
	END
}

replied() {
	local states
	states=$(mgw_json "$lb" session show | jq -r '.[].state' | sort -u)
	check_eq "states" "udp_replied" "$states"
}

no_session() {
	[ "$(session_count "$lb")" = 0 ]
}

timeouts() {
	mgw "$lb" service set udp "$VIP4:7" --timeout udp=$((2 * MGW_SLOW)) --timeout udp_replied=$((2 * MGW_SLOW)) || return
	mgw "$lb" session flush --all >/dev/null
	sizes "$VIP4" 7 10 10 1
	check_eq "sessions at once" 1 "$(session_count "$lb")"
	busywait 6000 no_session ||
		fail "session did not expire after 2 s"
	check_eq "expired" 1 "$(counter "$lb" sessions_expired)"
}

run_first "two servers, five services" setup
run "every size over IPv4" all_sizes "$VIP4" 7
run "every size over IPv6" all_sizes "$VIP6" 7
run "IPv4 to IPv6 and IPv6 to IPv4" other_family
run "a service of every port" any_port
run "zero checksum stays right" zero_checksum
run "bytes behind a datagram without checksum" trailing_bytes
run "sessions know that the rs answered" replied
run "sessions expire when idle" timeouts
run "module unloads, nothing left" mgw_unload
finish
