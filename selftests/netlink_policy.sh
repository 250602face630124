#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Netlink by hand: each operation refuses whatever it does not take, with a
# number and a sentence, and changes nothing; dumps are complete, in order, and
# say when they were interrupted; events are told once; mutated messages do no
# harm. The messages are made by tools/raw_genl.py. Topology: lib.sh, for the
# sessions of one stage.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

MESSAGES=${MGW_MESSAGES:-$((40000 / MGW_SLOW))}
RAW=$TOOLS/raw_genl.py
NO_CAPS=(setpriv --bounding-set -all --inh-caps -all)

setup() {
	topology_fullnat 1 && mgw_load
}

raw() { # STAGE [ARG...]
	in_ns "$lb" "$RAW" "$@"
}

other_namespace() {
	local ears
	mkfifo "$TMP/told"
	spawn "$client" "$RAW" quiet "$TMP/told"
	ears=$SPAWNED
	wait_ready "$ears" || return
	raw populate || return
	echo told >"$TMP/told"
	wait "$ears"
	check_eq "exit code of who listens in another namespace" 0 $?
	quote_lines "" "$(<"$TMP/spawn.$ears")"
}

# On top of what the stages about dumps leave: 500 services, 300 laddrs, 200
# devices.
sessions() {
	mgw "$lb" service add udp "$VIP4:9" --timeout udp=3600 || return
	mgw "$lb" rs add udp "$VIP4:9" 10.2.0.11:9 || return
	pings "$client" 10.1.0.1 || return
	in_ns "$client" "$RAW" flows "$VIP4" 9 1200 || return
	check_range "sessions" 1000 1200 "$(session_count "$lb")"
}

run_first "the module, nothing configured" setup
run "policies of every operation can be asked for" raw policy
run "each attribute missing, twice, foreign, cut, of a wrong size" raw structure
run "the same in dumps" raw structure_dumps
run "well-formed requests for what can't be" raw values
run "commands, versions, flags, short headers" raw headers
run "dumps refuse what they make no use of" raw refusing_dumps
run "one event for each change, none for refusals" raw events
run "ranges of laddrs, all or nothing" raw ranges
run "no event of another namespace" other_namespace
run "nothing without CAP_NET_ADMIN" in_ns "$lb" "${NO_CAPS[@]}" "$RAW" forbidden
run "no event without CAP_NET_ADMIN" in_ns "$lb" "${NO_CAPS[@]}" "$RAW" deaf
run "all of it in a user namespace of one's own" unshare -Urn "$RAW" events
run "$MESSAGES mutated messages" raw mutations "$MESSAGES"
run "dumps of 500 services, 1,500 rs, 300 laddrs, 200 devices" raw dumps
run "a dump says that it was interrupted" raw interrupted
run "1,200 sessions" sessions
run "dumps left half way" raw abandoned
run "module unloads, nothing left" mgw_unload
finish
