#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests the test harness itself, without mgw: the helpers of lib.sh say what
# is true, and the topology (see lib.sh for the picture) carries traffic. A
# figure for plain forwarding is printed; it judges nothing.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# Run a helper where its failure is expected, and must not count.
expect_failure() { # CMD...
	(
		ktap_stage=inner ktap_stage_failed=0
		"$@" >"$TMP/inner"
		[ "$ktap_stage_failed" -eq 1 ]
	) || fail "accepted what is wrong: $*"
}

refuse() { # EXIT TEXT
	echo "$2" >&2
	return "$1"
}

helpers_accept() {
	cmd_ok "true" true
	cmd_fail "exit code and text" 2 "no .*such" refuse 2 "there is no such thing"
	check_eq "text" a a
	check_match "text" '^a+$' aaa
	check_range "number" 1 10 10
}

helpers_refuse() {
	expect_failure cmd_ok "false" false
	expect_failure cmd_fail "wrong exit code" 1 "such" refuse 2 "no such thing"
	expect_failure cmd_fail "wrong text" 2 "denied" refuse 2 "no such thing"
	expect_failure cmd_fail "success" 1 "" true
	expect_failure check_eq "text" a b
	expect_failure check_match "text" '^a$' b
	expect_failure check_range "number" 1 10 11
	expect_failure check_range "number" 1 10 ""
}

waits_end() {
	local start
	start=$(now_ms)
	busywait 300 false && fail "busywait succeeded with false"
	check_range "milliseconds of a busywait 300" 300 5000 $(($(now_ms) - start))
	busywait 5000 true || fail "busywait failed with true"
}

every_rs_answers() { # 4|6
	local i
	for ((i = 1; i <= N_RS; i++)); do
		if [ "$1" = 4 ]; then
			pings "$client" "10.2.0.$((10 + i))"
		else
			pings "$client" "fd02::$((10 + i))"
		fi || fail "rs$i does not answer"
	done
}

laddrs_answer() {
	add_laddrs 2 || fail "add_laddrs"
	for addr in 10.2.0.101 10.2.0.102 fd02::101 fd02::102; do
		pings "$rs1" "$addr" || fail "$addr does not answer rs1"
	done
}

start_servers() {
	mkdir -p "$TMP/www" && chmod 755 "$TMP/www"
	head -c 8M /dev/urandom >"$TMP/www/8M"
	start_nginx "$rs1" "$TMP/www" one
	start_nginx "$rs2" 10.2.0.12 fd02::12 "$TMP/www" two
	start_udp_echo "$rs1" 7
	start_tcp_echo "$rs1" 7
}

nginx_names() {
	check_eq "rs1 over v4" one "$(in_ns "$client" curl -sS -m 10 http://10.2.0.11/name)"
	check_eq "rs1 over v6" one "$(in_ns "$client" curl -sS -m 10 'http://[fd02::11]/name')"
	check_eq "rs2 over v4" two "$(in_ns "$client" curl -sS -m 10 http://10.2.0.12/name)"
	check_eq "rs2 over v6" two "$(in_ns "$client" curl -sS -m 10 'http://[fd02::12]/name')"
	busywait 2000 grep -q 'fd01::2 .*GET /name' "$TMP/two.access" ||
		fail "the access log does not name the client"
}

downloads() {
	local sum
	sum=$(sha256sum "$TMP/www/8M" | cut -d' ' -f1)
	cmd_ok "16 downloads" in_ns "$client" "$TOOLS/http_fetch_many.py" --parallel 4 --count 8 \
		--size 8388608 --sha256 "$sum" http://10.2.0.11/8M 'http://[fd02::12]/8M'
	quote_lines "" "$reply_out"
	check_eq "good downloads" 16 "$(jq .ok <<<"$reply_out")"
	cmd_fail "a wrong checksum" 1 "" in_ns "$client" "$TOOLS/http_fetch_many.py" \
		--sha256 "${sum//[0-7]/8}" http://10.2.0.11/8M
	cmd_fail "a closed port" 1 "" in_ns "$client" "$TOOLS/http_fetch_many.py" http://10.2.0.11:81/
}

throughput() {
	local speed
	speed=$(in_ns "$client" curl -sS -m 120 -o /dev/null -w '%{speed_download}\n' \
		"http://10.2.0.11/8M?[1-8]" | awk '{ sum += $1 } END { printf "%.0f", sum / NR / 1e6 }')
	echo "# nginx to curl through lb: $speed MB/s"
	check_match "speed" '^[0-9]+$' "$speed"
}

echoes() {
	local addr
	for addr in 10.2.0.11 fd02::11; do
		cmd_ok "udp sizes, $addr" in_ns "$client" "$TOOLS/udp_sizes.py" \
			--first 0 --last 3000 --step 37 --tries 3 "$addr" 7
		quote_lines "" "$reply_out"
		check_eq "tcp echo, $addr" hello \
			"$(echo hello | in_ns "$client" nc -N -w 5 "$addr" 7)"
	done
	cmd_fail "udp to a closed port" 1 "" in_ns "$client" "$TOOLS/udp_sizes.py" \
		--last 1 10.2.0.11 9
}

spawned_ends() {
	spawn "$client" sleep 1000
	is_gone "$SPAWNED" && fail "spawn: it is not there"
	stop "$SPAWNED"
	is_gone "$SPAWNED" || fail "stop: it is still there"
}

run "helpers accept what is right" helpers_accept
run "helpers refuse what is wrong" helpers_refuse
run "waits end" waits_end
run "topology with 3 rs" topology_fullnat 3
run "every rs answers the client, v4" every_rs_answers 4
run "every rs answers the client, v6" every_rs_answers 6
run "laddrs answer" laddrs_answer
run "servers start" start_servers
run "nginx says its name" nginx_names
run "downloads are verified" downloads
run "throughput of plain forwarding" throughput
run "udp and tcp echo" echoes
run "a spawned process ends" spawned_ends
finish
