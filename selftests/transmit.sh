#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What stands between a rewritten packet and the wire, from both hooks: routes
# that change under a session, neighbours, policy routing, tunnels, IPsec.
# Topology: lib.sh, and a second leg of lb into the same bridge:
#
#   client --- outside [lb] inside  --- sw --- rs1, rs2
#                           inside2 --- sw
#
# A slow download shows that a session lives through a change; what inside2 has
# sent shows that it follows.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

ROOT=$TMP/www
URL4=http://$VIP4 URL6="http://[$VIP6]"
CLIENTS=1100	# more routes than a CPU keeps

setup() {
	topology_fullnat 2 && add_laddrs 4 && mgw_load || return
	mkdir -p "$ROOT"
	head -c 2000000 /dev/urandom >"$ROOT/2000000"
	head -c 20000 /dev/urandom >"$ROOT/20000"
	chmod -R a+rX "$TMP"
	start_nginx "$rs1" "$ROOT" rs1 && start_nginx "$rs2" "$ROOT" rs2 &&
		start_udp_echo "$rs1" 7 || return
	cable "$lb" inside2 "$sw" uplink2 || return
	ip -n "$lb" link set inside2 up || return
	ip -n "$lb" addr add fd02::2/128 dev inside2 nodad || return
	ip -n "$sw" link set uplink2 master br0 up || return
	# Answers of both legs are for the same host.
	in_ns "$lb" sysctl -qw net.ipv4.conf.{all,inside,inside2}.rp_filter=0 \
		net.ipv4.conf.{inside,inside2}.arp_ignore=1 || return
	mgw "$lb" laddr add 10.2.0.101-10.2.0.104 && mgw "$lb" laddr add fd02::101-fd02::104 || return
	mgw "$lb" service add tcp "$VIP4:80" && mgw "$lb" rs add tcp "$VIP4:80" 10.2.0.11:80 || return
	mgw "$lb" service add tcp "[$VIP6]:80" &&
		mgw "$lb" rs add tcp "[$VIP6]:80" "[fd02::11]:80" || return
	mgw "$lb" service add udp "$VIP4:7" && mgw "$lb" rs add udp "$VIP4:7" 10.2.0.11:7 || return
	pings "$lb" 10.2.0.11 && pings "$lb" fd02::11
}

hook() { # PRE_ROUTING|ingress
	[ "$1" = ingress ] || return 0
	mgw "$lb" dev attach outside && mgw "$lb" dev attach inside && mgw "$lb" dev attach inside2
}

sent_by() { # DEV
	in_ns "$lb" cat "/sys/class/net/$1/statistics/tx_packets"
}

fetch() { # URL [SIZE]
	local size=${2:-20000}
	whole_file "$client" "$ROOT/$size" "$1/$size" 20
}

cannot_fetch() { # URL
	! in_ns "$client" curl -sS -g -o /dev/null --max-time 2 "$1/20000" 2>/dev/null
}

# During a download in each family.
while_slow() { # CMD...
	start_slow "$client" "$URL4/2000000" "$URL6/2000000" || return
	"$@"
	end_slow "$ROOT/2000000"
}

moved_to_inside2() { # PACKETS_BEFORE
	[ $(($(sent_by inside2) - $1)) -gt 4 ]
}

other_route() {
	local before
	before=$(sent_by inside2)
	ip -n "$lb" route add 10.2.0.11/32 dev inside2 src 10.2.0.1 || return
	ip -n "$lb" -6 route add fd02::11/128 dev inside2 || return
	busywait 10000 moved_to_inside2 "$before" || fail "the sessions do not follow the route"
	ip -n "$lb" route del 10.2.0.11/32 || return
	ip -n "$lb" -6 route del fd02::11/128
}

# The next packet finds no neighbour, and waits for the answer.
other_neighbour() {
	ip -n "$rs1" link set eth0 address 02:00:00:00:77:77 || return
	ip -n "$lb" neigh flush dev inside && ip -n "$lb" neigh flush dev inside2
	busywait 10000 has_neighbour 02:00:00:00:77:77 || fail "the new neighbour was not found"
}

has_neighbour() { # LLADDR
	ip -n "$lb" neigh show dev inside | grep -q "^10.2.0.11 .*$1" &&
		ip -n "$lb" neigh show dev inside | grep -q "^fd02::11 .*$1"
}

# An IPv4 packet to a next hop that has an IPv6 address only.
gateway_of_other_family() {
	ip -n "$lb" route add 10.2.0.11/32 via inet6 fd02::11 dev inside || return
	fetch "$URL4" 2000000
	ip -n "$lb" route del 10.2.0.11/32
}

# Marks of tc on the way in; the same session with one and without.
policy_routing() {
	local before
	ip -n "$lb" route add 10.2.0.11/32 dev inside2 src 10.2.0.1 table 7 || return
	ip -n "$lb" rule add fwmark 7 table 7 || return
	tc -n "$lb" qdisc add dev outside clsact && tc -n "$lb" qdisc add dev inside2 clsact &&
		tc -n "$lb" filter add dev inside2 egress protocol ip matchall action pass || return
	fetch "$URL4"
	check_eq "packets of IPv4 by the table without a mark" 0 "$(ipv4_by_inside2)"
	before=$(sent_by inside2)
	while_slow mark_all "$before"
	check_range "packets of IPv4 by the table with a mark" 1 1000000 "$(ipv4_by_inside2)"
	tc -n "$lb" qdisc del dev outside clsact && tc -n "$lb" qdisc del dev inside2 clsact
	ip -n "$lb" rule del fwmark 7 table 7
	ip -n "$lb" route flush table 7
}

# ip rules that look at protocol and ports of what leaves: port 80 by another leg, and
# port 7 not.
rule_by_port() {
	local before family
	ip -n "$lb" route add 10.2.0.11/32 dev inside2 src 10.2.0.1 table 8 &&
		ip -n "$lb" -6 route add fd02::11/128 dev inside2 table 8 || return
	for family in -4 -6; do
		ip -n "$lb" "$family" rule add ipproto tcp dport 80 table 8 || return
	done
	before=$(sent_by inside2)
	fetch "$URL4"
	fetch "$URL6"
	check_range "packets by the leg of port 80" 12 1000 $(($(sent_by inside2) - before))
	# ESP comes around what leaves once.
	mgw "$lb" laddr del 10.2.0.102-10.2.0.104 && esp "$lb" && esp "$rs1" && esp_policy || return
	mgw "$lb" session flush --all >/dev/null
	fetch "$URL4" 20000
	ip -n "$lb" xfrm policy flush && ip -n "$lb" xfrm state flush && ip -n "$rs1" xfrm state flush || return
	mgw "$lb" session flush --all >/dev/null
	mgw "$lb" laddr add 10.2.0.102-10.2.0.104 || return
	before=$(sent_by inside2)
	in_ns "$client" "$TOOLS/udp_sizes.py" --first 1 --last 20 "$VIP4" 7 >/dev/null || fail "UDP"
	check_range "packets of UDP by that leg" 0 4 $(($(sent_by inside2) - before))
	for family in -4 -6; do
		ip -n "$lb" "$family" rule del ipproto tcp dport 80 table 8 || return
	done
	ip -n "$lb" route flush table 8 && ip -n "$lb" -6 route flush table 8
}

# A priority for the queueing discipline, by TOS as the stack's forwarding has it.
priority() {
	in_ns "$lb" nft -f - <<-'END' || return
		table ip watch {
			chain out {
				type filter hook postrouting priority 0;
				ip saddr 10.2.0.101-10.2.0.104 ip dscp 4 meta priority 0:6 counter name seen
			}
			counter seen { }
		}
	END
	in_ns "$client" /usr/bin/python3 - "$VIP4" <<-'END' || fail "no answer"
		import socket, sys
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, 0x10)
		s.settimeout(10)
		s.connect((sys.argv[1], 7))
		for text in b"one", b"two", b"three":
		    s.send(text)
		    assert s.recv(100) == text
	END
	[ "$1" = ingress ] || check_eq "packets of interactive priority" 3 \
		"$(in_ns "$lb" nft -j list counters | jq '[.nftables[].counter.packets | numbers] | add')"
	in_ns "$lb" nft delete table ip watch
}

# The device's own count has ARP and neighbour discovery in it.
ipv4_by_inside2() {
	tc -n "$lb" -s -j filter show dev inside2 egress |
		jq '[.[].options.actions // [] | .[].stats.packets] | add'
}

mark_all() { # PACKETS_BEFORE
	tc -n "$lb" filter add dev outside ingress matchall action skbedit mark 7 || return
	busywait 10000 moved_to_inside2 "$1" || fail "the mark does not choose the route"
	tc -n "$lb" filter del dev outside ingress
}

# A device without addresses of link layer, whose packets are sent again.
tunnel() {
	ip -n "$lb" link add tun1 type ipip local 10.2.0.1 remote 10.2.0.12 || return
	ip -n "$lb" link set tun1 up || return
	ip -n "$lb" route add 10.3.0.12/32 dev tun1 || return
	ip -n "$rs2" link add tun1 type ipip local 10.2.0.12 remote 10.2.0.1 || return
	ip -n "$rs2" link set tun1 up || return
	ip -n "$rs2" addr replace 10.3.0.12/32 dev lo || return
	in_ns "$rs2" sysctl -qw net.ipv4.conf.{all,tun1}.rp_filter=0 || return
	mgw "$lb" service add tcp "$VIP4:8080" && mgw "$lb" rs add tcp "$VIP4:8080" 10.3.0.12:80 || return
	fetch "$URL4:8080" 2000000
	check_range "packets by the tunnel" 10 100000 "$(sent_by tun1)"
	mgw "$lb" service del tcp "$VIP4:8080" && ip -n "$lb" link del tun1 && ip -n "$rs2" link del tun1
}

ipsec_block() {
	local before no_route words
	before=$(counter "$lb" drop_ipsec)
	no_route=$(counter "$lb" drop_no_route)
	for words in "10.2.0.0/24 dst 10.2.0.11/32" "fd02::/64 dst fd02::11/128"; do
		# shellcheck disable=SC2086 # addresses and words
		ip -n "$lb" xfrm policy add src $words dir out action block || return
	done
	cannot_fetch "$URL4" || fail "IPv4: a policy that blocks was passed by"
	cannot_fetch "$URL6" || fail "IPv6: a policy that blocks was passed by"
	check_range "drop_ipsec" 2 100 $(($(counter "$lb" drop_ipsec) - before))
	check_eq "drop_no_route" 0 $(($(counter "$lb" drop_no_route) - no_route))
	ip -n "$lb" xfrm policy flush || return
	fetch "$URL4"
	fetch "$URL6"
}

# What the rs is sent goes as ESP, what it answers in the clear.
esp() { # NS
	ip -n "$1" xfrm state add src 10.2.0.101 dst 10.2.0.11 proto esp spi 0x1000 mode transport \
		auth-trunc 'hmac(sha256)' 0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f 128 \
		enc 'cbc(aes)' 0x0f0e0d0c0b0a09080706050403020100
}

esp_policy() {
	ip -n "$lb" xfrm policy add src 10.2.0.101/32 dst 10.2.0.11/32 proto tcp dport 80 dir out \
		tmpl src 10.2.0.101 dst 10.2.0.11 proto esp mode transport
}

ipsec_esp() {
	local capture
	mgw "$lb" laddr del 10.2.0.102-10.2.0.104 && esp "$lb" && esp "$rs1" && esp_policy || return
	start_tcpdump "$rs1" -i eth0 -l "src host 10.2.0.101 and (tcp or esp)"
	capture=$SPAWNED
	fetch "$URL4" 2000000
	end_tcpdump "$capture"
	check_range "packets of ESP" 5 100000 "$(grep -c 'ESP(spi=0x00001000' "$TMP/spawn.$capture")"
	check_eq "packets in the clear" 0 "$(grep -c 'Flags' "$TMP/spawn.$capture")"
	ip -n "$lb" xfrm policy flush && ip -n "$lb" xfrm state flush && ip -n "$rs1" xfrm state flush || return
	mgw "$lb" laddr add 10.2.0.102-10.2.0.104
}

# A route of its own for each client: other metrics make another one.
many_routes() {
	local i
	for ((i = 0; i < CLIENTS; i++)); do
		echo "route add 10.77.$((i / 250)).$((i % 250 + 1))/32 via 10.1.0.2 advmss $((i + 300))"
	done | ip -n "$lb" -batch - || return
	ip -n "$client" route add local 10.77.0.0/16 dev lo || return
	in_ns "$client" /usr/bin/python3 - "$VIP4" "$CLIENTS" <<-'END' || fail "not every client was answered"
		import resource, socket, sys
		resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
		sockets = []
		for i in range(int(sys.argv[2])):
		    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		    s.bind(("10.77.%d.%d" % (i // 250, i % 250 + 1), 0))
		    s.connect((sys.argv[1], 7))
		    s.settimeout(5)
		    sockets.append(s)
		for turn in range(3):
		    for number, s in enumerate(sockets):
		        text = b"%d of %d" % (turn, number)
		        s.send(text)
		        assert s.recv(100) == text
	END
	check_range "sessions" "$CLIENTS" $((CLIENTS + 100)) \
		"$(session_count "$lb")"
	ip -n "$lb" route flush root 10.77.0.0/16
	mgw "$lb" session flush --all >/dev/null
	ip -n "$client" route del local 10.77.0.0/16 dev lo
}

all() { # HOOK
	run "$1: the hook" hook "$1"
	run "$1: another route, under two downloads" while_slow other_route
	run "$1: another neighbour, under two downloads" while_slow other_neighbour
	run "$1: IPv4 by a gateway of IPv6" gateway_of_other_family
	run "$1: policy routing by mark" policy_routing
	run "$1: ip rules by port" rule_by_port
	run "$1: the priority of a TOS" priority "$1"
	run "$1: a tunnel device" tunnel
	run "$1: IPsec policy that blocks" ipsec_block
	run "$1: IPsec transport towards the rs" ipsec_esp
	run "$1: $CLIENTS clients with a route each" many_routes
}

run_first "two servers, two inner legs" setup
all PRE_ROUTING
all ingress
run "module unloads, nothing left" mgw_unload
finish
