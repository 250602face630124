#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Balancers in network namespaces of users, who are root there and nowhere else: few
# sessions, which all of them share; objects paid for by the memory cgroup; none at
# all where a module parameter forbids it. Three rows, the third one the host's:
#
#   client1 10.1.0.2 --- users1 (VIP 10.9.0.1) --- server1 10.2.0.11
#   client2 10.1.0.2 --- users2 (VIP 10.9.0.1) --- server2 10.2.0.11
#   client3 10.1.0.2 --- host   (VIP 10.9.0.1) --- server3 10.2.0.11

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

CGROUP=/sys/fs/cgroup/mgw-users
FORGED=10.66.0.0/16
PARAMETER=/sys/module/mgw/parameters/user_namespaces
client1='' client2='' client3='' server1='' server2='' server3='' users1='' users2='' host=''

# A network namespace of a user namespace of its own, by a name of iproute2.
setup_user_ns() { # NAME
	local name=$1-${TMP##*.}
	spawn "$client1" unshare -Urn sleep 3600
	busywait 5000 is_of_users "$SPAWNED" || fail "no user namespace" || return
	ip netns attach "$name" "$SPAWNED" || return
	namespaces+=("$name")
	printf -v "$1" %s "$name"
	ip -n "$name" link set lo up
	ip netns exec "$name" sysctl -qw net.ipv6.conf.{all,default}.accept_dad=0
}

is_of_users() { # PID
	[ "$(readlink "/proc/$1/ns/user")" != "$(readlink /proc/self/ns/user)" ] &&
		[ "$(readlink "/proc/$1/ns/net")" != "$(ip netns exec "$client1" readlink /proc/self/ns/net)" ]
}

row() { # CLIENT BALANCER SERVER
	topology_row "$@" || return
	ip -n "$1" route add local "$FORGED" dev lo || return
	ip -n "$2" route add "$FORGED" via 10.1.0.2 || return
	start_udp_echo "$3" 7 || return
	mgw "$2" laddr add 10.2.0.101 && mgw "$2" service add udp "$VIP4:7" || return
	mgw "$2" rs add udp "$VIP4:7" 10.2.0.11:7
}

setup() {
	setup_ns client1 client2 client3 server1 server2 server3 host || return
	setup_user_ns users1 && setup_user_ns users2 || return
	mgw_load session_limit=16000 || return
	row "$client1" "$users1" "$server1" && row "$client2" "$users2" "$server2" || return
	row "$client3" "$host" "$server3"
}

limit() { # NS WORD
	mgw_json "$1" version | jq ".$2"
}

limits() {
	check_eq "sessions of a user's namespace" 1000 "$(limit "$users1" session_limit)"
	check_eq "words of its director" 4096 "$(limit "$users1" director_slots)"
	check_eq "sessions of the host's" 16000 "$(limit "$host" session_limit)"
	check_range "words of its director" 65536 100000000 "$(limit "$host" director_slots)"
}

# Each from an address of its own. All by one CPU, as is what comes of them.
datagrams() { # CLIENT COUNT
	in_ns "$1" taskset -c 0 "$TOOLS/forged_sources.py" --count "$2" udp "$FORGED" "$VIP4" 7
}

sessions() { # NS
	session_count "$1"
}

limits_hold() {
	datagrams "$client1" 700 && datagrams "$client2" 600 && datagrams "$client3" 1500 || return
	check_eq "sessions of a user" 700 "$(sessions "$users1")"
	about "sessions of another one" 300 "$(sessions "$users2")"
	about "ended for a new one" 300 "$(counter "$users2" sessions_replaced)"
	check_eq "sessions of the host's" 1500 "$(sessions "$host")"
	mgw "$users1" session flush --all >/dev/null
	datagrams "$client2" 1200 || return
	about "sessions of the other one, alone" 1000 "$(sessions "$users2")"
}

held() { # PID
	kill -USR1 "$1"
	busywait 10000 grep -q again "$TMP/spawn.$1" || fail "no answer"
	check_match "connections" '"open": 20}' "$(grep again "$TMP/spawn.$1")"
}

connect_20() { # CPU
	spawn "$client1" taskset -c "$1" "$TOOLS/hold_connections.py" --count 20 --timeout $((30 * MGW_SLOW)) "$VIP4" 7
	wait_ready "$SPAWNED"
}

# Three times as many first packets as there may be sessions, and more. The clients come
# to the CPU of those, and to one that has none to end.
clients_get_in() {
	local first second third flood
	mgw "$users1" session flush --all >/dev/null && mgw "$users2" session flush --all >/dev/null || return
	start_tcp_echo "$server1" 7 && mgw "$users1" service add tcp "$VIP4:7" &&
		mgw "$users1" rs add tcp "$VIP4:7" 10.2.0.11:7 && mgw "$users1" stats zero || return
	connect_20 0 || return
	first=$SPAWNED
	datagrams "$client1" 3000 || return
	spawn "$client1" taskset -c 0 "$TOOLS/forged_sources.py" --count 1000000 udp "$FORGED" "$VIP4" 7
	flood=$SPAWNED
	connect_20 0 || return
	second=$SPAWNED
	connect_20 1 || return
	third=$SPAWNED
	stop "$flood"
	about "sessions" 1000 "$(sessions "$users1")"
	check_range "ended for a new one" 2000 10000000 "$(counter "$users1" sessions_replaced)"
	held "$first"
	held "$second"
	held "$third"
	stop "$first" "$second" "$third"
	mgw "$users1" session flush --all >/dev/null
}

# CPUs count by themselves, and tell when it is 32 or twice their number.
about() { # LABEL WANTED SEEN
	local slack=$((2 * $(nproc) * (32 + 2 * $(nproc))))
	check_range "$1" $(($2 - slack)) $(($2 + slack)) "$3"
}

forbidden() {
	local args why="user_namespaces forbids it"
	check_eq "the parameter" Y "$(<"$PARAMETER")"
	echo N >"$PARAMETER"
	for args in "laddr add 10.0.0.1" "service add tcp 10.0.0.1:80" "dev attach lo"; do
		# shellcheck disable=SC2086 # words of a command line
		cmd_fail "$args" 3 "$why" unshare -Urn "$MGWADM" $args
	done
	# What was there goes on, and so does the host's.
	mgw "$users2" session flush --all >/dev/null
	datagrams "$client2" 20 || return
	check_eq "sessions of the other one" 20 "$(sessions "$users2")"
	cmd_ok "laddr add" mgw "$host" laddr add 10.2.0.102
	echo Y >"$PARAMETER"
	cmd_ok "laddr add" unshare -Urn "$MGWADM" laddr add 10.0.0.1
}

# Says "ready" in a namespace with that many laddrs, in a cgroup of its own.
in_cgroup() { # LADDRS
	mkdir "$CGROUP" || return
	rm -f "$TMP/go"
	spawn "$client1" bash -c "until [ -e '$TMP/go' ]; do sleep 0.1; done
		exec unshare -Urn bash -c '$MGWADM laddr add 10.0.0.1-10.0.$(($1 / 256)).$(($1 % 256))
			echo ready; exec sleep 3600'"
	echo "$SPAWNED" >"$CGROUP/cgroup.procs" || return
	touch "$TMP/go"
	wait_ready "$SPAWNED"
}

kernel_memory() {
	awk '$1 == "slab" || $1 == "percpu" { sum += $2 } END { print sum }' "$CGROUP/memory.stat"
}

leave_cgroup() {
	stop "$SPAWNED"
	busywait 5000 rmdir "$CGROUP"
}

memory_is_the_users() {
	local few many
	echo +memory >/sys/fs/cgroup/cgroup.subtree_control || return
	in_cgroup 1 || return
	few=$(kernel_memory)
	leave_cgroup && in_cgroup 2000 || return
	many=$(kernel_memory)
	leave_cgroup
	echo "# kernel memory of one laddr and of 2,000: $few and $many bytes"
	check_range "bytes of a laddr" 400 10000 $(((many - few) / 1999))
}

run_first "two balancers of users, one of the host" setup
run "small limits for users" limits
run "they share few sessions, the host has its own" limits_hold
run "a flood of first packets keeps no client out" clients_get_in
run "a module parameter forbids it" forbidden
run "objects are paid for by the cgroup" memory_is_the_users
run "module unloads, nothing left" mgw_unload
finish
