#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The module builds with W=1 and under sparse (with endianness checks) without a
# single warning of ours. Builds a copy, so that the tree's own module stays.
set -u
repo=$(cd "$(dirname "$0")/../.." && pwd)
work=$repo/build/lint-kernel
kdir=${KDIR:-$(dirname "$(printf '%s\n' /lib/modules/*/build/Makefile | sort -V | tail -1)")}

fail() {
	echo "not ok 1 $1"
	exit 1
}

rm -rf "$work"
mkdir -p "$work" || fail "no place to build in"
cp -r "$repo/kmod" "$repo/include" "$repo/selftests/bench/source" "$work/" || fail "no copy of the source"
echo 'obj-m += kmod/ source/' >"$work/Kbuild"
find "$work" \( -name '*.o' -o -name '*.ko' -o -name '.*.cmd' \) -delete
make -C "$kdir" M="$work" W=1 C=2 CF=-D__CHECK_ENDIAN__ modules >"$work/log" 2>&1 || {
	tail -30 "$work/log"
	fail "the module builds with W=1 and sparse"
}
# Each object of kmod/Kbuild has been looked at by both.
objects=$(grep -c '^mgw-y += ' "$repo/kmod/Kbuild")
[ "$objects" -gt 20 ] || fail "kmod/Kbuild names $objects objects only"
for tool in CC CHECK; do
	seen=$(grep -cE "^ *$tool .*/kmod/[a-z0-9_]+\.[co]$|^ *$tool \[M\] .*/kmod/[a-z0-9_]+\.o$" "$work/log")
	[ "$seen" -ge "$objects" ] || fail "$tool has seen $seen files, there are $objects"
done
if grep -E 'warning|error' "$work/log" | grep -v 'Skipping BTF'; then
	fail "no warning from gcc W=1 and sparse"
fi
echo "ok 1 no warning from gcc W=1 and sparse, $objects objects"
