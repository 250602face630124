#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs shellcheck over every shell script of the tree, found by its first line or
# name, and looks for what shellcheck doesn't know.
set -u
cd "$(dirname "$0")/../.." || exit 1
mapfile -t scripts < <(git ls-files --cached --others --exclude-standard -z |
	xargs -0 grep -lIE -m1 '^#!.*sh$|^# shellcheck shell=' 2>/dev/null | sort -u)
if [ "${#scripts[@]}" -lt 30 ]; then
	echo "not ok 1 shellcheck: found ${#scripts[@]} scripts only"
	exit 1
fi
failed=0
if printf '%s\0' "${scripts[@]}" | xargs -0 -P "$(nproc)" -n 8 shellcheck -x; then
	echo "ok 1 shellcheck, ${#scripts[@]} scripts"
else
	echo "not ok 1 shellcheck"
	failed=1
fi

# A capture that is simply ended loses what the kernel still holds for it.
if grep -nE '^[^#]*(spawn.* tcpdump|tcpdump.* -Q )' "${scripts[@]}" |
	grep -vE '^selftests/(lint/shell|lib)\.sh:'; then
	echo "not ok 2 captures by start_tcpdump and end_tcpdump, without -Q"
	failed=1
else
	echo "ok 2 captures by start_tcpdump and end_tcpdump, without -Q"
fi
exit "$failed"
