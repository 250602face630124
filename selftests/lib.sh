# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Sourced by every test script. Owns the KTAP output, the waits, the network
# namespaces and everything started in them, the module's life, and this
# topology (topology_fullnat N; each box is a network namespace):
#
#   +--------------+        +------------------------+        +---------------+
#   | client       |        | lb                     |        | sw            |
#   |         eth0 o--------o outside         inside o--------o uplink        |
#   | 10.1.0.2/24  |  net A | 10.1.0.1/24            |  net B |   br0         |
#   | fd01::2/64   |        | fd01::1/64             |        | rs1  rs2 ...  |
#   +--------------+        |        10.2.0.1/24     |        +-o----o--------+
#                           |        fd02::1/64      |          |    |
#    routes to the VIPs     | lo:    10.9.0.1/32     |    +-----o-+  +-o-----+
#    through lb             |        fd09::1/128     |    | rs1   |  | rs2   |
#                           | laddrs 10.2.0.101 ...  |    |  eth0 |  |  eth0 |
#                           |        fd02::101 ...   |    +-------+  +-------+
#                           +------------------------+    10.2.0.11  10.2.0.12
#                                                         fd02::11   fd02::12
#
# Variables it reads: MGW_KO (module), MGWADM (program), MGW_BUILD, MGW_SLOW (by
# how much more than usual each wait may take: the kernel is slow, or shares the CPUs).

LIB_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
REPO=$(cd "$LIB_DIR/.." && pwd)
TOOLS=$LIB_DIR/tools
MGW_BUILD=${MGW_BUILD:-$REPO/build}
MGW_KO=${MGW_KO:-$REPO/kmod/mgw.ko}
MGWADM=${MGWADM:-$MGW_BUILD/userspace/mgwadm/mgwadm}
VIP4=10.9.0.1
VIP6=fd09::1
KSFT_SKIP=4
export MGW_SLOW=${MGW_SLOW:-1}
export PYTHONDONTWRITEBYTECODE=1

TMP=$(mktemp -d)
ktap_number=0 ktap_failed=0 ktap_stage='' ktap_stage_failed=0 ktap_finished=0
namespaces=() spawned=() slow_ones=() reply_out='' reply_err='' reply_code=0
# The last process that spawn started.
SPAWNED=0
# Set by topology_fullnat, as are rs5 and on.
client='' lb='' sw='' rs1='' rs2='' rs3='' rs4='' N_RS=0
export client lb sw rs1 rs2 rs3 rs4 N_RS

echo "TAP version 13"

# ---------------------------------------------------------------- KTAP output

ktap_line() { # OK|"NOT OK" LABEL
	ktap_number=$((ktap_number + 1))
	if [ "$1" = ok ]; then
		echo "ok $ktap_number $2"
	else
		ktap_failed=$((ktap_failed + 1))
		echo "not ok $ktap_number $2"
	fi
}

# One stage, one KTAP line. It fails when FUNCTION called fail (or a check
# that did), or returned nonzero. Later stages run all the same.
run() { # LABEL FUNCTION [ARG...]
	local label=$1 code=0 start
	shift
	start=$(now_ms)
	ktap_stage=$label ktap_stage_failed=0
	"$@" || code=$?
	ktap_stage=''
	echo "# took $((($(now_ms) - start) / 100))00 ms"
	if [ "$code" -ne 0 ] && [ "$ktap_stage_failed" -eq 0 ]; then
		echo "# $1 returned $code"
		ktap_stage_failed=1
	fi
	if [ "$ktap_stage_failed" -eq 0 ]; then ktap_line ok "$label"; else ktap_line not "$label"; fi
}

# A stage that all later ones need: the script ends when it fails.
run_first() { # LABEL FUNCTION [ARG...]
	run "$@"
	[ "$ktap_failed" -eq 0 ] || finish
}

# Inside a stage: mark it failed. Outside: a KTAP line of its own.
fail() { # TEXT
	if [ -n "$ktap_stage" ]; then
		echo "# FAIL: $1"
		ktap_stage_failed=1
	else
		ktap_line not "$1"
	fi
	return 1
}

pass() { # TEXT
	if [ -n "$ktap_stage" ]; then echo "# pass: $1"; else ktap_line ok "$1"; fi
}

skip_all() { # REASON
	echo "1..0 # SKIP $1"
	ktap_finished=1
	exit "$KSFT_SKIP"
}

finish() {
	echo "1..$ktap_number"
	ktap_finished=1
	[ "$ktap_failed" -eq 0 ] || exit 1
	exit 0
}

quote_lines() { # PREFIX TEXT
	local line
	[ -n "$2" ] || return 0
	while IFS= read -r line; do echo "# $1$line"; done <<<"$2"
}

check_eq() { # WHAT EXPECTED SEEN
	[ "$2" = "$3" ] || fail "$1: expected '$2', saw '$3'"
}

check_match() { # WHAT REGEX SEEN
	[[ $3 =~ $2 ]] || fail "$1: expected something like '$2', saw '$3'"
}

check_range() { # WHAT LOW HIGH SEEN
	if ! [[ $4 =~ ^-?[0-9]+$ ]] || [ "$4" -lt "$2" ] || [ "$4" -gt "$3" ]; then
		fail "$1: expected $2 to $3, saw '$4'"
	fi
}

# Run a command; its stdout, stderr and exit code go to reply_out/_err/_code.
capture() { # CMD...
	reply_code=0
	"$@" >"$TMP/reply.out" 2>"$TMP/reply.err" || reply_code=$?
	reply_out=$(<"$TMP/reply.out")
	reply_err=$(<"$TMP/reply.err")
}

show_reply() {
	echo "# exit code $reply_code"
	quote_lines "stdout: " "$reply_out"
	quote_lines "stderr: " "$reply_err"
}

cmd_ok() { # LABEL CMD...
	local label=$1
	shift
	capture "$@"
	if [ "$reply_code" -eq 0 ]; then
		pass "$label"
	else
		echo "# expected exit code 0 from: $*"
		show_reply
		fail "$label"
	fi
}

cmd_fail() { # LABEL EXIT STDERR_REGEX CMD...
	local label=$1 code=$2 regex=$3
	shift 3
	capture "$@"
	if [ "$reply_code" -eq "$code" ] && [[ $reply_err =~ $regex ]]; then
		pass "$label"
	else
		echo "# expected exit code $code and stderr like '$regex' from: $*"
		show_reply
		fail "$label"
	fi
}

# ---------------------------------------------------------------------- waits

now_ms() {
	echo $((${EPOCHREALTIME/./} / 1000))
}

# Try a command until it succeeds; fail when it still does not in time, which is
# longer on kernels that look at every access.
busywait() { # TIMEOUT_MS CMD...
	local end=$(($(now_ms) + $1 * MGW_SLOW))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(now_ms)" -lt "$end" ] || return 1
		sleep 0.05
	done
}

port_is_open() { # NS tcp|udp PORT
	local proto=-t
	[ "${2,,}" = udp ] && proto=-u
	[ -n "$(ip netns exec "$1" ss -H -l -n "$proto" "sport = :$3")" ]
}

wait_for_port() { # NS tcp|udp PORT
	busywait 20000 port_is_open "$@" || fail "nobody listens on $2 port $3 in $1"
}

# For a program that says "ready" on stdout once it serves.
wait_ready() { # PID
	busywait 20000 grep -q '^ready' "$TMP/spawn.$1" && return
	quote_lines "" "$(tail -5 "$TMP/spawn.$1")"
	fail "process $1 did not get ready"
}

is_gone() { # PID
	local state
	state=$(sed 's/.*) //; s/ .*//' "/proc/$1/stat" 2>/dev/null)
	[ -z "$state" ] || [ "$state" = Z ]
}

# ----------------------------------------------------------------- namespaces

# Each NAME becomes a namespace NAME-xxxxxx, numbered when there is one already;
# the variable $NAME holds its name.
setup_ns() { # NAME...
	local name ns
	# Of all namespaces. What a sender is ahead of softirqs that get no time waits there.
	sysctl -qw net.core.netdev_max_backlog=100000 || return
	for name; do
		ns=$name-${TMP##*.}
		[ ! -e "/run/netns/$ns" ] || ns+=-${#namespaces[@]}
		ip netns add "$ns" || return
		namespaces+=("$ns")
		printf -v "$name" %s "$ns"
		ip -n "$ns" link set lo up
		ip netns exec "$ns" sysctl -qw \
			net.ipv6.conf.{all,default}.accept_dad=0 \
			net.ipv6.conf.{all,default}.dad_transmits=0 \
			net.ipv6.conf.default.router_solicitations=0 \
			net.ipv4.conf.{all,default}.rp_filter=0
	done
}

# Start a program in a namespace; it is ended at exit. Its output goes to
# $TMP/spawn.PID, its pid to $SPAWNED.
spawn() { # NS CMD...
	local ns=$1 out
	shift
	out=$(mktemp "$TMP/out.XXXXXX")
	ip netns exec "$ns" "$@" >"$out" 2>&1 </dev/null &
	SPAWNED=$!
	spawned+=("$SPAWNED")
	ln -s "$out" "$TMP/spawn.$SPAWNED"
}

stop() { # PID...
	local pid
	for pid; do kill "$pid" 2>/dev/null; done
	for pid; do
		busywait 10000 is_gone "$pid" || kill -KILL "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	return 0
}

# Start tcpdump in a namespace; returns when it captures. Its pid goes to
# $SPAWNED, what it prints to $TMP/spawn.PID.
start_tcpdump() { # NS OPTION...
	local ns=$1
	shift
	spawn "$ns" tcpdump -n "$@"
	busywait 10000 grep -q "listening on" "$TMP/spawn.$SPAWNED" ||
		fail "tcpdump $* does not start: $(<"$TMP/spawn.$SPAWNED")"
}

# End it when it has read all that its filter let through: what still waits in
# the kernel's buffer is lost at the end, and a packet waits there up to a second.
# After three there is nothing more to wait for, though the counts may differ by
# what came before the filter was set.
end_tcpdump() { # PID...
	local pid
	for pid; do busywait 3000 tcpdump_has_all "$pid"; done
	stop "$@"
}

# Asked by a signal it says: "tcpdump: 5 packets captured, 7 packets received by
# filter, 0 packets dropped by kernel"; those dropped are among those received.
# The second counts what -Q sorts out afterwards, too: filter by address instead.
tcpdump_has_all() { # PID
	kill -USR1 "$1" && sleep 0.05 &&
		sed -En 's/.*: ([0-9]+) packets? captured, ([0-9]+) .*filter, ([0-9]+) .*/\1 \2 \3/p' \
			"$TMP/spawn.$1" | tail -n 1 | {
			read -r captured received dropped
			[ $((captured + dropped)) -ge "$received" ]
		}
}

cleanup() {
	local code=$? ns
	trap - EXIT
	stop "${spawned[@]}"
	for ns in "${namespaces[@]}"; do ip netns del "$ns" 2>/dev/null; done
	[ ! -d /sys/module/mgw ] || rmmod mgw || code=1
	rm -rf "$TMP"
	if [ "$ktap_finished" -eq 0 ]; then
		echo "Bail out! the script ended early, with code $code"
		[ "$code" -ne 0 ] || code=1
	fi
	exit "$code"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# ------------------------------------------------------------------- topology

cable() { # NS DEV NS DEV
	ip link add "$2" netns "$1" type veth peer name "$4" netns "$3"
}

# Beside the first, with its IPv4 addresses: client, balancer and one server in a row.
topology_row() { # CLIENT_NS BALANCER_NS SERVER_NS
	ip netns exec "$2" sysctl -qw net.ipv4.ip_forward=1 || return
	cable "$1" eth0 "$2" outside && cable "$2" inside "$3" eth0 || return
	ip -n "$1" -batch - <<-END || return
		link set eth0 up
		addr add 10.1.0.2/24 dev eth0
		route add default via 10.1.0.1
	END
	ip -n "$2" -batch - <<-END || return
		link set outside up
		link set inside up
		addr add 10.1.0.1/24 dev outside
		addr add 10.2.0.1/24 dev inside
		addr add 10.2.0.101/24 dev inside
		addr add $VIP4/32 dev lo
	END
	ip -n "$3" -batch - <<-END
		link set eth0 up
		addr add 10.2.0.11/24 dev eth0
		route add default via 10.2.0.1
	END
}

# Sets $client, $lb, $sw, $rs1 ... and N_RS.
topology_fullnat() { # N_RS
	local i names=()
	N_RS=$1
	for ((i = 1; i <= N_RS; i++)); do names+=("rs$i"); done
	setup_ns client lb sw "${names[@]}" || return
	ip netns exec "$lb" sysctl -qw \
		net.ipv4.ip_forward=1 net.ipv6.conf.{all,default}.forwarding=1 || return

	cable "$client" eth0 "$lb" outside || return
	cable "$lb" inside "$sw" uplink || return
	ip -n "$sw" -batch - <<-END || return
		link add br0 type bridge
		link set br0 up
		link set uplink master br0 up
	END
	ip -n "$lb" -batch - <<-END || return
		link set outside up
		link set inside up
		addr add 10.1.0.1/24 dev outside
		addr add fd01::1/64 dev outside nodad
		addr add 10.2.0.1/24 dev inside
		addr add fd02::1/64 dev inside nodad
		addr add $VIP4/32 dev lo
		addr add $VIP6/128 dev lo nodad
	END
	ip -n "$client" -batch - <<-END || return
		link set eth0 up
		addr add 10.1.0.2/24 dev eth0
		addr add fd01::2/64 dev eth0 nodad
		route add default via 10.1.0.1
		route add default via fd01::1
	END
	for ((i = 1; i <= N_RS; i++)); do
		local -n ns=rs$i
		cable "$ns" eth0 "$sw" "rs$i" || return
		ip -n "$sw" link set "rs$i" master br0 up || return
		ip -n "$ns" -batch - <<-END || return
			link set eth0 up
			addr add 10.2.0.$((10 + i))/24 dev eth0
			addr add fd02::$((10 + i))/64 dev eth0 nodad
			route add default via 10.2.0.1
			route add default via fd02::1
		END
		unset -n ns
	done
}

# Give lb the addresses 10.2.0.101 ... and fd02::101 ...
add_laddrs() { # N
	local i
	for ((i = 101; i <= 100 + $1; i++)); do
		echo "addr add 10.2.0.$i/24 dev inside"
		echo "addr add fd02::$i/64 dev inside nodad"
	done | ip -n "$lb" -batch -
}

pings() { # NS ADDR
	busywait 5000 ip netns exec "$1" busybox ping -c 1 -W 1 "$2"
}

# -------------------------------------------------------------------- servers

# Serves /name, and the files of ROOT, on port 80 of each ADDR (of every
# address when none is given). The access log is $TMP/NAME.access.
start_nginx() { # NS [ADDR...] ROOT NAME
	local ns=$1 words=("${@:2}") name=${*: -1} root=${*: -2:1} addr listen=''
	words=("${words[@]:0:${#words[@]}-2}")
	[ "${#words[@]}" -gt 0 ] || words=(0.0.0.0 ::)
	for addr in "${words[@]}"; do
		[[ $addr == *:* ]] && addr="[$addr]"
		listen+="listen $addr:80 backlog=4096; "
	done
	mkdir -p "$TMP/$name.tmp" /var/log/nginx
	chmod 755 "$TMP" "$TMP/$name.tmp"
	cat >"$TMP/$name.conf" <<-END
		user root;
		worker_processes 1;
		daemon off;
		worker_rlimit_nofile 65536;
		pid $TMP/$name.pid;
		error_log $TMP/$name.error;
		events { worker_connections 16384; }
		http {
			access_log $TMP/$name.access;
			client_body_temp_path $TMP/$name.tmp;
			proxy_temp_path $TMP/$name.tmp;
			fastcgi_temp_path $TMP/$name.tmp;
			uwsgi_temp_path $TMP/$name.tmp;
			scgi_temp_path $TMP/$name.tmp;
			sendfile on;
			keepalive_timeout 65;
			send_timeout 900;
			client_header_timeout 900;
			keepalive_requests 1000000;
			reset_timedout_connection off;
			server {
				$listen
				root $root;
				location = /name { default_type text/plain; return 200 "$name\n"; }
			}
		}
	END
	spawn "$ns" nginx -c "$TMP/$name.conf" -e "$TMP/$name.error"
	wait_for_port "$ns" tcp 80
}

start_udp_echo() { # NS PORT
	spawn "$1" "$TOOLS/udp_echo.py" "$2"
	wait_ready "$SPAWNED"
}

start_tcp_echo() { # NS PORT
	spawn "$1" "$TOOLS/tcp_echo.py" "$2"
	wait_ready "$SPAWNED"
}

# Connections to the echo service of the VIP, on which bytes go on to come and go. A
# CPU says where their first packets come from.
hold_echoes() { # NS COUNT [CPU]
	spawn "$1" taskset -c "${3:-0-$(($(nproc) - 1))}" "$TOOLS/echo_forever.py" --count "$2" "$VIP4" 7
	wait_ready "$SPAWNED"
}

has_reports() { # PID COUNT
	[ "$(grep -c '^report' "$TMP/spawn.$1")" -ge "$2" ]
}

# How those connections fare, as JSON, once a byte has come back on each.
echo_report() { # PID
	local reports
	reports=$(grep -c '^report' "$TMP/spawn.$1")
	kill -USR1 "$1"
	busywait 25000 has_reports "$1" $((reports + 1)) || fail "no report"
	sed -n 's/^report //p' "$TMP/spawn.$1" | tail -1
}

echoes_go_on() { # REPORT
	echo "# $1"
	check_eq "broken and silent connections" "0 0" "$(jq -r '"\(.broken) \(.silent)"' <<<"$1")"
}

# Super-packets of TCP over IPv6, by all devices of the way to rs1, with buffers for them.
longest_packets() { # BYTES
	local dev
	# The same for all namespaces.
	sysctl -qw net.core.wmem_max=4194304 net.core.rmem_max=4194304 || return
	for dev in "$client eth0" "$lb outside" "$lb inside" "$sw uplink" "$sw rs1" "$rs1 eth0"; do
		ip -n "${dev% *}" link set dev "${dev#* }" gso_max_size "$1" gro_max_size "$1" || return
	done
	# Where the way is slow, TCP makes them smaller than they may be.
	for dev in "$client" "$rs1"; do
		in_ns "$dev" sysctl -qw "net.ipv4.tcp_min_tso_segs=$(($1 > 65536 ? 100 : 2))" || return
	done
}

# A server for one transfer: between two of them iperf3 does not listen for a moment.
iperf_server=''
serve_iperf() { # NS [PORT]
	[ -z "$iperf_server" ] || busywait 10000 is_gone "$iperf_server" || stop "$iperf_server"
	spawn "$1" iperf3 -s -1 -p "${2:-5201}"
	iperf_server=$SPAWNED
	wait_for_port "$1" tcp "${2:-5201}"
}

# By HTTP: the same bytes?
whole_file() { # NS FILE URL SECONDS
	in_ns "$1" curl -sS -g --max-time $(($4 * MGW_SLOW)) "$3" | cmp - "$2" ||
		fail "$3: not what the server has"
}

# There and back by an echo service: the same bytes?
whole_echo() { # NS FILE ADDR PORT SECONDS
	check_eq "echo of $(stat -c %s "$2") bytes by $3:$4" "$(sha256sum <"$2")" \
		"$(in_ns "$1" timeout $(($5 * MGW_SLOW)) nc -N "$3" "$4" <"$2" | sha256sum)"
}

# Downloads that go on, slowly, until end_slow.
start_slow() { # NS URL...
	local url pid
	touch "$TMP/slowly"
	for url in "${@:2}"; do
		spawn "$1" "$TOOLS/sip.py" --kbps $((200 / MGW_SLOW)) "$TMP/slowly" \
			curl -sS -g --max-time $((90 * MGW_SLOW)) "$url"
		slow_ones+=("$SPAWNED")
	done
	for pid in "${slow_ones[@]}"; do wait_ready "$pid" || return; done
}

# The rest of them, quickly; each must be what FILE is.
end_slow() { # FILE
	local pid sum
	sum=$(sha256sum <"$1" | cut -d' ' -f1)
	rm "$TMP/slowly"
	for pid in "${slow_ones[@]}"; do
		wait "$pid" || fail "a download: $(<"$TMP/spawn.$pid")"
		check_eq "SHA-256 of a download" "$sum" "$(tail -n 1 "$TMP/spawn.$pid")"
	done
	slow_ones=()
}

# Addresses as URLs and mgwadm want them.
in_brackets() { # ADDR
	if [[ $1 == *:* ]]; then echo "[$1]"; else echo "$1"; fi
}

# By the kernel's own counting.
kernel_counter() { # NS NAME
	in_ns "$1" nstat -aszj "$2" | jq ".kernel.$2"
}

in_ns() { # NS CMD...
	ip netns exec "$@"
}

# PREEMPT_RT before 6.10 warns of the softirq that RPS itself raises, by IPI, on an
# idle CPU; since then the backlog has threads.
rps_works() {
	[[ $(uname -v) != *PREEMPT_RT* ]] ||
		[ "$(printf '%s\n' 6.10 "$(uname -r)" | sort -V | head -n 1)" = 6.10 ]
}

# What a native test kernel lacks is left to the kernels in QEMU, where nothing may be left
# out. selftests/lint/listed.py sees to it that each script that asks one of these runs
# there too.
left_to_qemu() { # WHAT
	grep -q 'User Mode Linux' /proc/cpuinfo || fail "this kernel has no $1"
	echo "# left to QEMU: this kernel has no $1"
	return 1
}

cpus_can_go() {
	[ -e /sys/devices/system/cpu/cpu1/online ] || left_to_qemu "CPUs that go off line"
}

has_type_information() {
	[ -e /sys/kernel/btf/vmlinux ] || left_to_qemu "type information"
}

has_module() { # NAME
	modprobe -q "$1" || [ -d "/sys/module/$1" ] || fail "this kernel has no module $1"
}

# The CPUs that handle what comes to lb by each leg; 0: whichever it comes on, which is
# that of the sender. Where RPS does not work, programs started from here are
# held on the CPUs of the first, and the servers send from where they are.
rps() { # OUTSIDE_HEX INSIDE_HEX
	if rps_works; then
		in_ns "$lb" bash -c "echo $1 >/sys/class/net/outside/queues/rx-0/rps_cpus
			echo $2 >/sys/class/net/inside/queues/rx-0/rps_cpus"
	else
		taskset -p "$([ "$1" = 0 ] && echo ff || echo "$1")" "$BASHPID" >/dev/null
	fi
}

# ------------------------------------------------------------------------ mgw

mgw_unloaded_lines() {
	dmesg | grep -o 'mgw: unloaded:.*'
}

mgw_load() { # [PARAMETER=VALUE...]
	local dep
	[ -e "$MGW_KO" ] || { fail "$MGW_KO is missing: make module"; return 1; }
	for dep in nf_defrag_ipv4 nf_defrag_ipv6 \
		$(modinfo -F depends "$MGW_KO" | tr , ' '); do
		modprobe -q "$dep" || [ -d "/sys/module/$dep" ] ||
			echo "# modprobe $dep: not a module of this kernel"
	done
	capture insmod "$MGW_KO" "$@"
	[ "$reply_code" -eq 0 ] || { show_reply; fail "insmod mgw.ko $*"; }
}

# Unload, and hold the module to its word: created equals destroyed.
mgw_unload() {
	local before line name pair
	before=$(mgw_unloaded_lines | wc -l)
	capture rmmod mgw
	[ "$reply_code" -eq 0 ] || { show_reply; fail "rmmod mgw"; return 1; }
	if [ "$(mgw_unloaded_lines | wc -l)" -le "$before" ]; then
		fail "mgw said nothing about what it created and destroyed"
		return 1
	fi
	line=$(mgw_unloaded_lines | tail -1)
	echo "# $line"
	# shellcheck disable=SC2086 # the line is words
	set -- ${line#mgw: unloaded:}
	while [ $# -ge 2 ]; do
		name=$1 pair=$2
		[ "${pair%/*}" = "${pair#*/}" ] || fail "$name: created/destroyed is $pair"
		shift 2
	done
	[ "$ktap_stage_failed" -eq 0 ]
}

mgw() { # NS ARG...
	"$MGWADM" -N "$@"
}

mgw_json() { # NS ARG...
	"$MGWADM" -j -N "$@"
}

# The value of one counter, wherever "stats show" files it.
counter() { # NS NAME
	mgw_json "$1" stats show |
		jq -er --arg name "$2" '[.. | objects | .[$name]? | numbers] | first | values'
}

counter_is() { # NS NAME VALUE
	[ "$(counter "$1" "$2")" = "$3" ]
}

# All drops there were, as JSON: {} of none.
drops() { # NS
	mgw_json "$1" stats show |
		jq -c '.counters | with_entries(select((.key | startswith("drop_")) and .value > 0))'
}

# Packets of sessions that the host got, or that met a CPU which knew of none.
strays() { # NS
	mgw_json "$1" stats show | jq '.counters | .passed_laddr + .drop_no_session'
}

session_count() { # NS [FILTER...]
	mgw_json "$1" session count "${@:2}" | jq .sessions
}

attach_legs() {
	mgw "$lb" dev attach outside && mgw "$lb" dev attach inside
}
