#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The main job on whatever kernel this is: a download and datagrams of some sizes
# by IPv4 and IPv6 and from each to the other, over both hooks; lists, counters, a
# packet on the wrong CPU, the end. Topology: lib.sh.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

ROOT=$TMP/www

service() { # VIP HTTP_PORT UDP_PORT RADDR
	mgw "$lb" service add tcp "$1:$2" && mgw "$lb" rs add tcp "$1:$2" "$4:80" &&
		mgw "$lb" service add udp "$1:$3" && mgw "$lb" rs add udp "$1:$3" "$4:7"
}

setup() {
	topology_fullnat 1 && add_laddrs 2 && mgw_load || return
	mkdir -p "$ROOT"
	head -c 1000000 /dev/urandom >"$ROOT/file"
	chmod -R a+rX "$TMP"
	start_nginx "$rs1" "$ROOT" rs1 && start_udp_echo "$rs1" 7 || return
	mgw "$lb" laddr add 10.2.0.101-10.2.0.102 && mgw "$lb" laddr add fd02::101-fd02::102 || return
	service "$VIP4" 80 7 10.2.0.11 && service "$VIP4" 8046 746 "[fd02::11]" || return
	service "[$VIP6]" 80 7 "[fd02::11]" && service "[$VIP6]" 8064 764 10.2.0.11
}

download() { # URL
	in_ns "$client" curl -sS --max-time $((20 * MGW_SLOW)) -o "$TMP/got" "$1"
	cmp -s "$ROOT/file" "$TMP/got" || fail "$1: not what the server has"
	rm -f "$TMP/got"
}

echoes() { # VIP PORT
	local report
	report=$(in_ns "$client" "$TOOLS/udp_sizes.py" --first 0 --last 3000 --step 600 \
		--timeout $((2 * MGW_SLOW)) --tries 2 "$1" "$2") || fail "$1 port $2: $report"
}

traffic() {
	download "http://$VIP4/file"
	download "http://$VIP4:8046/file"
	download "http://[$VIP6]/file"
	download "http://[$VIP6]:8064/file"
	echoes "$VIP4" 7
	echoes "$VIP4" 746
	echoes "$VIP6" 7
	echoes "$VIP6" 764
}

wrong_cpu() {
	local cpus
	for cpus in 1 2; do
		rps "$cpus" "$cpus" && download "http://$VIP4/file" && echoes "$VIP6" 764 || return
	done
	check_range "packets handed over" 1 100000000 "$(counter "$lb" steer_received)"
	rps 0 0
	check_eq "packets that went astray" 0 "$(strays "$lb")"
}

ingress() {
	mgw "$lb" dev attach outside && mgw "$lb" dev attach inside || return
	traffic
	check_range "packets at the ingress hook" 100 100000000 "$(counter "$lb" ingress_packets)"
	mgw "$lb" dev detach outside
}

lists() {
	mgw "$lb" service show >/dev/null && mgw "$lb" rs show >/dev/null || return
	check_range "sessions" 8 1000 "$(mgw_json "$lb" session show | jq length)"
	check_eq "refused" 0 "$(mgw_json "$lb" stats show | jq '[.counters | to_entries[] |
		select(.key | startswith("drop_")) | .value] | add // 0')"
	mgw "$lb" session flush --all >/dev/null || return
	check_eq "sessions left" 0 "$(session_count "$lb")"
}

run_first "setup" setup
run "downloads and datagrams" traffic
run "the same by the ingress hook" ingress
run "on the wrong CPU" wrong_cpu
run "sessions, services and counters are listed" lists
run "module unloads, nothing left" mgw_unload
finish
