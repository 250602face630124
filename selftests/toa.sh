#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The client's address from end to end: FULLNAT with TOA, and mgw-toa beside an
# unchanged nginx on rs1. By both hooks, with loss, uploads that are cut into
# segments behind the balancer, and a link of a smaller MTU there. Topology: lib.sh.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

TOA=$MGW_BUILD/userspace/toa/mgw-toa
CGROUP=/sys/fs/cgroup
CLIENT4=10.1.0.2 CLIENT6=fd01::2

# Port 80 of one family each, port 81 of both.
web_server() {
	mkdir -p "$TMP/nginx" && chmod 755 "$TMP" "$TMP/nginx" || return
	cat >"$TMP/nginx.conf" <<-END
		user root;
		worker_processes 1;
		daemon off;
		pid $TMP/nginx.pid;
		events { }
		http {
			access_log $TMP/access;
			client_body_temp_path $TMP/nginx;
			proxy_temp_path $TMP/nginx;
			fastcgi_temp_path $TMP/nginx;
			uwsgi_temp_path $TMP/nginx;
			scgi_temp_path $TMP/nginx;
			server {
				listen 80;
				listen [::]:80;
				listen [::]:81 ipv6only=off;
				location / { return 200 "\$remote_addr \$remote_port\n"; }
			}
		}
	END
	spawn "$rs1" nginx -c "$TMP/nginx.conf" -e "$TMP/nginx.error"
	wait_for_port "$rs1" tcp 81
}

services() {
	local port
	for port in 80 81 9000; do
		mgw "$lb" service add tcp "$VIP4:$port" --toa on &&
			mgw "$lb" rs add tcp "$VIP4:$port" "10.2.0.11:$port" &&
			mgw "$lb" service add tcp "[$VIP6]:$port" --toa on &&
			mgw "$lb" rs add tcp "[$VIP6]:$port" "[fd02::11]:$port" || return
	done
	# The port of both families, from IPv6 to IPv4 and from IPv4 to IPv6.
	mgw "$lb" service add tcp "[$VIP6]:64" --toa on && mgw "$lb" rs add tcp "[$VIP6]:64" 10.2.0.11:81 &&
		mgw "$lb" service add tcp "$VIP4:46" --toa on && mgw "$lb" rs add tcp "$VIP4:46" "[fd02::11]:81"
}

setup() {
	[ "$(stat -f -c %T "$CGROUP")" = cgroup2fs ] || mount -t cgroup2 cgroup2 "$CGROUP" || return
	[ "$(stat -f -c %T /sys/fs/bpf)" = bpf_fs ] || mount -t bpf bpf /sys/fs/bpf || return
	topology_fullnat 1 && add_laddrs 2 && mgw_load && web_server || return
	mgw "$lb" laddr add 10.2.0.101-10.2.0.102 && mgw "$lb" laddr add fd02::101-fd02::102 || return
	services && pings "$client" "$VIP4" && pings "$client" "$VIP6" || return
	head -c 3000000 /dev/urandom >"$TMP/upload"
}

who() { # URL [CURL_OPTION...]
	in_ns "$client" curl -sS -g --max-time 30 "${@:2}" "$1"
}

is_told() { # WHAT ADDRESS URL
	check_match "$1" "^$2 [0-9]+$" "$(who "$3")"
}

nobody_reads() {
	is_told "IPv4" '10\.2\.0\.10[12]' "http://$VIP4"
	is_told "IPv6" 'fd02::10[12]' "http://[$VIP6]"
}

reader_attached() {
	"$TOA" attach --from 10.2.0.0/24 --from fd02::/64
}

everybody_is_told() {
	mgw "$lb" stats zero
	is_told "IPv4" "$CLIENT4" "http://$VIP4"
	is_told "IPv6" "$CLIENT6" "http://[$VIP6]"
	is_told "IPv6 to IPv4" "$CLIENT6" "http://[$VIP6]:64"
	is_told "IPv4 to IPv6" "::ffff:$CLIENT4" "http://$VIP4:46"
	check_match "nginx's log" "^$CLIENT6 - - " "$(sed -n '$!{h;d};x;p' "$TMP/access")"
	check_range "packets that carry it" 8 100 "$(counter "$lb" toa_added)"
	nothing_lacks
}

nothing_lacks() {
	check_eq "packets that lack it" "0 0 0" "$(counter "$lb" toa_no_room) \
$(counter "$lb" toa_too_big) $(counter "$lb" toa_no_memory)"
}

# The port of the client, too: one that it has chosen itself.
port_is_right() {
	check_eq "address and port" "$CLIENT4 34567" "$(who "http://$VIP4" --local-port 34567)"
}

switched_off() {
	mgw "$lb" service set tcp "$VIP4:80" --toa off
	is_told "switched off" '10\.2\.0\.10[12]' "http://$VIP4"
	mgw "$lb" service set tcp "$VIP4:80" --toa on
	is_told "and on" "$CLIENT4" "http://$VIP4"
}

# Each handshake may lose its ACK, and requests overtake it.
lossy() {
	local i all=''
	modprobe sch_netem
	in_ns "$client" tc qdisc add dev eth0 root netem loss 15% delay 4ms reorder 30% || return
	for i in {1..30}; do all+="$(who "http://$VIP4:81" || echo "failed") "$'\n'; done
	in_ns "$client" tc qdisc del dev eth0 root
	check_eq "who nginx saw" "     30 ::ffff:$CLIENT4" "$(awk 'NF {print $1}' <<<"$all" | sort | uniq -c)"
}

uploaded() {
	cmp -s "$TMP/got" "$TMP/upload"
}

# Segments of an upload, to a server that says nothing, so that each carries it.
upload() { # ADDR
	local capture server
	rm -f "$TMP/got"
	spawn "$rs1" socat -u "TCP6-LISTEN:9000,reuseaddr,ipv6only=0" "OPEN:$TMP/got,creat,trunc"
	server=$SPAWNED
	wait_for_port "$rs1" tcp 9000 || return
	start_tcpdump "$rs1" -i eth0 -s 120 -B 16384 -U -w "$TMP/segments" "dst port 9000"
	capture=$SPAWNED
	in_ns "$client" timeout 60 socat -u "OPEN:$TMP/upload" "TCP:$1:9000" || fail "socat: $1"
	busywait 20000 uploaded || fail "$1: not what was sent"
	end_tcpdump "$capture"
	stop "$server"
	[ "$ktap_stage_failed" -eq 0 ]
}

# Of those with data: how many have TOA first, how many have not, the longest.
segments() {
	/usr/bin/python3 -ISB - "$TMP/segments" <<-'END'
		import struct, sys
		data = open(sys.argv[1], "rb").read()
		at, first, other, longest = 24, 0, 0, 0
		while at + 16 <= len(data):
		    size, length = struct.unpack("<8xII", data[at:at + 16])
		    packet = data[at + 30:at + 16 + size]
		    at += 16 + size
		    l4 = 40 if packet[0] >> 4 == 6 else 20
		    header = (packet[l4 + 12] >> 4) * 4
		    if packet[l4 + 13] & 2 or length - 14 <= l4 + header:
		        continue
		    longest = max(longest, length - 14)
		    toa = packet[l4 + 20:l4 + 22] in (b"\xfe\x08", b"\xfe\x14")
		    first, other = first + toa, other + (not toa)
		print(first, other, longest)
	END
}

# Super-packets come from the client; whatever cuts them repeats the option.
upload_in_segments() {
	local first other longest addr
	mgw "$lb" stats zero
	in_ns "$lb" ethtool -K inside tso off gso off >/dev/null || return
	for addr in "$VIP4" "[$VIP6]"; do
		upload "$addr" || return
		read -r first other longest < <(segments)
		check_range "$addr: segments that carry it, of those captured" 1000 4000 "$first"
		check_eq "$addr: segments without" 0 "$other"
		check_range "$addr: longest packet" 1400 1500 "$longest"
	done
	in_ns "$lb" ethtool -K inside tso on gso on >/dev/null
	check_range "super-packets" 1 3500 "$(counter "$lb" toa_added)"
	nothing_lacks
}

# The rs does not know of it: its MSS is too large for the link to it.
upload_by_small_mtu() {
	local first other longest addr
	mgw "$lb" stats zero
	ip -n "$lb" link set inside mtu 1400 || return
	for addr in "$VIP4" "[$VIP6]"; do
		upload "$addr" || return
		read -r first other longest < <(segments)
		check_eq "$addr: segments without" 0 "$other"
	done
	check_range "clients were told" 2 50 "$(counter "$lb" frag_needed_sent)"
	ip -n "$lb" link set inside mtu 1500
	ip -n "$client" route flush cache
	ip -n "$client" -6 route flush cache
	nothing_lacks
}

ingress() {
	mgw "$lb" dev attach outside && mgw "$lb" dev attach inside || return
	everybody_is_told
	check_range "packets by the ingress hook" 20 10000 "$(counter "$lb" ingress_packets)"
	upload_in_segments
}

detached() {
	"$TOA" detach && nobody_reads
}

run_first "setup" setup
run "without a reader the rs sees a laddr" nobody_reads
run_first "mgw-toa attach" reader_attached
run "nginx logs the client, all pairs of families" everybody_is_told
run "the client's port is right" port_is_right
run "off and on while it runs" switched_off
run "loss and reordering hide no client" lossy
run "an upload, each segment with the option" upload_in_segments
run "an upload by a link of a smaller MTU" upload_by_small_mtu
run "the same by the ingress hook" ingress
run "mgw-toa detach" detached
run "unload" mgw_unload
finish
