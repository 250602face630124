#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Both legs attached: packets of sessions are sent on before the stack receives
# them. Topology: lib.sh, and a VLAN beside the outside cable for one stage:
#
#   client eth0 --------------- outside [lb] inside --- sw --- rs1, rs2
#          eth0.7 (10.7.0.2) -- outside.7 (10.7.0.1)
#
# Cases: refusals; downloads of all four pairs of families, every byte, every
# packet by the hook; fragments, IP options and extension headers go up and are
# served; an administrator's drops in raw, ingress chains and tc still count; NFQUEUE;
# wrong CPUs, and packets that turn out to be the host's own; VLAN device; rename,
# down and up, deletion, other namespace, other master, unload, all under traffic.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

ROOT=$TMP/www
PACKETS=0 INGRESS=0 PASSED=0 MONITOR=0
spare=''
declare -A SHA
# What a client asks; the second of each pair changes the family.
URL4=http://$VIP4
URLS=("$URL4" "http://$VIP4:8046" "http://[$VIP6]" "http://[$VIP6]:8064")

# A VIP's services towards servers of one family.
services() { # VIP HTTP_PORT UDP_PORT IPERF_PORT RADDR...
	local vip=$1 http=$2 udp=$3 iperf=$4 raddr
	shift 4
	mgw "$lb" service add tcp "$vip:$http" --sched rr || return
	mgw "$lb" service add udp "$vip:$udp" || return
	mgw "$lb" service add tcp "$vip:$iperf" || return
	for raddr; do
		mgw "$lb" rs add tcp "$vip:$http" "$raddr:80" || return
		mgw "$lb" rs add udp "$vip:$udp" "$raddr:7" || return
	done
	mgw "$lb" rs add tcp "$vip:$iperf" "$1:5201"
}

setup() {
	local size i
	topology_fullnat 2 && add_laddrs 2 && mgw_load || return
	mkdir -p "$ROOT"
	for size in 1 20000 3000000 6000000; do
		head -c "$size" /dev/urandom >"$ROOT/$size"
		SHA[$size]=$(sha256sum "$ROOT/$size" | cut -d' ' -f1)
	done
	chmod -R a+rX "$TMP"
	for i in 1 2; do
		local -n ns=rs$i
		start_nginx "$ns" "$ROOT" "rs$i" && start_udp_echo "$ns" 7 || return
		unset -n ns
	done
	mgw "$lb" laddr add 10.2.0.101 --cpu 0 && mgw "$lb" laddr add 10.2.0.102 --cpu 1 || return
	mgw "$lb" laddr add fd02::101 --cpu 0 && mgw "$lb" laddr add fd02::102 --cpu 1 || return
	services "$VIP4" 80 7 5201 10.2.0.11 10.2.0.12 || return
	services "$VIP4" 8046 746 5246 "[fd02::11]" "[fd02::12]" || return
	services "[$VIP6]" 80 7 5201 "[fd02::11]" "[fd02::12]" || return
	services "[$VIP6]" 8064 764 5264 10.2.0.11 10.2.0.12
}

# -------------------------------------------------------------------- counting

numbers() {
	mgw_json "$lb" stats show | jq -r \
		'.counters | "\(.packets_from_client + .packets_from_rs) \(.ingress_packets) \(.ingress_passed)"'
}

# What a command sent through lb: PACKETS in all, INGRESS by the hook, and how
# many the hook left to the other.
measure() { # CMD...
	local before after
	read -ra before <<<"$(numbers)"
	"$@" || fail "$* failed"
	read -ra after <<<"$(numbers)"
	PACKETS=$((after[0] - before[0])) INGRESS=$((after[1] - before[1]))
	PASSED=$((after[2] - before[2]))
	echo "# $*: $PACKETS packets, $INGRESS by the hook, $PASSED left by it"
}

all_by_the_hook() {
	check_range "packets" 10 100000000 "$PACKETS"
	check_eq "of them by the hook" "$PACKETS" "$INGRESS"
	# What neighbours ask about a laddr is left, too.
	check_range "left by the hook" 0 20 "$PASSED"
}

no_drops() {
	local drops
	drops=$(drops "$lb")
	check_eq "drops" "{}" "$drops"
}

# --------------------------------------------------------------------- traffic

fetch() { # URL SIZE COUNT PARALLEL
	local report
	report=$(in_ns "$client" "$TOOLS/http_fetch_many.py" --count "$3" --parallel "$4" \
		--size "$2" --sha256 "${SHA[$2]}" --timeout $((120 * MGW_SLOW)) "$1/$2") ||
		fail "$1/$2: $report"
}

download_all() {
	local url
	for url in "${URLS[@]}"; do
		fetch "$url" 1 20 10
		fetch "$url" 20000 60 20
		fetch "$url" 6000000 4 2
	done
}

echo_sizes() { # ADDR PORT FIRST LAST STEP
	local report
	report=$(in_ns "$client" "$TOOLS/udp_sizes.py" --first "$3" --last "$4" --step "$5" \
		--timeout $((2 * MGW_SLOW)) --tries 2 "$1" "$2") || fail "$1 port $2, $3 to $4: $report"
}

# All that fits a packet of the smaller header.
echo_small() {
	echo_sizes "$VIP4" 7 0 1400 19
	echo_sizes "$VIP4" 746 0 1400 19
	echo_sizes "$VIP6" 7 0 1400 19
	echo_sizes "$VIP6" 764 0 1400 19
}

echo_fragments() {
	echo_sizes "$VIP4" 7 1500 9000 500
	echo_sizes "$VIP4" 746 1500 9000 500
	echo_sizes "$VIP6" 7 1500 9000 500
	echo_sizes "$VIP6" 764 1500 9000 500
}

transfer() { # ADDR PORT [OPTION...]
	local report
	serve_iperf "$rs1" || return
	report=$(in_ns "$client" timeout $((60 * MGW_SLOW)) iperf3 -J -n 8M -c "$1" -p "$2" "${@:3}") ||
		fail "iperf3 $*: $(jq -r .error <<<"$report")" || return
	check_range "bytes sent" 8388608 11000000 "$(jq .end.sum_sent.bytes <<<"$report")"
}

transfers() {
	local words
	for words in "$VIP4 5201" "$VIP4 5246" "$VIP6 5201" "$VIP6 5264"; do
		# shellcheck disable=SC2086 # address and port
		{ transfer $words && transfer $words -R; } || break
	done
}

can_fetch() { # URL
	in_ns "$client" curl -sS -g -o /dev/null --max-time 2 "$1/1"
}

cannot_fetch() { # URL
	! can_fetch "$1" 2>/dev/null
}

# ---------------------------------------------------------------------- stages

without_hook() {
	measure fetch "$URL4" 20000 5 5
	check_eq "packets by the hook" "0 0" "$INGRESS $PASSED"
}

start_monitor() {
	spawn "$lb" stdbuf -oL "$MGWADM" -j monitor
	MONITOR=$SPAWNED
	# The first event that it writes says that it listens.
	busywait 10000 heard_a_change || fail "the monitor hears nothing"
}

heard_a_change() {
	mgw "$lb" stats zero
	mgw "$lb" laddr add 10.2.0.103 2>/dev/null
	mgw "$lb" laddr del 10.2.0.103 2>/dev/null
	grep -q laddr_del "$TMP/spawn.$MONITOR"
}

heard() { # EVENT IFNAME
	grep -q "\"event\":\"$1\",\"ifname\":\"$2\"" "$TMP/spawn.$MONITOR"
}

check_heard() { # EVENT IFNAME
	busywait 5000 heard "$1" "$2" || fail "no event $1 of $2"
}

attached() {
	mgw_json "$lb" dev show | jq -rc '[.[].ifname] | join(" ")'
}

refusals() {
	ip -n "$lb" link add port0 type veth peer name port1 || return
	ip -n "$lb" link add br9 type bridge || return
	ip -n "$lb" link set port0 master br9 || return
	cmd_fail "no such device" 1 "^mgwadm: dev nosuch0: no such device in this network namespace$" \
		mgw "$lb" dev attach nosuch0
	cmd_fail "loopback" 1 "^mgwadm: dev lo: loopback carries the host's own packets" mgw "$lb" dev attach lo
	cmd_fail "a port of a bridge" 1 "dev port0: another device gets the packets of this one" \
		mgw "$lb" dev attach port0
	cmd_fail "not attached" 1 "^mgwadm: dev outside: device is not attached$" mgw "$lb" dev detach outside
	cmd_fail "not attached" 1 "device is not attached" mgw "$lb" dev show outside
	cmd_fail "of nothing" 1 "no such device" mgw "$lb" dev detach nosuch0
	cmd_fail "a name too long" 2 "is no name of a device" mgw "$lb" dev attach a-name-of-sixteen
	cmd_fail "another namespace's device" 1 "no such device" mgw "$lb" dev attach eth0
	check_eq "attached" "" "$(attached)"
	cmd_ok "the bridge itself" mgw "$lb" dev attach br9
	cmd_ok "the other end" mgw "$lb" dev attach port1
	ip -n "$lb" link del br9
	ip -n "$lb" link del port0
	check_eq "attached once both are gone" "" "$(attached)"
	check_heard dev_detach br9
	check_heard dev_detach port1
}

attach() {
	cmd_ok "outside" mgw "$lb" dev attach outside
	cmd_ok "inside, from elsewhere" "$MGWADM" -N "$lb" dev attach inside
	cmd_fail "twice" 1 "^mgwadm: dev outside: device is attached already$" mgw "$lb" dev attach outside
	check_eq "attached" "inside outside" "$(attached)"
	check_eq "one of them" "outside $(in_ns "$lb" cat /sys/class/net/outside/ifindex)" \
		"$(mgw_json "$lb" dev show outside | jq -r '.[0] | "\(.ifname) \(.ifindex)"')"
	check_match "text" "ifname +ifindex.*inside +[0-9]+.*outside +[0-9]+" "$(mgw "$lb" dev show)"
	check_heard dev_attach outside
	check_heard dev_attach inside
}

all_downloads() {
	measure download_all
	all_by_the_hook
}

all_echoes() {
	measure echo_small
	all_by_the_hook
}

all_transfers() {
	measure transfers
	all_by_the_hook
}

fragments() {
	measure echo_fragments
	check_eq "whole datagrams by the hook" 0 "$INGRESS"
	check_range "fragments left" 400 10000 "$PASSED"
}

# Three NOPs and an end in IPv4, padding in a destination header in IPv6.
with_options() {
	in_ns "$client" /usr/bin/python3 - "$VIP4" "$VIP6" <<-'END'
		import socket, sys
		for addr, level, name, value in ((sys.argv[1], 0, 4, b"\1\1\1\0"),
		                                 (sys.argv[2], 41, 59, b"\0\0\1\4\0\0\0\0")):
		    s = socket.socket(socket.AF_INET6 if ":" in addr else socket.AF_INET, socket.SOCK_DGRAM)
		    s.setsockopt(level, name, value)
		    s.settimeout(10)
		    s.connect((addr, 7))
		    for _ in range(10):
		        s.send(b"with options")
		        assert s.recv(100) == b"with options"
	END
}

options() {
	measure with_options
	# The answers have none.
	check_eq "packets" "40 20" "$PACKETS $INGRESS"
	# And what neighbours ask about a laddr.
	check_range "left by the hook" 20 40 "$PASSED"
}

# Another port of a vaddr, and addresses that are not ours.
not_ours() {
	local addr
	start_tcp_echo "$lb" 7000 || return
	in_ns "$client" busybox nc -w 2 "$VIP4" 7000 </dev/null >/dev/null || fail "no service, not the host's either"
	for addr in "$VIP4" "$VIP6" 10.1.0.1; do pings "$client" "$addr" || fail "no ping of $addr"; done
	check_range "to no service" 1 100 "$(counter "$lb" passed_no_service)"
}

# The second one is where defragmentation is.
raw_table() {
	first_packets_by raw
	first_packets_by -400
	measure fetch "$URL4" 20000 5 5
	all_by_the_hook
}

first_packets_by() { # PRIORITY
	local again
	in_ns "$lb" nft -f - <<-END || return
		table inet early {
			chain pre {
				type filter hook prerouting priority $1
				tcp dport { 80, 8046, 8064 } counter accept
			}
		}
	END
	again=$(kernel_counter "$client" TcpExtTCPSynRetrans)
	measure fetch "$URL4" 20000 10 5
	again=$(($(kernel_counter "$client" TcpExtTCPSynRetrans) - again))
	check_range "packets not by the hook" 10 $((10 + again)) $((PACKETS - INGRESS))
	check_range "packets the chain saw: SYNs" 10 $((10 + again)) \
		"$(in_ns "$lb" nft -j list table inet early | jq '[.. | .counter? | objects | .packets] | add')"
	in_ns "$lb" nft insert rule inet early pre ip saddr 10.1.0.2 drop || return
	cannot_fetch "$URL4" || fail "a DROP at priority $1 was passed by"
	in_ns "$lb" nft delete table inet early
}

# A verdict lets the packet go on in the process that gives it: first packets while the
# devices are attached, every packet while none is.
queued() {
	local reader
	spawn "$lb" "$TOOLS/nfqueue_accept.py" 7
	reader=$SPAWNED
	wait_ready "$reader" || return
	in_ns "$lb" nft -f - <<-END || return
		table inet early {
			chain pre {
				type filter hook prerouting priority raw
				meta l4proto { tcp, udp } queue num 7
			}
		}
	END
	mgw "$lb" stats zero
	fetch "$URL4" 20000 20 10
	fetch "http://[$VIP6]" 20000 20 10
	echo_small
	mgw "$lb" dev detach outside && mgw "$lb" dev detach inside || return
	fetch "$URL4" 20000 20 10
	fetch "http://$VIP4:8046" 20000 20 10
	fetch "http://[$VIP6]:8064" 20000 20 10
	mgw "$lb" dev attach outside && mgw "$lb" dev attach inside || return
	in_ns "$lb" nft delete table inet early
	kill "$reader" && wait "$reader"
	check_range "packets the queue saw" 500 1000000 "$(sed -n 's/^accepted //p' "$TMP/spawn.$reader")"
	check_eq "failed hand-overs" "0 0" \
		"$(counter "$lb" drop_steer_full) $(counter "$lb" drop_claim_race)"
}

ingress_drops() {
	in_ns "$lb" nft -f - <<-END || return
		table netdev late {
			chain in {
				type filter hook ingress device "outside" priority 500
				ip saddr 10.1.0.2 drop
			}
		}
	END
	cannot_fetch "$URL4" || fail "a DROP in an ingress chain was passed by"
	in_ns "$lb" nft delete table netdev late
	tc -n "$lb" qdisc add dev outside clsact || return
	tc -n "$lb" filter add dev outside ingress protocol ip matchall action drop || return
	cannot_fetch "$URL4" || fail "a drop in tc was passed by"
	tc -n "$lb" qdisc del dev outside clsact
	fetch "$URL4" 20000 5 5
}

# The laddr is one of the CPU of the first packet, so replies come by the other.
wrong_cpus() {
	local before masks astray
	astray=$(strays "$lb")
	for masks in "1 2" "2 1"; do
		# shellcheck disable=SC2086 # a mask for each leg
		rps $masks
		before=$(counter "$lb" steer_received)
		measure download_all
		all_by_the_hook
		check_range "packets handed over" 10 100000000 \
			$(($(counter "$lb" steer_received) - before))
	done
	rps 0 0
	check_eq "packets that went astray" "$astray" "$(strays "$lb")"
}

# A laddr as the host's own source: its packets have no session, and CPU 0 is
# the wrong one for the second. A tap sees each once.
hosts_own() {
	local laddr dump again
	rps 1 1
	for laddr in 10.2.0.101 10.2.0.102 fd02::101 fd02::102; do
		start_tcpdump "$lb" -i inside -l "dst host $laddr and tcp"
		dump=$SPAWNED
		again=$(kernel_counter "$rs1" TcpExtTCPSynRetrans)
		measure in_ns "$lb" curl -sS -g -o /dev/null --max-time $((5 * MGW_SLOW)) --interface "$laddr" \
			"http://$([[ $laddr == *:* ]] && echo "[fd02::11]" || echo 10.2.0.11)/1"
		check_eq "packets balanced" 0 "$PACKETS"
		check_range "packets left to the host" 3 100 "$PASSED"
		busywait 5000 grep -q 'Flags \[F' "$TMP/spawn.$dump" ||
			fail "no FIN in the capture: $(<"$TMP/spawn.$dump")"
		end_tcpdump "$dump"
		again=$(($(kernel_counter "$rs1" TcpExtTCPSynRetrans) - again))
		check_range "SYN-ACKs a tap saw" 1 $((1 + again)) "$(grep -c 'Flags \[S\.\]' "$TMP/spawn.$dump")"
	done
	rps 0 0
}

add_vlan() {
	ip -n "$client" link add link eth0 name eth0.7 type vlan id 7 || return
	ip -n "$lb" link add link outside name outside.7 type vlan id 7 || return
	ip -n "$client" -batch - <<-END || return
		link set eth0.7 up
		addr add 10.7.0.2/24 dev eth0.7
		addr add fd07::2/64 dev eth0.7 nodad
	END
	ip -n "$lb" -batch - <<-END || return
		link set outside.7 up
		addr add 10.7.0.1/24 dev outside.7
		addr add fd07::1/64 dev outside.7 nodad
	END
}

by_vlan() { # on|off
	local subnet=07
	[ "$1" = on ] || subnet=01
	ip -n "$client" route replace "$VIP4" via "10.${subnet#0}.0.1" || return
	ip -n "$client" route replace "$VIP6" via "fd$subnet::1"
}

vlan() {
	add_vlan && by_vlan on || return
	measure fetch "$URL4" 20000 10 5
	check_range "by the hook: the inside only" 10 $((PACKETS - 10)) "$INGRESS"
	cmd_ok "attach the VLAN device" mgw "$lb" dev attach outside.7
	measure download_all
	all_by_the_hook
	cmd_ok "and detach the one below" mgw "$lb" dev detach outside
	measure fetch "http://[$VIP6]" 20000 10 5
	all_by_the_hook
	cmd_ok "and back" mgw "$lb" dev attach outside
}

# During a download.
while_slow() { # CMD...
	start_slow "$client" "$URL4/3000000" || return
	"$@"
	end_slow "$ROOT/3000000"
}

rename() { # OLD NEW
	ip -n "$lb" link set "$1" down || return
	ip -n "$lb" link set "$1" name "$2" || return
	ip -n "$lb" link set "$2" up || return
	ip -n "$lb" addr replace fd01::1/64 dev "$2" nodad
}

rename_there_and_back() {
	rename outside wan || return
	check_eq "attached" "inside outside.7 wan" "$(attached)"
	cmd_fail "by its old name" 1 "no such device" mgw "$lb" dev show outside
	sleep 1
	rename wan outside
	check_eq "attached" "inside outside outside.7" "$(attached)"
}

renamed() {
	by_vlan off || return
	while_slow rename_there_and_back
	measure fetch "$URL4" 20000 5 5
	all_by_the_hook
}

detach_and_attach() {
	local i verb dev
	for i in 1 2 3 4 5; do
		for verb in detach attach; do
			for dev in outside inside; do
				mgw "$lb" dev "$verb" "$dev" || fail "$verb $dev, time $i"
			done
		done
	done
}

# A port of a bridge: the packets are the bridge's, though it is attached.
enslave() {
	ip -n "$lb" link add br9 type bridge || return
	ip -n "$lb" link set br9 up || return
	ip -n "$lb" -batch - <<-END || return
		addr del 10.2.0.1/24 dev inside
		link set inside master br9
		addr add 10.2.0.1/24 dev br9
	END
	local i
	for i in 101 102; do
		ip -n "$lb" addr del "10.2.0.$i/24" dev inside
		ip -n "$lb" addr add "10.2.0.$i/24" dev br9
	done
}

release() {
	local i
	ip -n "$lb" link set inside nomaster && ip -n "$lb" link del br9 || return
	for i in 1 101 102; do ip -n "$lb" addr add "10.2.0.$i/24" dev inside || return; done
}

other_master() {
	enslave || return
	busywait 20000 can_fetch "$URL4" || fail "nothing comes through the bridge"
	measure fetch "$URL4" 20000 10 5
	check_range "by the hook: the outside only" 10 $((PACKETS - 10)) "$INGRESS"
	cmd_ok "attach the bridge" mgw "$lb" dev attach br9
	measure fetch "$URL4" 20000 10 5
	all_by_the_hook
	release || return
	check_eq "attached" "inside outside outside.7" "$(attached)"
	busywait 20000 can_fetch "$URL4" || fail "nothing comes any more"
}

load_by_vlan() {
	by_vlan on || return
	spawn "$client" "$TOOLS/http_fetch_many.py" --count 1000000 --parallel 4 --size 20000 \
		--timeout 5 "$URL4/20000" "http://[$VIP6]/20000"
}

goes_under_load() {
	local load
	load_by_vlan || return
	load=$SPAWNED
	sleep 1
	ip -n "$lb" link set outside.7 netns "$sw" || return
	check_eq "attached" "inside outside" "$(attached)"
	check_heard dev_detach outside.7
	check_eq "attached where it went" 0 "$("$MGWADM" -j -N "$sw" dev show | jq length)"
	cmd_ok "it can be attached there" "$MGWADM" -N "$sw" dev attach outside.7
	ip -n "$sw" link set outside.7 netns "$lb" || return
	ip -n "$lb" -batch - <<-END || return
		link set outside.7 up
		addr add 10.7.0.1/24 dev outside.7
		addr add fd07::1/64 dev outside.7 nodad
	END
	cmd_ok "and back" mgw "$lb" dev attach outside.7
	busywait 20000 can_fetch "$URL4" || fail "nothing comes any more"
	sleep 1
	ip -n "$lb" link del outside.7 || return
	check_eq "attached" "inside outside" "$(attached)"
	stop "$load"
	ip -n "$client" link del eth0.7
	by_vlan off
}

namespace_goes() {
	setup_ns spare && ip -n "$spare" link add d0 type veth peer name d1 || return
	cmd_ok "attach in a namespace without anything else" "$MGWADM" -N "$spare" dev attach d0
	cmd_ok "and the other end" "$MGWADM" -N "$spare" dev attach d1
	ip netns del "$spare" || return
	namespaces=("${namespaces[@]/$spare/}")
	busywait 10000 no_waiting || fail "a device waits for a reference"
}

no_waiting() {
	! dmesg | grep -q 'unregister_netdevice: waiting'
}

unload_under_load() {
	spawn "$client" "$TOOLS/http_fetch_many.py" --count 1000000 --parallel 4 --size 20000 \
		--timeout 5 "$URL4/20000" "http://[$VIP6]/20000"
	sleep 1
	check_eq "attached" "inside outside" "$(attached)"
	stop "$MONITOR"
	mgw_unload
	no_waiting || fail "a device waits for a reference"
}

run_first "two servers, four pairs of families" setup
run "without a device attached: no packet by the hook" without_hook
run "events can be heard" start_monitor
run "refusals have their sentence" refusals
run "both legs attached" attach
run "downloads, all families, every byte, all by the hook" all_downloads
run "UDP of every size that fits a packet" all_echoes
run "iperf3 in both directions, super-packets" all_transfers
run "no packet was dropped" no_drops
run "fragments go up, and are served" fragments
run "IP options and extension headers go up, and are served" options
run "what is not ours is left alone" not_ours
run "a raw table sees the first packets, and its DROP holds" raw_table
run "NFQUEUE: verdicts from a process, both hooks" queued
run "DROP in an ingress chain and in tc holds" ingress_drops
run "wrong CPUs: handed over from the hook" wrong_cpus
run "the host's own packets to a laddr, from either CPU" hosts_own
run "a VLAN device" vlan
run "renamed, down and up, during a download" renamed
run "detached and attached during a download" while_slow detach_and_attach
run "a bridge becomes its master" other_master
run "moved to a namespace, and deleted, under load" goes_under_load
run "a namespace ends with its devices attached" namespace_goes
run "module unloads with devices attached, under load" unload_under_load
finish
