#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The real server's side of TOA: mgw-toa beside unchanged programs. Hand-made
# connections (tools/toa_client.py) stand for the balancer's: they come from
# addresses that no kernel owns, with the options of a balancer or of a liar.
#
#   +-----------------+          +------------------------------------------+
#   | client          |          | rs     10.1.0.1/24  fd01::1/64           |
#   |            eth0 o----------o eth0                                     |
#   | 10.1.0.2/24     |          | nginx   80: IPv4   81: [::], both        |
#   | fd01::2/64      |          |         82: IPv4, accepts when data came |
#   +-----------------+          | python  90: IPv4   91: [::], both        |
#                                +------------------------------------------+
#   laddrs 10.1.0.50, fd01::50 (trusted); 10.1.0.60, fd01::60 (not)

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

TOA=$MGW_BUILD/userspace/toa/mgw-toa
CGROUP=/sys/fs/cgroup
PINS=/sys/fs/bpf/mgw-toa
rs='' rs_mac='' said=''
TRUST=(--from 10.1.0.48/29 --from fd01::50)

# Options as hex: 198.51.100.7 and 2001:db8::7, port 4660.
ADDR4=c6336407 ADDR6=20010db8000000000000000000000007
V4=fe081234$ADDR4
V6=fe141234$ADDR6

mounted() {
	[ "$(stat -f -c %T "$CGROUP")" = cgroup2fs ] || mount -t cgroup2 cgroup2 "$CGROUP" || return
	[ "$(stat -f -c %T /sys/fs/bpf)" = bpf_fs ] || mount -t bpf bpf /sys/fs/bpf
}

servers() {
	mkdir -p "$TMP/nginx" && chmod 755 "$TMP" "$TMP/nginx" || return
	cat >"$TMP/nginx.conf" <<-END
		user root;
		worker_processes 1;
		daemon off;
		pid $TMP/nginx.pid;
		events { }
		http {
			access_log $TMP/access;
			client_body_temp_path $TMP/nginx;
			proxy_temp_path $TMP/nginx;
			fastcgi_temp_path $TMP/nginx;
			uwsgi_temp_path $TMP/nginx;
			scgi_temp_path $TMP/nginx;
			server {
				listen 80;
				listen [::]:81 ipv6only=off;
				listen 82 deferred;
				location / { return 200 "\$remote_addr \$remote_port\n"; }
			}
		}
	END
	spawn "$rs" nginx -c "$TMP/nginx.conf" -e "$TMP/nginx.error"
	wait_for_port "$rs" tcp 80 || return
	spawn "$rs" "$TOOLS/toa_server.py" 0.0.0.0 90
	said=$TMP/spawn.$SPAWNED
	wait_ready "$SPAWNED" || return
	spawn "$rs" "$TOOLS/toa_server.py" :: 91
	wait_ready "$SPAWNED"
}

setup() {
	local addr mac
	mounted && setup_ns client rs && cable "$client" eth0 "$rs" eth0 || return
	ip -n "$client" -batch - <<-END || return
		link set eth0 up
		addr add 10.1.0.2/24 dev eth0
		addr add fd01::2/64 dev eth0 nodad
	END
	ip -n "$rs" -batch - <<-END || return
		link set eth0 up
		addr add 10.1.0.1/24 dev eth0
		addr add fd01::1/64 dev eth0 nodad
	END
	mac=$(in_ns "$client" cat /sys/class/net/eth0/address)
	rs_mac=$(in_ns "$rs" cat /sys/class/net/eth0/address)
	for addr in 10.1.0.50 fd01::50 10.1.0.60 fd01::60; do
		ip -n "$rs" neigh add "$addr" lladdr "$mac" dev eth0 || return
	done
	servers && pings "$client" 10.1.0.1 && pings "$client" fd01::1
}

ask() { # SRC PORT OPTION...
	local src=$1 dst=10.1.0.1 port=$2
	shift 2
	[[ $src != *:* ]] || dst=fd01::1
	# Not by "ip netns exec", which hides what is mounted below /sys from mgw-toa.
	capture nsenter --net="/run/netns/$client" \
		"$TOOLS/toa_client.py" "$@" eth0 "$rs_mac" "$src" "$dst" "$port"
	[ "$reply_code" -eq 0 ] || { show_reply; fail "$src to port $port"; }
}

# What nginx says of a connection.
web() { # WHAT EXPECTED SRC PORT OPTION...
	local what=$1 expected=$2
	shift 2
	ask "$@" --path / && check_eq "nginx, $what" "$expected" "${reply_out/ [1-9]*/ PORT}"
}

# What accept(), getpeername() and getsockopt() say; PORT stands for a port of
# the balancer's.
calls() { # WHAT "ACCEPT" "PEER" "NAT64" SRC PORT OPTION...
	local what=$1 expected="accept $2 peer $3 nat64 $4"
	shift 4
	ask "$@" || return
	check_eq "$what" "$expected" "$(sed -E 's/ ([2-3][0-9]{4})( |$)/ PORT\2/g' <<<"$reply_out")"
}

seen() { # COUNTER
	"$TOA" -j show | jq ".counters.$1"
}

# Runs CMD and holds a counter to the number of times it must grow.
counts() { # COUNTER N CMD...
	local name=$1 n=$2 before
	before=$(seen "$name")
	shift 2
	"$@" || return
	check_eq "counter $name" $((before + n)) "$(seen "$name")"
}

nothing_attached() {
	check_eq show "not attached" "$("$TOA" show)" || return
	calls "nobody reads" "10.1.0.50 PORT" "10.1.0.50 PORT" "- -" 10.1.0.50 90 --ack "$V4" --data "$V4" || return
	cmd_fail "detach" 1 '^mgw-toa: mgw-toa: is not attached$' "$TOA" detach || return
	cmd_fail "connections" 1 'is not attached' "$TOA" show connections
}

refusals() {
	cmd_fail "whom to believe" 2 'attach: say whom to believe' "$TOA" attach || return
	cmd_fail "no cgroup" 1 '^mgw-toa: /nowhere: cannot open the cgroup: No such file' \
		"$TOA" attach --from-any --cgroup /nowhere || return
	cmd_fail "another directory" 1 '^mgw-toa: /tmp: is no directory of cgroup version 2' \
		"$TOA" attach --from-any --cgroup /tmp || return
	cmd_fail "not without CAP_PERFMON" 3 '^mgw-toa: mgw-toa: CAP_PERFMON is missing: do it as root$' \
		setpriv --bounding-set -all,+bpf,+net_admin "$TOA" attach --from-any || return
	cmd_fail "no BPF file system" 3 'mount -t bpf' unshare -m sh -c "umount /sys/fs/bpf && $TOA show" || return
	[ ! -e "$PINS" ] || fail "a refused attach left $PINS"
}

# With what the service is left of root's rights.
attached() {
	cmd_ok "attach" setpriv --bounding-set -all,+bpf,+net_admin,+perfmon \
		"$TOA" attach "${TRUST[@]}" || return
	cmd_fail "nobody may look" 3 'Permission denied: do it as root' \
		setpriv --reuid 65534 --clear-groups "$TOA" show || return
	capture "$TOA" show
	check_match show $'attached to +/sys/fs/cgroup\nhooks +getpeername4 getpeername6 getsockopt sock_ops' \
		"$reply_out" || return
	check_match show $'\nfrom +10.1.0.48/29 fd01::50/128\n' "$reply_out" || return
	check_eq pins "8" "$(find "$PINS" -type f | wc -l)"
}

ipv4() {
	web "IPv4" "198.51.100.7 PORT" 10.1.0.50 80 --ack "$V4" --data "$V4" || return
	counts seen_v4 1 calls "IPv4" "198.51.100.7 4660" "198.51.100.7 4660" "- -" 10.1.0.50 90 --ack "$V4"
}

ipv6() {
	web "IPv6" "2001:db8::7 PORT" fd01::50 81 --ack "$V6" --data "$V6" || return
	counts seen_v6 1 calls "IPv6" "2001:db8::7 4660" "2001:db8::7 4660" "- -" fd01::50 91 --ack "$V6"
}

mapped() {
	web "IPv4 on [::]" "::ffff:198.51.100.7 PORT" 10.1.0.50 81 --ack "$V4" || return
	calls "IPv4 on [::]" "::ffff:198.51.100.7 4660" "::ffff:198.51.100.7 4660" "- -" \
		10.1.0.50 91 --ack "$V4" || return
	calls "IPv4 client over IPv6" "::ffff:198.51.100.7 4660" "::ffff:198.51.100.7 4660" "- -" \
		fd01::50 91 --ack "$V4"
}

ipv6_over_ipv4() {
	web "IPv6 client over IPv4, [::]" "2001:db8::7 PORT" 10.1.0.50 81 --ack "$V6" || return
	calls "IPv6 client over IPv4, [::]" "2001:db8::7 4660" "2001:db8::7 4660" "- -" \
		10.1.0.50 91 --ack "$V6" || return
	web "IPv6 client, 0.0.0.0" "10.1.0.50 PORT" 10.1.0.50 80 --ack "$V6" || return
	calls "IPv6 client, 0.0.0.0" "10.1.0.50 PORT" "10.1.0.50 PORT" "2001:db8::7 4660" \
		10.1.0.50 90 --ack "$V6"
}

on_data() {
	calls "on data" "10.1.0.50 PORT" "198.51.100.7 4660" "- -" 10.1.0.50 90 --data "$V4" \
		--accepted "$said" || return
	calls "IPv6 on data" "10.1.0.50 PORT" "10.1.0.50 PORT" "2001:db8::7 4660" \
		10.1.0.50 90 --data "$V6" || return
	# The kernel takes this one for TCP Fast Open.
	calls "port 63881" "10.1.0.50 PORT" "198.51.100.7 63881" "- -" \
		10.1.0.50 90 --data "fe08f989$ADDR4" --accepted "$said" || return
	web "deferred accept" "198.51.100.7 PORT" 10.1.0.50 82 --data "$V4"
}

behind_others() {
	local timestamps=0101080a0000000100000000
	calls "behind timestamps" "198.51.100.7 4660" "198.51.100.7 4660" "- -" \
		10.1.0.50 90 --ack "$timestamps$V4"
}

without() {
	counts no_option 1 calls "no option" "10.1.0.50 PORT" "10.1.0.50 PORT" "- -" 10.1.0.50 90 || return
	calls "another option" "10.1.0.50 PORT" "10.1.0.50 PORT" "- -" \
		10.1.0.50 90 --ack "c8081234$ADDR4" || return
	# Too late: the client has acknowledged what the server said.
	ask 10.1.0.50 90 --again true || return
	check_eq "both answers" 1 "$(sort -u <<<"$reply_out" | wc -l)" || return
	check_match "a client of its own" '^10.1.0.2 [0-9]+$' \
		"$(in_ns "$client" curl -sS --max-time 20 http://10.1.0.1/)"
}

forged() {
	counts untrusted 1 calls "forged" "10.1.0.60 PORT" "10.1.0.60 PORT" "- -" \
		10.1.0.60 90 --ack "$V4" --data "$V4" || return
	counts untrusted 1 calls "forged over IPv6" "fd01::60 PORT" "fd01::60 PORT" "- -" \
		fd01::60 91 --ack "$V6" --data "$V6" || return
	calls "forged on data" "10.1.0.60 PORT" "10.1.0.60 PORT" "- -" 10.1.0.60 90 --data "$V4"
}

malformed() {
	counts malformed 9 broken_options
}

# Length 0 and 1, beyond the header, a wrong length, of no client, cut off.
broken_options() {
	local options
	for options in fe000101 fe010101 08000101 fe1412340a000001 fe0912340a000001 fe08000000000000 \
		010101fe fe08123400000000; do
		calls "$options" "10.1.0.50 PORT" "10.1.0.50 PORT" "- -" \
			10.1.0.50 90 --ack "$options" --data "$V4" || return
	done
	calls "on data" "10.1.0.50 PORT" "10.1.0.50 PORT" "- -" \
		10.1.0.50 90 --data fe000101
}

connections() {
	local seen
	ask 10.1.0.50 90 --ack "$V6" --again "$TOA -j show connections >$TMP/connections" || return
	seen=$(jq -c '.[] | select(.caddr == "2001:db8::7" and .rport == 90) | [.cport, .laddr, .raddr]' \
		"$TMP/connections")
	check_eq "connections" '[4660,"10.1.0.50","10.1.0.1"]' "$seen" || return
	# It goes when the socket does.
	busywait 5000 nobody_connected || fail "$("$TOA" show connections)"
}

nobody_connected() {
	[ "$("$TOA" -j show connections)" = "[]" ]
}

replaced() {
	local before
	before=$(seen seen_v4)
	ask 10.1.0.50 90 --ack "$V4" --again "$TOA attach --from-any --kind 200 --kind6 253" || return
	check_eq "answers before and after" 1 "$(sort -u <<<"$reply_out" | wc -l)" || return
	check_match "after" "peer 198.51.100.7 4660" "$reply_out" || return
	check_eq "counter seen_v4" $((before + 1)) "$(seen seen_v4)" || return
	check_eq "settings" '[200,253,true,[]]' "$("$TOA" -j show | jq -c '[.kind, .kind6, .from_any, .from]')" ||
		return
	calls "254 is nothing now" "10.1.0.50 PORT" "10.1.0.50 PORT" "- -" 10.1.0.50 90 --ack "$V4" || return
	calls "kind 200, from anywhere" "198.51.100.7 4660" "198.51.100.7 4660" "- -" \
		10.1.0.60 90 --ack "c8081234$ADDR4" || return
	calls "kind 253" "2001:db8::7 4660" "2001:db8::7 4660" "- -" \
		fd01::60 91 --ack "fd141234$ADDR6"
}

another_cgroup() {
	mkdir "$CGROUP/toa" || return
	cmd_fail "a second cgroup" 1 'the reader is attached to /sys/fs/cgroup: mgw-toa detach first' \
		"$TOA" attach --from-any --cgroup "$CGROUP/toa" || return
	"$TOA" detach && "$TOA" attach "${TRUST[@]}" --cgroup "$CGROUP/toa" || return
	calls "programs outside" "10.1.0.50 PORT" "10.1.0.50 PORT" "- -" 10.1.0.50 90 --ack "$V4" || return
	# A cgroup that goes takes the hooks with it.
	rmdir "$CGROUP/toa" && busywait 5000 is_detached || return
	"$TOA" attach "${TRUST[@]}" || return
	calls "attached again" "198.51.100.7 4660" "198.51.100.7 4660" "- -" 10.1.0.50 90 --ack "$V4"
}

is_detached() {
	[ "$("$TOA" show)" = "not attached" ]
}

detached() {
	ask 10.1.0.50 90 --ack "$V4" --again "$TOA detach" || return
	check_match "before" $'^accept 198.51.100.7 4660 peer 198.51.100.7 4660 nat64 - -\n' "$reply_out" || return
	check_match "after" $'\naccept 198.51.100.7 4660 peer 10.1.0.50 [0-9]+ nat64 - -$' "$reply_out" || return
	[ ! -e "$PINS" ] || fail "$PINS is left" || return
	web "detached" "10.1.0.50 PORT" 10.1.0.50 80 --ack "$V4" --data "$V4"
}

run_first "setup" setup
run "nothing attached: nothing changes" nothing_attached
run "what is refused, and how" refusals
run_first "attach, with three capabilities" attached
run "an IPv4 client" ipv4
run "an IPv6 client" ipv6
run "an IPv4 client of IPv6 sockets" mapped
run "an IPv6 client over IPv4" ipv6_over_ipv4
run "the option on data only" on_data
run "the option behind others" behind_others
run "no option" without
run "a source that nobody trusts" forged
run "malformed options" malformed
# The list is an iterator, which needs the types of the kernel's own.
if has_type_information; then
	run "connections are listed" connections
fi
run "attach again: other settings, same connections" replaced
run "another cgroup" another_cgroup
run "detach" detached
finish
