#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The demonstration: an HTTP service on a VIP in front of real nginx servers,
# over IPv4 and IPv6, under load, while a server is added and one removed.
# Runs in the VM (vm/demo starts it).

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"

ROOT=$TMP/www
RESULTS=$TMP/results
STOP=$TMP/stop
declare -A SERVED_BEFORE

say() {
	printf '%s\n' "" "== $*"
}

# Shows a command as the operator types it, and runs it on the balancer.
do_it() {
	echo "lb# mgwadm $*"
	mgw "$lb" "$@"
}

prepare() {
	local i
	say "A client, a balancer and four nginx servers, each in its own namespace"
	cat <<-'END'

		  client            balancer (mgw.ko)                  servers
		  10.1.0.2  ----->  VIP 10.9.0.1:80  -- FULLNAT -->  rs1 .. rs4  10.2.0.11 ..
		  fd01::2           VIP [fd09::1]:80                             fd02::11 ..
		                    laddrs 10.2.0.101-108, fd02::101-108
	END
	topology_fullnat 4 && add_laddrs 8 && mgw_load || return
	mkdir -p "$ROOT"
	head -c 20000 /dev/urandom >"$ROOT/file"
	chmod -R a+rX "$TMP"
	for i in 1 2 3 4; do
		local -n ns=rs$i
		start_nginx "$ns" "$ROOT" "rs$i" || return
		unset -n ns
	done
}

configure() {
	local i
	say "Local addresses, a service in each family, three of the servers"
	do_it laddr add 10.2.0.101-10.2.0.108 || return
	do_it laddr add fd02::101-fd02::108 || return
	do_it service add tcp "$VIP4:80" --sched wlc || return
	do_it service add tcp "[$VIP6]:80" --sched wlc || return
	for i in 1 2 3; do
		do_it rs add tcp "$VIP4:80" "10.2.0.1$i:80" || return
		do_it rs add tcp "[$VIP6]:80" "[fd02::1$i]:80" || return
	done
	echo "lb# mgwadm"
	mgw "$lb"
}

# Clients that ask again and again until told to stop: a connection a request.
keep_asking() { # URL
	while [ ! -e "$STOP" ]; do
		in_ns "$client" "$TOOLS/http_fetch_many.py" --count 150 --parallel 12 \
			--timeout 20 "$1/name" >>"$RESULTS"
	done
}

# A line for each server: sessions since the last look, as a bar.
show_servers() {
	local addr total delta
	while read -r addr total; do
		delta=$((total - ${SERVED_BEFORE[$addr]:-0}))
		SERVED_BEFORE[$addr]=$total
		printf '  %-16s %6d sessions %5d new  %s\n' "$addr" "$total" "$delta" \
			"$(printf '%*s' $((delta > 160 ? 20 : (delta + 7) / 8)) '' | tr ' ' '#')"
	done < <(mgw_json "$lb" service show |
		jq -r '.[] | .rs[] | "\(.raddr) \(.sessions_total)"')
}

show_cpus() {
	local laddrs
	laddrs=$(mgw_json "$lb" laddr show)
	mgw_json "$lb" stats show --per-cpu |
		jq -r --argjson laddrs "$laddrs" '.cpus[] | .cpu as $cpu |
			"  cpu\($cpu): \(.counters.sessions) sessions, laddrs " +
			([$laddrs[] | select(.cpu == $cpu) | .laddr] | join(" "))'
}

watch_load() { # SECONDS
	local end=$(($(now_ms) + $1 * 1000))
	while [ "$(now_ms)" -lt "$end" ]; do
		sleep 3
		printf '\n-- %s: %s\n' "$(date +%T)" \
			"$(mgw_json "$lb" session count | jq -r '"\(.sessions) sessions tracked"')"
		show_servers
		show_cpus
	done
}

under_load() {
	local asking=()
	say "Load: two groups of 12 clients, a new connection for every request"
	keep_asking "http://$VIP4" &
	asking+=($!)
	keep_asking "http://[$VIP6]" &
	asking+=($!)
	watch_load 8
	say "A fourth server joins"
	do_it rs add tcp "$VIP4:80" 10.2.0.14:80
	do_it rs add tcp "[$VIP6]:80" "[fd02::14]:80"
	watch_load 8
	say "The first server leaves; what it still serves goes on"
	do_it rs del tcp "$VIP4:80" 10.2.0.11:80
	do_it rs del tcp "[$VIP6]:80" "[fd02::11]:80"
	watch_load 8
	touch "$STOP"
	wait "${asking[@]}"
}

sum_up() {
	local failed
	say "Done. Who answered, as the clients counted"
	jq -rs '[.[].bodies | to_entries[]] | group_by(.key)[] |
		"  \(.[0].key | rtrimstr("\n")): \([.[].value] | add) requests"' "$RESULTS"
	echo
	echo "lb# mgwadm laddr show"
	mgw "$lb" laddr show
	echo
	failed=$(jq -s 'map(.failed) | add' "$RESULTS")
	jq -rs '"== \(map(.total) | add) requests, \(map(.failed) | add) failed"' "$RESULTS"
	check_eq "failed requests" 0 "$failed"
}

run_first "topology" prepare
run_first "configuration" configure
run "load" under_load
run "result" sum_up
finish
