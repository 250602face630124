#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Services by firewall mark, in all modes, by both hooks. Topology: lib.sh, and a
# second way from the rs to the client as in modes.sh. A prefix of each family is
# routed by lb to rs2, which answers as all of it: who is not taken by its mark
# gets there. Services have rs1.
#
#   client eth0 --- outside [lb] inside --- sw --- rs1, rs2
#          back --------------------------- sw

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

ROOT=$TMP/www
NET4=10.9.1.0/24
NET6=fd09:1::/64
ADDRS4=(10.9.1.1 10.9.1.77 10.9.1.254)
ADDRS6=("[fd09:1::1]" "[fd09:1::ffff:1]")

# An rs that is the whole prefix, and answers as it by the client's second leg.
rs_of_the_prefix() { # NS
	ip -n "$1" -batch - <<-END || return
		route add local $NET4 dev lo
		route add local $NET6 dev lo
		rule add from $NET4 lookup 100
		route add default via 10.2.0.200 table 100
		route add default via fd02::200 table 100
		link set tunl0 up
		link set ip6tnl0 up
	END
	ip -n "$1" -6 rule add from "$NET6" lookup 100 || return
	# So that servers may answer as an address that is local by its route only.
	in_ns "$1" sysctl -qw net.ipv6.ip_nonlocal_bind=1 net.ipv4.conf.{all,default,eth0,tunl0,ip6tnl0}.rp_filter=0 \
		net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2
}

second_way() {
	cable "$client" back "$sw" back || return
	ip -n "$sw" link set back master br0 up || return
	ip -n "$client" -batch - <<-END || return
		link set back up
		addr add 10.2.0.200/24 dev back
		addr add fd02::200/64 dev back nodad
	END
	in_ns "$client" sysctl -qw net.ipv4.conf.{all,eth0,back}.rp_filter=0 net.ipv4.conf.all.arp_ignore=1
}

setup() {
	local ns
	modprobe -a ipip ip6_tunnel sch_ingress cls_flower act_skbedit || return
	topology_fullnat 2 && add_laddrs 4 && second_way && mgw_load || return
	ip -n "$lb" route add "$NET4" via 10.2.0.12 && ip -n "$lb" -6 route add "$NET6" via fd02::12 || return
	mkdir -p "$ROOT"
	head -c 300000 /dev/urandom >"$ROOT/300000"
	head -c 2000000 /dev/urandom >"$ROOT/2000000"
	chmod -R a+rX "$TMP"
	for ns in rs1 rs2; do
		rs_of_the_prefix "${!ns}" && start_nginx "${!ns}" "$ROOT" "$ns" && start_udp_echo "${!ns}" 7 || return
	done
	spawn "$rs1" "$TOOLS/udp_refused.py" server 9
	wait_ready "$SPAWNED" || return
	mgw "$lb" laddr add 10.2.0.101-10.2.0.104 && mgw "$lb" laddr add fd02::101-fd02::104 || return
	pings "$client" 10.9.1.1 && pings "$client" fd09:1::1 && pings "$lb" 10.2.0.11 && pings "$lb" fd02::11
}

marks() {
	in_ns "$lb" nft -f - <<-END
		table inet marks {
			chain raw {
				type filter hook prerouting priority raw
				ip daddr { $NET4, $VIP4 } tcp dport { 80, 8000 } meta mark set 7
				ip daddr $NET4 udp dport { 7, 9, 99 } meta mark set 7
				ip6 daddr $NET6 meta l4proto { tcp, udp } th dport { 7, 9, 80, 99 } meta mark set 7
			}
		}
	END
}

no_marks() {
	in_ns "$lb" nft flush ruleset
}

service_is() { # MARK FAMILY RADDR MODE
	mgw "$lb" service add fwmark "$1" --family "$2" --mode "$4" &&
		mgw "$lb" rs add fwmark "$1" "$3" --family "$2"
}

no_service() { # MARK FAMILY
	mgw "$lb" session flush --all >/dev/null
	mgw "$lb" service del fwmark "$1" --family "$2"
}

# One answer a line.
names_at() { # CURL_OPTION... URL...
	in_ns "$client" curl -sS -g --max-time $((30 * MGW_SLOW)) "$@"
}

answered_by() { # NAME ADDR...
	local name=$1
	shift
	check_eq "who answers as $*" "$(printf "$name\n%.0s" "$@")" "$(names_at "${@/%//name}")"
}

fetches() { # ADDR
	whole_file "$client" "$ROOT/300000" "http://$1/300000" 30
}

# Datagrams of these sizes come back. With "refusals" also: port 99 is open
# nowhere, and the server of port 9 answers a client that has gone, whose host's
# error has no mark and is for an address that is not lb's.
SIZES="1 1400 9000"
echoes() { # [refusals] ADDR...
	in_ns "$client" /usr/bin/python3 -ISB - "$SIZES" "${@//[\[\]]/}" <<-'END' || fail "datagrams to $*"
		import socket, sys
		addrs = sys.argv[2:]
		refusals = addrs[0] == "refusals"
		def ask(addr, port):
		    sock = socket.socket(socket.AF_INET6 if ":" in addr else socket.AF_INET, socket.SOCK_DGRAM)
		    sock.connect((addr, port))
		    sock.settimeout(20)
		    return sock
		for addr in addrs[refusals:]:
		    sock = ask(addr, 7)
		    for size in map(int, sys.argv[1].split()):
		        data = bytes(i * 7 & 255 for i in range(size))
		        sock.send(data)
		        assert sock.recv(65536) == data, (addr, size)
		if refusals:
		    sock = ask(addrs[1], 99)
		    sock.send(b"anybody?")
		    try:
		        sock.recv(1)
		        sys.exit(addrs[1] + " answers on a closed port")
		    except TimeoutError:
		        sys.exit(addrs[1] + " does not refuse")
		    except ConnectionRefusedError:
		        pass
		    ask(addrs[1], 9).send(b"and gone")
	END
}

refused_seen() {
	cat "$TMP"/spawn.* | grep -c '^refused'
}

more_refused() { # BEFORE
	[ "$(refused_seen)" -gt "$1" ]
}

refusals() { # ADDR...
	local before
	before=$(refused_seen)
	echoes refusals "$@" && { busywait 10000 more_refused "$before" || fail "the rs is not told that the client has gone"; }
}

# What the sessions say, and the log of the rs.
sessions_say() { # MODE CLIENT|laddr ADDR...
	local mode=$1 who=$2 vaddrs
	shift 2
	vaddrs=$(printf '%s\n' "${@//[\[\]]/}" | sort | xargs)
	check_eq "modes, vaddrs, vports" "$mode $vaddrs 7 80" "$(mgw_json "$lb" session show | jq -r '
		[map(.mode), map(.vaddr), map(.vport | select(. < 9 or . == 80))] | map(unique) | add | join(" ")')"
	if [ "$who" = laddr ]; then
		check_match "client in the log of rs1" '^10\.2\.0\.10|^fd02::10' "$(tail -1 "$TMP/rs1.access")"
	else
		check_match "client in the log of rs1" '^10\.1\.0\.2 |^fd01::2 ' "$(tail -1 "$TMP/rs1.access")"
	fi
}

family_works() { # FAMILY RADDR MODE CLIENT|laddr ECHOES|refusals ADDR...
	local family=$1 raddr=$2 mode=$3 who=$4 datagrams=$5
	shift 5
	service_is 7 "$family" "$raddr" "$mode" || return
	answered_by rs1 "$@"
	fetches "$1" && "$datagrams" "$@"
	sessions_say "$mode" "$who" "$@"
	no_service 7 "$family"
}

ipv4_works() { # MODE CLIENT|laddr ECHOES|refusals
	family_works ipv4 10.2.0.11 "$@" "${ADDRS4[@]}"
}

ipv6_works() { # MODE CLIENT|laddr ECHOES|refusals
	family_works ipv6 fd02::11 "$@" "${ADDRS6[@]}"
}

mode_works() { # MODE CLIENT|laddr
	ipv4_works "$@" refusals
	ipv6_works "$@" refusals
}

# Nobody's: what comes without a mark, with another one, or of another family.
others_untouched() {
	mgw "$lb" stats zero
	answered_by rs2 "${ADDRS4[0]}" "${ADDRS6[0]}"
	service_is 8 ipv4 10.2.0.11 fullnat && service_is 7 ipv6 fd02::11 fullnat || return
	answered_by rs2 "${ADDRS4[@]}"
	no_marks
	service_is 7 ipv4 10.2.0.11 fullnat || return
	answered_by rs2 "${ADDRS4[@]}" "${ADDRS6[@]}"
	check_eq "sessions made" 0 "$(counter "$lb" sessions_created)"
	marks || return
	answered_by rs1 "${ADDRS4[@]}" "${ADDRS6[@]}"
	check_eq "sessions made with marks" 5 "$(counter "$lb" sessions_created)"
	no_service 7 ipv4 && no_service 7 ipv6 && no_service 8 ipv4
}

# The mark comes first, as with IPVS.
mark_is_first() {
	mgw "$lb" service add tcp "$VIP4:80" && mgw "$lb" rs add tcp "$VIP4:80" 10.2.0.12:80 || return
	answered_by rs2 "$VIP4"
	service_is 7 ipv4 10.2.0.11 fullnat || return
	answered_by rs1 "$VIP4"
	no_service 7 ipv4 || return
	answered_by rs2 "$VIP4"
	mgw "$lb" service del tcp "$VIP4:80"
}

# An rs with a port of its own gets what comes to any.
rs_with_a_port() {
	mgw "$lb" service add fwmark 0x7 --sched rr && mgw "$lb" rs add fwmark 7 10.2.0.11:80 || return
	answered_by rs1 10.9.1.3:8000 10.9.1.4:80
	mgw "$lb" rs set fwmark 7 10.2.0.11:80 --mode nat || return
	answered_by rs1 10.9.1.5:8000
	check_eq "rport" 80 "$(mgw_json "$lb" session show | jq -r '[.[].rport] | unique | join(" ")')"
	no_service 7 ipv4
}

session_filters() {
	service_is 7 ipv4 10.2.0.11 fullnat || return
	answered_by rs1 "${ADDRS4[@]}"
	check_eq "by mark" 3 "$(mgw_json "$lb" session count --service fwmark 7 | jq .sessions)"
	check_eq "by another" 0 "$(mgw_json "$lb" session count --service fwmark 8 | jq .sessions)"
	check_eq "by destination" 1 "$(mgw_json "$lb" session count --service tcp 10.9.1.77:80 | jq .sessions)"
	check_eq "ended" 3 "$(mgw_json "$lb" session flush --service fwmark 0x7 | jq .flushed)"
	no_service 7 ipv4
}

# A laddr as the client; the rs on lb itself, to which the packets go by lo with
# their mark; what lb says to itself.
not_clients() {
	service_is 7 ipv4 10.2.0.11 fullnat || return
	mgw "$lb" stats zero
	ip -n "$client" addr add 10.2.0.101/32 dev eth0
	names_at --interface 10.2.0.101 --max-time 1 10.9.1.1/name 2>/dev/null && fail "a laddr was served"
	ip -n "$client" addr del 10.2.0.101/32 dev eth0
	check_range "drop_martian" 1 9 "$(counter "$lb" drop_martian)"
	no_service 7 ipv4 || return
	start_udp_echo "$lb" 7 || return
	service_is 7 ipv4 10.2.0.1 fullnat || return
	mgw "$lb" stats zero
	SIZES=1400 echoes 10.9.1.1
	check_eq "sessions made" 1 "$(counter "$lb" sessions_created)"
	in_ns "$lb" nft -f - <<-END || return
		table ip own {
			chain output {
				type route hook output priority mangle
				udp dport 7 meta mark set 7
			}
		}
	END
	in_ns "$lb" /usr/bin/python3 -ISB -c '
import socket
for addr in ("127.0.0.1", "10.1.0.1"):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect((addr, 7))
    sock.settimeout(5)
    sock.send(b"own")
    assert sock.recv(100) == b"own"' || fail "lb can't talk to itself"
	check_eq "sessions made by lb itself" 1 "$(counter "$lb" sessions_created)"
	in_ns "$lb" nft delete table ip own
	stop "$SPAWNED"
	no_service 7 ipv4
}

# Packets come to one CPU, answers to another.
on_two_cpus() { # MODE
	service_is 7 ipv4 10.2.0.11 "$1" && service_is 7 ipv6 fd02::11 "$1" || return
	mgw "$lb" stats zero
	rps 1 2
	fetches "${ADDRS4[0]}" && fetches "${ADDRS6[0]}" && refusals "${ADDRS4[1]}"
	[ "$(counter "$lb" steer_sent)" -gt 0 ] || fail "no packet was handed over"
	while_slow "${ADDRS4[2]}" rps 2 1
	rps 0 0
	check_eq "packets that went astray" 0 "$(strays "$lb")"
	no_service 7 ipv4 && no_service 7 ipv6
}

# During a download.
while_slow() { # ADDR CMD...
	start_slow "$client" "http://$1/2000000" || return
	"${@:2}"
	end_slow "$ROOT/2000000"
}

# Its sessions go on; new ones are the host's to forward.
deleted_under_traffic() { # MODE
	service_is 7 ipv4 10.2.0.11 "$1" || return
	while_slow 10.9.1.1 delete_and_ask
	[ "$(mgw_json "$lb" session show | jq length)" -gt 0 ] || fail "its session is not there"
	service_is 7 ipv4 10.2.0.11 "$1" || return
	answered_by rs1 10.9.1.1
	no_service 7 ipv4
}

delete_and_ask() {
	mgw "$lb" service del fwmark 7
	check_eq "services" 0 "$(mgw_json "$lb" service show | jq length)"
	answered_by rs2 10.9.1.1
}

words() {
	service_is 7 ipv4 10.2.0.11 fullnat && mgw "$lb" service add fwmark 0xffffffff --family ipv6 || return
	check_match "as text" '^service fwmark 7 sched wlc mode fullnat' "$(mgw "$lb" service show fwmark 7)"
	check_eq "as JSON" '[7,"ipv4",null,10.2.0.11:0],[4294967295,"ipv6",null,]' "$(mgw_json "$lb" service show |
		jq -r '[.[] | "[\(.fwmark),\"\(.family)\",\(.vaddr),\([.rs[] | "\(.raddr):\(.rport)"] | join(" "))]"] | join(",")')"
	check_eq "rs" 0 "$(mgw_json "$lb" rs show fwmark 7 10.2.0.11 | jq '.[0].rport')"
	mgw "$lb" service set fwmark 4294967295 --family ipv6 --sched rr || fail "set"
	cmd_fail "mark 0" 2 'mark 0 is that of packets nobody has marked' mgw "$lb" service add fwmark 0
	cmd_fail "mark too high" 2 "'4294967296' is no firewall mark" mgw "$lb" service add fwmark 4294967296
	cmd_fail "an address as mark" 2 'is no firewall mark' mgw "$lb" service add fwmark 10.9.1.1:80
	cmd_fail "a family" 2 "unknown family 'inet6'" mgw "$lb" service add fwmark 7 --family inet6
	cmd_fail "a family of tcp" 2 'is for services by fwmark' mgw "$lb" service add tcp 10.9.1.1:80 --family ipv4
	cmd_fail "the same twice" 1 'fwmark 7: service exists already' mgw "$lb" service add fwmark 7
	cmd_fail "the other family" 1 'fwmark 7 --family ipv6: no such service' mgw "$lb" service del fwmark 7 --family ipv6
	cmd_fail "dr with a port" 1 'rport must be 0 in modes dr and tunnel of a fwmark service' \
		mgw "$lb" rs add fwmark 7 10.2.0.11:80 --mode dr
	cmd_fail "nat to another family" 1 "raddr must be of the service's family" \
		mgw "$lb" rs add fwmark 7 fd02::11 --mode nat
	cmd_fail "no such rs" 1 'fwmark 7 10.2.0.12:0: no such rs in this service' mgw "$lb" rs del fwmark 7 10.2.0.12
	no_service 0xffffffff ipv6 && no_service 7 ipv4
}

tc_marks() {
	local rule
	in_ns "$lb" tc qdisc add dev outside clsact || return
	for rule in "ip flower dst_ip $NET4 ip_proto tcp dst_port 80" "ip flower dst_ip $NET4 ip_proto udp" \
		"ipv6 flower dst_ip $NET6 ip_proto tcp dst_port 80" "ipv6 flower dst_ip $NET6 ip_proto udp"; do
		# shellcheck disable=SC2086
		in_ns "$lb" tc filter add dev outside ingress protocol $rule action skbedit mark 7 || return
	done
}

# Else it asks for a laddr by ICMPv6 some seconds after it has used it, which the hook leaves.
rs1_knows_laddrs() {
	local laddr mac
	mac=$(ip -n "$lb" -j link show inside | jq -r '.[0].address')
	for laddr in fd02::101 fd02::102 fd02::103 fd02::104; do
		ip -n "$rs1" -6 neigh replace "$laddr" lladdr "$mac" dev eth0 nud permanent || return
	done
}

attach() {
	rs1_knows_laddrs || return
	no_marks
	mgw "$lb" dev attach outside && mgw "$lb" dev attach inside && tc_marks
}

# At ingress it takes them, the first packet of each too.
taken_at_ingress() {
	service_is 7 ipv4 10.2.0.11 fullnat || return
	mgw "$lb" stats zero
	answered_by rs1 "${ADDRS4[@]}"
	check_eq "packets left to the other hook" 0 "$(counter "$lb" ingress_passed)"
	check_range "packets taken" 20 99 "$(counter "$lb" ingress_packets)"
	no_service 7 ipv4
}

# Marks of the raw table do not exist yet: the hook behind takes those packets.
marks_behind_ingress() {
	in_ns "$lb" tc qdisc del dev outside clsact && marks || return
	service_is 7 ipv4 10.2.0.11 nat && service_is 7 ipv6 fd02::11 fullnat || return
	answered_by rs1 "${ADDRS4[@]}" "${ADDRS6[@]}"
	fetches "${ADDRS4[0]}" && echoes "${ADDRS4[0]}"
	no_service 7 ipv4 && no_service 7 ipv6
}

run_first "setup" setup
run_first "marks in the raw table" marks
run "FULLNAT" mode_works fullnat laddr
run "NAT" mode_works nat client
run "DR" mode_works dr client
run "TUNNEL" mode_works tunnel client
run "what has no mark of a service is left alone" others_untouched
run "the mark comes before the address" mark_is_first
run "an rs with a port" rs_with_a_port
run "filters of sessions" session_filters
run "who is no client" not_clients
run "FULLNAT on two CPUs" on_two_cpus fullnat
run "NAT on two CPUs" on_two_cpus nat
run "deleted under traffic, FULLNAT" deleted_under_traffic fullnat
run "deleted under traffic, DR" deleted_under_traffic dr
run "words" words
run_first "ingress hooks, marks by tc" attach
run "ingress: FULLNAT" ipv6_works fullnat laddr echoes
run "ingress: NAT" ipv4_works nat client echoes
run "ingress: DR" ipv6_works dr client echoes
run "ingress: TUNNEL" ipv4_works tunnel client echoes
run "ingress takes what tc has marked" taken_at_ingress
run "ingress leaves marks of the raw table to the hook behind" marks_behind_ingress
run "unload" mgw_unload
finish
