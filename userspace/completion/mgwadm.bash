# SPDX-License-Identifier: GPL-2.0
# Completion of mgwadm for bash. Needs nothing but bash, sed and mgwadm; with a
# module loaded it knows the services, rs, laddrs and attached devices there are.

# Runs a show command in the namespace of the line that is being written.
__mgwadm_objects() {
	local netns=$1
	shift
	mgwadm -j ${netns:+-N "$netns"} "$@" 2>/dev/null
}

# "PROTO ADDR PORT" lines to "ADDR:PORT" of one protocol; IPv6 in brackets.
__mgwadm_endpoints() {
	local proto=$1 p addr port
	while read -r p addr port; do
		[[ $p == "$proto" ]] || continue
		[[ $addr == *:* ]] && addr="[$addr]"
		echo "$addr:$port"
	done
}

# The second word of a service: vaddrs of a protocol, or marks.
__mgwadm_services() {
	if [[ $2 == fwmark ]]; then
		__mgwadm_objects "$1" service show |
			sed -n 's/^{"fwmark":\([0-9]*\),.*/\1/p'
		return
	fi
	__mgwadm_objects "$1" service show |
		sed -n 's/^{"proto":"\([^"]*\)","vaddr":"\([^"]*\)","vport":\([0-9]*\).*/\1 \2 \3/p' |
		__mgwadm_endpoints "$2"
}

__mgwadm_raddrs() {
	__mgwadm_objects "$1" rs show "$2" "$3" ${4:+--family "$4"} |
		sed -n 's/^{.*"raddr":"\([^"]*\)","rport":\([0-9]*\).*/rs \1 \2/p' |
		__mgwadm_endpoints rs
}

__mgwadm_laddrs() {
	__mgwadm_objects "$1" laddr show |
		sed -n 's/^{"laddr":"\([^"]*\)".*/\1/p'
}

__mgwadm_devs() {
	__mgwadm_objects "$1" dev show |
		sed -n 's/^{"ifname":"\([^"]*\)".*/\1/p'
}

# Devices of the namespace of the line; a path is left to who typed it.
__mgwadm_ifnames() {
	[[ $1 == */* ]] && return
	ip ${1:+-n "$1"} -o link show 2>/dev/null |
		sed -n 's/^[0-9]*: \([^:@]*\)[:@].*/\1/p'
}

__mgwadm_netns() {
	local file
	for file in /run/netns/*; do
		[[ -e $file ]] && echo "${file##*/}"
	done
}

# The options of a noun and verb, besides those of every command.
__mgwadm_options() {
	case "$1 $2" in
	"service add" | "service set")
		echo "--sched --mode --pool --timestamps --toa --toa-kind --timeout --family" ;;
	"rs add" | "rs set")
		echo "--weight --mode --tunnel --tunnel-port --tunnel-checksum --family" ;;
	"service del" | "service show" | "rs del" | "rs show")
		echo "--family" ;;
	"laddr add")
		echo "--cpu --pool --ports" ;;
	"session show")
		echo "--client --service --laddr --rs --limit" ;;
	"session count")
		echo "--client --service --laddr --rs" ;;
	"session flush")
		echo "--client --service --laddr --rs --all" ;;
	"stats show")
		echo "--per-cpu --drops" ;;
	esac
}

__mgwadm_verbs() {
	case $1 in
	service | rs) echo "add set del show" ;;
	laddr) echo "add del show" ;;
	dev) echo "attach detach show" ;;
	session) echo "show count flush" ;;
	stats) echo "show zero" ;;
	esac
}

# How many words an option takes.
__mgwadm_option_arity() {
	case $1 in
	--service) echo 2 ;;
	-N | --netns | --sched | --mode | --pool | --timestamps | --toa | --toa-kind | --timeout | \
		--tunnel | --tunnel-port | --tunnel-checksum | --family | \
		--weight | --cpu | --ports | --client | --laddr | --rs | --limit)
		echo 1 ;;
	*) echo 0 ;;
	esac
}

# What may stand as the value of an option; $2 = which of its words.
__mgwadm_option_values() {
	local netns=$1 option=$2 index=$3 proto=$4
	local states="syn_sent syn_recv established fin_wait last_ack time_wait"
	case $option in
	-N | --netns) __mgwadm_netns ;;
	--sched) echo "rr wrr wlc" ;;
	--mode) echo "fullnat nat dr tunnel" ;;
	--tunnel) echo "ipip gue gre" ;;
	--family) echo "ipv4 ipv6" ;;
	--tunnel-checksum | --toa) echo "on off" ;;
	--timestamps) echo "strip keep" ;;
	--timeout)
		local name
		for name in $states close udp udp_replied; do
			echo "$name="
		done ;;
	--laddr) __mgwadm_laddrs "$netns" ;;
	--service)
		if ((index == 0)); then
			echo "tcp udp fwmark"
		else
			__mgwadm_services "$netns" "$proto"
		fi ;;
	esac
}

# What may stand as the next word behind the verb, given those before it.
__mgwadm_words() {
	local netns=$1 family=$2 noun=$3 verb=$4
	shift 4
	case "$noun $verb $#" in
	"service "*" 0" | "rs "*" 0")
		echo "tcp udp fwmark" ;;
	"service add 1") ;;
	"service "*" 1" | "rs "*" 1")
		__mgwadm_services "$netns" "$1" ;;
	"rs add 2") ;;
	"rs "*" 2")
		__mgwadm_raddrs "$netns" "$1" "$2" "$family" ;;
	"laddr del 0")
		__mgwadm_laddrs "$netns" ;;
	"dev attach 0")
		__mgwadm_ifnames "$netns" ;;
	"dev "*" 0")
		__mgwadm_devs "$netns" ;;
	esac
}

# Readline cuts words at colons and at "=": what stands before the last of them
# is on the line already and must not be in the reply. Others may choose names, of a
# device in a container, say: they are compared as they are, never expanded, and
# offered so that the shell which reads the line takes them as they are, too. What
# can't be written without quotes is left to who types it: a quote that is open would
# be closed by it.
__mgwadm_reply() {
	local cur=$1 candidates=$2 prefix= word
	local -a words
	read -r -d '' -a words <<<"$candidates"
	for word in "${words[@]}"; do
		[[ $word == *[^][:alnum:]_.:=@%+,/[-]* ]] && printf -v word %q "$word"
		[[ $word == "$cur"* && $word != \$\'* ]] && COMPREPLY+=("$word")
	done
	if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
		prefix=${cur%"${cur##*:}"}
	fi
	if [[ ${cur#"$prefix"} == *=* && $COMP_WORDBREAKS == *=* ]]; then
		prefix=${cur%"${cur##*=}"}
	fi
	COMPREPLY=("${COMPREPLY[@]#"$prefix"}")
	if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]]; then
		compopt -o nospace 2>/dev/null
	fi
}

_mgwadm() {
	local line=${COMP_LINE:0:COMP_POINT} cur="" netns="" noun="" verb=""
	local option="" proto="" family="" word i
	local -i pending=0 arity=0
	local -a given=() before
	read -ra before <<<"$line"
	if [[ $line != *[[:space:]] ]]; then
		cur=${before[-1]}
		unset 'before[-1]'
	fi

	for ((i = 1; i < ${#before[@]}; i++)); do
		word=${before[i]}
		if ((pending > 0)); then
			[[ $option == -N || $option == --netns ]] && netns=$word
			[[ $option == --service && $pending == 2 ]] && proto=$word
			[[ $option == --family ]] && family=$word
			((pending--))
		elif [[ $word == --netns=* ]]; then
			netns=${word#*=}
		elif [[ $word == --family=* ]]; then
			family=${word#*=}
		elif [[ $word == -* ]]; then
			option=$word
			[[ $word == *=* ]] && continue
			arity=$(__mgwadm_option_arity "$word")
			pending=$arity
		elif [[ -z $noun ]]; then
			noun=$word
		elif [[ -z $verb && -n $(__mgwadm_verbs "$noun") ]]; then
			verb=$word
		else
			given+=("$word")
		fi
	done

	COMPREPLY=()
	local candidates
	if ((pending > 0)); then
		candidates=$(__mgwadm_option_values "$netns" "$option" \
			$((arity - pending)) "$proto")
	elif [[ $cur == -* ]]; then
		candidates="--json --netns --help $(__mgwadm_options "$noun" "$verb")"
		[[ -z $noun ]] && candidates+=" --version"
	elif [[ -z $noun ]]; then
		candidates="service rs laddr session dev stats monitor version"
	elif [[ -z $verb ]]; then
		candidates=$(__mgwadm_verbs "$noun")
	else
		candidates=$(__mgwadm_words "$netns" "$family" "$noun" "$verb" "${given[@]}")
	fi
	[[ -n $candidates ]] && __mgwadm_reply "$cur" "$candidates"
	return 0
}

complete -F _mgwadm mgwadm
