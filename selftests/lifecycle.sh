#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Module, namespaces, configuration and devices come and go while downloads run.
# Topology: lib.sh with two rs; for two balancers that must never meet, a second
# row of boxes with the same addresses, cabled rs to balancer:
#
#   client  10.1.0.2 --- lb  (VIP 10.9.0.1)  --- sw --- rs1, rs2
#   client2 10.1.0.2 --- lb2 (VIP 10.9.0.1)  ---------- other
#
# Cases: load and unload 3 times (MGW_ROUNDS) with sessions live; 100 changes of other
# objects without a failed request; rs and laddr deleted under load; device down
# and up, MTU, address, device deleted; namespaces deleted; the packet path is there
# only as long as something needs it. What was created is destroyed at the end of
# each, and no device waits for a reference.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

ROUNDS=${MGW_ROUNDS:-3}
ROOT=$TMP/www
SLAB=/sys/kernel/slab/mgw_session
URL=http://$VIP4
URL6="http://[$VIP6]"
LOAD=() HELD=0
client2='' lb2='' other=''

pages() {
	local size
	mkdir -p "$ROOT"
	for size in 20000 6000000; do
		head -c "$size" /dev/urandom >"$ROOT/$size"
		SHA[$size]=$(sha256sum "$ROOT/$size" | cut -d' ' -f1)
	done
	chmod -R a+rX "$TMP"
}
declare -A SHA

boxes() {
	topology_fullnat 2 && add_laddrs 4 || return
	start_nginx "$rs1" "$ROOT" rs1 && start_nginx "$rs2" "$ROOT" rs2 || return
	start_tcp_echo "$rs1" 7 && start_tcp_echo "$rs2" 7
}

# As little as serves the load.
configure_few() {
	mgw "$lb" laddr add 10.2.0.101 && mgw "$lb" laddr add fd02::101 || return
	mgw "$lb" service add tcp "$VIP4:80" && mgw "$lb" rs add tcp "$VIP4:80" 10.2.0.11:80 || return
	mgw "$lb" service add tcp "[$VIP6]:80" && mgw "$lb" rs add tcp "[$VIP6]:80" "[fd02::12]:80"
}

configure() {
	local i port
	mgw "$lb" laddr add 10.2.0.101-10.2.0.102 || return
	mgw "$lb" laddr add fd02::101-fd02::102 || return
	for port in 80 7; do
		mgw "$lb" service add tcp "$VIP4:$port" --sched rr || return
		mgw "$lb" service add tcp "[$VIP6]:$port" --sched rr || return
		for i in 1 2; do
			mgw "$lb" rs add tcp "$VIP4:$port" "10.2.0.1$i:$port" || return
			mgw "$lb" rs add tcp "[$VIP6]:$port" "[fd02::1$i]:$port" || return
		done
	done
}

setup() {
	pages && boxes
}

# Downloads without an end; requests may fail while nobody serves.
start_load() {
	local url
	LOAD=()
	for url in "$URL" "$URL6"; do
		spawn "$client" nice -n 20 "$TOOLS/http_fetch_many.py" --count 1000000 --parallel 2 \
			--size 20000 --timeout 5 "$url/20000"
		LOAD+=("$SPAWNED")
	done
}

# A CPU decides whose laddr they get.
hold() { # COUNT [CPU]
	hold_echoes "$client" "$@" || return
	HELD=$SPAWNED
}

has_echoed() { # PID COUNT
	[ "$(echo_report "$1" | jq .echoed)" -ge "$2" ]
}

held_are_well() { # [PID]
	echoes_go_on "$(echo_report "${1:-$HELD}")"
}

# Bytes go on to come back.
held_go_on() { # [PID]
	local before
	before=$(echo_report "${1:-$HELD}" | jq .echoed)
	busywait 15000 has_echoed "${1:-$HELD}" $((before + 50)) ||
		fail "connections stand still"
	held_are_well "${1:-$HELD}"
}

requests() { # COUNT [URL] [SIZE]
	local report size=${3:-20000}
	report=$(in_ns "$client" "$TOOLS/http_fetch_many.py" --count "$1" --parallel 4 --size "$size" \
		--sha256 "${SHA[$size]}" --timeout $((60 * MGW_SLOW)) "${2:-$URL}/$size") ||
		fail "${2:-$URL}: $report"
}

no_device_waits() {
	local waits
	waits=$(dmesg | grep -c "unregister_netdevice: waiting")
	check_eq "messages of devices that wait" 0 "$waits"
}

served() { # COUNT
	[ "$(mgw_json "$lb" service show | jq '[.. | objects | .sessions_total? | numbers] | add // 0')" -ge "$1" ]
}

reload() { # TIMES
	local i start
	start_load
	start=$(now_ms)
	for ((i = 1; i <= $1; i++)); do
		mgw_load && configure_few || return
		busywait 20000 served 20 || fail "round $i: no traffic"
		check_range "round $i: sessions live" 1 1000000 "$(session_count "$lb")"
		mgw_unload || return
	done
	echo "# $1 rounds in $(($(now_ms) - start)) ms"
	stop "${LOAD[@]}"
}

# Ten rounds of ten changes. All of them are right, so all must succeed.
changes() {
	local i number=0
	try() {
		number=$((number + 1))
		capture mgw "$lb" "$@"
		[ "$reply_code" -eq 0 ] || { show_reply; fail "change $number: $*"; }
	}
	for ((i = 0; i < 10; i++)); do
		try service add tcp "$VIP4:$((8000 + i % 4))" --sched wrr
		try rs add tcp "$VIP4:$((8000 + i % 4))" 10.2.0.11:80
		try rs add tcp "$VIP4:$((8000 + i % 4))" 10.2.0.12:80 --weight 5
		try laddr add 10.2.0.103
		in_ns "$client" curl -s --max-time $((5 * MGW_SLOW)) -o "$TMP/other" "$URL:$((8000 + i % 4))/20000" ||
			fail "round $i: a request to the new service"
		try rs set tcp "$VIP4:$((8000 + i % 4))" 10.2.0.11:80 --weight $((i % 3))
		try service set tcp "$VIP4:$((8000 + i % 4))" --sched wlc
		try service set tcp "$VIP4:$((8000 + i % 4))" --timeout established=100
		try rs del tcp "$VIP4:$((8000 + i % 4))" 10.2.0.12:80
		try laddr del 10.2.0.103
		try service del tcp "$VIP4:$((8000 + i % 4))"
	done
	echo "# $number changes"
	check_eq "changes" 100 "$number"
}

# Requests until $TMP/go is gone; a report for each fifty.
requests_meanwhile() { # URL
	while [ -e "$TMP/go" ]; do
		in_ns "$client" nice -n 20 "$TOOLS/http_fetch_many.py" --count 50 --parallel 2 --size 20000 \
			--sha256 "${SHA[20000]}" --timeout $((60 * MGW_SLOW)) "$1/20000"
	done
}

churn() {
	local report url pids=()
	mgw_load && configure || return
	hold 20 || return
	touch "$TMP/go"
	for url in "$URL" "$URL6"; do
		requests_meanwhile "$url" >"$TMP/requests.${#pids[@]}" &
		pids+=("$!")
	done
	changes
	rm "$TMP/go"
	wait "${pids[@]}"
	for url in 0 1; do
		report=$(jq -s -c '{total: map(.total) | add, failed: map(.failed) | add,
			errors: map(.errors) | add}' <"$TMP/requests.$url")
		echo "# requests to services nobody touched: $report"
		check_eq "failed requests" 0 "$(jq .failed <<<"$report")"
		check_range "requests" 50 1000000 "$(jq .total <<<"$report")"
	done
	held_are_well
	stop "$HELD"
	mgw_unload
}

slow_downloads() {
	start_slow "$client" "$URL"/6000000{,,,,,}
}

slow_downloads_are_right() {
	end_slow "$ROOT/6000000"
}

rs_sessions() {
	mgw_json "$lb" session show --rs 10.2.0.11:80 | jq '[.[] | select(.state == "established")] | length'
}

rs_serves() { # COUNT
	[ "$(rs_sessions)" -ge "$1" ]
}

delete_rs() {
	mgw_load && configure && slow_downloads || return
	busywait 10000 rs_serves 2 || fail "no download from rs1"
	cmd_ok "rs del" mgw "$lb" rs del tcp "$VIP4:80" 10.2.0.11:80
	check_range "downloads that go on" 1 6 "$(rs_sessions)"
	check_eq "rs shown" "10.2.0.12" \
		"$(mgw_json "$lb" rs show tcp "$VIP4:80" | jq -r '[.. | objects | .raddr? // empty] | unique | join(" ")')"
	for _ in 1 2 3 4 5 6; do
		check_eq "who serves now" rs2 "$(in_ns "$client" curl -s "$URL/name")"
	done
	cmd_ok "rs add again" mgw "$lb" rs add tcp "$VIP4:80" 10.2.0.11:80
	check_eq "who serves now" "rs1 rs2" \
		"$(for _ in 1 2 3 4; do in_ns "$client" curl -s "$URL/name"; done | sort -u | paste -sd' ')"
	cmd_ok "service del" mgw "$lb" service del tcp "$VIP4:80"
	check_range "downloads that go on" 1 6 "$(rs_sessions)"
	slow_downloads_are_right
	mgw_unload
}

laddr_is() { # ADDR JQ
	mgw_json "$lb" laddr show | jq -e --arg addr "$1" ".[] | select(.laddr == \$addr) | $2"
}

gone_laddr() { # ADDR
	! laddr_is "$1" .laddr
}

ranges_with_one_that_drains() {
	cmd_ok "laddr del of a range" mgw "$lb" laddr del 10.2.0.101-10.2.0.102
	check_eq "draining" true "$(laddr_is 10.2.0.101 .draining)"
	cmd_fail "laddr add of a range with other settings" 1 "^mgwadm: laddr 10.2.0.101: local address still drains" \
		mgw "$lb" laddr add 10.2.0.100-10.2.0.101 --ports 2000-3000
	gone_laddr 10.2.0.100 || fail "a range that was refused left an address"
	cmd_fail "laddr del of a range with it" 1 "^mgwadm: laddr 10.2.0.101: .*drains" \
		mgw "$lb" laddr del 10.2.0.101-10.2.0.102
	cmd_ok "laddr add of a range with it" mgw "$lb" laddr add 10.2.0.101-10.2.0.103
	check_eq "draining" "false false" "$(laddr_is 10.2.0.101 .draining) $(laddr_is 10.2.0.103 .draining)"
}

delete_laddr() {
	local first held cpu
	mgw_load && configure || return
	cpu=$(laddr_is 10.2.0.101 .cpu)
	hold 10 "$cpu" || return
	first=$HELD
	held=$(laddr_is 10.2.0.101 .sessions)
	check_range "sessions of it" 5 10 "$held"
	cmd_ok "laddr del" mgw "$lb" laddr del 10.2.0.101
	check_eq "draining" true "$(laddr_is 10.2.0.101 .draining)"
	cmd_fail "laddr del again" 1 "drains" mgw "$lb" laddr del 10.2.0.101
	hold 10 "$cpu" || return
	check_eq "sessions of it" "$held" "$(laddr_is 10.2.0.101 .sessions)"
	held_go_on "$first"
	cmd_ok "laddr add" mgw "$lb" laddr add 10.2.0.101
	check_eq "draining" false "$(laddr_is 10.2.0.101 .draining)"
	stop "$HELD"
	hold 10 "$cpu" || return
	check_range "sessions of it" $((held + 5)) 20 "$(laddr_is 10.2.0.101 .sessions)"
	held_go_on "$first"
	ranges_with_one_that_drains
	held_go_on "$first"
	stop "$HELD" "$first"
	mgw "$lb" laddr del 10.2.0.101 && mgw "$lb" session flush --all >/dev/null
	busywait 5000 gone_laddr 10.2.0.101 || fail "a laddr without session still drains"
	mgw_unload
}

# A device that goes down loses its IPv6 addresses.
add_inside6() {
	local i
	for i in 1 101 102 103 104; do
		ip -n "$lb" addr add "fd02::$i/64" dev inside nodad
	done
}

# Nothing gets through meanwhile, all goes on afterwards.
device_down() {
	mgw_load && configure || return
	hold 20 || return
	ip -n "$lb" link set inside down
	capture in_ns "$client" curl -s --max-time 2 "$URL/name"
	check_range "exit code of a request with the device down" 1 100 "$reply_code"
	ip -n "$lb" link set inside up
	add_inside6
	held_go_on
	requests 20 "$URL6"
	requests 20
	stop "$HELD"
	mgw_unload
}

# 1300 is less than the servers think, so they must be told.
mtu_changes() {
	local mtu
	mgw_load && configure && slow_downloads || return
	for mtu in 1300 1500 1300; do
		requests 8
		ip -n "$lb" link set outside mtu "$mtu"
	done
	requests 8 "$URL" 6000000
	requests 8 "$URL6" 6000000
	check_range "frag_needed_sent" 1 1000000 "$(counter "$lb" frag_needed_sent)"
	slow_downloads_are_right
	ip -n "$lb" link set outside mtu 1500
	mgw_unload
}

address_changes() {
	local i
	mgw_load && configure || return
	hold 20 || return
	for i in 1 2 3; do
		ip -n "$lb" addr del 10.2.0.101/24 dev inside
		ip -n "$lb" addr del 10.1.0.1/24 dev outside
		ip -n "$lb" addr add 10.1.0.1/24 dev outside
		ip -n "$lb" addr add 10.2.0.101/24 dev inside
		held_go_on
	done
	requests 20
	stop "$HELD"
	mgw_unload
}

delete_device() {
	local start mac
	mgw_load && configure || return
	start_load
	hold 20 || return
	busywait 20000 served 60
	check_range "sessions live" 20 1000000 "$(session_count "$lb")"
	mac=$(ip -n "$lb" -j link show inside | jq -r '.[0].address')
	start=$(now_ms)
	ip -n "$lb" link del inside || return
	check_range "ms to delete a device" 0 60000 $(($(now_ms) - start))
	check_range "sessions live" 20 1000000 "$(session_count "$lb")"
	cable "$lb" inside "$sw" uplink || return
	ip -n "$sw" link set uplink master br0 up
	ip -n "$lb" -batch - <<-END
		link set inside address $mac
		link set inside up
		addr add 10.2.0.1/24 dev inside
		addr add fd02::1/64 dev inside nodad
	END
	add_laddrs 4
	held_go_on
	start=$(now_ms)
	ip -n "$lb" link del outside || return
	check_range "ms to delete a device" 0 60000 $(($(now_ms) - start))
	stop "${LOAD[@]}" "$HELD"
	no_device_waits
	mgw_unload
}

fresh_boxes() {
	local ns
	stop "${spawned[@]}"
	spawned=()
	for ns in "${namespaces[@]}"; do ip netns del "$ns" 2>/dev/null; done
	namespaces=()
	boxes
}

second_row() {
	setup_ns client2 lb2 other && topology_row "$client2" "$lb2" "$other" || return
	start_nginx "$other" "$ROOT" other && start_tcp_echo "$other" 7 || return
	mgw "$lb2" laddr add 10.2.0.101 || return
	mgw "$lb2" service add tcp "$VIP4:80" && mgw "$lb2" rs add tcp "$VIP4:80" 10.2.0.11:80 || return
	mgw "$lb2" service add tcp "$VIP4:7" && mgw "$lb2" rs add tcp "$VIP4:7" 10.2.0.11:7
}

names() { # NS
	local i
	for i in 1 2 3 4 5 6; do in_ns "$1" curl -s --max-time $((5 * MGW_SLOW)) "$URL/name"; done | sort -u | paste -sd' '
}

two_namespaces() {
	local first second before
	fresh_boxes && mgw_load && configure && second_row || return
	hold 10 || return
	first=$HELD
	hold_echoes "$client2" 7 || return
	second=$SPAWNED
	check_eq "sessions of lb and lb2" "10 7" "$(session_count "$lb") $(session_count "$lb2")"
	check_eq "who serves client" "rs1 rs2" "$(names "$client")"
	check_eq "who serves client2" other "$(names "$client2")"
	before=$(counter "$lb2" sessions_created)
	requests 20
	check_eq "new sessions of lb2" "$before" "$(counter "$lb2" sessions_created)"
	mgw "$lb2" session flush --all >/dev/null
	check_range "sessions of lb" 10 1000 "$(session_count "$lb")"
	held_go_on "$first"
	stop "$second"
	hold_echoes "$client2" 7 || return
	ip netns del "$lb2"
	held_go_on "$first"
	requests 20
	check_eq "who serves client" "rs1 rs2" "$(names "$client")"
	stop "$SPAWNED" "$first"
	mgw_unload
}

namespace_dies() {
	local round start
	for round in 1 2 3; do
		fresh_boxes && mgw_load && configure || return
		start_load
		hold 20 || return
		busywait 20000 served 60 || fail "round $round: no traffic"
		check_range "sessions live" 20 1000000 "$(session_count "$lb")"
		ip netns del "$lb"
		start=$(now_ms)
		[ "$round" -ne 2 ] || busywait 30000 no_mgw_session ||
			fail "sessions live on: $(<"$SLAB/objects"), aliases $(<"$SLAB/aliases")"
		echo "# waited $(($(now_ms) - start)) ms"
		# The module goes while the namespace is still about to, or after it.
		mgw_unload || return
		stop "${LOAD[@]}" "$HELD"
	done
	no_device_waits
}

# The last session object is freed.
no_mgw_session() {
	local objects
	echo 1 >"$SLAB/shrink"
	read -r objects _ <"$SLAB/objects"
	[ "$objects" -eq 0 ]
}

# Do our hooks run, is there a director? Fragments that are forwarded are put
# together for hooks like ours only, which the host counts.
path() {
	local before after slots
	before=$(kernel_counter "$lb" IpReasmReqds)
	in_ns "$client" busybox ping -c 1 -W 5 -s 3000 10.2.0.11 >"$TMP/ping" || fail "fragments are not forwarded"
	after=$(kernel_counter "$lb" IpReasmReqds)
	slots=$(mgw_json "$lb" version | jq .director_slots)
	echo "$((after > before)) $((slots > 0))"
}

is_stopped() {
	[ "$(path)" = "0 0" ]
}

stops() { # AFTER
	busywait 10000 is_stopped || fail "hooks and director after $1: $(path)"
}

refused_requests() {
	local words
	fresh_boxes && mgw_load || return
	check_eq "hooks and director at first" "0 0" "$(path)"
	for words in "laddr add 127.0.0.1" "laddr add 10.2.0.101 --cpu 65535" "laddr add 223.255.255.254-224.0.0.1" \
		"laddr add 10.2.0.1 --ports 40000-40059" "laddr del 10.2.0.101" "dev attach nosuch" "dev attach lo" "dev detach outside" \
		"service add tcp 127.0.0.1:80" "service del tcp $VIP4:80" "rs add tcp $VIP4:80 10.2.0.11:80"; do
		# shellcheck disable=SC2086 # several words
		cmd_fail "mgwadm $words" 1 "" mgw "$lb" $words
		check_eq "hooks and director after mgwadm $words" "0 0" "$(path)"
	done
	for words in "session count" "session flush --all" "stats show" "stats zero"; do
		# shellcheck disable=SC2086 # several words
		cmd_ok "mgwadm $words" mgw "$lb" $words
		check_eq "hooks and director after mgwadm $words" "0 0" "$(path)"
	done
}

needs_path() { # WORDS OF WHAT MAKES IT, WORDS OF WHAT ENDS IT
	# shellcheck disable=SC2086 # several words
	mgw "$lb" $1 || return
	check_eq "hooks and director after mgwadm $1" "1 1" "$(path)"
	[ -n "$2" ] || return 0
	# shellcheck disable=SC2086 # several words
	mgw "$lb" $2 && stops "mgwadm $2"
}

delete_configuration() {
	local proto addr
	while read -r _ proto addr _; do
		mgw "$lb" service del "$proto" "$addr" || return
	done < <(mgw "$lb" service show | grep '^service ')
	mgw "$lb" laddr del 10.2.0.101-10.2.0.102 && mgw "$lb" laddr del fd02::101-fd02::102
}

# What was counted is not forgotten with those who counted.
stopped_when_empty() {
	local created
	needs_path "laddr add 10.2.0.101" "laddr del 10.2.0.101" || return
	needs_path "service add tcp $VIP4:80" "service del tcp $VIP4:80" || return
	needs_path "dev attach outside" "dev detach outside" || return
	ip -n "$lb" link add gone type dummy && needs_path "dev attach gone" "" || return
	ip -n "$lb" link del gone && stops "a device was deleted" || return

	configure && hold 20 || return
	requests 20
	delete_configuration || return
	held_go_on
	sleep 1
	check_eq "hooks and director while sessions live" "1 1" "$(path)"
	held_go_on
	created=$(counter "$lb" sessions_created)
	check_range "sessions created" 24 1000 "$created"
	mgw "$lb" session flush --all >/dev/null && stops "the last session" || return
	stop "$HELD"
	check_eq "sessions created, after the stop" "$created" "$(counter "$lb" sessions_created)"
	check_eq "sessions live" 0 "$(counter "$lb" sessions)"
	check_eq "sessions flushed" 1 "$(($(counter "$lb" sessions_flushed) >= 20))"

	configure && requests 20
	check_range "sessions created, started again" $((created + 4)) 2000 "$(counter "$lb" sessions_created)"
	delete_configuration && mgw "$lb" session flush --all >/dev/null && stops "all was deleted again" || return
	mgw "$lb" stats zero
	check_eq "sessions created, zeroed while stopped" 0 "$(counter "$lb" sessions_created)"
	configure && requests 8 && check_range "sessions created" 2 100 "$(counter "$lb" sessions_created)"
	mgw_unload
}

again_and_again() { # COMMAND LINE...
	local line
	while [ -e "$TMP/go" ]; do
		for line; do
			# Some are refused, as others are faster.
			# shellcheck disable=SC2086 # several words
			mgw "$lb" $line >/dev/null 2>&1
		done
		sleep "0.$((RANDOM % 8))"
	done
}

# Starts, stops, looks and namespaces that end, all at once.
started_and_stopped() {
	local i pids=() ns
	mgw_load && touch "$TMP/go" && setup_ns ns || return
	again_and_again "laddr add 10.2.0.101-10.2.0.102" "laddr del 10.2.0.101-10.2.0.102" &
	pids+=("$!")
	again_and_again "service add tcp $VIP4:80" "rs add tcp $VIP4:80 10.2.0.11:80" "service del tcp $VIP4:80" &
	pids+=("$!")
	again_and_again "dev attach outside" "dev detach outside" &
	pids+=("$!")
	again_and_again "session count" "session show" "stats show" "version" "stats zero" "session flush --all" &
	pids+=("$!")
	for ((i = 0; i < 12; i++)); do
		ip netns add mgw-ends && mgw mgw-ends laddr add 10.2.0.101 && mgw mgw-ends laddr del 10.2.0.101
		sleep "0.$((i % 4))"
		ip netns del mgw-ends
	done
	rm "$TMP/go"
	wait "${pids[@]}"
	delete_all_quietly
	stops "the noise"
	configure && requests 8
	mgw_unload
}

delete_all_quietly() {
	mgw "$lb" service del tcp "$VIP4:80"
	mgw "$lb" laddr del 10.2.0.101-10.2.0.102
	mgw "$lb" dev detach outside
	return 0
} 2>/dev/null

# The load takes what the changes leave, not the other way round.
renice -n -5 -p $$ >/dev/null

run "two rs, downloads" setup
run "load and unload $ROUNDS times under load" reload "$ROUNDS"
run "100 changes, no failed request on other services" churn
run "rs and service deleted: downloads finish" delete_rs
run "laddr deleted: drains, and comes back" delete_laddr
run "device down and up" device_down
run "MTU changes under load" mtu_changes
run "addresses deleted and added again" address_changes
run "devices deleted with sessions live" delete_device
run "two balancers never meet" two_namespaces
run "namespace deleted with sessions live" namespace_dies
run "refused requests start nothing" refused_requests
run "what nobody needs is stopped" stopped_when_empty
run "started and stopped from all sides" started_and_stopped
finish
