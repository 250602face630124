# SPDX-License-Identifier: GPL-2.0
# Completion of mgw-toa for bash.

_mgw_toa() {
	local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local verb="" word candidates
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		[[ $word == attach || $word == detach || $word == show ]] && verb=$word && break
	done

	COMPREPLY=()
	case $before in
	--cgroup)
		mapfile -t COMPREPLY < <(compgen -d -- "${cur:-/sys/fs/cgroup/}")
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
