#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# "mgwadm monitor" as others lean on it: it hears the module that is loaded in
# place of the one it began with, and ends when told or when nobody reads.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

lb=''

setup() {
	setup_ns lb && mgw_load
}

change() {
	mgw "$lb" laddr add 10.2.0.101 && mgw "$lb" laddr del 10.2.0.101
}

lines() { # PID REGEX
	grep -c "$2" "$TMP/spawn.$1"
}

heard_a_change() { # PID
	change && grep -q laddr_del "$TMP/spawn.$1"
}

start_monitor() { # NAME [OPTION...]
	spawn "$lb" "$MGWADM" "${@:2}" monitor
	printf -v "$1" %s "$SPAWNED"
	busywait 20000 heard_a_change "$SPAWNED" || fail "monitor ${*:2} hears nothing"
}

start_monitors() {
	start_monitor TEXT && start_monitor JSON -j
}

# Events are heard in order, so the last of a kind says that the others are there.
hears() { # PID COUNT REGEX
	[ "$(lines "$1" "$3")" -ge "$2" ]
}

reload() { # COUNT
	local pid
	mgw_unload || return
	for pid in "$TEXT" "$JSON"; do
		busywait 20000 hears "$pid" "$1" '^module_unloaded$\|"event":"module_unloaded"' ||
			fail "the module went away, and nobody says so"
	done
	mgw_load || return
	for pid in "$TEXT" "$JSON"; do
		busywait 20000 hears "$pid" "$1" '^module_loaded$\|"event":"module_loaded"' ||
			fail "the module is back, and nobody says so"
	done
	mgw "$lb" laddr add "10.2.0.11$1" || return
	for pid in "$TEXT" "$JSON"; do
		busywait 20000 hears "$pid" 1 "10\.2\.0\.11$1" || fail "deaf after the module was loaded again"
	done
	check_eq "notes" "$1 $1" "$(lines "$TEXT" '^mgwadm: the module was unloaded: waiting for it$') $(
		lines "$TEXT" '^mgwadm: the module is back, with nothing configured$')"
	check_eq "notes as JSON" "$((2 * $1))" "$(lines "$JSON" '^{"note":{"message":"the module ')"
}

# For a while already.
is_asleep() { # PID
	local before
	before=$(grep ctxt_switches "/proc/$1/status")
	sleep 0.2
	[ "$before" = "$(grep ctxt_switches "/proc/$1/status")" ]
}

# Between two events it sleeps; what it used before is all it uses.
does_not_poll() {
	local before
	mgw_unload || return
	busywait 20000 hears "$TEXT" 3 '^module_unloaded$' || fail "the module went away, and nobody says so"
	busywait 5000 is_asleep "$TEXT" || fail "it does not sleep"
	before=$(grep ctxt_switches "/proc/$TEXT/status")
	sleep 2
	check_eq "context switches while nothing happens" "$before" "$(grep ctxt_switches "/proc/$TEXT/status")"
	mgw_load
}

ends_with_0() { # WHAT PID
	busywait 20000 is_gone "$2" || { fail "$1: still there"; stop "$2"; return; }
	wait "$2"
	check_eq "exit code, $1" 0 $?
}

interrupted() {
	kill -INT "$TEXT" && ends_with_0 "after SIGINT" "$TEXT"
	kill -TERM "$JSON" && ends_with_0 "after SIGTERM" "$JSON"
}

# A pipe of one page, and a reader that does not read.
start_reader() { # FIFO
	rm -f "$1" && mkfifo "$1" || return
	spawn "$lb" python3 -u -c 'if True:
		import fcntl, signal, sys
		with open(sys.argv[1]) as pipe:
		    fcntl.fcntl(pipe, 1031, 4096) # F_SETPIPE_SZ
		    print("ready")
		    signal.pause()' "$1"
	READER=$SPAWNED
}

start_writer() { # FIFO
	ip netns exec "$lb" "$MGWADM" -j monitor >"$1" 2>"$TMP/errors" &
	WRITER=$!
	spawned+=("$WRITER")
	wait_ready "$READER"
}

# Seen from outside: it is inside write() or writev().
writes() {
	[[ $(<"/proc/$WRITER/syscall") =~ ^(1|20)\  ]]
}

nobody_reads() { # SIGNAL
	local i
	start_reader "$TMP/pipe" && start_writer "$TMP/pipe" || return
	for ((i = 0; i < 25; i++)); do change || return; done
	busywait 5000 writes || echo "# not seen to wait for the reader"
	kill "-$1" "$WRITER"
	ends_with_0 "after SIG$1, with a full pipe" "$WRITER"
	stop "$READER"
	quote_lines "" "$(<"$TMP/errors")"
}

reader_leaves() {
	start_reader "$TMP/pipe" && start_writer "$TMP/pipe" || return
	kill -KILL "$READER"
	ends_with_0 "when the reader left" "$WRITER"
	check_eq "complaint" "" "$(<"$TMP/errors")"
}

run_first "a namespace and the module" setup
run "monitors listen" start_monitors
run "the module is loaded again" reload 1
run "and again" reload 2
run "it sleeps while there is no module" does_not_poll
run "SIGINT and SIGTERM end it" interrupted
run "SIGINT ends it while nobody reads" nobody_reads INT
run "SIGTERM ends it while nobody reads" nobody_reads TERM
run "a reader that leaves ends it, without an event" reader_leaves
run "module unloads, nothing left" mgw_unload
finish
