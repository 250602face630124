#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Manual and completion know every verb, option and counter of the program.
set -u
program=$1
repo=$2
failed=0

manual=$repo/Documentation/mgw-toa.8.rst
help=$("$program" --help)
options=$(grep -o -- '--[a-z0-9-]*' <<<"$help" | sort -u)
[[ $(wc -w <<<"$options") -ge 8 ]] || { echo "the help has too few options"; failed=1; }
for word in attach detach show connections $options seen_v4 seen_v6 no_option untrusted \
	malformed no_memory; do
	grep -qF -- "$word" "$manual" || { echo "the manual lacks: $word"; failed=1; }
done

# shellcheck source=/dev/null
. "$repo/userspace/toa/mgw-toa.bash"
expect() { # LINE WORDS
	local got
	read -ra COMP_WORDS <<<"$1"
	[[ $1 != *" " ]] || COMP_WORDS+=("")
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	_mgw_toa
	got=$(printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' ' | sed 's/^ *//; s/ *$//')
	[[ $got == "$2" ]] || { echo "'$1': got '$got' instead of '$2'"; failed=1; }
}
expect "mgw-toa " "attach detach show"
expect "mgw-toa show " "connections"
expect "mgw-toa detach " ""
expect "mgw-toa attach --kind6 " "253"
expect "mgw-toa attach --from " ""
expect "mgw-toa show --v" ""
expect "mgw-toa --v" "--version"
expect "mgw-toa attach -" "$(grep -v version <<<"$options" | tr '\n' ' ' | sed 's/ *$//')"

# A name is a name, whoever made the cgroup: nothing is run, neither now nor with Enter.
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place" || exit 1
mkdir "$place/cgroups"
# shellcheck disable=SC2016 # these words are names
names=('$(>pwned)' '*' '`>pwned`' 'a b' 'a;>pwned' "it's" plain)
mkdir "${names[@]/#/$place/cgroups/}"
mkdir $'\001$(>pwned)' "$place"/cgroups/$'\001$(>pwned)' "$place"/cgroups/$'new\n$(>pwned)'
expect "mgw-toa attach --cgroup $place/cgroups/it\\" "$place/cgroups/it\\'s"
expect "mgw-toa attach --cgroup $place/cgroups/a" "$place/cgroups/a\\ b $place/cgroups/a\\;\\>pwned"
expect "mgw-toa attach --cgroup \"$place/cgroups/it" ""
expect "mgw-toa attach --cgroup \$'" ""
expect "mgw-toa attach --cgroup $place/cgroups/" "$(printf '%q\n' "${names[@]/#/$place/cgroups/}" |
	sort | tr '\n' ' ' | sed 's/ *$//')"
eval "set -- ${COMPREPLY[*]}"
diff <(printf '%s\n' "$@" | sort) <(printf '%s\n' "${names[@]/#/$place/cgroups/}" | sort) || failed=1
[[ ! -e pwned ]] || { echo "a name was run"; failed=1; }

exit $failed
