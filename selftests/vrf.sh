#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A balancer whose VIPs, laddrs and both legs are in a VRF, while the main table leads
# nowhere; all modes, by both hooks. Topology: lib.sh.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

ROOT=$TMP/www

setup() {
	topology_fullnat 2 && add_laddrs 2 || return
	in_ns "$lb" sysctl -qw net.ipv6.conf.{all,outside,inside}.keep_addr_on_down=1 || return
	ip -n "$lb" -batch - <<-END || return
		addr del $VIP4/32 dev lo
		addr del $VIP6/128 dev lo
		link add blue type vrf table 10
		link set blue up
		addr add $VIP4/32 dev blue
		addr add $VIP6/128 dev blue nodad
		link set outside master blue
		link set inside master blue
	END
	check_eq "routes of the main table" "" "$(ip -n "$lb" route show table main)" || return
	mgw_load || return
	mkdir -p "$ROOT"
	head -c 300000 /dev/urandom >"$ROOT/300000"
	chmod -R a+rX "$TMP"
	for name in rs1 rs2; do
		start_nginx "${!name}" "$ROOT" "$name" && start_udp_echo "${!name}" 7 || return
	done
	# Where the rs answers itself, with the VIP as its own address and by another way.
	cable "$client" back "$sw" back && ip -n "$sw" link set back master br0 up || return
	ip -n "$client" -batch - <<-END || return
		link set back up
		addr add 10.2.0.200/24 dev back
		addr add fd02::200/64 dev back nodad
	END
	ip -n "$rs2" route replace default via 10.2.0.200 && ip -n "$rs2" route replace default via fd02::200 || return
	modprobe ipip || return
	ip -n "$rs2" addr add "$VIP4/32" dev lo && ip -n "$rs2" addr add "$VIP6/128" dev lo nodad || return
	in_ns "$rs2" sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2 || return
	ip -n "$rs2" link set tunl0 up || return
	mgw "$lb" laddr add 10.2.0.101-10.2.0.102 && mgw "$lb" laddr add fd02::101-fd02::102 || return
	pings "$rs1" 10.2.0.1 && pings "$rs1" fd02::1 && pings "$rs2" 10.2.0.1
}

fetch() { # ADDR
	whole_file "$client" "$ROOT/300000" "http://$1/300000" 20
}

service() { # ADDR RADDR [OPTION...]
	mgw "$lb" service add tcp "$1:80" && mgw "$lb" rs add tcp "$1:80" "$2:80" "${@:3}" &&
		mgw "$lb" service add udp "$1:7" && mgw "$lb" rs add udp "$1:7" "$2:7" "${@:3}" || return
	fetch "$1"
	in_ns "$client" "$TOOLS/udp_sizes.py" --first 1400 --last 1600 --step 100 --tries 2 --timeout 3 \
		"$(tr -d '[]' <<<"$1")" 7 >/dev/null || fail "$1: UDP"
	mgw "$lb" service del tcp "$1:80" && mgw "$lb" service del udp "$1:7" || return
	mgw "$lb" session flush --all >/dev/null
}

no_drops() {
	check_eq "drops" "{}" "$(drops "$lb")"
}

fullnat() {
	service "$VIP4" 10.2.0.11
	service "[$VIP6]" "[fd02::11]"
	service "$VIP4" "[fd02::11]"
	service "[$VIP6]" 10.2.0.11
	no_drops
}

nat() {
	service "$VIP4" 10.2.0.11 --mode nat
	service "[$VIP6]" "[fd02::11]" --mode nat
	no_drops
}

direct() {
	service "$VIP4" 10.2.0.12 --mode dr
	service "[$VIP6]" "[fd02::12]" --mode dr
	no_drops
}

tunnel() {
	service "$VIP4" 10.2.0.12 --mode tunnel
	no_drops
}

# The route is that of the VRF that a packet comes by, from one to the next.
other_vrf() {
	service "$VIP4" 10.2.0.11
	ip -n "$lb" link add red type vrf table 11 && ip -n "$lb" link set red up || return
	ip -n "$lb" link set inside master red || return
	# The client's way in knows no server now.
	mgw "$lb" service add udp "$VIP4:7" && mgw "$lb" rs add udp "$VIP4:7" 10.2.0.11:7 || return
	! in_ns "$client" "$TOOLS/udp_sizes.py" --first 10 --last 10 --timeout 1 "$VIP4" 7 >/dev/null ||
		fail "a server of another VRF was reached without a route there"
	check_range "drop_no_route" 1 10 "$(counter "$lb" drop_no_route)"
	# And with routes from one to the other it works, as forwarding would.
	ip -n "$lb" route add 10.2.0.0/24 dev inside table 10 && ip -n "$lb" route add 10.1.0.0/24 dev outside table 11 || return
	in_ns "$client" "$TOOLS/udp_sizes.py" --first 10 --last 20 --timeout $((2 * MGW_SLOW)) "$VIP4" 7 >/dev/null ||
		fail "a server of another VRF was not reached by a route there"
	mgw "$lb" service del udp "$VIP4:7" && mgw "$lb" session flush --all >/dev/null
	ip -n "$lb" route del 10.1.0.0/24 dev outside table 11
	ip -n "$lb" link set inside master blue && ip -n "$lb" link del red || return
	mgw "$lb" stats zero
	service "$VIP4" 10.2.0.11
	no_drops
}

all() { # HOOK
	run "$1: FULLNAT" fullnat
	run "$1: NAT" nat
	run "$1: DR" direct
	run "$1: TUNNEL" tunnel
	run "$1: a leg in another VRF" other_vrf
}

run_first "everything in a VRF" setup
all PRE_ROUTING
run_first "ingress hooks" attach_legs
all ingress
run "module unloads, nothing left" mgw_unload
finish
