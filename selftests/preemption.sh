#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# On one CPU, packets of a task that preempts another one in the midst of its own:
# on PREEMPT_RT a softirq runs in the task that raised it, with its priority. Each
# datagram is a session, so that both tasks write tables, wheels and port maps.
# By both hooks, and meanwhile dumps and flushes. Elsewhere softirqs exclude each
# other, and this is but load. Topology: lib.sh.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

RAW=$TOOLS/raw_genl.py
COUNT=1000
ROOT=$TMP/www

setup() {
	topology_fullnat 1 && add_laddrs 1 && mgw_load || return
	mkdir -p "$ROOT"
	head -c 200000 /dev/urandom >"$ROOT/200000"
	SHA=$(sha256sum "$ROOT/200000" | cut -d' ' -f1)
	chmod -R a+rX "$TMP"
	start_nginx "$rs1" "$ROOT" rs1 || return
	mgw "$lb" laddr add 10.2.0.101 --cpu 0 || return
	mgw "$lb" service add tcp "$VIP4:80" && mgw "$lb" rs add tcp "$VIP4:80" 10.2.0.11:80 || return
	mgw "$lb" service add udp "$VIP4:9" --timeout udp=3600 && mgw "$lb" rs add udp "$VIP4:9" 10.2.0.11:9
}

# Wakes up often, and so preempts often.
preempting() { # COUNT
	in_ns "$client" chrt -f 50 taskset -c 0 "$RAW" flows "$VIP4" 9 "$1" 0.002
}

preempted() {
	local created before load
	mgw "$lb" session flush --all >/dev/null
	before=$(counter "$lb" sessions_created)
	spawn "$client" taskset -c 0 "$TOOLS/http_fetch_many.py" --count 100 --parallel 4 --size 200000 \
		--sha256 "$SHA" --timeout $((120 * MGW_SLOW)) "http://$VIP4/200000"
	load=$SPAWNED
	preempting "$COUNT" || fail "datagrams"
	mgw_json "$lb" session show --service udp "$VIP4:9" >"$TMP/sessions"
	wait "$load" || fail "downloads: $(<"$TMP/spawn.$load")"
	created=$(($(counter "$lb" sessions_created) - before))
	check_eq "sessions of datagrams" "$COUNT" "$(jq length "$TMP/sessions")"
	check_eq "sessions created" $((COUNT + 100)) "$created"
	check_eq "different ports" "$COUNT" "$(jq -r '.[].lport' "$TMP/sessions" | sort -u | wc -l)"
	check_eq "drops" "{}" "$(drops "$lb")"
}

run_first "one laddr of one CPU" setup
run "PRE_ROUTING: packets preempt others" preempted
run "ingress hooks" attach_legs
run "ingress: packets preempt others" preempted
run "module unloads, nothing left" mgw_unload
finish
