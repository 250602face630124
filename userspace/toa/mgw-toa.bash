# SPDX-License-Identifier: GPL-2.0
# Completion of mgw-toa for bash.

# Directories that begin as the word does. Others may choose names, of a cgroup in a
# container, say: they are compared as they would be written, and offered so that the
# shell which reads the line takes them as they are. What can't be written without
# quotes is left to who types it: a quote that is open would be closed by it.
__mgw_toa_directories() {
	local begin=${1:-/sys/fs/cgroup/} above="" word
	[[ $begin == */* ]] && above=${begin%/*}/
	while IFS= read -r word; do
		[[ -d $word ]] || continue
		[[ $word == *[^][:alnum:]_.:=@%+,/[-]* ]] && printf -v word %q "$word"
		[[ $word == "$begin"* && $word != \$\'* ]] && COMPREPLY+=("$word")
	done < <(compgen -d -- "$above")
}

_mgw_toa() {
	local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local verb="" word candidates
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		[[ $word == attach || $word == detach || $word == show ]] && verb=$word && break
	done

	COMPREPLY=()
	case $before in
	--cgroup)
		__mgw_toa_directories "$cur"
		return ;;
	--from | --kind) return ;;
	--kind6)
		mapfile -t COMPREPLY < <(compgen -W 253 -- "$cur")
		return ;;
	esac
	candidates="--json --help"
	if [[ $cur == -* ]]; then
		[[ -z $verb ]] && candidates+=" --version"
		[[ $verb == attach ]] && candidates+=" --cgroup --from --from-any --kind --kind6"
	elif [[ -z $verb ]]; then
		candidates="attach detach show"
	elif [[ $verb == show ]]; then
		candidates=connections
	else
		candidates=""
	fi
	mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$cur")
}

complete -F _mgw_toa mgw-toa
