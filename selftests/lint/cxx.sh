#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# clang-format over all of userspace/ and clang-tidy over what is not a test.
# A file that was clean is not looked at again until it, a header or the rules
# change: the stamp is a hash of all of these.
set -u
repo=$(cd "$(dirname "$0")/../.." && pwd)
cd "$repo" || exit 1
status=0
mapfile -t all < <(git ls-files --cached --others --exclude-standard \
	'userspace/*.cpp' 'userspace/*.hpp' 'selftests/unit/*.cpp')
if clang-format --style=file:userspace/.clang-format --dry-run -Werror "${all[@]}"; then
	echo "ok 1 clang-format, ${#all[@]} files"
else
	echo "not ok 1 clang-format" && status=1
fi

[ -f build/userspace/compile_commands.json ] ||
	cmake -S userspace -B build/userspace -DCMAKE_BUILD_TYPE=RelWithDebInfo \
		-DCMAKE_EXPORT_COMPILE_COMMANDS=ON >/dev/null || exit 1
stamps=build/clang-tidy
mkdir -p "$stamps"
rules=$(git ls-files --cached --others --exclude-standard -z userspace/.clang-tidy \
	'userspace/*.hpp' 'include/uapi/linux/*.h' | xargs -0 cat | sha256sum)
tidy() {
	local key
	key=$(cat "$1" - <<<"$rules" | sha256sum | cut -d' ' -f1)
	[ ! -e "$stamps/$key" ] || return 0
	clang-tidy -p build/userspace --quiet --warnings-as-errors='*' "$1" 2>/dev/null && touch "$stamps/$key"
}
export -f tidy
export stamps rules
if printf '%s\0' "${all[@]}" | grep -zE '^userspace/(libmgw|mgwadm)/.*\.cpp$' |
	xargs -0 -P "$(nproc)" -I{} bash -c 'tidy {}'; then
	echo "ok 2 clang-tidy"
else
	echo "not ok 2 clang-tidy" && status=1
fi
exit "$status"
