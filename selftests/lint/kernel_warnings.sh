#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The module builds with W=1 and under sparse (with endianness checks) without a
# single warning of ours. Builds a copy, so that the tree's own module stays.
set -u
repo=$(cd "$(dirname "$0")/../.." && pwd)
work=$repo/build/lint-kernel
kdir=${KDIR:-$(printf '%s\n' /lib/modules/*/build | sort -V | tail -1)}
mkdir -p "$work"
cp -ru "$repo/kmod" "$repo/include" "$repo/selftests/bench/source" "$work/"
echo 'obj-m += kmod/ source/' >"$work/Kbuild"
find "$work" -name '*.o' -delete
make -C "$kdir" M="$work" W=1 C=2 CF=-D__CHECK_ENDIAN__ modules >"$work/log" 2>&1 || {
	tail -30 "$work/log"
	echo "not ok 1 the module builds with W=1 and sparse"
	exit 1
}
if grep -E 'warning|error' "$work/log" | grep -v 'Skipping BTF'; then
	echo "not ok 1 no warning from gcc W=1 and sparse"
	exit 1
fi
echo "ok 1 no warning from gcc W=1 and sparse"
