#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the host does itself on the addresses that the balancer has, by both hooks.
# Topology: lib.sh, with a second VIP on lb: 10.9.0.2, fd09::2.
#
# Cases: connections of a listener of the host, of conntrack's NAT, and of IPVS, when the
# service is added; datagrams that tc gives to a socket of the host; connections that the
# host masquerades by the address of a service; an rs that is an address of this host,
# where another service is, too; connections of the host from a laddr to the rs;
# br_netfilter ahead of the ingress hook, and what is bridged under it.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

OTHER4=10.9.0.2 OTHER6=fd09::2
LADDR=10.2.0.101
OLD=()

setup() {
	topology_fullnat 1 && add_laddrs 4 && mgw_load || return
	ip -n "$lb" addr add "$OTHER4/32" dev lo && ip -n "$lb" addr add "$OTHER6/128" dev lo nodad || return
	start_tcp_echo "$rs1" 7 && start_udp_echo "$rs1" 7 && start_tcp_echo "$lb" 7 || return
	start_tcp_echo "$client" 7 && start_udp_echo "$client" 7 || return
	mkdir -p "$TMP/www"
	start_nginx "$rs1" "$TMP/www" rs1 && start_nginx "$lb" "$TMP/www" lb || return
	mgw "$lb" laddr add 10.2.0.103 && mgw "$lb" laddr add fd02::103
}

sessions() {
	session_count "$lb"
}

no_services() {
	mgw_json "$lb" service show | jq -r '.[] | "\(.proto) \(.vaddr) \(.vport)"' |
		while read -r proto vaddr vport; do
			[[ $vaddr != *:* ]] || vaddr="[$vaddr]"
			mgw "$lb" service del "$proto" "$vaddr:$vport" || return
		done
	mgw "$lb" session flush --all >/dev/null
	mgw "$lb" stats zero
}

# Who answers.
name() { # URL
	in_ns "$client" curl -sS -g --max-time $((10 * MGW_SLOW)) "$1/name" 2>&1
}

hold() { # NS COUNT [OPTION...] ADDR
	spawn "$1" "$TOOLS/hold_connections.py" --count "$2" --timeout "$((5 * MGW_SLOW))" "${@:3}" 7
	wait_ready "$SPAWNED"
	check_match "connections" "\"open\": $2," "$(<"$TMP/spawn.$SPAWNED")"
}

# All of those that a process holds.
still_open() { # PID COUNT
	local before
	before=$(grep -c ^again "$TMP/spawn.$1")
	kill -USR1 "$1" || return
	busywait 30000 has_said_again "$1" "$before" || fail "its connections hang"
	check_match "connections still open" "\"open\": $2}" "$(tail -n 1 "$TMP/spawn.$1")"
}

has_said_again() { # PID BEFORE
	[ "$(grep -c ^again "$TMP/spawn.$1")" -gt "$2" ]
}

# ---------------------------------------------------- a service where the host listens

echo_service() { # ADDR RS
	mgw "$lb" service add tcp "$1:7" && mgw "$lb" rs add tcp "$1:7" "$2:7"
}

# Connections of before there is a service.
hold_old() {
	hold "$client" 5 "$VIP4"
	OLD=("$SPAWNED")
	hold "$client" 5 "$VIP6"
	OLD+=("$SPAWNED")
}

# They go on, and new ones have sessions.
becomes_service() {
	echo_service "$VIP4" 10.2.0.11 && echo_service "[$VIP6]" "[fd02::11]" || return
	still_open "${OLD[0]}" 5
	still_open "${OLD[1]}" 5
	hold "$client" 3 "$VIP4"
	check_eq "sessions of new connections" 3 "$(sessions)"
	still_open "${OLD[0]}" 5
	still_open "$SPAWNED" 3
	stop "$SPAWNED" "${OLD[@]}"
}

listener() {
	hold_old
	becomes_service || return
	busywait 10000 nobody_at_the_host || fail "connections of the host have not ended"
	check_eq "drop_no_session" 0 "$(counter "$lb" drop_no_session)"
	not_the_hosts
	no_services
}

nobody_at_the_host() {
	[ -z "$(in_ns "$lb" ss -H -t -n state established "sport = :7")" ]
}

# A segment of a connection that nobody has.
not_the_hosts() {
	hold "$client" 1 --reset "$VIP4"
	mgw "$lb" session flush --all >/dev/null
	kill -USR1 "$SPAWNED"
	busywait 5000 was_dropped || fail "drop_no_session does not rise"
	stop "$SPAWNED"
}

was_dropped() {
	[ "$(counter "$lb" drop_no_session)" -gt 0 ]
}

# ------------------------------------------------ a socket that tc has found, by BPF

# The socket is nobody's but RCU's while such a packet is on its way to it.
socket_of_tc() {
	local bpf=$TMP/bpf echo
	mkdir -p "$bpf" && mount -t bpf none "$bpf" && start_udp_echo "$lb" 7 || return
	echo=$SPAWNED
	mgw "$lb" service add udp "$VIP4:7" && mgw "$lb" rs add udp "$VIP4:7" 10.2.0.11:7 || return
	in_ns "$lb" "$MGW_BUILD/selftests/sk_assign" "$bpf/assign" 127.0.0.1 7 &&
		tc -n "$lb" qdisc add dev outside clsact &&
		in_ns "$lb" tc filter add dev outside ingress bpf direct-action object-pinned "$bpf/assign" || return
	echo_datagrams "with a program that gives them to the host"
	check_eq "sessions" 0 "$(counter "$lb" sessions_created)"
	tc -n "$lb" qdisc del dev outside clsact || return
	echo_datagrams "without it"
	check_eq "sessions" 1 "$(counter "$lb" sessions_created)"
	umount "$bpf" && stop "$echo"
	no_services
}

echo_datagrams() { # WHAT
	in_ns "$client" "$TOOLS/udp_sizes.py" --first 10 --last 12 "$VIP4" 7 >/dev/null || fail "datagrams $1"
}

# ------------------------------------------------- a service where the host does NAT

no_nat() {
	in_ns "$lb" nft delete table ip beside && in_ns "$lb" nft delete table ip6 beside
}

dnat_by_the_host() {
	in_ns "$lb" nft -f - <<-END
		table ip beside {
			chain pre {
				type nat hook prerouting priority -100
				ip daddr $VIP4 tcp dport 7 dnat to 10.2.0.11
			}
		}
		table ip6 beside {
			chain pre {
				type nat hook prerouting priority -100
				ip6 daddr $VIP6 tcp dport 7 dnat to fd02::11
			}
		}
	END
}

# What is behind the host goes out with the address of a service.
snat_by_the_host() {
	in_ns "$lb" nft -f - <<-END
		table ip beside {
			chain post {
				type nat hook postrouting priority 100
				ip saddr 10.2.0.11 oifname outside snat to $VIP4
			}
		}
		table ip6 beside {
			chain post {
				type nat hook postrouting priority 100
				ip6 saddr fd02::11 oifname outside snat to $VIP6
			}
		}
	END
}

dnat() {
	dnat_by_the_host || return
	hold_old
	nobody_at_the_host || fail "the host's rule sends nobody to the rs"
	becomes_service || return
	check_eq "drop_no_session" 0 "$(counter "$lb" drop_no_session)"
	not_the_hosts
	no_nat
	no_services
}

every_port() { # VADDR RS
	local proto
	for proto in tcp udp; do
		mgw "$lb" service add "$proto" "$1:0" && mgw "$lb" rs add "$proto" "$1:0" "$2:0" || return
	done
}

# As NTP's client has the server's port, which a service may have too.
keeps_port() { # VADDR RS SERVER
	mgw "$lb" service add udp "$1:123" && mgw "$lb" rs add udp "$1:123" "$2:7" || return
	check_eq "a datagram from port 123 to $3" echo "$(in_ns "$rs1" timeout 30 nc -u -p 123 -w $((2 * MGW_SLOW)) "$3" 7 <<<echo)"
}

# There rs1 is a client, and client has the servers.
masquerade() {
	local old4 old6
	snat_by_the_host || return
	hold "$rs1" 5 10.1.0.2
	old4=$SPAWNED
	hold "$rs1" 5 fd01::2
	old6=$SPAWNED
	every_port "$VIP4" 10.2.0.11 && every_port "[$VIP6]" "[fd02::11]" || return
	still_open "$old4" 5
	still_open "$old6" 5
	hold "$rs1" 3 10.1.0.2
	still_open "$SPAWNED" 3
	stop "$SPAWNED"
	hold "$rs1" 3 fd01::2
	still_open "$SPAWNED" 3
	stop "$SPAWNED" "$old4" "$old6"
	in_ns "$rs1" "$TOOLS/udp_sizes.py" --first 10 --last 12 10.1.0.2 7 >/dev/null || fail "datagrams, IPv4"
	in_ns "$rs1" "$TOOLS/udp_sizes.py" --first 10 --last 12 fd01::2 7 >/dev/null || fail "datagrams, IPv6"
	keeps_port "$VIP4" 10.2.0.11 10.1.0.2
	keeps_port "[$VIP6]" "[fd02::11]" fd01::2
	check_eq "sessions of others" 0 "$(sessions)"
	check_eq "drop_no_session" 0 "$(counter "$lb" drop_no_session)"
	hold "$client" 3 "$VIP4"
	check_eq "sessions of clients" 3 "$(sessions)"
	stop "$SPAWNED"
	no_nat
	no_services
}

# Its server is another one, so that its connections are not those of the host.
ipvs() {
	local old
	has_module ip_vs && has_module ip_vs_rr && has_module ip_vs_wlc || return
	in_ns "$lb" ipvsadm -A -t "$OTHER4:7" -s rr &&
		in_ns "$lb" ipvsadm -a -t "$OTHER4:7" -r 10.2.0.11:7 -m || return
	hold "$client" 5 "$OTHER4"
	old=$SPAWNED
	check_range "connections of IPVS" 5 5 "$(in_ns "$lb" ipvsadm -Lnc | grep -c ESTABLISHED)"
	echo_service "$OTHER4" 10.2.0.11 || return
	still_open "$old" 5
	hold "$client" 3 "$OTHER4"
	check_eq "sessions of new connections" 3 "$(sessions)"
	still_open "$old" 5
	stop "$SPAWNED" "$old"
	in_ns "$lb" ipvsadm -C
	no_services
}

# ------------------------------------------------------- an rs that is this host itself

http_service() { # VADDR RADDR:PORT [OPTION...]
	mgw "$lb" service add tcp "$1:80" && mgw "$lb" rs add tcp "$1:80" "${@:2}"
}

# The other VIP is a service, too: the rs is the listener, never that service.
rs_is_local() { # VIP OTHER RS MODE
	http_service "$2" "$3:80" || return
	http_service "$1" "$2:80" --mode "$4" || return
	check_eq "$4: who answers" lb "$(name "http://$1")"
	check_eq "the other service" rs1 "$(name "http://$2")"
	check_eq "$4: with another port of it" lb "$(local_port "$1" "$2" "$4")"
	no_services
	# The service comes after the rs.
	http_service "$1" "$2:80" --mode "$4" && http_service "$2" "$3:80" || return
	check_eq "$4: who answers" lb "$(name "http://$1")"
	check_eq "drop_martian" 0 "$(counter "$lb" drop_martian)"
	no_services
}

# Of every port, to a port without a service of its own.
local_port() { # VIP OTHER MODE
	[ "$3" = fullnat ] || { echo lb; return; }
	mgw "$lb" service add tcp "$1:8080" && mgw "$lb" rs add tcp "$1:8080" "$2:80" --mode "$3" || return
	name "http://$1:8080"
}

local_rs() { # MODE
	rs_is_local "$VIP4" "$OTHER4" 10.2.0.11 "$1"
	rs_is_local "[$VIP6]" "[$OTHER6]" "[fd02::11]" "$1"
}

nat_is_refused() {
	local text="raddr is an address of this host"
	mgw "$lb" service add tcp "$VIP4:80" && mgw "$lb" service add tcp "[$VIP6]:80" || return
	cmd_fail "rs add" 1 "$text" mgw "$lb" rs add tcp "$VIP4:80" "$OTHER4:80" --mode nat
	cmd_fail "rs add" 1 "$text" mgw "$lb" rs add tcp "[$VIP6]:80" "[$OTHER6]:80" --mode nat
	cmd_ok "rs add" mgw "$lb" rs add tcp "$VIP4:80" "$OTHER4:80"
	cmd_fail "rs set" 1 "$text" mgw "$lb" rs set tcp "$VIP4:80" "$OTHER4:80" --mode nat
	no_services
}

# Nobody listens there: the client is told.
local_rs_refuses() {
	mgw "$lb" service add tcp "$OTHER4:81" && mgw "$lb" rs add tcp "$OTHER4:81" 10.2.0.11:80 || return
	http_service "$VIP4" "$OTHER4:81" || return
	check_match "an rs of this host without a listener" "Couldn.t connect" "$(name "http://$VIP4")"
	no_services
}

# ------------------------------------------------ connections of the host from a laddr

lports() {
	mgw_json "$lb" session show --laddr "$1" | jq -r '.[].lport'
}

in_host_range() { # LADDR
	lports "$1" | awk '$1 >= 32768 && $1 <= 60999' | wc -l
}

ports_of_the_host() {
	local range="are those of the host's own connections: reserve them"
	cmd_fail "the host's range" 1 "$range" mgw "$lb" laddr add "$LADDR" --pool own --ports 40000-40059
	cmd_fail "of IPv6" 1 "$range" mgw "$lb" laddr add fd02::101 --pool own --ports 32768-60999
	cmd_ok "not the host's address" mgw "$lb" laddr add 10.2.0.109 --pool own --ports 40000-40059
	cmd_ok "more than its range" mgw "$lb" laddr add 10.2.0.102 --pool own --ports 32767-40059
	mgw "$lb" laddr del 10.2.0.102 && mgw "$lb" laddr del 10.2.0.109 || return
	in_ns "$lb" sysctl -qw net.ipv4.ip_local_reserved_ports=40000-40059 || return
	cmd_ok "reserved" mgw "$lb" laddr add "$LADDR" --pool own --ports 40000-40059
	cmd_ok "reserved" mgw "$lb" laddr add fd02::101 --pool own --ports 40000-40059
}

# 60 ports, of which programs of the host have bound 20 in spite of it.
host_was_first() { # VIP RS LADDR
	local old
	hold "$lb" 20 --bind "$3" --first-port 40000 "$2"
	old=$SPAWNED
	mgw "$lb" service add tcp "$(in_brackets "$1"):7" --pool own &&
		mgw "$lb" rs add tcp "$(in_brackets "$1"):7" "$(in_brackets "$2"):7" || return
	hold "$client" 40 "$1"
	check_eq "lowest lport" 40020 "$(lports "$3" | sort -n | head -1)"
	still_open "$old" 20
	still_open "$SPAWNED" 40
	# All ports are used. The host picks others.
	hold "$lb" 12 --bind "$3" "$2"
	still_open "$SPAWNED" 12
	stop "$SPAWNED" "$old"
	no_services
}

socket_of_udp() {
	local count
	spawn "$lb" /usr/bin/python3 -ISB -c '
import signal, socket
held = []
for port in range(40000, 40020):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("10.2.0.101", port))
    held.append(sock)
print("ready", flush=True)
signal.pause()'
	wait_ready "$SPAWNED" || return
	mgw "$lb" service add udp "$VIP4:7" --pool own && mgw "$lb" rs add udp "$VIP4:7" 10.2.0.11:7 || return
	in_ns "$client" "$TOOLS/udp_sizes.py" --first 0 --last 39 --timeout 5 --tries 4 "$VIP4" 7 ||
		fail "not every client was answered"
	for ((count = 0; count < 40; count++)); do
		in_ns "$client" "$TOOLS/udp_from.py" 10.1.0.2 $((30000 + count)) "$VIP4" 7 hello
	done
	check_eq "ports of the host that sessions have" 0 "$(lports "$LADDR" | awk '$1 < 40020' | wc -l)"
	# Some are missed, as ports are tried at random, a few for each session.
	check_range "ports that sessions have" 30 40 "$(lports "$LADDR" | wc -l)"
	stop "$SPAWNED"
	no_services
}

# Without --ports: as long as there are others, sessions leave the host's range alone.
apart() {
	mgw "$lb" laddr del "$LADDR" && mgw "$lb" laddr del fd02::101 || return
	in_ns "$lb" sysctl -qw net.ipv4.ip_local_reserved_ports= || return
	mgw "$lb" laddr add 10.2.0.102 --pool two || return
	mgw "$lb" service add tcp "$VIP4:7" --pool two && mgw "$lb" rs add tcp "$VIP4:7" 10.2.0.11:7 || return
	hold "$client" 100 "$VIP4"
	check_eq "sessions on ports of the host's range" 0 "$(in_host_range 10.2.0.102)"
	stop "$SPAWNED"
	no_services
	mgw "$lb" laddr del 10.2.0.102
	# There are ten others.
	mgw "$lb" laddr add 10.2.0.104 --pool three --ports 32758-40000 || return
	mgw "$lb" service add tcp "$VIP4:7" --pool three && mgw "$lb" rs add tcp "$VIP4:7" 10.2.0.11:7 || return
	hold "$client" 100 "$VIP4"
	check_range "sessions on ports of the host's range" 90 91 "$(in_host_range 10.2.0.104)"
	check_eq "different ports" 100 "$(lports 10.2.0.104 | sort -u | wc -l)"
	stop "$SPAWNED"
	no_services
}

# ----------------------------------------------------------------------- br_netfilter

by_the_hook() {
	mgw_json "$lb" stats show |
		jq -r '.counters | "\(.packets_from_client + .packets_from_rs - .ingress_packets)"'
}

bridge_netfilter() {
	has_module br_netfilter || return
	ip -n "$lb" link add br9 type bridge || return
	http_service "$VIP4" 10.2.0.11:80 && http_service "[$VIP6]" "[fd02::11]:80" || return
	check_eq "who answers" rs1 "$(name "http://$VIP4")"
	check_eq "who answers" rs1 "$(name "http://[$VIP6]")"
	check_eq "packets by the other hook" 0 "$(by_the_hook)"
	# A chain at the very front is another matter.
	in_ns "$lb" nft -f - <<-END || return
		table inet early {
			chain pre {
				type filter hook prerouting priority -500
				ip saddr 10.1.0.2 drop
			}
		}
	END
	check_match "a chain that drops" "timed out" "$(in_ns "$client" curl -sS --max-time 2 "http://$VIP4/name" 2>&1)"
	in_ns "$lb" nft delete table inet early
	ip -n "$lb" link del br9
	no_services
}

# Two neighbours on a bridge of lb, of which one holds the VIP as well.
#
#   near  10.3.0.2 --- p1 \
#                          br9  lb 10.3.0.1, and 10.3.0.4 on a macvlan
#   far   10.3.0.3 --- p2 /   VIP
bridged_boxes() {
	near='' far=''
	setup_ns near far || return
	cable "$near" eth0 "$lb" p1 && cable "$far" eth0 "$lb" p2 || return
	ip -n "$lb" -batch - <<-END || return
		link add br9 address 02:00:00:00:09:09 type bridge
		link set p1 master br9 up
		link set p2 master br9 up
		link set br9 up
		addr add 10.3.0.1/24 dev br9
		addr add fd03::1/64 dev br9 nodad
		link add link br9 name vmac type macvlan mode private
		link set vmac up
		addr add 10.3.0.4/32 dev vmac
		addr add fd03::4/128 dev vmac nodad
	END
	in_ns "$lb" sysctl -qw net.ipv4.conf.br9.arp_ignore=1 || return
	ip -n "$near" -batch - <<-END || return
		link set eth0 up
		addr add 10.3.0.2/24 dev eth0
		addr add fd03::2/64 dev eth0 nodad
	END
	ip -n "$far" -batch - <<-END || return
		link set eth0 up
		addr add 10.3.0.3/24 dev eth0
		addr add fd03::3/64 dev eth0 nodad
		link set lo up
		addr add $VIP4/32 dev lo
		addr add $VIP6/128 dev lo nodad
	END
	start_nginx "$far" "$TMP/www" far
}

near_asks() { # ROUTER4 ROUTER6
	ip -n "$near" route replace "$VIP4" via "$1" && ip -n "$near" route replace "$VIP6" via "$2" || return
	in_ns "$near" curl -sS --max-time $((5 * MGW_SLOW)) "http://$VIP4/name" "http://[$VIP6]/name" 2>&1 | paste -sd' '
}

# A FIN sent again would be a segment of no session, once they are flushed.
all_is_said() {
	mgw_json "$lb" session show | jq -e 'all(.[]; .state | IN("time_wait", "close"))'
}

# A frame belongs to whose MAC it has, wherever it passes.
across_a_bridge() {
	local address before=0
	has_module br_netfilter && bridged_boxes && mgw "$lb" stats zero || return
	check_eq "netfilter sees what is bridged" "1 1" \
		"$(in_ns "$lb" sysctl -n net.bridge.bridge-nf-call-{iptables,ip6tables} | paste -sd' ')"
	http_service "$VIP4" 10.2.0.11:80 && http_service "[$VIP6]" "[fd02::11]:80" || return
	# The bridge has an address of its own, and then that of the port near is at.
	for address in 02:00:00:00:09:09 "$(ip -n "$lb" -j link show p1 | jq -r '.[0].address')" \
		"$(ip -n "$lb" -j link show p2 | jq -r '.[0].address')"; do
		ip -n "$lb" link set br9 address "$address" && ip -n "$near" neigh flush all || return
		check_eq "who answers what is sent to the neighbour" "far far" "$(near_asks 10.3.0.3 fd03::3)"
		check_eq "sessions created" "$before" "$(counter "$lb" sessions_created)"
		check_eq "who answers what is sent to the bridge" "rs1 rs1" "$(near_asks 10.3.0.1 fd03::1)"
		before=$((before + 2))
	done
	check_eq "who answers what is sent to a macvlan on the bridge" "rs1 rs1" "$(near_asks 10.3.0.4 fd03::4)"
	check_eq "its MAC is another one" 2 "$(ip -n "$near" neigh show dev eth0 |
		awk '/^(10.3.0|fd03::)[.0]*[14] / { print $3 }' | sort -u | wc -l)"
	busywait 5000 all_is_said || fail "connections that do not end"
	ip -n "$lb" link del p1 && ip -n "$lb" link del p2 && ip -n "$lb" link del br9 || return
	ip netns del "$near" && ip netns del "$far"
	no_services
}

hooks() { # HOOK
	run "$1: a service where the host listens" listener
	run "$1: datagrams for which tc has found a socket" socket_of_tc
	run "$1: a service where the host has a DNAT rule" dnat
	run "$1: a service of every port where the host masquerades" masquerade
	run "$1: fullnat: an rs with an address of this host" local_rs fullnat
	run "$1: dr: an rs with an address of this host" local_rs dr
	run "$1: tunnel: an rs with an address of this host" local_rs tunnel
}

run_first "a server, and one on the balancer" setup
hooks PRE_ROUTING
run "nat: an rs with an address of this host" nat_is_refused
run "an rs with an address of this host, where nobody listens" local_rs_refuses
run "ports of the host's own connections" ports_of_the_host
run "connections of the host from a laddr" host_was_first "$VIP4" 10.2.0.11 "$LADDR"
run "connections of the host from an IPv6 laddr" host_was_first "$VIP6" fd02::11 fd02::101
run "UDP sockets of the host on a laddr" socket_of_udp
run "ports apart from the host's" apart
run "PRE_ROUTING: frames for another station" across_a_bridge
run "ingress hooks" attach_legs
hooks ingress
run "br_netfilter ahead of the ingress hook" bridge_netfilter
run "ingress: frames for another station" across_a_bridge
run "a service where IPVS has one" ipvs
run "module unloads, nothing left" mgw_unload
finish
