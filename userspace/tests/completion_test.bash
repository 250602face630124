#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What bash offers behind a half-written line. The static words must be those
# of the help; live objects come from a stand-in for mgwadm.
set -u

real=$1
here=$(cd "$(dirname "$0")" && pwd)
stand_in=$(mktemp -d)
trap 'rm -rf "$stand_in"' EXIT
failed=0

cat >"$stand_in/mgwadm" <<'SCRIPT'
#!/bin/bash
[[ $1 == -j ]] || exit 9
shift
vaddr=10.9.0.1
if [[ $1 == -N ]]; then
	vaddr=10.9.9.9
	shift 2
fi
case "$*" in
"service show")
	echo '['
	echo '{"proto":"tcp","vaddr":"'$vaddr'","vport":80,"rs":[{"raddr":"1.1.1.1","rport":1}]},'
	echo '{"proto":"tcp","vaddr":"2001:db8::1","vport":443,"rs":[]},'
	echo '{"proto":"udp","vaddr":"10.9.0.2","vport":53,"rs":[]},'
	echo '{"fwmark":7,"family":"ipv4","rs":[]},'
	echo '{"fwmark":16,"family":"ipv6","rs":[]}'
	echo ']' ;;
"rs show fwmark 16 --family ipv6")
	echo '['
	echo '{"fwmark":16,"family":"ipv6","raddr":"fd00::1","rport":0}'
	echo ']' ;;
"rs show tcp 10.9.0.1:80")
	echo '['
	echo '{"proto":"tcp","vaddr":"10.9.0.1","vport":80,"raddr":"10.9.1.1","rport":8080}'
	echo ']' ;;
"laddr show")
	echo '['
	echo '{"laddr":"10.9.2.1","pool":"default"},'
	echo '{"laddr":"2001:db8:2::1","pool":"default"}'
	echo ']' ;;
"dev show")
	echo '['
	echo '{"ifname":"eth7","ifindex":7},'
	echo '{"ifname":"bond0.12","ifindex":9}'
	echo ']' ;;
*) exit 9 ;;
esac
SCRIPT
cat >"$stand_in/ip" <<'SCRIPT'
#!/bin/bash
[[ "$*" == "-o link show" ]] || { [[ "$*" == "-n blue -o link show" ]] && echo '9: blue0: <UP>'; exit; }
echo '1: lo: <LOOPBACK,UP> mtu 65536'
[ -e "$(dirname "$0")/hostile" ] || { echo '2: eth7@if3: <BROADCAST,UP> mtu 1500'; exit; }
echo '3: $(>pwned): <UP>'
echo '4: `>pwned`: <UP>'
echo '5: a;>pwned: <UP>'
echo '6: *: <UP>'
echo "7: it's: <UP>"
printf '8: \001$(>pwned): <UP>\n'
SCRIPT
chmod +x "$stand_in/ip"
chmod +x "$stand_in/mgwadm"
PATH=$stand_in:$PATH

# shellcheck source=/dev/null
. "$here/../completion/mgwadm.bash"

offered() {
	COMP_LINE=$1
	COMP_POINT=${#COMP_LINE}
	COMPREPLY=()
	_mgwadm
	printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' ' | sed 's/^ *//; s/ *$//'
}

# line, the words expected in sorted order
expect() {
	local got
	got=$(offered "$1")
	if [[ $got != "$2" ]]; then
		echo "'$1': got '$got' instead of '$2'"
		failed=1
	fi
}

complete -p mgwadm >/dev/null || failed=1

expect "mgwadm s" "service session stats"
expect "mgwadm -j la" "laddr"
expect "mgwadm -N blue serv" "service"
expect "mgwadm service " "add del set show"
expect "mgwadm session f" "flush"
expect "mgwadm monitor " ""
expect "mgwadm --v" "--version"
expect "mgwadm service add " "fwmark tcp udp"
expect "mgwadm service add tcp " ""
expect "mgwadm service add tcp 10.0.0.1:80 --sched " "rr wlc wrr"
expect "mgwadm service add tcp 10.0.0.1:80 --sched w" "wlc wrr"
expect "mgwadm service add tcp 10.0.0.1:80 --timestamps " "keep strip"
expect "mgwadm service add tcp 10.0.0.1:80 --timeout syn" "syn_recv= syn_sent="
expect "mgwadm session show --service " "fwmark tcp udp"

# Bash cuts words at colons, so a reply starts behind the last one.
COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
expect "mgwadm service del tcp " "10.9.0.1:80 [2001:db8::1]:443"
expect "mgwadm service del tcp 10" "10.9.0.1:80"
expect "mgwadm service del tcp 10.9.0.1:" "80"
expect "mgwadm service del tcp [2001:db8:" ":1]:443"
expect "mgwadm service del udp " "10.9.0.2:53"
expect "mgwadm service del fwmark " "16 7"
expect "mgwadm session count --service fwmark " "16 7"
expect "mgwadm service add fwmark 7 --family " "ipv4 ipv6"
expect "mgwadm rs del --family ipv6 fwmark 16 " "[fd00::1]:0"
expect "mgwadm rs del --family=ipv6 fwmark 16 " "[fd00::1]:0"
expect "mgwadm -N blue service show tcp 10" "10.9.9.9:80"
expect "mgwadm --netns=blue service show tcp 10" "10.9.9.9:80"
expect "mgwadm service --json del tcp 10" "10.9.0.1:80"
expect "mgwadm rs add tcp 1" "10.9.0.1:80"
expect "mgwadm rs add tcp 10.9.0.1:80 " ""
expect "mgwadm rs del tcp 10.9.0.1:80 " "10.9.1.1:8080"
expect "mgwadm rs set --weight 5 tcp 10.9.0.1:80 " "10.9.1.1:8080"
expect "mgwadm laddr del " "10.9.2.1 2001:db8:2::1"
expect "mgwadm laddr del 2001:db8:2:" ":1"
expect "mgwadm session show --laddr 10" "10.9.2.1"
expect "mgwadm dev attach " "eth7 lo"
expect "mgwadm -N blue dev attach " "blue0"
expect "mgwadm dev attach eth7 " ""
expect "mgwadm dev detach " "bond0.12 eth7"
expect "mgwadm dev show b" "bond0.12"
expect "mgwadm session show --service tcp 10" "10.9.0.1:80"
COMP_WORDBREAKS=$' \t\n'
expect "mgwadm service del tcp 10.9.0.1:" "10.9.0.1:80"

# A name is a name, whoever chose it: nothing is run, neither now nor with Enter.
touch "$stand_in/hostile"
cd "$stand_in" || exit 1
# shellcheck disable=SC2016,SC1003 # these words are names
expect "mgwadm dev attach " '\$\(\>pwned\) \* \`\>pwned\` a\;\>pwned it\'"'s lo"
expect 'mgwadm dev attach \$' '\$\(\>pwned\)'
expect "mgwadm dev attach \$'" ""
COMP_LINE="mgwadm dev attach " COMP_POINT=18
_mgwadm
eval "set -- ${COMPREPLY[*]}"
# shellcheck disable=SC2016 # these words are names
[[ "$*" == 'lo $(>pwned) `>pwned` a;>pwned * '"it's" ]] || { echo "read as: $*"; failed=1; }
[[ ! -e pwned ]] || { echo "a name was run"; failed=1; }
rm "$stand_in/hostile"
cd - >/dev/null || exit 1

# A module that is not there leaves the static words.
rm "$stand_in/mgwadm"
hash -r
expect "mgwadm service del tcp " ""
expect "mgwadm service d" "del"

# The grammar is the program's: nouns, verbs and options of its help.
sorted() { tr ' ' '\n' <<<"$*" | sed '/^$/d' | sort -u | tr '\n' ' ' | sed 's/ *$//'; }
nouns=$("$real" --help | sed -n '/^Nouns:/,/^$/s/^  \([a-z]*\) .*/\1/p')
[[ -n $nouns ]] || failed=1
expect "mgwadm " "$(sorted "$nouns")"
for noun in $nouns; do
	# Usage lines, each joined with its continuation.
	usage=$("$real" "$noun" --help | awk '
			/^  mgwadm / { if (line) print line; line = $0; next }
			/^      / && line { line = line $0; next }
			line { print line; exit }')
	verbs=$(awk -v noun="$noun" '$2 == noun && $3 ~ /^[a-z]+$/ { print $3 }' \
		<<<"$usage")
	expect "mgwadm $noun " "$(sorted "$verbs")"
	for verb in $verbs; do
		options=$(grep "mgwadm $noun $verb\b" <<<"$usage" |
			grep -o -- '\[--[a-z-]*' | tr -d '[')
		expect "mgwadm $noun $verb -" \
			"$(sorted "$options" --json --netns --help)"
	done
done

exit $failed
