#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Datagrams in fragments, and whose they are: DF on every fragment, fragments larger
# than the next link, and the IDs of IPv4 packets of several senders behind one
# address (RFC 6864), with every pair of IP versions and by both hooks. Topology: lib.sh,
# and client has a second address.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

CLIENT4=10.1.0.2 CLIENT4_2=10.1.0.3
SMALL=1400 JUMBO=9000

setup() {
	topology_fullnat 2 && add_laddrs 1 && mgw_load || return
	ip -n "$client" addr add "$CLIENT4_2/24" dev eth0 || return
	start_udp_echo "$rs1" 7 && start_tcp_echo "$rs1" 7 || return
	mgw "$lb" laddr add 10.2.0.101 && mgw "$lb" laddr add fd02::101 || return
	mgw "$lb" service add udp "$VIP4:7" && mgw "$lb" rs add udp "$VIP4:7" 10.2.0.11:7 || return
	mgw "$lb" service add udp "[$VIP6]:7" && mgw "$lb" rs add udp "[$VIP6]:7" "[fd02::11]:7" || return
	mgw "$lb" service add udp "$VIP4:746" && mgw "$lb" rs add udp "$VIP4:746" "[fd02::11]:7" || return
	mgw "$lb" service add udp "[$VIP6]:764" && mgw "$lb" rs add udp "[$VIP6]:764" 10.2.0.11:7 || return
	mgw "$lb" service add tcp "[$VIP6]:764" && mgw "$lb" rs add tcp "[$VIP6]:764" 10.2.0.11:7 || return
	pings "$lb" 10.2.0.11 && pings "$lb" fd02::11
}

pieces() { # OPTION... SOURCE SPORT DEST DPORT
	in_ns "$client" "$TOOLS/send_pieces.py" "$@"
}

big() { # SIZE PORT ADDR: the sender may have to learn of a smaller MTU first.
	local report
	report=$(in_ns "$client" "$TOOLS/udp_sizes.py" --first "$1" --last "$1" --timeout $((2 * MGW_SLOW)) --tries 4 "$3" "$2") ||
		fail "$1 bytes to $3 port $2: $report"
}

# A route of its own, so that nobody remembers what was learnt.
small_way_in() {
	ip -n "$lb" route add 10.2.0.11/32 dev inside mtu "$SMALL" &&
		ip -n "$lb" -6 route add fd02::11/128 dev inside mtu "$SMALL"
}

usual_way_in() {
	ip -n "$lb" route del 10.2.0.11/32 dev inside &&
		ip -n "$lb" -6 route del fd02::11/128 dev inside
}

forget_mtu() { # NS
	ip -n "$1" route flush cache && ip -n "$1" -6 route flush cache
}

# Each fragment fits every link: nobody is told of a smaller MTU, and nothing is lost.
df_on_each() {
	local before
	before=$(counter "$lb" frag_needed_sent)
	pieces --df --piece "$SMALL" --size 2000 "$CLIENT4" 4001 "$VIP4" 7 || fail "IPv4"
	pieces --df --piece "$SMALL" --size 2000 "$CLIENT4" 4002 "$VIP4" 746 || fail "IPv4 to IPv6"
	small_way_in || return
	pieces --df --piece "$SMALL" --size 5000 "$CLIENT4" 4003 "$VIP4" 7 || fail "IPv4, a link of the same MTU"
	check_eq "frag_needed_sent" "$before" "$(counter "$lb" frag_needed_sent)"
	# These do not fit: whoever sets DF wants to know.
	! pieces --timeout 3 --df --piece 1480 --size 5000 "$CLIENT4" 4004 "$VIP4" 7 >/dev/null ||
		fail "fragments with DF came through a link of a smaller MTU"
	check_eq "frag_needed_sent" $((before + 1)) "$(counter "$lb" frag_needed_sent)"
	# And without DF nobody minds.
	pieces --piece 1480 --size 5000 "$CLIENT4" 4005 "$VIP4" 7 || fail "IPv4, a link of a smaller MTU"
	usual_way_in
}

# Nobody but the sender makes fragments of IPv6.
too_big_for_the_way_in() {
	local before failed
	before=$(counter "$lb" frag_needed_sent)
	failed=$(kernel_counter "$lb" Ip6FragFails)
	small_way_in || return
	big 5000 7 "$VIP6"
	check_range "told" 1 4 $(($(counter "$lb" frag_needed_sent) - before))
	# IPv4's may be made on the way.
	forget_mtu "$client"
	before=$(counter "$lb" frag_needed_sent)
	big 5000 764 "$VIP6"
	check_eq "told" 0 $(($(counter "$lb" frag_needed_sent) - before))
	usual_way_in || return
	forget_mtu "$client"
	check_eq "fragments the stack refused" "$failed" "$(kernel_counter "$lb" Ip6FragFails)"
}

# A link narrower than what every host of IPv6 may send without asking: what has at
# most 1,280 bytes there may be cut up by routers of IPv4 (RFC 7915, 5.1).
narrow_way_in() {
	ip -n "$lb" route add 10.2.0.11/32 dev inside mtu 1000 || return
	head -c 150000 /dev/urandom >"$TMP/file"
	whole_echo "$client" "$TMP/file" "$VIP6" 764 60
	big 1100 764 "$VIP6"
	big 5000 764 "$VIP6"
	ip -n "$lb" route del 10.2.0.11/32 dev inside
	forget_mtu "$client"
}

# Servers behind jumbo frames.
mtu_behind() { # MTU
	local port
	for port in uplink br0 rs1; do ip -n "$sw" link set "$port" mtu "$1" || return; done
	ip -n "$lb" link set inside mtu "$1" && ip -n "$rs1" link set eth0 mtu "$1"
}

too_big_for_the_way_back() {
	local before failed
	before=$(counter "$lb" frag_needed_sent)
	failed=$(kernel_counter "$lb" Ip6FragFails)
	mtu_behind "$JUMBO" || return
	big 20000 7 "$VIP6"
	check_range "told" 1 4 $(($(counter "$lb" frag_needed_sent) - before))
	big 20000 746 "$VIP4"
	big 20000 7 "$VIP4"
	big 20000 764 "$VIP6"
	mtu_behind 1500
	forget_mtu "$rs1"
	check_eq "fragments the stack refused" "$failed" "$(kernel_counter "$lb" Ip6FragFails)"
}

different_ids() { # CAPTURE PACKETS IDS
	local seen
	seen=$(sed -En 's/.* id ([0-9]+),.*/\1/p' "$TMP/spawn.$1")
	check_eq "packets" "$2" "$(wc -l <<<"$seen")"
	check_eq "different IDs" "$3" "$(sort -u <<<"$seen" | wc -l)"
}

# Two clients count alike; the rs sees one sender.
ids_of_clients() {
	local capture
	start_tcpdump "$rs1" -i eth0 -l -v "src host 10.2.0.101 and udp"
	capture=$SPAWNED
	pieces --id 100 --count 20 "$CLIENT4" 4010 "$VIP4" 7 || fail "the first client"
	pieces --id 100 --count 20 "$CLIENT4_2" 4010 "$VIP4" 7 || fail "the second client"
	# In two pieces, put together and taken apart again; DF does not help them.
	small_way_in || return
	pieces --id 100 --count 5 --size 2500 "$CLIENT4" 4011 "$VIP4" 7 || fail "the first client, fragments"
	pieces --id 100 --count 5 --size 2500 --df --piece "$SMALL" "$CLIENT4_2" 4011 "$VIP4" 7 ||
		fail "the second client, fragments with DF"
	usual_way_in || return
	# In pieces, though they would fit whole: so they leave.
	pieces --id 200 --count 5 --size 1000 --df --piece 600 "$CLIENT4" 4012 "$VIP4" 7 ||
		fail "the first client, small fragments with DF"
	pieces --id 200 --count 5 --size 1000 --df --piece 600 "$CLIENT4_2" 4012 "$VIP4" 7 ||
		fail "the second client, small fragments with DF"
	end_tcpdump "$capture"
	different_ids "$capture" 80 60
}

# Two servers count alike; the client sees one sender.
ids_of_servers() {
	local capture i lport
	for i in 1 2; do
		mgw "$lb" service add udp "$VIP4:900$i" && mgw "$lb" rs add udp "$VIP4:900$i" "10.2.0.1$i:9" || return
		pieces --no-answer "$CLIENT4" 4020 "$VIP4" "900$i" || return
	done
	start_tcpdump "$client" -i eth0 -l -v "src host $VIP4 and udp"
	capture=$SPAWNED
	for i in 1 2; do
		lport=$(mgw_json "$lb" session show --service udp "$VIP4:900$i" | jq '.[0].lport')
		local -n ns=rs$i
		in_ns "$ns" "$TOOLS/send_pieces.py" --no-answer --id 100 --count 20 "10.2.0.1$i" 9 10.2.0.101 "$lport" || return
		unset -n ns
	done
	end_tcpdump "$capture"
	different_ids "$capture" 40 40
	for i in 1 2; do mgw "$lb" service del udp "$VIP4:900$i" || return; done
	mgw "$lb" session flush --all >/dev/null
}

# With DF, and whole, an ID means nothing and stays as it is.
atomic_ids_stay() {
	local capture
	start_tcpdump "$rs1" -i eth0 -l -v "src host 10.2.0.101 and udp"
	capture=$SPAWNED
	pieces --df --id 7777 "$CLIENT4" 4030 "$VIP4" 7 || fail "no answer"
	end_tcpdump "$capture"
	check_match "the packet" "id 7777, offset 0, flags \[DF\]" "$(<"$TMP/spawn.$capture")"
}

# Datagrams of 1,260 bytes once they are of IPv4, and of one more (RFC 7915, 5.1).
df_from_ipv6() {
	local capture
	start_tcpdump "$rs1" -i eth0 -l -v "src host 10.2.0.101 and udp"
	capture=$SPAWNED
	big 1232 764 "$VIP6"
	big 1233 764 "$VIP6"
	end_tcpdump "$capture"
	check_eq "lengths and flags" "1260 none 1261 DF" "$(xargs < <(
		sed -nE 's/.*flags \[(\w+)\], proto UDP .*, length ([0-9]+)\)/\2 \1/p' "$TMP/spawn.$capture" | sort -u))"
}

all() { # HOOK
	run "$1: DF on each fragment" df_on_each
	run "$1: too big for the way in" too_big_for_the_way_in
	run "$1: a way in for less than IPv6 asks" narrow_way_in
	run "$1: too big for the way back" too_big_for_the_way_back
	run "$1: two clients with the same IDs" ids_of_clients
	run "$1: two servers with the same IDs" ids_of_servers
	run "$1: the ID of a packet that may not be cut" atomic_ids_stay
	run "$1: IPv6 to IPv4, what may be cut" df_from_ipv6
}

run_first "one laddr, all pairs of families" setup
all PRE_ROUTING
run_first "ingress hooks" attach_legs
all ingress
run "module unloads, nothing left" mgw_unload
finish
