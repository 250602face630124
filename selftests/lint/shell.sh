#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs shellcheck over every shell script of the tree, found by its first line or name.
set -u
cd "$(dirname "$0")/../.." || exit 1
mapfile -t scripts < <(git ls-files --cached --others --exclude-standard -z |
	xargs -0 grep -lIE -m1 '^#!.*sh$|^# shellcheck shell=' 2>/dev/null | sort -u)
if [ "${#scripts[@]}" -lt 30 ]; then
	echo "not ok 1 shellcheck: found ${#scripts[@]} scripts only"
	exit 1
fi
if printf '%s\0' "${scripts[@]}" | xargs -0 -P "$(nproc)" -n 8 shellcheck -x; then
	echo "ok 1 shellcheck, ${#scripts[@]} scripts"
	exit 0
fi
echo "not ok 1 shellcheck"
exit 1
