#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Super-packets and checksum offloads through the balancer. Topology: lib.sh.
#
#   client eth0 ---> outside [lb] inside ---> eth0 rs1
#     tso gso tx     gro          tso gso tx
#
# iperf3 in both directions with the offloads on and off on each leg, over IPv4,
# IPv6, IPv6 to IPv4 and IPv4 to IPv6: all bytes arrive, nothing is dropped, no
# kernel saw a bad checksum. Captures prove that super-packets passed as one.
# UDP in bursts: segmented by the sender, by lb, and put together as a list of
# whole packets (rx-gro-list); TCP, too, from Linux 6.10 on. Taps that hold clones
# of every packet while bytes are compared.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

ROOT=$TMP/www
FILE_SIZE=6000000
SUM='' LONG_IN=0 LONG_OUT=0
declare -A ERRORS
# Label, address and port a client uses.
PATHS=("IPv4 $VIP4 5201" "IPv6 $VIP6 5201" "IPv6 to IPv4 $VIP6 5264" "IPv4 to IPv6 $VIP4 5246")

services() { # ADDR RADDR IPERF_PORT UDP_PORT HTTP_PORT
	mgw "$lb" service add tcp "$1:$3" && mgw "$lb" rs add tcp "$1:$3" "$2:5201" || return
	mgw "$lb" service add udp "$1:$4" && mgw "$lb" rs add udp "$1:$4" "$2:7" || return
	mgw "$lb" service add tcp "$1:$4" && mgw "$lb" rs add tcp "$1:$4" "$2:7" || return
	mgw "$lb" service add tcp "$1:$5" && mgw "$lb" rs add tcp "$1:$5" "$2:80"
}

setup() {
	topology_fullnat 1 && add_laddrs 2 && mgw_load || return
	mkdir -p "$ROOT"
	head -c "$FILE_SIZE" /dev/urandom >"$ROOT/file"
	head -c 1000000 "$ROOT/file" >"$ROOT/part"
	SUM=$(sha256sum "$ROOT/file" | cut -d' ' -f1)
	chmod -R a+rX "$TMP"
	start_nginx "$rs1" "$ROOT" rs1 && start_udp_echo "$rs1" 7 && start_tcp_echo "$rs1" 7 || return
	mgw "$lb" laddr add 10.2.0.101-10.2.0.102 || return
	mgw "$lb" laddr add fd02::101-fd02::102 || return
	services "$VIP4" 10.2.0.11 5201 7 80 || return
	services "[$VIP6]" "[fd02::11]" 5201 7 80 || return
	services "[$VIP6]" 10.2.0.11 5264 764 8064 || return
	services "$VIP4" "[fd02::11]" 5246 746 8046
}

# One leg of lb and the devices on the way to its other end. Without rx a
# device believes no sum it has not added up.
leg() { # outside|inside on|off
	local feature device devices order=(rx tx gso tso gro)
	devices=("$lb $1" "$client eth0")
	[ "$1" = outside ] || devices=("$lb $1" "$sw uplink" "$sw rs1" "$rs1 eth0")
	# Segmentation needs the sum: that one first, and last when all go.
	[ "$2" = on ] || order=(gro tso gso tx rx)
	for device in "${devices[@]}"; do
		for feature in "${order[@]}"; do
			in_ns "${device% *}" ethtool -K "${device#* }" "$feature" "$2" >/dev/null || return
		done
	done
}

# The errors a kernel would count, summed: bad checksums and bad headers.
checksum_errors() { # NS
	in_ns "$1" cat /proc/net/snmp /proc/net/snmp6 | awk '
		$1 ~ /^(Ip|Tcp|Udp|UdpLite|Icmp):$/ {
			if (!($1 in names)) { names[$1] = $0; next }
			n = split(names[$1], name)
			for (i = 2; i <= n; i++)
				if (name[i] ~ /^(InCsumErrors|InHdrErrors|InErrs)$/) sum += $i
		}
		$1 ~ /^(Ip6InHdrErrors|Icmp6InCsumErrors|Udp6InCsumErrors)$/ { sum += $2 }
		END { print sum + 0 }'
}

# Since the last time it was asked.
no_errors() {
	local ns drops seen
	for ns in "$client" "$lb" "$rs1"; do
		seen=$(checksum_errors "$ns")
		check_eq "checksum and header errors in ${ns%-*}" "${ERRORS[$ns]:-0}" "$seen"
		ERRORS[$ns]=$seen
	done
	drops=$(drops "$lb")
	check_eq "drops" "{}" "$drops"
	mgw "$lb" stats zero
}

# A damaged segment counts: what no_errors looks at can rise.
errors_would_show() {
	local before
	before=$(checksum_errors "$rs1")
	tc -n "$lb" qdisc add dev inside root netem corrupt 100% || return
	leg inside off || return
	in_ns "$client" "$TOOLS/udp_gso.py" --burst 1 --count 3 "$VIP4" 7 >/dev/null
	tc -n "$lb" qdisc del dev inside root
	# Three datagrams, and what neighbours say to each other meanwhile.
	check_range "errors of damaged packets" 1 100 $(($(checksum_errors "$rs1") - before))
}

# Packets longer than the MTU that a tap on a device of lb sees.
capture_long() { # DEV
	start_tcpdump "$lb" -i "$1" -p -s 96 -l "greater 1600"
}

transfer() { # ADDR PORT [OPTION...]
	local report sent received
	serve_iperf "$rs1" || return
	report=$(in_ns "$client" timeout $((60 * MGW_SLOW)) iperf3 -J -n 8M -w 200K -c "$1" -p "$2" "${@:3}") ||
		fail "iperf3 $*: $(jq -r .error <<<"$report")" || return
	sent=$(jq .end.sum_sent.bytes <<<"$report")
	received=$(jq .end.sum_received.bytes <<<"$report")
	check_range "bytes sent" 8388608 11000000 "$sent"
	# What was in flight at the end, within the buffers of both, may be missing.
	check_range "bytes received of $sent" $((sent - 2000000)) "$sent" "$received"
	echo "# $* $(jq -r '.end | "\(.sum_received.bits_per_second / 1e6 | floor) Mbit/s, \(.sum_sent.retransmits) retransmits"' <<<"$report")"
}

matrix() { # OUTSIDE INSIDE
	local words long_in long_out dumps=()
	leg outside "$1" && leg inside "$2" || return
	capture_long inside
	dumps+=("$SPAWNED")
	capture_long outside
	dumps+=("$SPAWNED")
	for words in "${PATHS[@]}"; do
		# shellcheck disable=SC2086 # a label of words, an address, a port
		set -- $words
		{ transfer "${@: -2}" && transfer "${@: -2}" -R; } || break
	done
	end_tcpdump "${dumps[@]}"
	long_in=$(grep -c ' > ' "$TMP/spawn.${dumps[0]}")
	long_out=$(grep -c ' > ' "$TMP/spawn.${dumps[1]}")
	echo "# packets over the MTU: $long_in inside, $long_out outside"
	LONG_IN=$long_in LONG_OUT=$long_out
	no_errors
}

all_on() {
	matrix on on
	check_range "super-packets on the inside" 100 1000000 "$LONG_IN"
	check_range "super-packets on the outside" 100 1000000 "$LONG_OUT"
}

all_off() {
	matrix off off
	check_eq "super-packets" "0 0" "$LONG_IN $LONG_OUT"
}

outside_off() {
	matrix off on
}

inside_off() {
	matrix on off
}

bursts() { # ADDR PORT [OPTION...]
	local report
	report=$(in_ns "$client" "$TOOLS/udp_gso.py" "${@:3}" "$1" "$2") ||
		fail "UDP $*: $report $(drops "$lb")"
	echo "# UDP $*: $report"
}

all_bursts() {
	bursts "$VIP4" 7
	bursts "$VIP6" 7
	bursts "$VIP6" 764
	bursts "$VIP4" 746
}

udp_super_packets() {
	leg outside on && leg inside on || return
	in_ns "$client" ethtool -K eth0 tx-udp-segmentation on >/dev/null || return
	capture_long inside
	local dump=$SPAWNED
	all_bursts
	end_tcpdump "$dump"
	check_range "super-packets on the inside" 4 1000000 "$(grep -c UDP "$TMP/spawn.$dump")"
	no_errors
}

# The sender segments, lb has to send what it got one by one.
udp_segments() {
	in_ns "$client" ethtool -K eth0 tx-udp-segmentation off >/dev/null || return
	in_ns "$lb" ethtool -K inside tx-udp-segmentation off >/dev/null || return
	all_bursts
	in_ns "$lb" ethtool -K inside tx-udp-segmentation on >/dev/null
	no_errors
}

# What comes as a burst is put together on the outside as a list of packets.
udp_lists() { # ADDR PORT
	leg outside on && leg inside on || return
	in_ns "$client" ethtool -K eth0 tx-udp-segmentation off >/dev/null || return
	in_ns "$lb" ethtool -K outside rx-gro-list on >/dev/null || return
	in_ns "$lb" ethtool -K inside tx-gso-list off >/dev/null || return
	capture_long outside
	local dump=$SPAWNED answered
	start_tcpdump "$rs1" -i eth0 -p -v -s 96 -l "udp dst port 7"
	answered=$SPAWNED
	bursts "$1" "$2"
	end_tcpdump "$dump" "$answered"
	in_ns "$lb" ethtool -K outside rx-gro-list off >/dev/null
	in_ns "$lb" ethtool -K inside tx-gso-list on >/dev/null
	check_range "lists that a tap on the outside saw" 1 1000000 \
		"$(grep -c UDP "$TMP/spawn.$dump")"
	check_eq "TTLs that the rs saw" 63 \
		"$(grep -oP '(ttl|hlim) \K[0-9]+' "$TMP/spawn.$answered" | sort -u | xargs)"
	no_errors
}

# Super-packets of more than 64 KiB (BIG TCP), of which IPv4 has none.
big_tcp() {
	local dump
	leg outside on && leg inside on && longest_packets 150000 || return
	start_tcpdump "$lb" -i inside -p -s 96 -l "greater 66000"
	dump=$SPAWNED
	transfer "$VIP4" 5246 -w 1M -R
	transfer "$VIP6" 5201 -w 1M -R
	whole_echo "$client" "$ROOT/file" "$VIP4" 746 120
	end_tcpdump "$dump"
	longest_packets 65536 || return
	check_range "of more than 64 KiB from an rs" 1 100000 "$(long_tcp "$dump" 'fd02::10[12]')"
	no_errors
}

from_rs() {
	in_ns "$lb" cat /sys/class/net/inside/statistics/rx_bytes
}

more_from_rs() { # BYTES BEFORE
	[ $(($(from_rs) - $2)) -ge "$1" ]
}

# The way out gets narrower under way. What the sender is told is what one of its segments
# may measure, whatever header the super-packet has that was refused.
big_tcp_and_mtu() {
	local heard flow before
	leg outside on && leg inside on && longest_packets 150000 && serve_iperf "$rs1" || return
	start_tcpdump "$rs1" -i eth0 -p -l "icmp6 and ip6[40] == 2"
	heard=$SPAWNED
	before=$(from_rs)
	spawn "$client" iperf3 -c "$VIP4" -p 5246 -w 1M -R -t 600
	flow=$SPAWNED
	busywait 60000 more_from_rs 3000000 "$before" || fail "the flow does not begin"
	ip -n "$lb" route add 10.1.0.2/32 dev outside mtu 1400 || return
	busywait 20000 grep -q "too big" "$TMP/spawn.$heard" || fail "the rs was not told"
	before=$(from_rs)
	busywait 60000 more_from_rs 3000000 "$before" || fail "the flow does not go on"
	stop "$flow"
	end_tcpdump "$heard"
	ip -n "$lb" route del 10.1.0.2/32 dev outside
	ip -n "$rs1" -6 route flush cache
	longest_packets 65536 && mgw "$lb" stats zero || return
	check_eq "MTUs that the rs was told of" 1420 \
		"$(grep -oP 'packet too big, mtu \K[0-9]+' "$TMP/spawn.$heard" | sort -u | xargs)"
}

# All that leaves by a device of lb is what the sender sent.
right_bytes() { # DEV to|from PORT...
	local compared
	compared=$("$TOOLS/check_stream.py" "$TMP/$1.pcap" "$ROOT/file" "${@:2}") ||
		fail "$1: $compared" || return
	check_range "segments compared, $2 the rs" 1000 1000000 "$compared"
}

# Both ends send segment by segment. What is put together is a list of them from Linux
# 6.10 on, and one large segment before; devices of lb want it in pieces again.
tcp_lists() {
	local dev long=() dumps=()
	leg outside on && leg inside on || return
	# Where a bridge is, the first device puts together.
	in_ns "$sw" ethtool -K rs1 rx-gro-list on >/dev/null || return
	in_ns "$client" ethtool -K eth0 tso off gso off >/dev/null || return
	in_ns "$rs1" ethtool -K eth0 tso off gso off >/dev/null || return
	for dev in outside inside; do
		in_ns "$lb" ethtool -K "$dev" tso off gso off rx-gro-list on >/dev/null || return
		capture_long "$dev"
		long+=("$SPAWNED")
		start_tcpdump "$lb" -i "$dev" -p -s 0 -w "$TMP/$dev.pcap" tcp
		dumps+=("$SPAWNED")
	done
	whole_echo "$client" "$ROOT/file" "$VIP4" 7 120
	whole_echo "$client" "$ROOT/file" "$VIP6" 7 120
	whole_echo "$client" "$ROOT/file" "$VIP6" 764 120
	whole_echo "$client" "$ROOT/file" "$VIP4" 746 120
	end_tcpdump "${long[@]}" "${dumps[@]}"
	for dev in outside inside; do
		in_ns "$lb" ethtool -K "$dev" rx-gro-list off >/dev/null
	done
	check_range "lists on the outside" 10 1000000 "$(long_tcp "${long[0]}" 'fd09::1\.|10\.9\.0\.1\.')"
	check_range "lists on the inside" 10 1000000 "$(long_tcp "${long[1]}" '10[12]\.')"
	right_bytes inside to 7
	right_bytes outside from 7 764 746
	rm -f "$TMP"/*.pcap
	no_errors
}

# Half a VXLAN: there by the balancer, as the outer packets are those of a service of UDP;
# back by plain routing. What is offloaded is the inner packet's.
vxlan_ends() {
	local family
	ip -n "$lb" route add 172.16.0.1/32 via 10.1.0.2 || return
	ip -n "$client" addr add 172.16.0.1/32 dev lo || return
	for family in 4 6; do
		ip -n "$rs1" link add "vx$family" type vxlan id "$family" dstport 4789 nolearning \
			local "$([ "$family" = 4 ] && echo 10.2.0.11 || echo fd02::11)" || return
		ip -n "$rs1" link set "vx$family" up || return
	done
	ip -n "$rs1" addr add 172.16.0.2/32 dev lo || return
	for family in "$VIP4:4789 10.2.0.11" "[$VIP6]:4789 [fd02::11]" "[$VIP6]:4764 10.2.0.11" "$VIP4:4746 [fd02::11]"; do
		mgw "$lb" service add udp "${family% *}" &&
			mgw "$lb" rs add udp "${family% *}" "${family#* }:4789" || return
	done
}

vxlan_upload() { # VIP PORT ID LEAST_SUPER_PACKETS [OPTION...]
	local mac dump
	mac=$(in_ns "$rs1" cat "/sys/class/net/vx$3/address")
	ip -n "$client" link add vx type vxlan id "$3" remote "$1" dstport "$2" nolearning "${@:5}" || return
	ip -n "$client" link set vx mtu 1400 up && ip -n "$client" route add 172.16.0.2/32 dev vx src 172.16.0.1 &&
		ip -n "$client" neigh add 172.16.0.2 lladdr "$mac" dev vx || return
	start_tcpdump "$lb" -i inside -p -s 96 -l "greater 1600 and dst port 4789"
	dump=$SPAWNED
	cmp "$ROOT/part" <(in_ns "$client" timeout $((60 * MGW_SLOW)) nc -N 172.16.0.2 7 <"$ROOT/part") ||
		fail "echo by $*: not what was sent"
	end_tcpdump "$dump"
	check_range "super-packets by $*" "$4" 100000 "$(grep -c ' > ' "$TMP/spawn.$dump")"
	ip -n "$client" link del vx
}

vxlan() {
	leg outside on && leg inside on && vxlan_ends || return
	vxlan_upload "$VIP4" 4789 4 10 noudpcsum
	vxlan_upload "$VIP4" 4789 4 10 udpcsum
	vxlan_upload "$VIP6" 4789 6 10
	vxlan_upload "$VIP6" 4764 4 10
	vxlan_upload "$VIP4" 4746 6 10 udpcsum
	# IPv6 asks for the sum that is missing: each is sent by itself.
	vxlan_upload "$VIP4" 4746 6 0 noudpcsum
	# The sums of both headers, made by lb.
	leg inside off || return
	vxlan_upload "$VIP4" 4789 4 0 udpcsum
	vxlan_upload "$VIP4" 4746 6 0 noudpcsum
	no_errors
}

# Within a tunnel of ours, whose headers come around both.
vxlan_in_tunnel() {
	local tunnel
	modprobe -a ipip fou || return
	leg outside on && leg inside on || return
	ip -n "$rs1" link set tunl0 up && ip -n "$rs1" addr add "$VIP4/32" dev lo &&
		ip -n "$rs1" fou add port 6080 gue || return
	for tunnel in "ipip" "gue --tunnel-checksum off" "gue --tunnel-checksum on"; do
		# shellcheck disable=SC2086 # a kind and an option
		mgw "$lb" rs set udp "$VIP4:4789" 10.2.0.11:4789 --mode tunnel --tunnel $tunnel || return
		mgw "$lb" session flush --all >/dev/null
		vxlan_upload "$VIP4" 4789 4 0 noudpcsum
		vxlan_upload "$VIP4" 4789 4 0 udpcsum
	done
	no_errors
}

# A virtual machine says where a device is to put the sum.
wrong_offloads() {
	local port words code wrong
	modprobe tun && ip -n "$lb" tuntap add tun9 mode tun vnet_hdr && ip -n "$lb" link set tun9 up &&
		ip -n "$lb" addr add 10.8.0.1/24 dev tun9 || return
	for port in 7 746; do
		in_ns "$lb" "$TOOLS/tun_offload.py" tun9 10.8.0.2 "$VIP4" "$port" 20 6 $((10 * MGW_SLOW)) ||
			fail "port $port: no answer to a datagram that a device is to sum up"
		no_errors
		# In the IP header, in the ports, in the field's neighbour, in the sum itself.
		wrong=0
		for words in "0 6" "4 6" "19 6" "20 2" "20 4" "22 4" "26 0"; do
			# shellcheck disable=SC2086 # start and offset
			in_ns "$lb" "$TOOLS/tun_offload.py" tun9 10.8.0.2 "$VIP4" "$port" $words 0.2
			code=$?
			# Newer kernels' devices refuse some themselves.
			[ "$code" -eq 2 ] || wrong=$((wrong + 1))
			[ "$code" -ne 0 ] ||
				fail "port $port: answered, though the sum was to begin at ${words/ /, and go to }"
		done
		check_range "port $port: let in by the device" 4 7 "$wrong"
		busywait 10000 counter_is "$lb" drop_bad_header "$wrong"
		check_eq "port $port: drop_bad_header" "$wrong" "$(counter "$lb" drop_bad_header)"
		mgw "$lb" stats zero
	done
	ip -n "$lb" link del tun9
	no_errors
}

# Packets over the MTU towards such an address.
long_tcp() { # PID REGEX
	grep -cE " > [^ ]*($2)" "$TMP/spawn.$1"
}

# Every packet is cloned for two taps, and must not change under them.
taps() {
	local url dumps=() report
	leg outside on && leg inside on || return
	for url in outside inside; do
		start_tcpdump "$lb" -i "$url" -p -s 0 -w "$TMP/$url.pcap" tcp port 80
		dumps+=("$SPAWNED")
	done
	for url in "http://$VIP4" "http://[$VIP6]" "http://[$VIP6]:8064" "http://$VIP4:8046"; do
		report=$(in_ns "$client" "$TOOLS/http_fetch_many.py" --count 2 --parallel 2 \
			--size "$FILE_SIZE" --sha256 "$SUM" --timeout $((120 * MGW_SLOW)) "$url/file") ||
			fail "$url: $report"
		echo "# $url: $report"
	done
	end_tcpdump "${dumps[@]}"
	# A clone that was written to would show an address of the other side.
	check_range "packets the outside tap saw" 100 100000000 \
		"$(tcpdump -n -r "$TMP/outside.pcap" 2>/dev/null | wc -l)"
	check_eq "laddr or rs on the outside" 0 \
		"$(tcpdump -n -r "$TMP/outside.pcap" 'net 10.2.0.0/24 or net fd02::/64' 2>/dev/null | wc -l)"
	check_eq "client or VIP on the inside" 0 \
		"$(tcpdump -n -r "$TMP/inside.pcap" 'net 10.1.0.0/24 or net fd01::/64 or host 10.9.0.1 or host fd09::1' 2>/dev/null | wc -l)"
	rm -f "$TMP"/*.pcap
	no_errors
}

run "one rs, four pairs of families" setup
run "offloads on: all bytes, as super-packets" all_on
run "offloads off: all bytes, no super-packet" all_off
run "off outside, on inside" outside_off
run "on outside, off inside: lb segments" inside_off
run "UDP super-packets pass as one" udp_super_packets
run "UDP super-packets are cut where they must be" udp_segments
run "UDP packet lists (rx-gro-list): IPv4" udp_lists "$VIP4" 7
run "UDP packet lists (rx-gro-list): IPv6" udp_lists "$VIP6" 7
run "UDP packet lists (rx-gro-list): IPv6 to IPv4" udp_lists "$VIP6" 764
run "UDP packet lists (rx-gro-list): IPv4 to IPv6" udp_lists "$VIP4" 746
run "TCP super-packets of more than 64 KiB" big_tcp
run "the same, and the MTU gets smaller" big_tcp_and_mtu
run "TCP segment lists (rx-gro-list)" tcp_lists
run "VXLAN with the inner packet's offloads" vxlan
run "the same in a tunnel" vxlan_in_tunnel
run "sums that are to go elsewhere" wrong_offloads
run "taps on both legs, every byte" taps
run "a bad checksum would have been seen" errors_would_show
run "module unloads, nothing left" mgw_unload
finish
