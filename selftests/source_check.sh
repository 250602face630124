#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Sources that lie, by both hooks and with rp_filter 0, 1 and 2: what the host's own
# stack refuses is refused here, what it takes is taken. Topology: lib.sh; clients and
# rs own the addresses that they borrow, so that plain programs send from them.
#
#   10.2.0.1 fd02::1    the balancer's, from the client's side
#   10.2.0.255          the broadcast of the rs's network, from the client's side
#   10.2.0.11 port 7    the rs, from the client's side
#   10.1.0.77           a client, from the rs's side
#   192.0.2.55          a client that no route leads to, from the client's side

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

setup() {
	topology_fullnat 1 && add_laddrs 1 && mgw_load || return
	start_udp_echo "$rs1" 7 || return
	mgw "$lb" laddr add 10.2.0.101 && mgw "$lb" laddr add fd02::101 || return
	mgw "$lb" service add udp "$VIP4:7" && mgw "$lb" rs add udp "$VIP4:7" 10.2.0.11:7 || return
	mgw "$lb" service add udp "[$VIP6]:7" && mgw "$lb" rs add udp "[$VIP6]:7" "[fd02::11]:7" || return
	ip -n "$client" -batch - <<-END || return
		addr add 10.2.0.1/32 dev eth0
		addr add 10.2.0.255/32 dev eth0
		addr add 10.2.0.11/32 dev eth0
		addr add 192.0.2.55/32 dev eth0
		addr add fd02::1/128 dev eth0 nodad preferred_lft 0
	END
	ip -n "$rs1" addr add 10.1.0.77/32 dev eth0
}

# A datagram, and by how much each of these counters rose with it.
sent() { # NS SOURCE SPORT DEST DPORT
	local before after
	before=$(mgw_json "$lb" stats show) || return
	in_ns "$1" "$TOOLS/udp_from.py" "${@:2}" borrowed || return
	busywait 5000 all_arrived "$before" || fail "from $2 to $4: nothing arrived"
	after=$(mgw_json "$lb" stats show) || return
	jq -rn --argjson a "$after" --argjson b "$before" '
		[["sessions_created", "drop_martian", "drop_rp_filter"][] as $name |
		 ($a.counters[$name] - $b.counters[$name]) as $rise |
		 select($rise > 0) | "\($name) \($rise)"] | join(", ")'
}

# Something was counted: a packet of a session or a drop.
all_arrived() { # BEFORE
	mgw_json "$lb" stats show | jq -e --argjson b "$1" '
		[.counters | to_entries[] |
		 select(.key | test("^drop_|^packets_from_")) | .value - $b.counters[.key]] | add > 0' >/dev/null
}

rp_filter() { # VALUE
	in_ns "$lb" sysctl -qw "net.ipv4.conf.outside.rp_filter=$1" "net.ipv4.conf.inside.rp_filter=$1" \
		net.ipv4.conf.all.rp_filter=0
}

echoed() { # ADDR
	in_ns "$client" "$TOOLS/udp_sizes.py" --first 6 --last 6 --timeout $((5 * MGW_SLOW)) "$1" 7 |
		jq -r .ok
}

# Where the answers of the one session that there is go to.
lport() {
	mgw_json "$lb" session show | jq -er '.[0].lport'
}

forged_answer() { # EXPECTED
	mgw "$lb" session flush --all >/dev/null
	check_eq "echoes" 1 "$(echoed "$VIP4")"
	check_eq "an answer from the client's side" "$1" \
		"$(sent "$client" 10.2.0.11 7 10.2.0.101 "$(lport)")"
	mgw "$lb" session flush --all >/dev/null
}

sources() { # RP_FILTER
	local wrong_side=sessions_created\ 1 no_route=sessions_created\ 1 answer=''
	rp_filter "$1" || return
	[ "$1" != 1 ] || { wrong_side="drop_rp_filter 1" answer="drop_rp_filter 1"; }
	[ "$1" = 0 ] || no_route="drop_rp_filter 1"
	check_eq "echoes" 1 "$(echoed "$VIP4")"
	check_eq "echoes over IPv6" 1 "$(echoed "$VIP6")"
	check_eq "our own address" "drop_martian 1" "$(sent "$client" 10.2.0.1 0 "$VIP4" 7)"
	check_eq "our own IPv6 address" "drop_martian 1" "$(sent "$client" fd02::1 0 "$VIP6" 7)"
	check_eq "a broadcast" "drop_martian 1" "$(sent "$client" 10.2.0.255 0 "$VIP4" 7)"
	check_eq "a client on the rs's side" "$wrong_side" "$(sent "$rs1" 10.1.0.77 0 "$VIP4" 7)"
	check_eq "a client without a way back" "$no_route" "$(sent "$client" 192.0.2.55 0 "$VIP4" 7)"
	forged_answer "$answer"
}

all_settings() {
	local value
	for value in 0 1 2; do
		echo "# rp_filter $value"
		sources "$value"
	done
}

accept_local() {
	rp_filter 0
	in_ns "$lb" sysctl -qw net.ipv4.conf.outside.accept_local=1
	check_eq "our own address" "sessions_created 1" "$(sent "$client" 10.2.0.1 0 "$VIP4" 7)"
	in_ns "$lb" sysctl -qw net.ipv4.conf.outside.accept_local=0
	check_eq "and when it is off again" "drop_martian 1" "$(sent "$client" 10.2.0.1 0 "$VIP4" 7)"
}

# A source that was good, also a moment ago, and is one of ours from now on.
becomes_ours() {
	rp_filter 0
	check_eq "a client" "sessions_created 1" "$(sent "$client" 10.1.0.2 0 "$VIP4" 7)"
	check_eq "again" "sessions_created 1" "$(sent "$client" 10.1.0.2 0 "$VIP4" 7)"
	check_eq "an IPv6 client" "sessions_created 1" "$(sent "$client" fd01::2 0 "$VIP6" 7)"
	ip -n "$lb" addr add 10.1.0.2/32 dev inside
	ip -n "$lb" addr add fd01::2/128 dev inside nodad
	check_eq "our own address" "drop_martian 1" "$(sent "$client" 10.1.0.2 0 "$VIP4" 7)"
	check_eq "our own IPv6 address" "drop_martian 1" "$(sent "$client" fd01::2 0 "$VIP6" 7)"
	ip -n "$lb" addr del 10.1.0.2/32 dev inside
	ip -n "$lb" addr del fd01::2/128 dev inside
	check_eq "a client" "sessions_created 1" "$(sent "$client" 10.1.0.2 0 "$VIP4" 7)"
	check_eq "an IPv6 client" "sessions_created 1" "$(sent "$client" fd01::2 0 "$VIP6" 7)"
	rp_filter 1
	ip -n "$rs1" addr add 10.1.0.2/32 dev eth0
	check_eq "the same client from the rs's side" "drop_rp_filter 1" \
		"$(sent "$rs1" 10.1.0.2 0 "$VIP4" 7)"
	ip -n "$rs1" addr del 10.1.0.2/32 dev eth0
}

# What has passed is not asked about again, until it comes by another device.
other_device() {
	rp_filter 0
	mgw "$lb" session flush --all >/dev/null
	check_eq "first" "sessions_created 1" "$(sent "$client" 10.1.0.2 7777 "$VIP4" 7)"
	rp_filter 1
	ip -n "$rs1" addr add 10.1.0.2/32 dev eth0
	check_eq "again" "" "$(sent "$client" 10.1.0.2 7777 "$VIP4" 7)"
	check_eq "from the rs's side" "drop_rp_filter 1" "$(sent "$rs1" 10.1.0.2 7777 "$VIP4" 7)"
	ip -n "$rs1" addr del 10.1.0.2/32 dev eth0
	check_eq "again" "" "$(sent "$client" 10.1.0.2 7777 "$VIP4" 7)"
	check_eq "sessions" 1 "$(session_count "$lb")"
}

# Errors about a packet of a session, from a router and from where no route leads to.
icmp_errors() {
	rp_filter 2
	mgw "$lb" session flush --all >/dev/null
	sent "$client" 10.1.0.2 7777 "$VIP4" 7 >/dev/null
	icmp_error 10.1.0.2 || return
	busywait 3000 rose icmp_forwarded 1 || fail "an error was not forwarded"
	icmp_error 192.0.2.55 || return
	busywait 3000 rose drop_rp_filter 1 || fail "a lie was not refused"
	check_eq "errors forwarded after that" 0 "$(counter "$lb" icmp_forwarded)"
}

# Errors about a packet of a tunnel change the route to the rs, for all that goes there.
errors_of_tunnels() {
	rp_filter 2
	mgw "$lb" service add tcp "$VIP4:80" &&
		mgw "$lb" rs add tcp "$VIP4:80" 10.2.0.11:80 --mode tunnel || return
	too_big 192.0.2.55 1100 || return
	busywait 3000 rose drop_rp_filter 1 || fail "a lie was not refused"
	check_eq "MTU by who lies" "" "$(mtu_to_rs)"
	too_big 10.1.0.2 1200 || return
	busywait 3000 learnt || fail "MTU to the rs: $(mtu_to_rs)"
	check_eq "drops" "{}" "$(drops "$lb")"
	ip -n "$lb" route flush cache
	mgw "$lb" service del tcp "$VIP4:80"
}

too_big() { # SOURCE MTU
	mgw "$lb" stats zero
	in_ns "$client" "$TOOLS/icmp_unreachable.py" --ipip-mtu "$2" "$1" 10.1.0.1 0 10.2.0.11 0
}

mtu_to_rs() {
	ip -n "$lb" route get 10.2.0.11 | grep -o 'mtu [0-9]*'
}

learnt() {
	[ "$(mtu_to_rs)" = "mtu 1200" ]
}

icmp_error() { # SOURCE
	mgw "$lb" stats zero
	in_ns "$client" "$TOOLS/icmp_unreachable.py" "$1" "$VIP4" 7 10.1.0.2 7777
}

rose() { # COUNTER TO
	[ "$(counter "$lb" "$1")" = "$2" ]
}

by_both_hooks() {
	mgw "$lb" dev attach outside && mgw "$lb" dev attach inside || return
	all_settings
	other_device
}

run "services, addresses to borrow" setup
run "by PRE_ROUTING" all_settings
run "accept_local" accept_local
run "addresses that come and go" becomes_ours
run "once for a session and a device" other_device
run "ICMP errors" icmp_errors
run "ICMP errors about packets of a tunnel" errors_of_tunnels
run "by the ingress hook" by_both_hooks
run "module unloads, nothing left" mgw_unload
finish
