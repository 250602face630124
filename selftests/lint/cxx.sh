#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# clang-format over all of userspace/ and clang-tidy over what is not a test. A
# translation unit that was clean is not looked at again until one of its inputs
# changes: the stamp, kept for all checkouts, is a hash of all of them, the rules and
# the linter. The compiler's own list of them is what it wrote while building.
set -uo pipefail
repo=$(cd "$(dirname "$0")/../.." && pwd)
cd "$repo" || exit 1
# shellcheck source=selftests/kernels/lib.sh
. selftests/kernels/lib.sh
status=0
build=$repo/build/userspace
stamps=$MGW_CACHE/tidy
mkdir -p "$stamps"
find "$stamps" -type f -mtime +60 -delete
mapfile -t all < <(git ls-files --cached --others --exclude-standard \
	'userspace/*.cpp' 'userspace/*.hpp' 'selftests/unit/*.cpp')
[ "${#all[@]}" -gt 20 ] || { echo "not ok 1 clang-format: found ${#all[@]} files only"; exit 1; }
if clang-format --style=file:userspace/.clang-format --dry-run -Werror "${all[@]}"; then
	echo "ok 1 clang-format, ${#all[@]} files"
else
	echo "not ok 1 clang-format" && status=1
fi

# Prints what a unit is made from. The object's list has the names, the unit itself
# first, as seen from where it was compiled.
inputs_of() { # UNIT
	local list part=${1#userspace/}
	local made=$build/${part%%/*}
	list=$(find "$made" -path "*/${part#*/}.o.d" -print -quit)
	[ -n "$list" ] && cd "$made" &&
		sed -E 's/^[^:]*:+//; s/\\$//' "$list" | tr -s ' ' '\n' | grep . | xargs -d'\n' cat
}

tidy() { # UNIT
	local key inputs
	inputs=$(inputs_of "$1" | sha256sum) ||
		{ echo "$1: not built, so its inputs are not known"; return 1; }
	key=$(echo "$rules $1 $inputs" | sha256sum | cut -c1-32)
	[ ! -e "$stamps/$key" ] || return 0
	echo "# looking at $1"
	clang-tidy -p "$build" --quiet --warnings-as-errors='*' "$1" 2>/dev/null && touch "$stamps/$key"
}
rules=$( (clang-tidy --version; cat userspace/.clang-tidy userspace/CMakeLists.txt) | sha256sum)
export -f tidy inputs_of
export stamps rules build
if printf '%s\0' "${all[@]}" | grep -zE '^userspace/((libmgw|mgwadm)/.*|toa/[^/]*)\.cpp$' |
	xargs -0 -P "$(nproc)" -I{} nice bash -o pipefail -c 'tidy {}'; then
	echo "ok 2 clang-tidy"
else
	echo "not ok 2 clang-tidy" && status=1
fi
exit "$status"
