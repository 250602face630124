#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# NAT, DR and TUNNEL beside FULLNAT, by both hooks, over both families. Topology:
# lib.sh, and a second way from the rs to the client, which is what they answer
# by as the vaddr; as themselves they answer by lb. Behind rs3 is another rs, to which
# rs3 takes packets of 1,400 bytes:
#
#   client eth0 --- outside [lb] inside --- sw --- rs1, rs2
#          back --------------------------- sw --- rs3 --- far (10.3.0.14)

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

ROOT=$TMP/www
SERVICES=("tcp 80" "udp 7" "udp 9" "udp 99" "tcp 5201")
# ICMP errors always come by PRE_ROUTING; with whose packets, is all the same.
with_refusals=1
far=''
# Mode, and settings of an rs in it.
TUNNELS=("ipip" "gue --tunnel-checksum off" "gue --tunnel-checksum on" "gre --tunnel-checksum off")

# The vaddr on an rs, which answers as it by the client's second leg. A device of
# GRE takes packets either with or without a checksum.
rs_of_all_modes() { # NS GATEWAY4 GATEWAY6 GRE4 GRE6
	ip -n "$1" -batch - <<-END || return
		addr add $VIP4/32 dev lo
		addr add $VIP6/128 dev lo nodad
		rule add from $VIP4 lookup 100
		route add default via $2 table 100
		route add default via $3 table 100
		link set tunl0 up
		link set sit0 up
		link set ip6tnl0 up
		link add gre4 type gre $4
		link set gre4 up
		link add gre6 type ip6gre $5
		link set gre6 up
		fou add port 6080 gue
	END
	ip -n "$1" -6 tunnel change ip6tnl0 mode any || return
	ip -n "$1" -6 fou add port 6080 gue && ip -n "$1" -6 rule add from "$VIP6" lookup 100 || return
	in_ns "$1" sysctl -qw net.ipv4.conf.{all,default,eth0,tunl0,gre4,sit0,ip6tnl0,gre6}.rp_filter=0 \
		net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2
}

second_way() {
	cable "$client" back "$sw" back || return
	ip -n "$sw" link set back master br0 up || return
	ip -n "$client" -batch - <<-END || return
		link set back up
		addr add 10.2.0.200/24 dev back
		addr add fd02::200/64 dev back nodad
		route add 10.3.0.0/24 via 10.1.0.1
		route add fd03::/64 via fd01::1
	END
	in_ns "$client" sysctl -qw net.ipv4.conf.{all,eth0,back}.rp_filter=0
}

behind_rs3() {
	setup_ns far && cable "$rs3" inner "$far" eth0 || return
	in_ns "$rs3" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.{all,default}.forwarding=1 || return
	ip -n "$rs3" -6 rule add from "$VIP6" lookup 100 || return
	ip -n "$rs3" -batch - <<-END || return
		link set inner up
		addr add 10.3.0.1/24 dev inner
		addr add fd03::1/64 dev inner nodad
		route add 10.3.0.14/32 dev inner mtu lock 1400
		route add fd03::14/128 dev inner mtu lock 1400
		rule add from $VIP4 lookup 100
		route add default via 10.2.0.200 table 100
		route add default via fd02::200 table 100
		route replace default via fd02::1
	END
	in_ns "$rs3" sysctl -qw net.ipv4.conf.{all,eth0,inner}.rp_filter=0 || return
	ip -n "$far" -batch - <<-END || return
		link set eth0 up
		addr add 10.3.0.14/24 dev eth0
		addr add fd03::14/64 dev eth0 nodad
		route add default via 10.3.0.1
		route add default via fd03::1
	END
	ip -n "$lb" route add 10.3.0.0/24 via 10.2.0.13 || return
	ip -n "$lb" -6 route add fd03::/64 via fd02::13
}

servers() { # NS NAME
	start_nginx "$1" "$ROOT" "$2" && start_udp_echo "$1" 7 || return
	spawn "$1" "$TOOLS/udp_refused.py" server 9
	wait_ready "$SPAWNED" || return
	spawn "$1" iperf3 -s
	wait_for_port "$1" tcp 5201
}

setup() {
	modprobe -a ipip sit ip6_tunnel ip_gre ip6_gre fou fou6 || return
	topology_fullnat 3 && add_laddrs 4 && second_way && behind_rs3 && mgw_load || return
	mkdir -p "$ROOT"
	head -c 300000 /dev/urandom >"$ROOT/300000"
	head -c 2000000 /dev/urandom >"$ROOT/2000000"
	chmod -R a+rX "$TMP"
	rs_of_all_modes "$rs1" 10.2.0.200 fd02::200 "local 10.2.0.11 csum" "local fd02::11 csum" || return
	rs_of_all_modes "$rs2" 10.2.0.200 fd02::200 external external || return
	rs_of_all_modes "$far" 10.3.0.1 fd03::1 external "local fd03::14 csum" || return
	servers "$rs1" rs1 && servers "$rs2" rs2 && servers "$far" far || return
	mgw "$lb" laddr add 10.2.0.101-10.2.0.104 && mgw "$lb" laddr add fd02::101-fd02::104 || return
	pings "$client" "$VIP4" && pings "$lb" 10.3.0.14 && pings "$lb" fd03::14
}

# The services of one address, to one rs, by its mode.
services() { # VADDR RADDR SETTING...
	local vaddr=$1 raddr=$2 service
	shift 2
	for service in "${SERVICES[@]}"; do
		mgw "$lb" service add "${service% *}" "$vaddr:${service#* }" &&
			mgw "$lb" rs add "${service% *}" "$vaddr:${service#* }" "$raddr:${service#* }" "$@" || return
	done
}

no_services() {
	local service
	mgw "$lb" session flush --all >/dev/null
	mgw_json "$lb" service show | jq -r '.[] | "\(.proto) \(.vaddr) \(.vport)"' >"$TMP/services"
	while read -r proto vaddr vport; do
		[[ $vaddr != *:* ]] || vaddr="[$vaddr]"
		mgw "$lb" service del "$proto" "$vaddr:$vport" || return
	done <"$TMP/services"
	ip -n "$client" route flush cache
	ip -n "$client" -6 route flush cache
	ip -n "$lb" route flush cache
	ip -n "$lb" -6 route flush cache
}

url_of() { # VADDR
	echo "http://$1"
}

fetches() { # VADDR
	whole_file "$client" "$ROOT/300000" "$(url_of "$1")/300000" 30
}

echoes() { # VADDR
	local addr=${1//[\[\]]/} reply
	reply=$(in_ns "$client" /usr/bin/python3 -ISB - "$addr" 7 <<-'END'
		import errno, socket, sys
		sock = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
		sock.connect((sys.argv[1], int(sys.argv[2])))
		sock.settimeout(2)

		# Whoever is told of a smaller MTU has lost the datagram that was too long.
		def echoed(data):
		    for _ in range(5):
		        try:
		            sock.send(data)
		            while True:
		                reply = sock.recv(65536)
		                if len(reply) == len(data):
		                    return reply == data
		        except TimeoutError:
		            pass
		        except OSError as err:
		            if err.errno != errno.EMSGSIZE:
		                raise
		    return False

		for size in (1, 100, 1472, 9000):
		    assert echoed(bytes(i * 7 & 255 for i in range(size))), size
		print("all")
	END
	)
	check_eq "datagrams of 1 to 9,000 bytes echoed by $1" all "$reply"
}

uploads() { # VADDR
	in_ns "$client" timeout $((30 * MGW_SLOW)) iperf3 -c "${1//[\[\]]/}" -n 3M >"$TMP/iperf" 2>&1 ||
		fail "$1: iperf3: $(tail -2 "$TMP/iperf")"
}

# Port 99 is open nowhere; the server of port 9 answers a client that has gone.
refusals() { # VADDR
	local addr=${1//[\[\]]/} before
	in_ns "$client" "$TOOLS/udp_refused.py" client "$addr" 99 || fail "$1: the client is not told of a closed port"
	before=$(grep -c '^refused' "$TMP"/spawn.* 2>/dev/null | awk -F: '{n += $2} END {print n}')
	in_ns "$client" /usr/bin/python3 -ISB -c '
import socket, sys
sock = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
sock.connect((sys.argv[1], 9))
sock.send(b"and gone")' "$addr"
	busywait 6000 more_refused "$before" || fail "$1: the rs is not told that the client has gone"
}

more_refused() { # BEFORE
	[ "$(grep -c '^refused' "$TMP"/spawn.* | awk -F: '{n += $2} END {print n}')" -gt "$1" ]
}

# What the server's log says of who asked.
seen_by() { # NAME
	tail -1 "$TMP/$1.access" | cut -d' ' -f1
}

sessions_as_shown() {
	[ "$(counter "$lb" sessions)" = "$(session_count "$lb")" ]
}

mode_works() { # VADDR RADDR CLIENT|laddr SETTING...
	local vaddr=$1 raddr=$2 who=$3 mode=$5
	shift 3
	services "$vaddr" "$raddr" "$@" || return
	fetches "$vaddr" && echoes "$vaddr" && uploads "$vaddr"
	[ "$with_refusals" = 0 ] || refusals "$vaddr"
	check_eq "mode of the sessions" "$mode" "$(mgw_json "$lb" session show | jq -r '[.[].mode] | unique | .[]')"
	busywait 5000 sessions_as_shown ||
		fail "$(counter "$lb" sessions) sessions are counted, $(session_count "$lb") shown"
	[ "$who" = laddr ] || check_eq "client of the sessions, as the rs sees it" true \
		"$(mgw_json "$lb" session show | jq 'all(.laddr == .caddr and .lport == .cport)')"
	no_services
}

both_families() { # SETTING...
	mode_works "$VIP4" 10.2.0.11 client "$@"
	mode_works "[$VIP6]" "[fd02::11]" client "$@"
}

# One of them to rs1, the others to rs2.
tunnel_works() { # VADDR RS1 RS2
	local tunnel
	for tunnel in "${TUNNELS[@]}"; do one_tunnel "$1" "$3" "$tunnel"; done
	one_tunnel "$1" "$2" "gre --tunnel-checksum on"
}

one_tunnel() { # VADDR RADDR TUNNEL
	# shellcheck disable=SC2086
	services "$1" "$2" --mode tunnel --tunnel $3 || return
	fetches "$1" && echoes "$1" && uploads "$1"
	[ "$ktap_stage_failed" -eq 0 ] || echo "# tunnel $3 to $2"
	no_services
}

# Packets of 1,500 bytes that are too long behind rs3, which says so.
mtu_learnt() { # VADDR RADDR MTU SETTING...
	local vaddr=$1 raddr=$2 mtu=$3 seen
	shift 3
	services "$vaddr" "$raddr" "$@" || return
	uploads "$vaddr" && fetches "$vaddr"
	seen=$(ip -n "$client" route get "${vaddr//[\[\]]/}" | grep -o 'mtu [0-9]*')
	check_eq "MTU the client has learnt for $vaddr, $*" "mtu $mtu" "$seen"
	no_services
}

mtu_of_fullnat() {
	mtu_learnt "$VIP4" 10.3.0.14 1400 --mode fullnat
	mtu_learnt "[$VIP6]" "[fd03::14]" 1400 --mode fullnat
	mtu_learnt "[$VIP6]" 10.3.0.14 1420 --mode fullnat
	mtu_learnt "$VIP4" "[fd03::14]" 1380 --mode fullnat
}

mtu_of_nat() {
	mtu_learnt "$VIP4" 10.3.0.14 1400 --mode nat
	mtu_learnt "[$VIP6]" "[fd03::14]" 1400 --mode nat
}

mtu_of_tunnels() {
	mtu_learnt "$VIP4" 10.3.0.14 1380 --mode tunnel
	mtu_learnt "[$VIP6]" "[fd03::14]" 1360 --mode tunnel
	mtu_learnt "[$VIP6]" 10.3.0.14 1368 --mode tunnel --tunnel gue
	mtu_learnt "$VIP4" "[fd03::14]" 1352 --mode tunnel --tunnel gre --tunnel-checksum on
}

# A way that leaves less in a tunnel than every host of IPv6 may send without asking:
# what has at most 1,280 bytes is cut outside.
narrow_way() { # RADDR SETTING...
	services "[$VIP6]" "$1" --mode tunnel "${@:2}" || return
	uploads "[$VIP6]" && fetches "[$VIP6]" && echoes "[$VIP6]"
	[ "$ktap_stage_failed" -eq 0 ] || echo "# $*"
	no_services
}

narrow_way_of_tunnels() {
	local before
	ip -n "$lb" route add 10.2.0.11/32 dev inside mtu 1280 &&
		ip -n "$lb" -6 route add fd02::11/128 dev inside mtu 1280 || return
	before=$(counter "$lb" frag_needed_sent)
	narrow_way 10.2.0.11
	narrow_way 10.2.0.11 --tunnel gue --tunnel-checksum on
	narrow_way 10.2.0.11 --tunnel gre --tunnel-checksum on
	narrow_way "[fd02::11]"
	narrow_way "[fd02::11]" --tunnel gue
	check_range "clients told" 5 40 $(($(counter "$lb" frag_needed_sent) - before))
	ip -n "$lb" route del 10.2.0.11/32 dev inside && ip -n "$lb" -6 route del fd02::11/128 dev inside
}

# Super-packets of more than 64 KiB (BIG TCP), whose length no header around them can say.
long_upload() { # RADDR SETTING...
	local report
	services "[$VIP6]" "$1" --mode tunnel "${@:2}" || return
	report=$(in_ns "$client" timeout $((60 * MGW_SLOW)) iperf3 -J -n 8M -w 1M -c "$VIP6") || fail "iperf3: $(jq -r .error <<<"$report")"
	no_services
}

long_in_tunnels() {
	local came left
	longest_packets 150000 || return
	start_tcpdump "$lb" -i outside -p -s 96 -l "greater 66000"
	came=$SPAWNED
	start_tcpdump "$lb" -i inside -p -s 96 -l "greater 66000"
	left=$SPAWNED
	long_upload 10.2.0.11 --tunnel ipip
	long_upload 10.2.0.11 --tunnel gue
	long_upload "[fd02::11]" --tunnel ipip
	long_upload "[fd02::11]" --tunnel gre --tunnel-checksum on
	end_tcpdump "$came" "$left"
	longest_packets 65536
	check_range "of more than 64 KiB from the client" 10 100000 "$(grep -c ' > ' "$TMP/spawn.$came")"
	check_eq "of more than 64 KiB to the rs" 0 "$(grep -c ' > ' "$TMP/spawn.$left")"
}

# During a download.
while_slow() { # VADDR CMD...
	start_slow "$client" "$(url_of "$1")/2000000" || return
	"${@:2}"
	end_slow "$ROOT/2000000"
}

# Answers come to another CPU than the client's packets.
nat_on_two_cpus() {
	services "$VIP4" 10.2.0.11 --mode nat || return
	rps 1 2
	mgw "$lb" stats zero
	fetches "$VIP4" && echoes "$VIP4"
	[ "$(counter "$lb" steer_sent)" -gt 0 ] || fail "no packet was handed over"
	check_eq "packets that went astray" 0 "$(strays "$lb")"
	no_services
}

# And then that CPU goes.
nat_cpu_goes() {
	services "$VIP4" 10.2.0.11 --mode nat || return
	mgw "$lb" stats zero
	rps 2 1
	while_slow "$VIP4" cpu_goes_and_comes
	check_eq "packets that went astray" 0 "$(strays "$lb")"
	no_services
}

# Linux may lose the backlog of a CPU that goes while others still send to it by RPS.
cpu_goes_and_comes() {
	sleep 1
	rps 0 0
	echo 0 >/sys/devices/system/cpu/cpu1/online
	sleep 1
	echo 1 >/sys/devices/system/cpu/cpu1/online
}

# Sessions keep the mode they began in, also when the rs is deleted.
mode_changes() {
	services "$VIP4" 10.2.0.11 --mode nat || return
	while_slow "$VIP4" change_mode
	fetches "$VIP4"
	check_eq "modes of the sessions" "dr nat" \
		"$(mgw_json "$lb" session show | jq -r '[.[] | select(.vport == 80).mode] | unique | join(" ")')"
	while_slow "$VIP4" mgw "$lb" rs del tcp "$VIP4:80" 10.2.0.11:80
	no_services
}

change_mode() {
	mgw "$lb" rs set tcp "$VIP4:80" 10.2.0.11:80 --mode dr
}

# The rs is lb itself: its own server gets the packets, each once.
rs_is_this_host() {
	local server
	spawn "$lb" iperf3 -s -p 5202
	server=$SPAWNED
	wait_for_port "$lb" tcp 5202 || return
	mgw "$lb" service add tcp "$VIP4:5202" --mode dr && mgw "$lb" rs add tcp "$VIP4:5202" 10.2.0.1:5202 || return
	in_ns "$client" iperf3 -c "$VIP4" -p 5202 -n 1M >"$TMP/iperf" 2>&1 || fail "iperf3: $(tail -2 "$TMP/iperf")"
	stop "$server"
	no_services
}

# Two services, one rs, one port of the client.
same_tuple() {
	local port
	for port in 7 8; do
		mgw "$lb" service add udp "$VIP4:$port" --mode nat && mgw "$lb" rs add udp "$VIP4:$port" 10.2.0.11:7 || return
	done
	mgw "$lb" stats zero
	in_ns "$client" /usr/bin/python3 -ISB -c '
import socket, sys
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("", 5555))
sock.settimeout(5)
sock.sendto(b"first", (sys.argv[1], 7))
assert sock.recvfrom(100) == (b"first", (sys.argv[1], 7))
sock.sendto(b"second", (sys.argv[1], 8))
sock.sendto(b"third", (sys.argv[1], 7))
assert sock.recvfrom(100) == (b"third", (sys.argv[1], 7))' "$VIP4" || fail "the first service lost its client"
	check_eq "packets of the second service dropped" 1 "$(counter "$lb" drop_tuple_taken)"
	no_services
}

# With sessions of all modes, both hooks, and packets on their way.
namespace_dies() {
	services "$VIP4" 10.2.0.11 --mode nat && services "[$VIP6]" "[fd02::11]" --mode dr || return
	mgw "$lb" rs add tcp "$VIP4:80" 10.2.0.12:80 --mode tunnel &&
		mgw "$lb" rs add tcp "[$VIP6]:80" "[fd02::12]:80" --mode tunnel --tunnel gue || return
	fetches "$VIP4" && fetches "$VIP4" && fetches "[$VIP6]" && fetches "[$VIP6]" && echoes "$VIP4"
	check_eq "modes of the sessions" "dr nat tunnel" \
		"$(mgw_json "$lb" session show | jq -r '[.[].mode] | unique | join(" ")')"
	# A device may go while routes of sessions lead through it.
	timeout 60 ip -n "$lb" link del inside || fail "its device does not go"
	ip netns del "$lb"
	busywait 30000 lb_has_gone || fail "the namespace lives on"
}

# Its end of the cable takes the other with it.
lb_has_gone() {
	! ip -n "$client" link show eth0
}

nothing_lost() {
	check_eq "drops other than those provoked" '{}' "$(mgw_json "$lb" stats show --drops |
		jq -c '.counters | with_entries(select(.value > 0 and .key != "drop_tuple_taken" and .key != "drop_too_big"))')"
}

each_mode() { # HOOK
	run "$1: FULLNAT" mode_works "$VIP4" 10.2.0.11 laddr --mode fullnat
	run "$1: FULLNAT over IPv6" mode_works "[$VIP6]" "[fd02::11]" laddr --mode fullnat
	run "$1: FULLNAT, IPv6 to IPv4" mode_works "[$VIP6]" 10.2.0.11 laddr --mode fullnat
	run "$1: FULLNAT, IPv4 to IPv6" mode_works "$VIP4" "[fd02::11]" laddr --mode fullnat
	run "$1: NAT" both_families --mode nat
	run "$1: DR" both_families --mode dr
	run "$1: TUNNEL" both_families --mode tunnel
}

run_first "setup" setup
each_mode PRE_ROUTING
with_refusals=0 SERVICES=("tcp 80" "udp 7" "tcp 5201")
run "tunnels over IPv4" tunnel_works "$VIP4" 10.2.0.11 10.2.0.12
run "tunnels over IPv4 with IPv6 inside" tunnel_works "[$VIP6]" 10.2.0.11 10.2.0.12
run "tunnels over IPv6" tunnel_works "[$VIP6]" "[fd02::11]" "[fd02::12]"
run "tunnels over IPv6 with IPv4 inside" tunnel_works "$VIP4" "[fd02::11]" "[fd02::12]"
run "a smaller MTU behind FULLNAT" mtu_of_fullnat
run "a smaller MTU behind NAT" mtu_of_nat
run "a smaller MTU on the way of tunnels" mtu_of_tunnels
run "tunnels on a way for less than IPv6 asks" narrow_way_of_tunnels
run "super-packets of more than 64 KiB in tunnels" long_in_tunnels
run "NAT on two CPUs" nat_on_two_cpus
if cpus_can_go; then
	run "NAT on two CPUs, of which one goes" nat_cpu_goes
fi
run "an rs changes its mode, and is deleted" mode_changes
run "DR to this host" rs_is_this_host
run "two services with the same rs and client port" same_tuple
run "nothing else was dropped" nothing_lost
run_first "ingress hooks" attach_legs
each_mode ingress
run "ingress: tunnels over IPv4" tunnel_works "$VIP4" 10.2.0.11 10.2.0.12
run "ingress: tunnels on a way for less than IPv6 asks" narrow_way_of_tunnels
run "ingress: NAT on two CPUs" nat_on_two_cpus
if cpus_can_go; then
	run "ingress: NAT on two CPUs, of which one goes" nat_cpu_goes
fi
run "namespace deleted with sessions of all modes" namespace_dies
run "unload" mgw_unload
finish
