#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# clang-format over all of userspace/, clang-tidy (tidy.py) over what is not a test.
set -uo pipefail
repo=$(cd "$(dirname "$0")/../.." && pwd)
cd "$repo" || exit 1
status=0
mapfile -t all < <(git ls-files --cached --others --exclude-standard \
	'userspace/*.cpp' 'userspace/*.hpp' 'selftests/unit/*.cpp')
[ "${#all[@]}" -gt 20 ] || { echo "not ok 1 clang-format: found ${#all[@]} files only"; exit 1; }
if clang-format --style=file:userspace/.clang-format --dry-run -Werror "${all[@]}"; then
	echo "ok 1 clang-format, ${#all[@]} files"
else
	echo "not ok 1 clang-format" && status=1
fi

if selftests/lint/tidy.py; then
	echo "ok 2 clang-tidy"
else
	echo "not ok 2 clang-tidy" && status=1
fi
exit "$status"
