#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# IPsec on either leg, by both hooks: what a policy demands on the way in, as the
# host's own servers have it, and sizes that leave room for ESP on the way out, in
# transport and in tunnel mode. Topology: lib.sh. Policies that block on the way
# out, and ESP with small packets: transmit.sh.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

ROOT=$TMP/www
CLIENT4=10.1.0.2 CLIENT6=fd01::2
KEYS=(auth-trunc 'hmac(sha256)' 0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f 128
	enc 'cbc(aes)' 0x0f0e0d0c0b0a09080706050403020100)

setup() {
	topology_fullnat 1 && add_laddrs 1 && mgw_load || return
	mkdir -p "$ROOT"
	head -c 300000 /dev/urandom >"$ROOT/300000"
	echo small >"$ROOT/small"
	chmod -R a+rX "$TMP"
	start_nginx "$rs1" "$ROOT" rs1 && start_tcp_echo "$rs1" 7 && start_udp_echo "$rs1" 7 || return
	mgw "$lb" laddr add 10.2.0.101 && mgw "$lb" laddr add fd02::101 || return
	services "$VIP4" 10.2.0.11 && services "[$VIP6]" "[fd02::11]" || return
	pings "$lb" 10.2.0.11 && pings "$lb" fd02::11
}

services() { # VIP RS
	mgw "$lb" service add tcp "$1:80" && mgw "$lb" rs add tcp "$1:80" "$2:80" &&
		mgw "$lb" service add tcp "$1:7" && mgw "$lb" rs add tcp "$1:7" "$2:7" &&
		mgw "$lb" service add udp "$1:7" && mgw "$lb" rs add udp "$1:7" "$2:7"
}

# One direction of ESP between two hosts, known to both ends.
state() { # NS NS SRC DST MODE
	local ns
	for ns in "$1" "$2"; do
		ip -n "$ns" xfrm state add src "$3" dst "$4" proto esp spi 0x1000 mode "$5" "${KEYS[@]}" || return
	done
}

# Between these two addresses everything, one way, has to be ESP.
policy() { # NS DIRECTION SRC DST MODE
	ip -n "$1" xfrm policy add src "$3" dst "$4" dir "$2" \
		tmpl src "$3" dst "$4" proto esp mode "$5"
}

# Both ways, at both ends.
esp() { # NS NS ADDR ADDR MODE
	state "$1" "$2" "$3" "$4" "$5" && state "$1" "$2" "$4" "$3" "$5" &&
		policy "$1" out "$3" "$4" "$5" && policy "$2" in "$3" "$4" "$5" &&
		policy "$2" out "$4" "$3" "$5" && policy "$1" in "$4" "$3" "$5"
}

no_ipsec() {
	local ns
	for ns in "$client" "$lb" "$rs1"; do
		ip -n "$ns" xfrm policy flush && ip -n "$ns" xfrm state flush && ip -n "$ns" route flush cache &&
			ip -n "$ns" -6 route flush cache || return
	done
}

fetch() { # VIP FILE
	whole_file "$client" "$ROOT/$2" "http://$(in_brackets "$1")/$2" 20
}

cannot_fetch() { # VIP
	! in_ns "$client" curl -sS -g -o /dev/null --max-time 2 "http://$(in_brackets "$1")/small" 2>/dev/null
}

# What an end sent while a command ran: ESP, and nothing in the clear.
as_esp() { # NS ADDR CMD...
	local capture
	start_tcpdump "$1" -i eth0 -l "src host $2 and (ip or ip6) and not icmp6"
	capture=$SPAWNED
	"${@:3}"
	end_tcpdump "$capture"
	check_range "packets of ESP" 20 100000 "$(grep -c 'ESP(' "$TMP/spawn.$capture")"
	check_eq "packets in the clear" 0 "$(grep ' > ' "$TMP/spawn.$capture" | grep -cv 'ESP(')"
}

both_sizes() { # VIP
	fetch "$1" 300000
	# Full-size segments both ways.
	whole_echo "$client" "$ROOT/300000" "$1" 7 30
}

# A client without ESP is refused by the policy on the way in, and one with it is served.
demanded() { # VIP CLIENT
	local before
	fetch "$1" small
	before=$(counter "$lb" drop_ipsec)
	policy "$lb" in "$2" "$1" transport && policy "$lb" fwd "$2" "$1" transport || return
	cannot_fetch "$1" || fail "$1: served in the clear, where a policy demands ESP"
	! in_ns "$client" "$TOOLS/udp_sizes.py" --first 10 --last 10 --timeout 1 "$1" 7 >/dev/null ||
		fail "$1: a datagram was served in the clear, where a policy demands ESP"
	check_range "drop_ipsec" 2 100 $(($(counter "$lb" drop_ipsec) - before))
	# Unless the device is exempt.
	in_ns "$lb" sysctl -qw net.ipv{4,6}.conf.outside.disable_policy=1 || return
	fetch "$1" small
	in_ns "$lb" sysctl -qw net.ipv{4,6}.conf.outside.disable_policy=0 || return
	no_ipsec && esp "$client" "$lb" "$2" "$1" transport || return
	before=$(counter "$lb" drop_ipsec)
	fetch "$1" small
	check_eq "drop_ipsec" "$before" "$(counter "$lb" drop_ipsec)"
	no_ipsec
}

# A policy that comes later is for sessions that are there, too.
demanded_later() { # VIP CLIENT
	local before
	before=$(counter "$lb" drop_ipsec)
	in_ns "$client" /usr/bin/python3 - "$1" <<-'END' >"$TMP/later" 2>&1 &
		import os, socket, sys, time
		s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
		s.connect((sys.argv[1], 7))
		s.settimeout(5)
		def asked():
		    s.send(b"who goes there")
		    try:
		        return s.recv(100) == b"who goes there"
		    except socket.timeout:
		        return False
		print("ready" if asked() else "no answer", flush=True)
		for turn in range(20):
		    if not asked():
		        print("refused", flush=True)
		        break
		    time.sleep(0.5)
	END
	local asker=$!
	busywait 10000 grep -q ready "$TMP/later" || fail "$(<"$TMP/later")" || return
	policy "$lb" in "$2" "$1" transport || return
	wait "$asker"
	check_match "the session" refused "$(<"$TMP/later")"
	check_range "drop_ipsec" 1 100 $(($(counter "$lb" drop_ipsec) - before))
	no_ipsec
}

# Between one end and lb; who sends towards it, from the other, learns what is left of
# the MTU.
sizes_by() { # MODE NS ADDR OWN_ADDR VIP
	local before
	echo "# ESP in $1 mode, $3 and $4"
	esp "$2" "$lb" "$3" "$4" "$1" || return
	before=$(counter "$lb" frag_needed_sent)
	as_esp "$2" "$3" both_sizes "$5"
	check_range "the other end told" 1 10 $(($(counter "$lb" frag_needed_sent) - before))
	no_ipsec
}

sizes() { # VIP CLIENT LADDR RS
	local mode
	for mode in transport tunnel; do
		sizes_by "$mode" "$client" "$2" "$1" "$1" && sizes_by "$mode" "$rs1" "$4" "$3" "$1" || return
	done
	check_eq "drop_ipsec" 0 "$(counter "$lb" drop_ipsec)"
}

# ESP leaves less than what every host of IPv6 may send without asking. Segments and
# fragments of 1,280 bytes; the file goes both ways.
narrow_by() { # MODE NS ADDR OWN_ADDR DEV
	local size before
	echo "# ESP in $1 mode, $3 and $4"
	ip -n "$lb" -6 route add "$3/128" dev "$5" mtu 1300 && esp "$2" "$lb" "$3" "$4" "$1" || return
	before=$(counter "$lb" frag_needed_sent)
	whole_echo "$client" "$ROOT/300000" "$VIP6" 7 30
	for size in 1100 1200 1232 5000; do
		in_ns "$client" "$TOOLS/udp_sizes.py" --first "$size" --last "$size" --timeout $((2 * MGW_SLOW)) --tries 4 "$VIP6" 7 \
			>/dev/null || fail "a datagram of $size bytes"
	done
	check_range "the other end told" 1 10 $(($(counter "$lb" frag_needed_sent) - before))
	ip -n "$lb" -6 route del "$3/128" dev "$5"
	no_ipsec
}

narrow() {
	local mode
	for mode in transport tunnel; do
		narrow_by "$mode" "$client" "$CLIENT6" "$VIP6" outside
		narrow_by "$mode" "$rs1" fd02::11 fd02::101 inside
	done
}

all() { # HOOK
	run "$1: a policy demands ESP, IPv4" demanded "$VIP4" "$CLIENT4"
	run "$1: a policy demands ESP, IPv6" demanded "$VIP6" "$CLIENT6"
	run "$1: a policy that comes later, IPv4" demanded_later "$VIP4" "$CLIENT4"
	run "$1: a policy that comes later, IPv6" demanded_later "$VIP6" "$CLIENT6"
	mgw "$lb" stats zero
	run "$1: full-size packets, IPv4" sizes "$VIP4" "$CLIENT4" 10.2.0.101 10.2.0.11
	run "$1: full-size packets, IPv6" sizes "$VIP6" "$CLIENT6" fd02::101 fd02::11
	run "$1: less room than IPv6 asks" narrow
}

run_first "one laddr, one rs" setup
all PRE_ROUTING
run_first "ingress hooks" attach_legs
all ingress
run "module unloads, nothing left" mgw_unload
finish
