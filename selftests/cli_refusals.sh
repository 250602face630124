#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Every wrong word, address, port, every duplicate and missing object, every
# missing right: mgwadm says why, has the exit code of the manual (1 refused, 2
# usage, 3 no module or no right), prints nothing else, and the configuration
# is the same before and after. What "show" prints can be typed in again, is
# JSON when asked, and fits 80 columns. Topology: lib.sh.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

NO_CAPS=(setpriv --bounding-set -all --inh-caps -all)
NOBODY=(setpriv --reuid 65534 --regid 65534 --clear-groups)
# As long as addresses get; routed, and known to nobody but the hosts.
LONG_CLIENT=2001:db8:1111:1111:1111:1111:1111:1111
LONG_VIP=2001:db8:2222:2222:2222:2222:2222:2222
LONG_LADDR=2001:db8:3333:3333:3333:3333:3333:3333
LONG_RS=2001:db8:4444:4444:4444:4444:4444:4444
LONG_POOL=pool-of-thirty-one-letters-long
BEFORE=''

# Called after each command: -N is a program less than "ip netns exec".
config() {
	"$MGWADM" -N "$lb" -j service show && "$MGWADM" -N "$lb" -j laddr show
}

is_unchanged() {
	[ "$(config)" = "$BEFORE" ]
}

# A refused command: what it says, and that it changed nothing.
refused() { # EXIT REGEX CMD...
	local code=$1 regex=$2
	shift 2
	capture in_ns "$lb" "$@"
	if [ "$reply_code" -ne "$code" ] || ! [[ $reply_err =~ $regex ]] || [ -n "$reply_out" ]; then
		echo "# expected exit code $code, stderr like '$regex' and no stdout"
		show_reply
		fail "$*"
	fi
	[[ $reply_err == "mgwadm: "* && $reply_err != *$'\n'* ]] || fail "not one line of mgwadm: $reply_err"
	is_unchanged && return
	fail "changed the configuration"
	diff <(echo "$BEFORE") <(config) | sed 's/^/# /'
	BEFORE=$(config)
}

# Rows "label | exit | regex of stderr | words", one KTAP line each.
table() { # [WORD BEFORE mgwadm]...
	local line words
	BEFORE=$(config)
	while IFS= read -r line; do
		[[ $line =~ ^(.*[^ ])\ *\|\ *([0-9])\ *\|\ *(.*[^ ])\ *\|\ *(.*)$ ]] || {
			[ -z "$line" ] || fail "not a row: $line"
			continue
		}
		eval "words=(${BASH_REMATCH[4]})"
		run "refused: ${BASH_REMATCH[1]}" \
			refused "${BASH_REMATCH[2]}" "${BASH_REMATCH[3]}" "$@" "$MGWADM" "${words[@]}"
	done
}

no_module() {
	local words
	for words in "service show" "service add tcp $VIP4:80" "laddr add 10.2.0.101" "stats zero" \
		"session flush --all" monitor version ""; do
		# shellcheck disable=SC2086 # several words
		cmd_fail "mgwadm $words" 3 "^mgwadm: the kernel has no module mgw: is mgw.ko loaded" \
			timeout 20 "$MGWADM" $words
	done
	cmd_fail "wrong words come first" 2 "unknown noun" "$MGWADM" servcie show
	cmd_ok "--version" "$MGWADM" --version
	cmd_ok "--help" "$MGWADM" service --help
}

# From memory, as it runs some 500 times; nobody must be able to read it.
copy_mgwadm() {
	chmod 755 "$TMP" && cp "$MGWADM" "$TMP/mgwadm" && MGWADM=$TMP/mgwadm
}

setup() {
	topology_fullnat 1 && mgw_load || return
	ip -n "$client" addr add "$LONG_CLIENT/128" dev eth0 nodad || return
	ip -n "$lb" addr add "$LONG_VIP/128" dev lo nodad || return
	ip -n "$lb" addr add "$LONG_LADDR/128" dev inside nodad || return
	ip -n "$rs1" addr add "$LONG_RS/128" dev eth0 nodad || return
	ip -n "$lb" route add "$LONG_CLIENT/128" via fd01::2 || return
	ip -n "$lb" route add "$LONG_RS/128" via fd02::11 || return
	mgw "$lb" laddr add 10.2.0.101-10.2.0.102 || return
	mgw "$lb" laddr add fd02::101 --cpu 1 --pool six --ports 2000-3000 || return
	mgw "$lb" laddr add "$LONG_LADDR" --pool "$LONG_POOL" || return
	mgw "$lb" service add tcp "$VIP4:80" --sched wrr --timeout close=5 --timeout established=900 || return
	mgw "$lb" service add udp "$VIP4:0" --sched rr || return
	mgw "$lb" service add tcp "[$VIP6]:443" --pool six --timestamps keep --toa on --toa-kind 200 || return
	mgw "$lb" service add udp "[$LONG_VIP]:65535" --pool "$LONG_POOL" || return
	mgw "$lb" rs add tcp "$VIP4:80" 10.2.0.11:8080 --weight 7 || return
	mgw "$lb" rs add tcp "$VIP4:80" "[fd02::11]:8080" --weight 0 || return
	mgw "$lb" rs add udp "$VIP4:0" 10.2.0.11:0 || return
	mgw "$lb" rs add udp "[$LONG_VIP]:65535" "[$LONG_RS]:65535" --weight 65535
}

words_table() {
	table <<-'END'
		noun with a slip                 | 2 | ^mgwadm: servcie: unknown noun: did you mean 'service'\? | servcie show
		noun nobody knows                | 2 | unknown noun: use service, rs, laddr, .* or version | teapot
		verb with a slip                 | 2 | unknown verb of service: did you mean 'show'\? | service shwo
		verb of another noun             | 2 | unknown verb of laddr: use add, del or show | laddr flush
		no verb                          | 2 | ^mgwadm: service: a verb is missing: use add, set, del or show | service
		no words                         | 2 | service add: tcp\|udp\|fwmark is missing | service add
		one word                         | 2 | VADDR:PORT\|MARK is missing | service del tcp
		no rs                            | 2 | RADDR:PORT is missing | rs add tcp 10.9.0.1:80
		one word too many                | 2 | 'now' is one word too many | service del tcp 10.9.0.1:80 now
		show with one word               | 2 | VADDR:PORT\|MARK is missing | service show tcp
		empty word                       | 2 | unknown noun | ''
		option with a slip               | 2 | --shed: unknown option: did you mean '--sched'\? | service add tcp 10.9.0.1:81 --shed rr
		option of another verb           | 2 | --weight: unknown option | service add tcp 10.9.0.1:81 --weight 1
		option without value             | 2 | --sched: give it once, with its value | service set tcp 10.9.0.1:80 --sched
		option twice                     | 2 | --sched: give it once, with its value | service set tcp 10.9.0.1:80 --sched rr --sched wlc
		weight twice                     | 2 | --weight: give it once | rs set tcp 10.9.0.1:80 10.2.0.11:8080 --weight 1 --weight 2
		nothing to set, service          | 2 | service set: nothing to set | service set tcp 10.9.0.1:80
		nothing to set, rs               | 2 | rs set: nothing to set | rs set tcp 10.9.0.1:80 10.2.0.11:8080
		protocol sctp                    | 2 | tcp\|udp\|fwmark: unknown protocol 'sctp': use tcp, udp or fwmark | service add sctp 10.9.0.1:81
		protocol TCP                     | 2 | unknown protocol 'TCP' | service del TCP 10.9.0.1:80
		protocol 6                       | 2 | unknown protocol '6' | service del 6 10.9.0.1:80
		scheduler of IPVS                | 2 | --sched: unknown scheduler 'lblc' | service add tcp 10.9.0.1:81 --sched lblc
		scheduler empty                  | 2 | unknown scheduler '' | service set tcp 10.9.0.1:80 --sched ''
		mode masq                        | 2 | --mode: unknown mode 'masq': use fullnat, nat, dr or tunnel | service add tcp 10.9.0.1:81 --mode masq
		mode tunnel, another port        | 1 | rport must be the vport in modes dr and tunnel | rs set tcp 10.9.0.1:80 10.2.0.11:8080 --mode tunnel
		mode dr, another port            | 1 | rport must be the vport in modes dr and tunnel | rs add tcp 10.9.0.1:80 10.2.0.12:81 --mode dr
		mode nat, another family         | 1 | raddr must be of the service's family in modes nat and dr | rs add tcp 10.9.0.1:80 [fd02::12]:80 --mode nat
		tunnel of an rs in fullnat       | 1 | tunnel settings need mode tunnel | rs set tcp 10.9.0.1:80 10.2.0.11:8080 --tunnel gue
		port of ipip                     | 1 | tunnel-port needs tunnel gue | rs add tcp 10.9.0.1:80 10.2.0.12:80 --mode tunnel --tunnel-port 6080
		checksum of ipip                 | 1 | tunnel-checksum needs tunnel gue or gre | rs add tcp 10.9.0.1:80 10.2.0.12:80 --mode tunnel --tunnel-checksum on
		tunnel of another kind           | 2 | unknown tunnel 'vxlan': use ipip, gue or gre | rs add tcp 10.9.0.1:80 10.2.0.12:80 --mode tunnel --tunnel vxlan
		timestamps off                   | 2 | unknown timestamps setting 'off': use strip or keep | service set tcp 10.9.0.1:80 --timestamps off
		TOA of UDP                       | 1 | mgwadm: service udp 10.9.0.1:81: TOA is an option of TCP: this service is of UDP | service add udp 10.9.0.1:81 --toa on
		timeout 0                        | 2 | timeout close is '0': give 1 to 86400 seconds | service set tcp 10.9.0.1:80 --timeout close=0
		timeout 86401                    | 2 | timeout close is '86401': give 1 to 86400 | service set tcp 10.9.0.1:80 --timeout close=86401
		timeout NaN                      | 2 | timeout close is 'NaN' | service set tcp 10.9.0.1:80 --timeout close=NaN
		timeout -1                       | 2 | timeout close is '-1' | service set tcp 10.9.0.1:80 --timeout close=-1
		timeout 1.5                      | 2 | timeout close is '1.5' | service set tcp 10.9.0.1:80 --timeout close=1.5
		timeout 2^32                     | 2 | timeout close is '4294967297' | service set tcp 10.9.0.1:80 --timeout close=4294967297
		timeout of nothing               | 2 | timeout close is '' | service set tcp 10.9.0.1:80 --timeout close=
		timeout without value            | 2 | 'close' is no timeout: write NAME=SECONDS | service set tcp 10.9.0.1:80 --timeout close
		timeout of no state              | 2 | unknown timeout 'idle' | service set tcp 10.9.0.1:80 --timeout idle=5
		timeout twice                    | 2 | timeout close is given twice | service set tcp 10.9.0.1:80 --timeout close=5 --timeout close=6
		one of two timeouts wrong        | 2 | timeout udp is '0' | service set tcp 10.9.0.1:80 --timeout close=9 --timeout udp=0
		weight 65536                     | 2 | --weight: '65536' is out of range: give a number from 0 to 65535 | rs set tcp 10.9.0.1:80 10.2.0.11:8080 --weight 65536
		weight -1                        | 2 | --weight: '-1' is out of range | rs set tcp 10.9.0.1:80 10.2.0.11:8080 --weight=-1
		weight in hexadecimal            | 2 | --weight: '0x10' is out of range | rs set tcp 10.9.0.1:80 10.2.0.11:8080 --weight 0x10
		weight empty                     | 2 | --weight: '' is out of range | rs set tcp 10.9.0.1:80 10.2.0.11:8080 --weight ''
		pool empty                       | 2 | --pool: '' is no name of a pool | service set tcp 10.9.0.1:80 --pool ''
		pool of 32 letters               | 2 | is no name of a pool: give 1 to 31 | service set tcp 10.9.0.1:80 --pool aaaaaaaabbbbbbbbccccccccdddddddd
		pool with a space                | 2 | 'a b' is no name of a pool | laddr add 10.2.0.103 --pool 'a b'
		pool with a slash                | 2 | 'a/b' is no name of a pool | laddr add 10.2.0.103 --pool a/b
		pool with an umlaut              | 2 | is no name of a pool | laddr add 10.2.0.103 --pool $'\303\244'
		ports 0-10                       | 2 | '0-10' is no range of ports: both ends are numbers from 1 to 65535 | laddr add 10.2.0.103 --ports 0-10
		ports 10-5                       | 2 | '10-5' ends before it starts: did you mean 5-10\? | laddr add 10.2.0.103 --ports 10-5
		ports to 65536                   | 2 | '1-65536' is no range of ports | laddr add 10.2.0.103 --ports 1-65536
		ports 65536                      | 2 | '65536' is no range of ports: write MIN-MAX | laddr add 10.2.0.103 --ports 65536
		ports with a word                | 2 | '1-all' is no range of ports | laddr add 10.2.0.103 --ports 1-all
		cpu -1                           | 2 | --cpu: '-1' is out of range | laddr add 10.2.0.103 --cpu=-1
		cpu 65536                        | 2 | --cpu: '65536' is out of range | laddr add 10.2.0.103 --cpu 65536
		cpu with a letter                | 2 | --cpu: '1x' is out of range | laddr add 10.2.0.103 --cpu 1x
		flush of everything by mistake   | 2 | session flush: give what to end, such as --client ADDR, or --all | session flush
		flush of all and of some         | 2 | --all ends every session: leave out the filters | session flush --all --client 10.1.0.2
		limit 0                          | 2 | --limit: '0' is out of range | session show --limit 0
		filter by a host name            | 2 | --client: 'example.org' is no address | session show --client example.org
		filter by half a service         | 2 | --service: give it once, with its value: --service tcp\|udp\|fwmark VADDR:PORT\|MARK | session count --service tcp
		filter by a bare IPv6 and port   | 2 | --rs: '.*' is no address | session count --rs fd02::11:99999
		two namespaces                   | 2 | --netns: give it once, with its value | -N nosuch service show -N lb
		option behind two dashes         | 2 | --sched: no option may stand behind '--' | service add -- tcp 10.9.0.1:81 --sched rr
		verb with a slip, options        | 2 | ^mgwadm: shwo: unknown verb of service: did you mean 'show' | service shwo --service x
		namespace without name           | 2 | --netns: the name of a network namespace is missing | -N '' service show
		namespace nobody has             | 1 | network namespace nosuch: /run/netns/nosuch does not exist | -N nosuch service add tcp 10.9.0.1:81
		namespace that is a file         | 1 | network namespace /etc/passwd: /etc/passwd is no network namespace | -N /etc/passwd service show
	END
}

address_table() {
	table <<-'END'
		host name                        | 2 | VADDR:PORT: 'example.org' is no address: host names are not looked up | service add tcp example.org:81
		localhost                        | 2 | 'localhost' is no address: host names are not looked up | rs add tcp 10.9.0.1:80 localhost:80
		IPv6 without brackets            | 2 | '2001:db8::1:81': write an IPv6 address with its port as \[ADDR\]:PORT | service add tcp 2001:db8::1:81
		IPv6 without brackets, rs        | 2 | RADDR:PORT: 'fd02::12:80': write an IPv6 address | rs add tcp 10.9.0.1:80 fd02::12:80
		no port                          | 2 | '10.9.0.1' has no port: write 10.9.0.1:PORT \(0 = every port\) | service add tcp 10.9.0.1
		IPv6, no port                    | 2 | '\[fd09::2\]' has no port: write \[fd09::2\]:PORT | service add tcp [fd09::2]
		no address                       | 2 | ':81' has no address | service add tcp :81
		nothing                          | 2 | an address is missing | service add tcp ''
		port empty                       | 2 | '' is no port | service add tcp 10.9.0.1:
		port 65536                       | 2 | '65536' is no port: give a number from 0 to 65535 | service add tcp 10.9.0.1:65536
		port -1                          | 2 | '-1' is no port | service add tcp 10.9.0.1:-1
		port http                        | 2 | 'http' is no port | service add tcp 10.9.0.1:http
		port with a blank                | 2 | '81 ' is no port | service add tcp '10.9.0.1:81 '
		three numbers                    | 2 | '10.9.1' is no address | service add tcp 10.9.1:81
		256                              | 2 | '10.9.0.256' is no address | service add tcp 10.9.0.256:81
		leading zero                     | 2 | '010.9.0.1' is no address | service add tcp 010.9.0.1:81
		one number                       | 2 | '168361985' is no address | service add tcp 168361985:81
		prefix of a service              | 2 | '10.9.0.0/24' is no address | service add tcp 10.9.0.0/24:81
		interface                        | 2 | an address with an interface cannot be balanced | service add tcp [fe80::1%lo]:81
		IPv4 in brackets                 | 2 | '\[10.9.0.1\]' is no address | service add tcp [10.9.0.1]:81
		bracket open                     | 2 | is no address | service add tcp [fd09::2:81
		loopback                         | 1 | ^mgwadm: service tcp 127.0.0.1:81: address is a loopback address | service add tcp 127.0.0.1:81
		loopback, IPv6                   | 1 | address is the loopback address | service add tcp [::1]:81
		unspecified                      | 1 | address is .*0\.0\.0\.0 | service add tcp 0.0.0.0:81
		unspecified, IPv6                | 1 | address is zero | service add udp [::]:81
		multicast                        | 1 | address is a multicast address | service add udp 224.0.0.1:81
		multicast, IPv6                  | 1 | address is a multicast address | service add udp [ff02::1]:81
		broadcast                        | 1 | address is the broadcast address | service add udp 255.255.255.255:81
		link-local, IPv6                 | 1 | address is a link-local address | service add tcp [fe80::1]:81
		mapped                           | 1 | address is an IPv4 address in IPv6 form | service add tcp [::ffff:10.9.0.1]:81
		loopback as rs                   | 1 | ^mgwadm: rs tcp 10.9.0.1:80 127.0.0.1:80: address is a loopback address | rs add tcp 10.9.0.1:80 127.0.0.1:80
		mapped rs                        | 1 | address is an IPv4 address in IPv6 form | rs add tcp 10.9.0.1:80 [::ffff:10.2.0.12]:80
		multicast as laddr               | 1 | ^mgwadm: laddr 239.1.1.1: address is a multicast address | laddr add 239.1.1.1
		link-local laddr                 | 1 | address is a link-local address | laddr add fe80::1
		laddr with a port                | 2 | ADDR: '10.2.0.103:80' is no address | laddr add 10.2.0.103:80
		laddr by name                    | 2 | 'lb-1.example.org' is no address: host names | laddr add lb-1.example.org
		range backwards                  | 2 | ends before it starts: did you mean 10.2.0.103-10.2.0.110\? | laddr add 10.2.0.110-10.2.0.103
		range of two families            | 2 | mixes IPv4 and IPv6 | laddr add 10.2.0.103-fd02::104
		range too big                    | 2 | more than 4096 addresses | laddr add 10.3.0.0-10.3.16.0
		prefix too big                   | 2 | more than 4096 addresses | laddr add 10.0.0.0/8
		IPv6 prefix too big              | 2 | more than 4096 addresses | laddr add fd03::/64
		prefix with host bits            | 2 | does not start its network: did you mean 10.2.0.96/28\? | laddr add 10.2.0.103/28
		prefix 33                        | 2 | a prefix of this address is a number from 0 to 32 | laddr add 10.2.0.103/33
		prefix of nothing                | 2 | a prefix of this address | laddr add 10.2.0.103/
	END
}

object_table() {
	table <<-'END'
		service twice                    | 1 | ^mgwadm: service tcp 10.9.0.1:80: service exists already$ | service add tcp 10.9.0.1:80 --sched rr
		service set that is not there    | 1 | ^mgwadm: service tcp 10.9.0.1:81: no such service$ | service set tcp 10.9.0.1:81 --sched rr
		service del of the other protocol| 1 | ^mgwadm: service udp 10.9.0.1:80: no such service$ | service del udp 10.9.0.1:80
		service show that is not there   | 1 | no such service | service show tcp [fd09::1]:444
		vaddr that is a laddr            | 1 | ^mgwadm: service tcp 10.2.0.101:80: vaddr is a local address$ | service add tcp 10.2.0.101:80
		laddr that is a vaddr            | 1 | ^mgwadm: laddr 10.9.0.1: address is the vaddr of a service$ | laddr add 10.9.0.1
		laddr that is an IPv6 vaddr      | 1 | address is the vaddr of a service | laddr add fd09::1 --pool six
		laddr twice                      | 1 | ^mgwadm: laddr 10.2.0.101: local address exists already$ | laddr add 10.2.0.101
		laddr twice, in another pool     | 1 | local address exists already | laddr add 10.2.0.101 --pool six
		laddr del that is not there      | 1 | ^mgwadm: laddr 10.2.0.103: no such local address$ | laddr del 10.2.0.103
		CPU this machine does not have   | 1 | ^mgwadm: laddr 10.2.0.103: this machine has no such CPU$ | laddr add 10.2.0.103 --cpu 65535
		rs twice                         | 1 | rs exists already in this service$ | rs add tcp 10.9.0.1:80 10.2.0.11:8080 --weight 9
		rs add to no service             | 1 | ^mgwadm: rs tcp 10.9.0.1:81 10.2.0.11:80: no such service$ | rs add tcp 10.9.0.1:81 10.2.0.11:80
		rs set that is not there         | 1 | no such rs in this service$ | rs set tcp 10.9.0.1:80 10.2.0.11:81 --weight 1
		rs del that is not there         | 1 | no such rs in this service$ | rs del tcp 10.9.0.1:80 10.2.0.12:8080
		rs del of no service             | 1 | no such service$ | rs del udp 10.9.0.1:80 10.2.0.11:8080
		rs show that is not there        | 1 | no such rs in this service$ | rs show tcp 10.9.0.1:80 10.2.0.12:8080
		rs show of no service            | 1 | ^mgwadm: service tcp 10.9.0.1:81: no such service$ | rs show tcp 10.9.0.1:81
		rs port 0 in a service of a port | 1 | rport 0 needs a service of every port \(vport 0\)$ | rs add tcp 10.9.0.1:80 10.2.0.12:0
		range del with holes             | 1 | ^mgwadm: laddr 10.2.0.103: no such local address \(nothing was deleted\)$ | laddr del 10.2.0.101-10.2.0.104
		range del of nothing             | 1 | ^mgwadm: laddr fd03::: no such local address \(nothing was deleted\)$ | laddr del fd03::/120
	END
}

# All or nothing.
range() { # REGEX RANGE
	BEFORE=$(config)
	refused 1 "^mgwadm: laddr $1 \(nothing was added\)\$" "$MGWADM" laddr add "$2"
}

ranges() {
	range '10.2.0.101: local address exists already' 10.2.0.100-10.2.0.105
	range '10.2.0.101: local address exists already' 10.2.0.96/29
	range '10.2.0.101: local address exists already' 10.2.0.101-10.2.0.105
	range '10.2.0.102: local address exists already' 10.2.0.102-10.2.0.103
	range '10.9.0.1: address is the vaddr of a service' 10.8.255.255-10.9.0.3
	range 'fd02::101: local address exists already' fd02::100/126
	# A service of its own family and pool has the last of the addresses.
	range 'fd09::1: address is the vaddr of a service' fd09::-fd09::1
}

in_range() {
	mgw_json "$lb" laddr show | jq '[.[] | select(.laddr | startswith("10.3."))] | length'
}

no_range() {
	[ "$(in_range)" = 0 ]
}

# The signal comes before it, within it, or after it: it never matters.
interrupted_range() {
	local i there seen=()
	for i in 01 03 05 08 10 15 20 30 50 80 1; do
		in_ns "$lb" timeout -s INT "0.$i" "$MGWADM" laddr add 10.3.0.0-10.3.15.255
		there=$(in_range)
		[[ $there =~ ^(0|4096)$ ]] || fail "interrupted after 0.$i s: $there of 4096 addresses are there"
		[ "$there" = 0 ] || mgw "$lb" laddr del 10.3.0.0-10.3.15.255 || return
		busywait 10000 no_range || { fail "$(in_range) addresses stay"; return; }
		seen+=("$there")
	done
	echo "# addresses there: ${seen[*]}"
}

deleted_twice() {
	mgw "$lb" service add tcp "$VIP4:85" && mgw "$lb" laddr add 10.2.0.105 || return
	mgw "$lb" rs add tcp "$VIP4:85" 10.2.0.11:85 || return
	mgw "$lb" rs del tcp "$VIP4:85" 10.2.0.11:85 || return
	cmd_fail "rs del again" 1 "no such rs in this service" mgw "$lb" rs del tcp "$VIP4:85" 10.2.0.11:85
	mgw "$lb" service del tcp "$VIP4:85" && mgw "$lb" laddr del 10.2.0.105 || return
	cmd_fail "service del again" 1 "no such service" mgw "$lb" service del tcp "$VIP4:85"
	cmd_fail "rs del of it" 1 "no such service" mgw "$lb" rs del tcp "$VIP4:85" 10.2.0.11:85
	cmd_fail "laddr del again" 1 "no such local address|deleted already" mgw "$lb" laddr del 10.2.0.105
}

rights_tables() {
	local rows
	rows=$(
		cat <<-'END'
			service show | 3 | ^mgwadm: this needs CAP_NET_ADMIN in the network namespace | service show
			service add  | 3 | CAP_NET_ADMIN | service add tcp 10.9.0.1:81
			service del  | 3 | CAP_NET_ADMIN | service del tcp 10.9.0.1:80
			rs set       | 3 | CAP_NET_ADMIN | rs set tcp 10.9.0.1:80 10.2.0.11:8080 --weight 1
			laddr del    | 3 | CAP_NET_ADMIN | laddr del 10.2.0.101
			session show | 3 | CAP_NET_ADMIN | session show
			session flush| 3 | CAP_NET_ADMIN | session flush --all
			stats zero   | 3 | CAP_NET_ADMIN | stats zero
			version      | 3 | CAP_NET_ADMIN | version
		END
	)
	# shellcheck disable=SC2001 # at the start of each line
	table "${NO_CAPS[@]}" <<<"$(sed 's/^/without capabilities: /' <<<"$rows")"
	# shellcheck disable=SC2001
	table "${NOBODY[@]}" <<<"$(sed 's/^/as nobody: /' <<<"$rows")"
	table unshare -Ur <<<"as root of a user namespace, but not of the network | 3 | CAP_NET_ADMIN | service show"
	table "${NOBODY[@]}" <<<"to open a namespace | 3 | network namespace /proc/1/ns/net: you may not open it | -N /proc/1/ns/net service show"
	table "${NO_CAPS[@]}" <<<"to enter a namespace | 3 | network namespace $lb: to enter it needs CAP_SYS_ADMIN | -N $lb service show"
	# Events are as much a secret as what "show" shows.
	table timeout 20 "${NO_CAPS[@]}" <<<"monitor without capabilities | 3 | permi|CAP_NET_ADMIN|not permitted | monitor"
}

own_namespace() { # [WORD BEFORE]...
	# shellcheck disable=SC2016 # expanded by the inner shell
	capture "$@" unshare -Urn bash -c '
		"$0" laddr add 10.2.0.101 && "$0" service add tcp 10.9.0.1:80 &&
		"$0" rs add tcp 10.9.0.1:80 10.2.0.11:80 && "$0" -j service show' "$MGWADM"
	check_eq "exit code" 0 "$reply_code" || show_reply
	check_eq "one service of one rs" 10.2.0.11 "$(jq -r '.[].rs[].raddr' <<<"$reply_out")"
	is_unchanged || fail "the namespace lb has changed"
}

own_namespaces() {
	BEFORE=$(config)
	own_namespace
	own_namespace "${NOBODY[@]}"
}

# Errors as JSON: kind, object, sentence, number.
json_error() { # KIND CMD...
	local kind=$1
	shift
	capture ip netns exec "$lb" "$@"
	jq -e --arg kind "$kind" '.error | .kind == $kind and (.message | length > 10)' <<<"$reply_err" >"$TMP/jq" 2>&1 ||
		fail "no JSON error of kind $kind: $reply_err"
}

json_errors() {
	json_error usage "$MGWADM" -j service add tcp example.org:80
	json_error usage "$MGWADM" teapot --json
	json_error refused "$MGWADM" -j rs del tcp "$VIP4:80" 10.2.0.12:80
	check_eq "errno" 2 "$(jq .error.errno <<<"$reply_err")"
	check_eq "object" "rs tcp $VIP4:80 10.2.0.12:80" "$(jq -r .error.object <<<"$reply_err")"
	json_error netns "$MGWADM" -j -N nosuch service show
	json_error permission "${NO_CAPS[@]}" "$MGWADM" -j laddr show
}

has_one_session() {
	[ "$(session_count "$lb")" = 1 ]
}

long_session() {
	pings "$client" fd01::1 && pings "$lb" fd02::11 || return
	in_ns "$client" python3 - "$LONG_CLIENT" "$LONG_VIP" <<-'END' || return
		import socket, sys
		s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
		s.bind((sys.argv[1], 65535))
		s.sendto(b"x", (sys.argv[2], 65535))
	END
	busywait 3000 has_one_session || fail "no session of long addresses"
}

SHOWS=("service show" "service show tcp $VIP4:80" "service show udp [$LONG_VIP]:65535" "rs show"
	"rs show udp [$LONG_VIP]:65535" "rs show udp [$LONG_VIP]:65535 [$LONG_RS]:65535" "laddr show"
	"session show" "session show --client [$LONG_CLIENT]:65535" "session count" "stats show"
	"stats show --drops" "stats show --per-cpu" "stats show --drops --per-cpu" version "")

json_shows() {
	local words
	for words in "${SHOWS[@]}"; do
		# shellcheck disable=SC2086 # several words
		cmd_ok "mgwadm -j $words" mgw_json "$lb" $words
		jq -e 'length > 0' <<<"$reply_out" >"$TMP/jq" 2>&1 || fail "not JSON of something: $reply_out"
	done
}

eighty_columns() {
	local words noun
	for noun in service rs laddr session stats monitor version; do SHOWS+=("$noun --help"); done
	for words in "${SHOWS[@]}" --help; do
		# shellcheck disable=SC2086 # several words
		cmd_ok "mgwadm $words" mgw "$lb" $words
		[ -n "$reply_out" ] || fail "mgwadm $words prints nothing"
		awk -v words="$words" 'length > 80 { print "# " words ": " $0; wide = 1 } END { exit wide }' \
			<<<"$reply_out" || fail "mgwadm $words: more than 80 columns"
	done
}

long_laddr() { # KEY
	mgw_json "$lb" laddr show |
		jq --arg addr "$LONG_LADDR" --arg key "$1" '.[] | select(.laddr == $addr) | .[$key]'
}

# A deleted laddr with a session: drains, says so, and may come back as it was.
draining() {
	local cpu
	mgw "$lb" laddr del "$LONG_LADDR" || return
	check_eq "draining" true "$(long_laddr draining)"
	BEFORE=$(config)
	refused 1 "local address is deleted already and drains$" "$MGWADM" laddr del "$LONG_LADDR"
	refused 1 "still drains with other settings: wait" "$MGWADM" laddr add "$LONG_LADDR" --pool six
	refused 1 "still drains with other settings" "$MGWADM" laddr add "$LONG_LADDR" --pool "$LONG_POOL" --ports 5-9
	refused 1 "vaddr is a local address" "$MGWADM" service add tcp "[$LONG_LADDR]:80"
	mgw "$lb" laddr show | awk 'length > 80 { wide = 1 } END { exit wide }' || fail "laddr show has wide lines"
	mgw "$lb" laddr add "$LONG_LADDR" --pool "$LONG_POOL" || return
	check_eq "draining" false "$(long_laddr draining)"
	# Asked for the CPU it has by chance, it belongs there or is refused.
	cpu=$(long_laddr cpu)
	mgw "$lb" laddr del "$LONG_LADDR" || return
	capture mgw "$lb" laddr add "$LONG_LADDR" --pool "$LONG_POOL" --cpu "$cpu"
	if [ "$reply_code" -eq 0 ]; then
		check_eq "home_cpu after --cpu $cpu" "$cpu" "$(long_laddr home_cpu)"
	else
		mgw "$lb" laddr add "$LONG_LADDR" --pool "$LONG_POOL"
	fi
	mgw "$lb" session flush --all >"$TMP/flushed"
}

# What "show" prints of objects, word by word, as the commands that make them.
retype() { # NOUN WORDS_OF_ITS_KEY
	local words=() i word value reading=0
	read -r -d '' -a words
	for ((i = 0; i < ${#words[@]}; i++)); do
		word=${words[i]} value=${words[i + 1]:-}
		case $reading$word in
		?"$1")
			printf '\n%s add %s' "$1" "${words[*]:i+1:$2}"
			i=$((i + $2)) reading=1
			;;
		1rs_count | 1sessions) reading=0 ;;
		1timeout | 0*) ;;
		1*=*) printf ' --timeout %s' "$word" ;;
		1home_cpu)
			[ "$value" = - ] || printf ' --cpu %s' "$value"
			i=$((i + 1))
			;;
		1cpu) i=$((i + 1)) ;;
		*)
			printf ' --%s %s' "${word//_/-}" "$value"
			i=$((i + 1))
			;;
		esac
	done
	echo
}
without_chosen_cpu() {
	mgw_json "$lb" service show
	mgw_json "$lb" laddr show | jq -c '.[] | if .home_cpu == null then del(.cpu) else . end'
}

nothing_left() {
	[ "$(mgw "$lb" service show; mgw "$lb" laddr show)" = "" ]
}

everything_deleted() {
	local proto addr
	while read -r _ proto addr _; do
		mgw "$lb" service del "$proto" "$addr" || return
	done < <(mgw "$lb" service show | grep '^service ')
	for addr in $(mgw_json "$lb" laddr show | jq -r '.[].laddr'); do
		mgw "$lb" laddr del "$addr" || return
	done
	busywait 10000 nothing_left || fail "something stays after all was deleted"
}

retyped() {
	local before commands proto addr line count=0
	mgw "$lb" stats zero
	before=$(without_chosen_cpu)
	commands=$(
		mgw "$lb" laddr show | retype laddr 1
		while read -r _ proto addr _; do
			mgw "$lb" service show "$proto" "$addr" | retype service 2
		done < <(mgw "$lb" service show | grep '^service ')
		mgw "$lb" rs show | retype rs 3
	)
	everything_deleted || return
	while read -r line; do
		[ -n "$line" ] || continue
		count=$((count + 1))
		# shellcheck disable=SC2086 # several words
		cmd_ok "mgwadm $line" mgw "$lb" $line
	done <<<"$commands"
	check_eq "commands" 12 "$count"
	check_eq "configuration" "$before" "$(without_chosen_cpu)"
}

run_first "a copy of mgwadm in memory" copy_mgwadm
run_first "no module: exit 3, but wrong words first" no_module
run_first "services, rs and laddrs of both families" setup
words_table
address_table
object_table
run "ranges of laddrs: all or nothing" ranges
run "a range that is interrupted is there, or is not" interrupted_range
run "deleting twice" deleted_twice
rights_tables
run "root, and nobody, in a namespace of their own" own_namespaces
run "errors as JSON" json_errors
run "a session between long addresses" long_session
run "everything shown is JSON when asked" json_shows
run "everything shown fits 80 columns" eighty_columns
run "a deleted laddr drains, and comes back" draining
run "what is shown can be typed in again" retyped
run "module unloads, nothing left" mgw_unload
finish
